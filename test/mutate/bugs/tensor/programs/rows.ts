// Bugs to be planted in src/tensor/programs/rows.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'derivatives',
    bugs: [
      {
        find: 'at + shift * move',
        replace: 'at',
        why: 'every step at the first rows',
      },
    ],
  },
]
