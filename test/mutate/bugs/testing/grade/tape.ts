// Bugs to be planted in src/testing/grade/tape.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: '[...upstream, dc]',
        replace: '[...upstream, dc.mul(0)]',
        why: 'the gradient of the memory is not there',
      },
    ],
  },
]
