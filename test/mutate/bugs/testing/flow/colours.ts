// Bugs to be planted in src/testing/flow/colours.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'checkers',
    bugs: [
      {
        find: '(at - below)',
        replace: '(1 - at + below)',
        why: 'colours are mixed the other way round',
      },
    ],
  },
]
