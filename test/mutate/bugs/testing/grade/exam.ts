// Bugs to be planted in src/testing/grade/exam.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: '[caches, ...layout.whole(problem, caches, steps)] : caches',
        replace: '[caches] : caches',
        why: 'the caches of a course are not those that its functions get',
      },
    ],
  },
]
