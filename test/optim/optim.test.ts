// Optimisers against closed forms and the papers, and their state dicts; what they refuse is in
// test/refusals.
import fc from 'fast-check'
import {
  Adam,
  AdamW,
  Generator,
  Linear,
  mseLoss,
  noGrad,
  ones,
  randn,
  SGD,
  type SGDOptions,
  type Tensor,
  ValueError,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { expectClose, flat, sixteenths } from '../support/numbers.ts'
import { d, leaf } from '../support/tensors.ts'
import { adamOracle, classicalMomentum, nesterovMomentum } from './oracle.ts'

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
      eps: choice(1e-8, 0.1),
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

const makers: [string, (parameters: Tensor[]) => SGD | Adam][] = [
  ['SGD', (parameters) => new SGD(parameters, { lr: 0.1 })],
  [
    'SGD with momentum',
    (parameters) =>
      new SGD(parameters, { lr: 0.05, momentum: 0.9, dampening: 0.5, weightDecay: 0.01 }),
  ],
  ['Adam', (parameters) => new Adam(parameters, { lr: 0.01 })],
  ['AdamW', (parameters) => new AdamW(parameters, { lr: 0.01 })],
]

describe.each(makers)('%s', (_, make) => {
  const generator = new Generator(11)
  const [x, y] = [randn([8, 3], { generator }), randn([8, 2], { generator })]

  function train(model: Linear, optimizer: SGD | Adam, steps: number): number {
    let loss = Number.NaN
    for (let t = 0; t < steps; t++) {
      optimizer.zeroGrad()
      const l = mseLoss(model.forward(x), y)
      l.backward()
      optimizer.step()
      loss = l.item()
    }
    return loss
  }

  it('goes on bit for bit from a state dict', () => {
    const model = new Linear(3, 2)
    const optimizer = make(model.parameters())
    const first = train(model, optimizer, 5)
    const saved = { model: model.stateDict(), optimizer: optimizer.stateDict() }
    expect(train(model, optimizer, 5)).toBeLessThan(first)

    const again = new Linear(3, 2)
    again.loadStateDict(saved.model)
    const other = make(again.parameters())
    train(again, other, 1)
    again.loadStateDict(saved.model)
    other.lr = 0.5
    other.loadStateDict(saved.optimizer as never)
    expect(other.lr).toBe(optimizer.lr)
    train(again, other, 5)
    expect(flat(again.parameters().map((p) => p.toArray()))).toEqual(
      flat(model.parameters().map((p) => p.toArray())),
    )
  })

  it('leaves parameters without a gradient alone', () => {
    const [a, b] = [ones([2], { requiresGrad: true }), ones([2], { requiresGrad: true })]
    const optimizer = make([a, b])
    a.square().sum().backward()
    optimizer.step()
    expect(b.toArray()).toEqual([1, 1])
    expect(a.toArray()).not.toEqual([1, 1])
    expect(flat(optimizer.stateDict().state.map((one) => one?.t ?? 0))).toEqual([1, 0])
  })

  it('clears gradients', () => {
    const p = ones([2], { requiresGrad: true })
    p.sum().backward()
    make([p]).zeroGrad()
    expect(p.grad).toBe(null)
  })

  it('works inside noGrad', () => {
    const p = ones([64], { requiresGrad: true })
    const optimizer = make([p])
    for (let t = 0; t < 3; t++) {
      optimizer.zeroGrad()
      p.square().sum().backward()
      noGrad(() => optimizer.step())
    }
    expect(p.toTypedArray().every((v) => v < 1 && v > 0)).toBe(true)
  })

  it('refuses a learning rate that makes no sense, and keeps the old one', () => {
    const optimizer = make([ones([2], { requiresGrad: true })])
    const { lr } = optimizer
    for (const wrong of [Number.NaN, -0.1, Number.POSITIVE_INFINITY, '0.1' as unknown as number]) {
      expect(() => {
        optimizer.lr = wrong
      }).toThrow(ValueError)
    }
    expect(optimizer.lr).toBe(lr)
    optimizer.lr = 0
    expect(optimizer.lr).toBe(0)
  })
})
