// Bugs to be planted in src/layers/linear.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: '1 / Math.sqrt(inFeatures)',
        replace: '1 / Math.sqrt(outFeatures)',
        why: 'drawn from the wrong range',
      },
    ],
  },
]
