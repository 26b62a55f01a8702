// Bugs to be planted in src/kernels/assembly/strided.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/kernels/assembly/strided.test.ts'],
    bugs: [
      {
        find: 'if (<u32>n * sizeof<T>() >= 512) {',
        replace: 'if (<u32>n * sizeof<T>() >= 512 && n < 0) {',
        why: 'long runs one vector at a time',
        equivalent: 'memory.copy is only faster',
      },
      {
        find: 'copyTransposed<T>(to, from, n2, n3, d2 * size, s3 * size)',
        replace: 'copyTransposed<T>(to, from, n2, n3, d2 * size, n2 * size)',
        why: 'a transposition out of a larger block',
      },
      {
        find: 'height == lanes<T>() && width == lanes<T>()',
        replace: 'height == lanes<T>()',
        why: 'a transposition writes beyond the last columns',
      },
      {
        find: 'store<T>(p, load<T>(p) + load<T>(q))',
        replace: 'store<T>(p, load<T>(q))',
        why: 'adding through strides overwrites',
      },
      {
        find: 'addRun<T>(dst + load<i32>(index + 4 * i) * bytes, src + i * bytes, rowLength)',
        replace: 'memory.copy(dst + load<i32>(index + 4 * i) * bytes, src + i * bytes, bytes)',
        why: 'repeated indices overwrite',
      },
      {
        find: 'store<T>(p, load<T>(p) + load<T>(src))',
        replace: 'store<T>(p, load<T>(src))',
        why: 'repeated elements overwrite',
      },
      {
        find: 'dst += nIn * inner * sizeof<T>()',
        replace: 'dst += nOut * inner * sizeof<T>()',
        why: 'the index’s length for the target’s',
      },
      {
        find: 'a += nIn * inner * sizeof<T>()',
        replace: 'a += nOut * inner * sizeof<T>()',
        why: 'the index’s length for the source’s',
      },
    ],
  },
]
