// Steps of which one value could be taken for another that is much like it, as one op, against the
// fold of their steps: values, first and second derivatives.

import type { Tensor } from 'tapegrad'
import { test } from 'vitest'
import { affine } from '../../../src/tensor/internal.ts'
import { expectClose } from '../../support/numbers.ts'
import { both, type Cell, cell } from '../sequence/cell.ts'
import { orders, problem } from '../sequence/folds.ts'

const cells: Record<string, Cell> = {
  'two products whose gates are read crosswise': cell(2, (p, x, _state, hidden) => {
    const [xs, hs] = both(p, x, hidden).map((one) => one.chunk(2, 1)) as [Tensor[], Tensor[]]
    const a = (xs[0] as Tensor).add(hs[1] as Tensor)
    return {
      h: (xs[1] as Tensor)
        .add(hs[0] as Tensor)
        .sigmoid()
        .mul(a.tanh()),
    }
  }),
  'two products with x, read as their sum alone': cell(
    1,
    (p, x, { h }, hidden) => {
      const both = affine(x, p.weight_u as Tensor, null).add(
        affine(x, p.weight_ih as Tensor, p.bias_ih ?? null),
      )
      return {
        h: both
          .add(affine(hidden, p.weight_hh as Tensor, null))
          .tanh()
          .add(h),
      }
    },
    (D, H) => ({ weight_u: [H, D] }),
  ),
  'a product of one column': cell(
    1,
    (p, x, _state, hidden) => ({
      h: affine(x, p.weight_one as Tensor, null)
        .add(affine(hidden, p.weight_hh as Tensor, null))
        .tanh(),
    }),
    (D) => ({ weight_one: [1, D] }),
  ),
}

test.each(Object.entries(cells))('%s', (_, recurrence) => {
  for (const bias of [true, false]) {
    const size = { sizes: [3, 2, 2, 1], D: 3, H: 4, bias, every: true, seed: 1 }
    const { inputs, fused, folded } = problem(recurrence, size, 'float64')
    expectClose(orders(fused, inputs, 1), orders(folded, inputs, 1), 1e-11)
  }
})
