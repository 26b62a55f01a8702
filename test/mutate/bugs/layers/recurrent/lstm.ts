// Bugs to be planted in src/layers/recurrent/lstm.ts: its steps are lstmStep.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [],
  },
]
