// Bugs to be planted in src/kernels/assembly/grads.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/kernels/assembly/elementwise.test.ts', 'test/kernels/assembly/maths.test.ts'],
    bugs: [
      {
        find: 'v128.add<T>(one, y))',
        replace: 'v128.sub<T>(one, y))',
        why: '(1 − y)² for (1 − y)(1 + y)',
      },
      {
        find: 'v128.mul<T>(v128.mul<T>(g, v128.sub<T>(one, y)), v128.add<T>(one, y))',
        replace: 'v128.mul<T>(g, v128.sub<T>(one, v128.mul<T>(y, y)))',
        why: '1 − y² cancels',
      },
      {
        find: 'v128.sub<T>(v128.splat<T>(1), y)',
        replace: 'v128.add<T>(v128.splat<T>(1), y)',
        why: '1 + y for 1 − y',
      },
      {
        find: 'v128.gt<T>(y, zero())',
        replace: 'v128.ge<T>(y, zero())',
        why: 'derivative 1 at the kink',
      },
    ],
  },
]
