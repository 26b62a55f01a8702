// Bugs to be planted in src/layers/recurrent/rnn.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'step: (z) => ({ h: z.tanh() })',
        replace: 'step: (z) => ({ h: z.sigmoid() })',
        why: 'σ for tanh',
      },
    ],
  },
]
