// Bugs to be planted in src/tensor/ops/convert.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'tape',
    bugs: [
      {
        find: 'dtype === this.dtype ? copy([this])',
        replace: 'dtype === this.dtype ? this',
        why: 'to() the same dtype gives its input',
      },
    ],
  },
  {
    area: 'derivatives',
    bugs: [
      { find: 'g.to(x.dtype)', replace: 'g', why: 'a gradient of the wrong dtype' },
      {
        find: 'isFloat(x.dtype) ? g.to(x.dtype) : null',
        replace: 'null',
        why: 'conversion cuts the tape',
      },
      {
        op: 'clone',
        find: 'vjp: (g) => [g]',
        replace: 'vjp: (g) => [g.add(g)]',
        why: 'a factor 2',
      },
      {
        find: '    result.storage.pinned = true\n',
        replace: '',
        why: 'a clone is recycled with its graph',
      },
      {
        find: "if (dtype === 'int32') requireWithin(x.elements())",
        replace: '',
        why: 'NaN becomes 0 unseen',
      },
      {
        find: 'x > -(2 ** 31) - 1 && x < 2 ** 31',
        replace: 'x >= -(2 ** 31) && x <= 2 ** 31',
        why: '2³¹ for an int32',
      },
    ],
  },
]
