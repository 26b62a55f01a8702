// Bugs to be planted in src/kernels/assembly/pairs.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/kernels/assembly/elementwise.test.ts'],
    bugs: [
      { find: 'v128.sub<T>(x, y)', replace: 'v128.sub<T>(y, x)', why: 'operands swapped' },
      {
        find: 'v128.max<T>(x, y)',
        replace: 'v128.pmax<T>(x, y)',
        why: 'maximum loses a NaN on the right',
      },
      {
        find: 'at < 64; at += 16',
        replace: 'at < 32; at += 16',
        why: 'a repeated number fills two vectors of four',
      },
      {
        find: 'bStep: usize = bInner ? 16 : 0',
        replace: 'bStep: usize = 16',
        why: 'a repeated right operand runs on',
      },
      {
        find: 'v128.load(a, 48), v128.load(b, 48)',
        replace: 'v128.load(a, 48), v128.load(b, 32)',
        why: 'the fourth vector from the third’s place',
      },
      {
        find: 'v128.store(out, z, 48)',
        replace: 'v128.store(out, y, 48)',
        why: 'the third vector twice',
      },
      {
        find: 'b += bOuter * sizeof<T>()',
        replace: '',
        why: 'the right operand’s rows do not advance',
      },
    ],
  },
]
