// Bugs to be planted in src/kernels/assembly/lines.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/kernels/assembly/reduce.test.ts'],
    bugs: [
      { find: '<T>-Infinity', replace: '0', why: 'the maximum of negative numbers is 0' },
      { find: 'v128.max<T>(x, y)', replace: 'v128.pmax<T>(x, y)', why: 'the maximum loses NaN' },
      {
        find: 'min(rest / (4 * lanes<T>()), 16)',
        replace: 'rest / (4 * lanes<T>())',
        why: 'a float32 total loses digits with length',
      },
      {
        find: 'v128.add<T>(v128.add<T>(s0, s1), v128.add<T>(s2, s3))',
        replace: 'v128.add<T>(v128.add<T>(s0, s1), s2)',
        why: 'a quarter of the sum is lost',
      },
      {
        find: 'loadNext<T>(a, rest, none)',
        replace: 'loadNext<T>(a, rest, zero())',
        why: 'a tail’s padding takes part in the maximum',
      },
      {
        find: 'op.at(op.at(x, x1), op.at(x2, x3))',
        replace: 'op.at(op.at(x, x1), x2)',
        why: 'a quarter of the numbers is not compared',
      },
      {
        find: 'if (sizeof<T>() == 4) x = op.at(x, v128.shuffle<f32>(x, x, 1, 0, 3, 2))',
        replace: '',
        why: 'two of four lanes are not compared',
      },
      {
        find: 'v128.mul<T>(loadNext<T>(a, rest, zero()), loadNext<T>(b, rest, zero()))',
        replace: 'loadNext<T>(a, rest, zero())',
        why: 'the tail of a dot product is a sum',
      },
    ],
  },
]
