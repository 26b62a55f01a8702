// Module: the parameters it finds, its text, its modes, and its state dict.

import {
  Dropout,
  Embedding,
  Linear,
  LSTM,
  Module,
  noGrad,
  ones,
  Sequential,
  TapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { expect, it } from 'vitest'

class Tagger extends Module {
  embedding = new Embedding(1000, 4)
  lstm = new LSTM(4, 3, { numLayers: 2 })
  heads = [new Linear(3, 2), new Sequential(new Dropout(0.25), new Linear(3, 1, { bias: false }))]
  scale = ones([2], { requiresGrad: true })
  steps = 7

  forward(words: Tensor): Tensor {
    return this.heads[0].forward(this.lstm.forward(this.embedding.forward(words)).output)
  }
}

class Pair extends Module {
  first = new Linear(2, 2)
  second = this.first
  table = zeros([2])
  forward = (x: Tensor) => this.second.forward(this.first.forward(x))
}

it('walks its own fields in the order of declaration, arrays and all', () => {
  expect(
    new Tagger().namedParameters().map(([name, p]) => `${name} ${p.shape}`),
  ).toMatchInlineSnapshot(`
    [
      "embedding.weight 1000,4",
      "lstm.weight_ih_l0 12,4",
      "lstm.weight_hh_l0 12,3",
      "lstm.bias_ih_l0 12",
      "lstm.bias_hh_l0 12",
      "lstm.weight_ih_l1 12,3",
      "lstm.weight_hh_l1 12,3",
      "lstm.bias_ih_l1 12",
      "lstm.bias_hh_l1 12",
      "heads.0.weight 2,3",
      "heads.0.bias 2",
      "heads.1.1.weight 1,3",
      "scale 2",
    ]
  `)
})

it('prints itself as a tree with shapes and counts', () => {
  expect(`\n${new Tagger()}\n`).toMatchInlineSnapshot(`
    "
    Tagger · 4,217 parameters
    ├─ embedding: Embedding(1000 → 4)  4,000  weight (1000, 4)
    ├─ lstm: LSTM(4 → 3)                 204
    │  ├─ …_l0                           108  weight_ih (12, 4), weight_hh (12, 3), bias_ih (12), bias_hh (12)
    │  └─ …_l1                            96  weight_ih (12, 3), weight_hh (12, 3), bias_ih (12), bias_hh (12)
    ├─ heads.0: Linear(3 → 2)              8  weight (2, 3), bias (2)
    ├─ heads.1: Sequential                 3
    │  ├─ 0: Dropout(0.25)                 0
    │  └─ 1: Linear(3 → 1)                 3  weight (1, 3)
    └─ scale                               2  (2)
    "
  `)
})

it('prints frozen tensors as such and counts a shared layer once', () => {
  expect(`\n${new Pair()}\n`).toMatchInlineSnapshot(`
    "
    Pair · 6 parameters
    ├─ first: Linear(2 → 2)   6  weight (2, 2), bias (2)
    ├─ second: Linear(2 → 2)  6  is first
    └─ table                  0  (2) without gradient
    "
  `)
})

it('lists a shared parameter once, and keeps both names in the state', () => {
  const pair = new Pair()
  expect(pair.namedParameters().map(([name]) => name)).toEqual(['first.weight', 'first.bias'])
  expect(Object.keys(pair.stateDict())).toEqual([
    'first.weight',
    'first.bias',
    'second.weight',
    'second.bias',
    'table',
  ])
})

it('keeps frozen tensors in the state, but not among the parameters', () => {
  const linear = new Linear(2, 3)
  linear.weight.requiresGrad = false
  expect(linear.parameters()).toEqual([linear.bias])
  expect(Object.keys(linear.stateDict())).toEqual(['weight', 'bias'])
})

it('switches everything below it between training and evaluation', () => {
  const tagger = new Tagger()
  const [, sequential] = tagger.heads
  expect(tagger.eval()).toBe(tagger)
  expect(
    [tagger, tagger.lstm, sequential, (sequential as Sequential).layers[0]].map((m) => m.training),
  ).toEqual([false, false, false, false])
  expect(tagger.train().lstm.training).toBe(true)
})

it('hands its state to another of its kind', () => {
  const [a, b] = [new Tagger(), new Tagger()]
  const words = tensor([[1, 2, 999]], { dtype: 'int32' })
  expect(b.forward(words).toArray()).not.toEqual(a.forward(words).toArray())
  b.loadStateDict(a.stateDict())
  expect(b.forward(words).toArray()).toEqual(a.forward(words).toArray())
})

it('gives copies, which later training does not change and which outlive noGrad', () => {
  const linear = new Linear(1, 1, { bias: false })
  let state: Record<string, Tensor> = {}
  noGrad(() => {
    state = linear.stateDict()
  })
  const before = linear.weight.item()
  linear.weight.assign_(tensor([[5]]))
  expect(state.weight.item()).toBe(before)
  linear.loadStateDict(state)
  linear.weight.assign_(tensor([[6]]))
  expect(state.weight.item()).toBe(before)
  expect(state.weight.requiresGrad).toBe(false)
})

it('loads what there is with strict false, and says what was missing and unexpected', () => {
  class Model extends Module {
    encoder = new Linear(2, 2)
    head = new Linear(2, 1)
    forward = () => {}
  }
  const model = new Model()
  const before = model.stateDict()
  const state = {
    'encoder.weight': ones([2, 2]),
    'encoder.bias': ones([2]),
    'old.weight': ones([3]),
    steps: 7 as unknown as Tensor,
  }
  const names = ['head.weight', 'head.bias']
  expect(() => model.loadStateDict(state)).toThrow(ValueError)
  expect(model.loadStateDict(state, { strict: false })).toEqual({
    missingKeys: names,
    unexpectedKeys: ['old.weight', 'steps'],
  })
  expect(model.encoder.weight.sum().item()).toBe(4)
  expect(model.encoder.bias?.sum().item()).toBe(2)
  for (const name of names)
    expect(model.stateDict()[name].toArray()).toEqual(before[name].toArray())
  expect(model.loadStateDict({}, { strict: false }).missingKeys).toHaveLength(4)
  expect(model.loadStateDict(before)).toEqual({ missingKeys: [], unexpectedKeys: [] })
})

it('loads nothing with strict false where a shape or dtype differs, or a tensor may not change', () => {
  const linear = new Linear(2, 2)
  const before = linear.stateDict()
  const wrong = { weight: ones([2, 2]), bias: ones([3]), other: ones([1]) }
  expect(() => linear.loadStateDict(wrong, { strict: false })).toThrowErrorMatchingInlineSnapshot(`
    [ValueError: Linear(2 → 2).loadStateDict: this state does not fit:
      bias: expected (2) float32, got (3) float32]
  `)
  const double = { weight: ones([2, 2]), bias: ones([2], { dtype: 'float64' }) }
  expect(() => linear.loadStateDict(double, { strict: false })).toThrow(/got \(2\) float64/)
  for (const [name, t] of Object.entries(before))
    expect(linear.stateDict()[name].toArray()).toEqual(t.toArray())

  class Scaled extends Module {
    weight = ones([2], { requiresGrad: true })
    scaled = this.weight.mul(2)
    forward = () => {}
  }
  const scaled = new Scaled()
  const zero = zeros([2])
  const load = () => scaled.loadStateDict({ weight: zero, scaled: zero }, { strict: false })
  expect(load).toThrow(TapeError)
  expect(scaled.weight.toArray()).toEqual([1, 1])
  // What is not loaded may be anything.
  scaled.loadStateDict({ weight: zero }, { strict: false })
  expect(scaled.weight.toArray()).toEqual([0, 0])
})

it('loads its own tensors in another order, and nothing when one can no longer be read', () => {
  const [a, b] = [tensor([1]), tensor([2])]
  class Two extends Module {
    a = a
    b = b
    forward = () => {}
  }
  const two = new Two()
  two.loadStateDict({ a: b, b: a })
  expect([a.item(), b.item()]).toEqual([2, 1])

  class Wide extends Module {
    first = zeros([99], { requiresGrad: true })
    second = zeros([99], { requiresGrad: true })
    forward = () => {}
  }
  const wide = new Wide()
  let recycled = ones([99])
  noGrad(() => {
    recycled = recycled.mul(2)
  })
  expect(() => wide.loadStateDict({ first: ones([99]), second: recycled })).toThrow(TapeError)
  expect(wide.first.sum().item()).toBe(0)
})

it('reads a state once: what is checked is what is loaded', () => {
  const linear = new Linear(1, 1)
  let reads = 0
  linear.loadStateDict({
    get weight() {
      return reads++ === 0 ? tensor([[7]]) : zeros([5, 5])
    },
    get bias() {
      return reads++ < 2 ? tensor([8]) : tensor([9])
    },
  })
  expect([linear.weight.item(), linear.bias?.item(), reads]).toEqual([7, 8, 2])
})

it('refuses to load into the result of an op', () => {
  class Scaled extends Module {
    weight = ones([2], { requiresGrad: true }).mul(2)
    forward = () => {}
  }
  expect(() =>
    new Scaled().loadStateDict({ weight: ones([2]) }),
  ).toThrowErrorMatchingInlineSnapshot(
    '[TapeError: Scaled.loadStateDict: weight: expected a leaf, got the result of mul: use ' +
      'detach() or a new tensor]',
  )
})

it('refuses a state that does not fit, listing everything, and changes nothing', () => {
  const linear = new Linear(3, 2)
  const before = linear.stateDict()
  const wrong = { weight: zeros([2, 3], { dtype: 'float64' }), bais: zeros([2]) }
  expect(() => linear.loadStateDict(wrong)).toThrow(ValueError)
  expect(() => linear.loadStateDict(wrong)).toThrowErrorMatchingInlineSnapshot(`
    [ValueError: Linear(3 → 2).loadStateDict: this state does not fit:
      weight: expected (2, 3) float32, got (2, 3) float64
      bias: missing
      bais: unexpected]
  `)
  expect(() =>
    linear.loadStateDict({ bias: zeros([3]), weight: [1] as unknown as Tensor }),
  ).toThrowErrorMatchingInlineSnapshot(`
    [ValueError: Linear(3 → 2).loadStateDict: this state does not fit:
      weight: expected (2, 3) float32, got [1]
      bias: expected (2) float32, got (3) float32]
  `)
  expect(() =>
    linear.loadStateDict({ weight: zeros([2, 3]), bias: zeros([3]) }),
  ).toThrowErrorMatchingInlineSnapshot(`
    [ValueError: Linear(3 → 2).loadStateDict: this state does not fit:
      bias: expected (2) float32, got (3) float32]
  `)
  expect(() =>
    linear.loadStateDict(null as unknown as Record<string, Tensor>),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: Linear(3 → 2).loadStateDict: expected an object of tensors by name, got null]`,
  )
  expect(linear.weight.toArray()).toEqual(before.weight.toArray())
  expect(linear.bias?.toArray()).toEqual(before.bias.toArray())
})
