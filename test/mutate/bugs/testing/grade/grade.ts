// Bugs to be planted in src/testing/grade/grade.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'one[2] > best[2] ? one : best',
        replace: 'one[2] < best[2] ? one : best',
        why: 'the function gets the caches with which it does worst',
      },
      {
        find: 'time(one) > time(first) ? one : first',
        replace: 'time(one) < time(first) ? one : first',
        why: 'the last step that is wrong is called the first',
      },
      {
        find: 'step < 0 ? null : step + 1',
        replace: 'step < 0 ? null : step',
        why: 'steps are counted from 0',
      },
      {
        find: 'thrown === null && gradients.every(({ right }) => right)',
        replace: 'thrown === null',
        why: 'no mistake is looked for',
      },
      {
        find: 'failed !== null || forward.some(({ right }) => !right)',
        replace: 'failed !== null',
        why: 'the gradients behind a wrong forward function are graded',
      },
    ],
  },
]
