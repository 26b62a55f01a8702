// Bugs to be planted in src/layers/recurrent/recurrence.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      { find: '1 / Math.sqrt(H)', replace: '1 / Math.sqrt(D)', why: 'drawn from the wrong range' },
    ],
  },
]
