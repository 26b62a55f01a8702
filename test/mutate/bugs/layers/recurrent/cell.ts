// Bugs to be planted in src/layers/recurrent/cell.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [],
  },
]
