// Bugs to be planted in src/kernels/assembly/unary.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/kernels/assembly/elementwise.test.ts', 'test/kernels/assembly/maths.test.ts'],
    bugs: [
      {
        find: 'v128.max<T>(x, zero())',
        replace: 'v128.pmax<T>(zero(), x)',
        why: 'relu of NaN is 0',
      },
      {
        find: 'return v128.bitselect(one, x, v128.gt<T>(v128.abs<T>(x), zero()))',
        replace: 'return one',
        why: 'sign of 0 and of NaN is ±1',
      },
      {
        find: 'v128.store(out, y, 32)',
        replace: 'v128.store(out, x, 32)',
        why: 'the second vector twice',
      },
      {
        find: 'rest >= 4 * lanes<T>(); rest -=',
        replace: 'rest >= 3 * lanes<T>(); rest -=',
        why: 'writes beyond the end',
      },
    ],
  },
]
