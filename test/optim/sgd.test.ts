// SGD against closed forms: momentum, Nesterov's too, and weight decay.

import { SGD, type SGDOptions } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { expectClose } from '../support/numbers.ts'
import { d, leaf } from '../support/tensors.ts'
import { classicalMomentum, nesterovMomentum } from './oracle.ts'

/** Steps down f(θ) = a θ² / 2 from θ. */
function descend(options: SGDOptions, θ: number, a: number, steps: number): number {
  const p = leaf(θ)
  const optimizer = new SGD([p], options)
  for (let t = 0; t < steps; t++) {
    optimizer.zeroGrad()
    p.square()
      .mul(a / 2)
      .backward()
    optimizer.step()
  }
  return p.item()
}

describe('SGD', () => {
  it('shrinks a quadratic by (1 − γ a) a step, by (1 − γ (a + λ)) with decay', () => {
    expectClose(descend({ lr: 0.1 }, 3, 2, 20), 3 * 0.8 ** 20, 1e-12)
    expectClose(descend({ lr: 0.1, weightDecay: 1 }, 3, 2, 20), 3 * 0.7 ** 20, 1e-12)
  })

  it('has the classical momentum', () => {
    expectClose(
      descend({ lr: 0.1, momentum: 0.75 }, 3, 2, 20),
      classicalMomentum(3, 2, 20, 0.1, 0.75),
      1e-12,
    )
  })

  it('has Nesterov’s momentum, at the point looked ahead to', () => {
    expectClose(
      descend({ lr: 0.1, momentum: 0.75, nesterov: true }, 3, 2, 20),
      nesterovMomentum(3, 2, 20, 0.1, 0.75),
      1e-12,
    )
  })

  it('does not change the gradient', () => {
    const p = leaf([1, 2])
    p.grad = d([3, 4])
    new SGD([p], { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0.5 }).step()
    expect(p.grad?.toArray()).toEqual([3, 4])
  })
})
