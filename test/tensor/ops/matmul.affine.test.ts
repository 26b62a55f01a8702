// The affine op of Linear and of the recurrent layers against its definition, a product and a sum:
// values, first and second derivatives, and the add-into form.

import fc from 'fast-check'
import { grad, type Tensor, zeros } from 'tapegrad'
import { expect, test } from 'vitest'
import { affine } from '../../../src/tensor/ops/matmul.ts'
import { expectClose } from '../../support/numbers.ts'
import { float64, gridLeaf } from '../../support/tensors.ts'

const composed = (x: Tensor, weight: Tensor, bias: Tensor): Tensor => x.matmul(weight.t()).add(bias)

/**
 * The output used twice (so that cotangents are added into each other), its gradients, and theirs.
 */
function orders(
  f: (x: Tensor, weight: Tensor, bias: Tensor) => Tensor,
  x: Tensor,
  weight: Tensor,
  bias: Tensor,
): unknown[] {
  const inputs = [x, weight, bias]
  const y = f(x, weight, bias)
    .square()
    .add(f(x, weight, bias))
  const first = grad(y.sum(), inputs, { retainGraph: true })
  const recorded = grad(y.sum(), inputs, { createGraph: true })
  const second = grad(
    recorded.map((g) => g.square().sum()),
    inputs,
  )
  return [y, ...first, ...recorded, ...second].map((t) => t.toArray())
}

test('affine is a product and a sum', () => {
  const sizes = fc.record({
    leading: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 3 }),
    D: fc.integer({ min: 1, max: 5 }),
    K: fc.integer({ min: 1, max: 5 }),
  })
  fc.assert(
    fc.property(sizes, ({ leading, D, K }) => {
      const inputs = [gridLeaf([...leading, D], 1), gridLeaf([K, D], 2), gridLeaf([K], 3)] as const
      // A vector is a row here: a product gives it one axis more to lose.
      const rows =
        leading.length === 0
          ? ([inputs[0].detach().reshape([1, D]), inputs[1], inputs[2]] as const)
          : inputs
      rows[0].requiresGrad = true
      expectClose(orders(affine, ...rows), orders(composed, ...rows), 1e-11)
    }),
  )
})

test('affine of a vector, and of no rows', () => {
  expect(affine(gridLeaf([3], 1), gridLeaf([2, 3], 2), gridLeaf([2], 3)).shape).toEqual([2])
  expect(affine(zeros([0, 3], float64), gridLeaf([2, 3], 2), gridLeaf([2], 3)).shape).toEqual([
    0, 2,
  ])
})
