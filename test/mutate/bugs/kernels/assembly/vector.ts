// Bugs to be planted in src/kernels/assembly/vector.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: [
      'test/kernels/assembly/elementwise.test.ts',
      'test/kernels/assembly/reduce.test.ts',
      'test/kernels/assembly/strided.test.ts',
    ],
    bugs: [
      {
        find: 'if (count > 2) x = v128.load_lane<T>(p, x, 2, 8)',
        replace: '',
        why: 'the third number of a tail is not read',
      },
      {
        find: 'if (count > 1) v128.store_lane<T>(p, x, 1, 4)',
        replace: '',
        why: 'the second number of a tail is not written',
      },
      {
        find: 'v128.extract_lane<f64>(y, 0) + v128.extract_lane<f64>(y, 1)',
        replace: 'v128.extract_lane<f64>(y, 0)',
        why: 'half of the lanes',
      },
      {
        find: 'v128.store(to + toRow, v128.shuffle<f64>(r0, r1, 1, 3))',
        replace: 'v128.store(to + toRow, v128.shuffle<f64>(r0, r1, 3, 1))',
        why: 'a transposed pair swapped',
      },
      {
        find: 'v128.shuffle<f64>(t1, t3, 0, 2)',
        replace: 'v128.shuffle<f64>(t1, t3, 1, 3)',
        why: 'a transposed row twice',
      },
    ],
  },
]
