// Bugs to be planted in src/testing/exact/combinations.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'sign * part.times * times',
        replace: 'part.times * times',
        why: 'the sign of a sum is lost',
      },
    ],
  },
]
