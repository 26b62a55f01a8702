// Bugs to be planted in src/kernels/assembly/compare.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/kernels/assembly/elementwise.test.ts'],
    bugs: [
      { find: 'v128.le<T>(x, y)', replace: 'v128.lt<T>(x, y)', why: '< for ≤' },
      { find: '0x204081', replace: '0x204001', why: 'one of four results is lost' },
      { find: 'mask >> l', replace: 'mask >> (rest - 1 - l)', why: 'the tail back to front' },
      {
        find: 'a += aOuter * sizeof<T>()',
        replace: '',
        why: 'the left operand’s rows do not advance',
      },
    ],
  },
]
