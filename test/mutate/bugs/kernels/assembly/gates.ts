// Bugs to be planted in src/kernels/assembly/gates.ts.

import type { Table } from '../../../mutants.ts'

export const table: Table = [
  {
    area: 'kernels',
    tests: ['test/tensor/sequence', 'test/layers/pytorch.test.ts'],
    bugs: [
      {
        find: 'mapRow<T, Tanh<T>>(g, g, H)',
        replace: 'mapRow<T, Sigmoid<T>>(g, g, H)',
        why: 'σ for tanh',
      },
      {
        find: 'mapRow<T, Sigmoid<T>>(z, z, 2 * H)',
        replace: 'mapRow<T, Sigmoid<T>>(z, z, H)',
        why: 'the forget gate is not squashed',
      },
      {
        find: 'pairRow<T, Mul<T>>(h, o, h, H, 1, 1)',
        replace: 'pairRow<T, Mul<T>>(h, o, cNext, H, 1, 1)',
        why: 'the output’s tanh forgotten',
      },
      {
        find: 'z += 4 * row, c += row',
        replace: 'z += 4 * row',
        why: 'the first sequence’s cell state for all',
      },
      {
        find: 'mapRow<T, Tanh<T>>(dz + 3 * row, cNext, H)',
        replace: 'mapRow<T, Tanh<T>>(dz + 3 * row, c, H)',
        why: 'tanh of the cell state before',
      },
      {
        find: 'gates += 3 * row, cNext += row',
        replace: 'gates += 3 * row',
        why: 'the first sequence’s next cell state for all',
      },
      {
        find: 'v128.mul<T>(v128.mul<T>(d, o), tanhSlope<T>(t, one))',
        replace: 'v128.mul<T>(d, o)',
        why: 'tanh(c)’s slope forgotten',
      },
      {
        find: 'v128.mul<T>(v128.mul<T>(dNext, g), sigmoidSlope<T>(i, one))',
        replace: 'v128.mul<T>(v128.mul<T>(dNext, i), sigmoidSlope<T>(i, one))',
        why: 'i for g',
      },
      {
        find: 'v128.mul<T>(dNext, loadNext<T>(c, rest, zero()))',
        replace: 'v128.mul<T>(dNext, g)',
        why: 'g for c',
      },
      {
        find: 'v128.mul<T>(v128.mul<T>(dNext, i), tanhSlope<T>(g, one))',
        replace: 'v128.mul<T>(v128.mul<T>(dNext, i), sigmoidSlope<T>(g, one))',
        why: 'σ’s slope for tanh’s',
      },
      {
        find: 'v128.mul<T>(v128.mul<T>(d, t), sigmoidSlope<T>(o, one))',
        replace: 'v128.mul<T>(v128.mul<T>(d, t), o)',
        why: 'o’s slope forgotten',
      },
      {
        find: 'storeNext<T>(dc, v128.mul<T>(dNext, f), rest)',
        replace: 'storeNext<T>(dc, dNext, rest)',
        why: 'the cell’s cotangent passes the forget gate',
      },
      {
        find: 'v128.add<T>(loadNext<T>(dc, rest, zero()), ',
        replace: 'v128.add<T>(zero(), ',
        why: 'the cotangent of the next cell state is lost',
      },
    ],
  },
]
