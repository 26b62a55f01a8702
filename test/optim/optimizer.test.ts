// What every optimiser keeps: state dicts, parameters without a gradient, learning rates. What they
// refuse is in test/refusals.

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
  type Tensor,
  ValueError,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { flat } from '../support/numbers.ts'

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
