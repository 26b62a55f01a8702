// Bugs to be planted in src/layers/sequential.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'this.layers.reduce<Tensor>(',
        replace: 'this.layers.reduceRight<Tensor>(',
        why: 'the last layer first',
      },
      {
        find: 'return Object.entries(this.layers)',
        replace: 'return Object.entries(this.layers).slice(1)',
        why: 'the first layer’s parameters are missing',
      },
    ],
  },
]
