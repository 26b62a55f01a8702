// Bugs to be planted in src/layers/parameters.ts.

import type { Table } from '../../mutants.ts'

export const table: Table = [
  {
    area: 'layers',
    bugs: [
      {
        find: 'requireMatch(who, name, parameter as Tensor, shape, ...dtypes)',
        replace: '',
        why: 'a parameter that does not fit is read beyond its end',
      },
      {
        find: "if (parameter === null && name.startsWith('bias')) return",
        replace: 'if (i > 0) return',
        why: 'only the first parameter is looked at',
      },
      {
        find: "i === 0 ? ['float32', 'float64'] : [first.dtype]",
        replace: "['float32', 'float64']",
        why: 'bytes of one float are read as the other',
      },
      { find: 'p.mul(2 * bound).sub(bound)', replace: 'p.mul(bound)', why: 'drawn from 0 … bound' },
      { find: '  p.requiresGrad = true\n', replace: '', why: 'parameters without gradients' },
    ],
  },
]
