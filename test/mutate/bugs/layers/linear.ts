// Bugs to be planted in src/layers/linear.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'bias ? affine(x, weight, bias) : x.matmul(weight.t())',
        replace: 'bias ? affine(x, weight, bias.detach()) : x.matmul(weight.t())',
        why: 'the bias gets no gradient',
      },
      {
        find: '1 / Math.sqrt(inFeatures)',
        replace: '1 / Math.sqrt(outFeatures)',
        why: 'drawn from the wrong range',
      },
      {
        find: 'project(x, weight, bias)',
        replace: 'project(x, weight, null)',
        why: 'the bias forgotten',
      },
    ],
  },
]
