// Bugs to be planted in src/testing/grade/report.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: 'thrown === null && repeatable && gradients',
        replace: 'thrown === null && gradients',
        why: 'a function that keeps sums is correct',
      },
      {
        find: 'gradients.length > 0 && isRight',
        replace: 'isRight',
        why: 'a function whose forward pass is wrong is correct where it throws',
        equivalent:
          'gradients are left out where something was thrown, or a result of the forward function is wrong',
      },
      {
        find: 'for (const line of [...before].reverse())',
        replace: 'for (const line of before)',
        why: 'the lines that other lines need are left out',
      },
    ],
  },
]
