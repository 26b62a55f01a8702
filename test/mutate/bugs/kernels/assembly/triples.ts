// Bugs to be planted in src/kernels/assembly/triples.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    bugs: [
      {
        find: 'v128.sub<T>(y, x)',
        replace: 'v128.sub<T>(x, y)',
        why: 'a difference from the wrong side',
      },
      {
        find: 'scratch + EDGE, c',
        replace: 'scratch + LEFT, c',
        why: 'the third number in the place of the first',
      },
      {
        find: 'case 9: return run<T, Mul<T>, Sub<T>>',
        replace: 'case 9: return run<T, Mul<T>, Add<T>>',
        why: 'a product plus a number for minus',
      },
    ],
  },
]
