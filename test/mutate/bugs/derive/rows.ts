// Bugs to be planted in src/derive/rows.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'derivations',
    bugs: [
      {
        find: "this.reduce('sum', super.matmul(this.transpose(x), y), axes, false)",
        replace: 'super.matmul(this.transpose(x), y)',
        why: 'the gradient of a weight is not summed over the first axis',
      },
      {
        find: 'return sameShape(args[0].shape, open) ? args[0] : null',
        replace: 'return args[0]',
        why: 'rows that have other axes are taken for the same',
      },
      {
        find: '[axis + lead - 1]',
        replace: '[axis]',
        why: 'a sum along each row is taken along another axis',
      },
      {
        find: 'own[0].shape.length - rank',
        replace: '0',
        why: 'what stands side by side is joined along another axis',
      },
    ],
  },
]
