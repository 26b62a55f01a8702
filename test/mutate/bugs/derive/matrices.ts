// Bugs to be planted in src/derive/matrices.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: 'axes.map((axis) => order[axis])',
        replace: 'axes.map((axis) => order.indexOf(axis))',
        why: 'a sum of permuted axes is taken over others',
      },
    ],
  },
]
