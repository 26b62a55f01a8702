// The fused cross-entropy against its definition, the weighted logarithm of softmax at the target:
// values, first and second derivatives.

import fc from 'fast-check'
import { grad, type Tensor, tensor } from 'tapegrad'
import { expect, test } from 'vitest'
import { softmaxCrossEntropy, type Weighted } from '../../../src/tensor/ops/crossEntropy.ts'
import { expectClose, flat, grid } from '../../support/numbers.ts'
import { d, gridded, gridLeaf, leaf } from '../../support/tensors.ts'

const composed = (logits: Tensor, { targets, weights }: Weighted): Tensor =>
  logits.logSoftmax(-1).gather(-1, targets.unsqueeze(-1)).squeeze(-1).mul(weights).neg()
const fused = (logits: Tensor, counted: Weighted): Tensor => softmaxCrossEntropy([logits], counted)

/**
 * The losses, their gradient for the cotangent g, the same recorded, and what that gradient's own,
 * weighted, are for logits and g.
 */
function orders(
  f: typeof fused,
  logits: Tensor,
  counted: Weighted,
  g: Tensor,
  weights: Tensor,
): unknown[] {
  const losses = f(logits, counted)
  const first = grad(losses, logits, { gradOutputs: g, retainGraph: true })
  const recorded = grad(losses, logits, { gradOutputs: g, createGraph: true })
  const second = grad(recorded, [logits, g], { gradOutputs: weights, retainGraph: true })
  return [losses, first, recorded, ...second].map((t) => t.toArray())
}

const cases = fc.record({
  R: fc.integer({ min: 1, max: 5 }),
  V: fc.integer({ min: 1, max: 9 }),
  seed: fc.nat(999),
})

test.each([
  ['float64', 1e-12],
  ['float32', 1e-5],
] as const)('the fused cross-entropy is the composed one in %s', (dtype, tolerance) => {
  fc.assert(
    fc.property(cases, ({ R, V, seed }) => {
      const classes = flat(grid([R], seed + 1)).map((u) => Math.abs(u * 16) % V)
      const counted = {
        targets: tensor(classes, { dtype: 'int32' }),
        weights: gridded([R], seed + 2, dtype),
      }
      const inputs = [
        gridLeaf([R, V], seed + 3, dtype),
        counted,
        gridLeaf([R], seed + 4, dtype),
        gridded([R, V], seed + 5, dtype),
      ] as const
      expectClose(orders(fused, ...inputs), orders(composed, ...inputs), tolerance)
    }),
    { numRuns: 200 },
  )
})

test('a row of weight 0 is not looked at, whatever the order of the derivative', () => {
  const nothing = [Number.NaN, Number.POSITIVE_INFINITY]
  const logits = leaf([nothing, [1, 2]])
  const counted = { targets: tensor([0, 1], { dtype: 'int32' }), weights: d([0, 1]) }
  const cotangents = d([[1, 2], nothing.map(() => 3)])
  const results = orders(fused, logits, counted, leaf([1, 1]), cotangents).map(flat)
  for (const all of results) {
    expect(all.every(Number.isFinite)).toBe(true)
    expect(all.slice(0, all.length / 2).every((x) => x === 0)).toBe(true)
  }
})
