// Bugs to be planted in src/layers/embedding.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'this.weight.indexSelect(0, index)',
        replace: 'this.weight.detach().indexSelect(0, index)',
        why: 'the table gets no gradient',
      },
    ],
  },
]
