// What a model prints as: the tree of its layers, what is unusual about them, and the console with
// it.
import { inspect } from 'node:util'
import {
  Dropout,
  Embedding,
  Linear,
  LSTM,
  LSTMCell,
  Module,
  ones,
  RNN,
  Sequential,
  type Tensor,
  zeros,
} from 'tapegrad'
import { expect, it } from 'vitest'

const printed = (model: Module): string => `\n${model}\n`

class Block extends Module {
  gain = ones([3], { requiresGrad: true })
  inner = new Linear(3, 3, { bias: false })
  forward = (x: Tensor) => this.inner.forward(x).mul(this.gain)
}

class Tagger extends Module {
  embedding = new Embedding(12345, 4)
  lstm = new LSTM(4, 3, { numLayers: 2, bidirectional: true })
  blocks = [new Block(), new Block()]
  heads = [[new Linear(3, 2)], [new Linear(3, 1)]]
  scales = [ones([2], { requiresGrad: true }), ones([], { requiresGrad: true })]
  table = zeros([2, 2], { dtype: 'int32' })
  steps = 7
  forward = () => {}
}

it('nested modules, arrays of modules, bare tensors', () => {
  expect(printed(new Tagger())).toMatchInlineSnapshot(`
    "
    Tagger · 49,899 parameters
    ├─ embedding: Embedding(12345 → 4)  49,380  weight (12345, 4)
    ├─ lstm: LSTM(4 → 3)                   480
    │  ├─ …_l0                             108  weight_ih (12, 4), weight_hh (12, 3), bias_ih (12), bias_hh (12)
    │  ├─ …_l0_reverse                     108  weight_ih (12, 4), weight_hh (12, 3), bias_ih (12), bias_hh (12)
    │  ├─ …_l1                             132  weight_ih (12, 6), weight_hh (12, 3), bias_ih (12), bias_hh (12)
    │  └─ …_l1_reverse                     132  weight_ih (12, 6), weight_hh (12, 3), bias_ih (12), bias_hh (12)
    ├─ blocks.0: Block                      12  gain (3)
    │  └─ inner: Linear(3 → 3)               9  weight (3, 3)
    ├─ blocks.1: Block                      12  gain (3)
    │  └─ inner: Linear(3 → 3)               9  weight (3, 3)
    ├─ heads.0.0: Linear(3 → 2)              8  weight (2, 3), bias (2)
    ├─ heads.1.0: Linear(3 → 1)              4  weight (1, 3), bias (1)
    ├─ scales.0                              2  (2)
    ├─ scales.1                              1  ()
    └─ table                                 0  (2, 2) int32 without gradient
    "
  `)
})

it('layers by themselves', () => {
  expect(printed(new Linear(2, 3))).toMatchInlineSnapshot(`
    "
    Linear(2 → 3) · 9 parameters
    ├─ weight  6  (3, 2)
    └─ bias    3  (3)
    "
  `)
  expect(printed(new Dropout())).toMatchInlineSnapshot(`
    "
    Dropout(0.5) · 0 parameters
    "
  `)
  expect(printed(new RNN(2, 3, { bias: false }))).toMatchInlineSnapshot(`
    "
    RNN(2 → 3) · 15 parameters
    └─ …_l0  15  weight_ih (3, 2), weight_hh (3, 3)
    "
  `)
  expect(printed(new LSTMCell(2, 3, { dtype: 'float64' }))).toMatchInlineSnapshot(`
    "
    LSTMCell(2 → 3) · 84 parameters
    ├─ weight_ih  24  (12, 2) float64
    ├─ weight_hh  36  (12, 3) float64
    ├─ bias_ih    12  (12) float64
    └─ bias_hh    12  (12) float64
    "
  `)
})

it('layers in a row', () => {
  expect(
    printed(
      new Sequential(new Linear(30, 100), new Dropout(0.25), new Sequential(new Linear(100, 2))),
    ),
  ).toMatchInlineSnapshot(`
    "
    Sequential · 3,302 parameters
    ├─ 0: Linear(30 → 100)    3,100  weight (100, 30), bias (100)
    ├─ 1: Dropout(0.25)           0
    └─ 2: Sequential            202
       └─ 0: Linear(100 → 2)    202  weight (2, 100), bias (2)
    "
  `)
})

it('what does not train: modules in evaluation, tensors without gradient', () => {
  const [first, second] = [new Linear(2, 2), new Dropout(0.1)]
  const model = new Sequential(first, second)
  first.weight.requiresGrad = false
  second.eval()
  expect(printed(model)).toMatchInlineSnapshot(`
    "
    Sequential · 2 parameters
    ├─ 0: Linear(2 → 2)        2  weight (2, 2) without gradient, bias (2)
    └─ 1: Dropout(0.1) · eval  0
    "
  `)
  expect(printed(model.eval())).toMatchInlineSnapshot(`
    "
    Sequential · 2 parameters · eval
    ├─ 0: Linear(2 → 2)  2  weight (2, 2) without gradient, bias (2)
    └─ 1: Dropout(0.1)   0
    "
  `)
  second.train()
  expect(printed(model)).toMatchInlineSnapshot(`
    "
    Sequential · 2 parameters · eval
    ├─ 0: Linear(2 → 2)         2  weight (2, 2) without gradient, bias (2)
    └─ 1: Dropout(0.1) · train  0
    "
  `)
})

it('a layer that is used twice is told of twice and counted once', () => {
  class Tied extends Module {
    first = new Block()
    again = [this.first]
    forward = () => {}
  }
  expect(printed(new Tied())).toMatchInlineSnapshot(`
    "
    Tied · 12 parameters
    ├─ first: Block             12  gain (3)
    │  └─ inner: Linear(3 → 3)   9  weight (3, 3)
    └─ again.0: Block           12  is first
    "
  `)
})

it('is what a console shows', () => {
  const model = new Linear(2, 3)
  expect(inspect(model)).toBe(String(model))
  expect(`\n${inspect({ model })}\n`).toMatchInlineSnapshot(`
    "
    {
      model: Linear(2 → 3) · 9 parameters
      ├─ weight  6  (3, 2)
      └─ bias    3  (3)
    }
    "
  `)
})
