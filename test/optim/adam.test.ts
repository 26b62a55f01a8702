// Adam and AdamW against the papers, transcribed in oracle.ts.

import fc from 'fast-check'
import { Adam, AdamW, ones } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { expectClose, sixteenths } from '../support/numbers.ts'
import { d, leaf } from '../support/tensors.ts'
import { adamOracle } from './oracle.ts'

describe('Adam', () => {
  it('moves by α in its first step, whatever the size of the gradient', () => {
    const p = leaf([1, 1, 1, 1])
    p.grad = d([1e-3, -5, 1e6, 0])
    new Adam([p], { lr: 0.125, eps: 0 }).step()
    expectClose((p.toArray() as number[]).slice(0, 3), [0.875, 1.125, 0.875], 1e-12)
  })

  it('moves by α g / (|g| + ε) in its first step', () => {
    const p = leaf(1)
    p.grad = d(-3)
    new Adam([p], { lr: 0.5, eps: 1 }).step()
    expectClose(p.item(), 1 + (0.5 * 3) / 4, 1e-12)
  })

  it.each([
    ['Adam', Adam, false],
    ['AdamW', AdamW, true],
  ] as const)('%s is the paper’s algorithm', (_, Optimizer, decoupled) => {
    const gradients = fc.array(sixteenths(-3, 3), { minLength: 1, maxLength: 8 })
    const choice = (...values: number[]) => fc.constantFrom(...values)
    const options = fc.record({
      lr: choice(0, 0.01, 1),
      β1: choice(0, 0.5, 0.9),
      β2: choice(0, 0.5, 0.999),
      // Below, a gradient that cancels to a rounding error would be divided by a smaller number.
      eps: choice(1e-3, 0.1),
      weightDecay: choice(0, 0.25),
    })
    fc.assert(
      fc.property(
        sixteenths(-3, 3),
        gradients,
        options,
        (θ, gradients, { lr, β1, β2, eps, weightDecay }) => {
          const p = leaf([θ, θ])
          const optimizer = new Optimizer([p], { lr, betas: [β1, β2], eps, weightDecay })
          for (const g of gradients) {
            p.grad = d([g, g])
            optimizer.step()
          }
          const expected = adamOracle(θ, gradients, {
            α: lr,
            β1,
            β2,
            ε: eps,
            λ: weightDecay,
            decoupled,
          })
          expectClose(p.toArray(), [expected, expected], 1e-12)
        },
      ),
      { numRuns: 200 },
    )
  })

  it('names its averages in a state dict as the paper does', () => {
    const p = ones([1], { dtype: 'float64', requiresGrad: true })
    p.grad = d([4])
    const optimizer = new Adam([p], { betas: [0.75, 0.5] })
    optimizer.step()
    const { m, v } = optimizer.stateDict().state[0]?.moments ?? {}
    expect([m?.toArray(), v?.toArray()]).toEqual([[1], [8]])
  })

  it('decays by 0.01 α in AdamW unless told otherwise, and not at all in Adam', () => {
    const [a, b] = [leaf(1), leaf(1)]
    for (const p of [a, b]) p.grad = d(0)
    new Adam([a], { lr: 0.5 }).step()
    new AdamW([b], { lr: 0.5 }).step()
    expect(a.item()).toBe(1)
    expectClose(b.item(), 1 - 0.005, 1e-12)
  })
})
