// Bugs to be planted in src/layers/recurrent/lstm.ts: its steps are lstmStep.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'projSize >= narrowest',
        replace: 'projSize > narrowest',
        why: 'an h as wide as c is projected',
      },
      {
        find: 'Math.min(...widths)',
        replace: 'Math.max(...widths)',
        why: 'a projection as wide as one of the layers is taken',
      },
    ],
  },
]
