// Bugs to be planted in src/kernels/assembly/rows.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: [
      'test/kernels/assembly/reduce.test.ts',
      'test/tensor/ops/registry.test.ts',
      'test/tensor/ops/crossEntropy.test.ts',
      'test/layers/losses.test.ts',
    ],
    bugs: [
      {
        find: 'v128.sub<T>(x, v128.load(scratch + REDUCED)))',
        replace: 'x)',
        why: 'the largest is not subtracted before exp',
      },
      {
        find: 'v128.splat<T>(<T>-Infinity)',
        replace: 'v128.splat<T>(0)',
        why: 'a tail’s padding weighs e⁰',
      },
      {
        find: 'abs<T>(most) == <T>Infinity ? most : ',
        replace: '',
        why: 'log Σ e of infinities is NaN',
      },
      {
        find: 'most + logSumExpAbove<T>(a, cols)',
        replace: 'logSumExpAbove<T>(a, cols)',
        why: 'the largest is not added back',
      },
      {
        find: 'reduceTo<T>(REDUCED, <T>dotLine<T>(g, y, cols))',
        replace: 'reduceTo<T>(REDUCED, <T>sumLine<T>(g, cols))',
        why: 'softmax’s derivative: Σ g for Σ g·y',
      },
      {
        find: 'v128.mul<T>(maths.exp<T>(y), v128.load(scratch + REDUCED))',
        replace: 'v128.mul<T>(y, v128.load(scratch + REDUCED))',
        why: 'logSoftmax’s derivative: log y for y',
      },
      { find: 'loss = weight * (', replace: 'loss = (', why: 'cross-entropy without its weight' },
      {
        find: 'store<T>(at, scale * (hit - 1))',
        replace: 'store<T>(at, scale * hit)',
        why: 'the target’s −1 forgotten',
      },
      {
        find: 'scale = load<T>(g) * weight',
        replace: 'scale = weight',
        why: 'cross-entropy’s derivative ignores the cotangent',
      },
      {
        find: 'memory.fill(out, 0, cols * sizeof<T>())',
        replace: '',
        why: 'the gradient of a row that does not count is not cleared',
      },
      {
        find: 'if (weight != 0) {\n      const most',
        replace: 'if (weight == weight) {\n      const most',
        why: 'NaN · 0 in a row that does not count',
      },
    ],
  },
]
