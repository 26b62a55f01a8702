// Bugs to be planted in src/layers/recurrent/rnn.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [],
  },
]
