// Options are read once: what is checked is what is used, also where a getter says something else
// the second time.
import fc from 'fast-check'
import {
  Adam,
  AdamW,
  crossEntropy,
  Dropout,
  Embedding,
  Generator,
  GRU,
  GRUCell,
  Linear,
  LSTM,
  LSTMCell,
  mseLoss,
  ones,
  RNN,
  RNNCell,
  SGD,
  type Tensor,
  tape,
  tensor,
  zeros,
} from 'tapegrad'
import * as testing from 'tapegrad/testing'
import { expect, it } from 'vitest'
import { make, untyped } from './examine.ts'

const p = ones([2], { requiresGrad: true })
const x = ones([2], { dtype: 'float64' })
const flags = ones([2, 3], { dtype: 'bool' })
const generator = new Generator(1)
const layer = { bias: true, dtype: 'float64', generator }
const recurrent = {
  ...layer,
  numLayers: 2,
  bidirectional: true,
  dropout: 0.5,
  batchFirst: false,
  recurrentDropout: 0.5,
  zoneout: 0.5,
  weightDrop: 0.5,
  learnState: true,
}
const variant = {
  peepholes: true,
  projSize: 1,
  layerNorm: true,
  coupledGates: true,
  cellClip: 1,
  forgetBias: 1,
}
const creation = { dtype: 'float64', requiresGrad: true }
const sgd = { lr: 0.1, momentum: 0.5, dampening: 0, nesterov: true, weightDecay: 0.1 }
const adam = { lr: 0.1, betas: [0.5, 0.5], eps: 1e-8, weightDecay: 0.1 }
const shapes = { minRank: 1, maxRank: 2, maxSide: 3, maxSize: 9, empty: true }

const calls: Record<string, [call: (options: never) => unknown, options: object]> = {
  tensor: [(o) => tensor([1, 2], o), { ...creation, shape: [2, 1] }],
  zeros: [(o) => zeros([2], o), creation],
  ones: [(o) => ones([2], o), creation],
  full: [(o) => untyped.full([2], 1, o), creation],
  eye: [(o) => untyped.eye(2, o), creation],
  arange: [(o) => untyped.arange(0, 2, 1, o), creation],
  linspace: [(o) => untyped.linspace(0, 2, 3, o), creation],
  rand: [(o) => untyped.rand([2], o), { ...creation, generator }],
  randn: [(o) => untyped.randn([2], o), { ...creation, generator }],
  randint: [(o) => untyped.randint(0, 2, [2], o), { dtype: 'int32', generator }],
  tape: [(o) => tape(p.mul(2), o), { names: { p }, fold: true }],
  Linear: [(o) => make('Linear')(2, 2, o), layer],
  Embedding: [(o) => new Embedding(2, 2, o), { dtype: 'float64', generator }],
  Dropout: [(o) => new Dropout(0.5, o), { generator }],
  RNN: [(o) => new RNN(2, 2, o), { ...recurrent, nonlinearity: 'relu' }],
  GRU: [(o) => new GRU(2, 2, o), { ...recurrent, resetAfter: false }],
  LSTM: [(o) => new LSTM(2, 2, o), { ...recurrent, ...variant }],
  'LSTM zoneout': [(zoneout) => new LSTM(2, 2, { zoneout }), { h: 0.5, c: 0.25 }],
  'LSTM.forward': [
    (o) => new LSTM(2, 2).forward(zeros([2, 3, 2]), undefined, o),
    { lengths: [1, 3], mask: flags, resets: flags, every: true },
  ],
  RNNCell: [(o) => new RNNCell(2, 2, o), { ...layer, nonlinearity: 'relu' }],
  GRUCell: [(o) => new GRUCell(2, 2, o), { ...layer, resetAfter: false }],
  LSTMCell: [(o) => new LSTMCell(2, 2, o), { ...layer, ...variant }],
  crossEntropy: [
    (o) => crossEntropy(zeros([2, 3]), zeros([2], { dtype: 'int32' }), o),
    { mask: ones([2]), ignoreIndex: 1, reduction: 'sum' },
  ],
  mseLoss: [(o) => mseLoss(zeros([2]), zeros([2]), o), { reduction: 'sum' }],
  SGD: [(o) => new SGD([p], o), sgd],
  Adam: [(o) => new Adam([p], o), adam],
  AdamW: [(o) => new AdamW([p], o), adam],
  'Module.loadStateDict': [
    (o) => new Linear(3, 2).loadStateDict(new Linear(3, 2).stateDict(), o),
    { strict: false },
  ],
  'SGD.loadStateDict': [
    (o) => new SGD([p], { lr: 1 }).loadStateDict({ optimizer: 'SGD', options: o, state: [null] }),
    sgd,
  ],
  'Adam.loadStateDict': [(o) => new Adam([p]).loadStateDict(o), { ...new Adam([p]).stateDict() }],
  checkGradients: [
    (o) => testing.checkGradients((x) => x.square(), [x], o),
    { mode: 'projected', order: 1, step: 1e-3, rtol: 1e-3, atol: 1e-3, seed: 3 },
  ],
  checkExactly: [
    (o) => testing.checkExactly((x) => x.square(), [x], o),
    {
      order: 1,
      seed: 3,
      kernels: true,
      gradients: () => [null],
      equals: (x: Tensor) => x.mul(x),
      ops: {},
    },
  ],
  checkForwardMode: [
    (o) => testing.checkForwardMode((x) => x.square(), [x], o),
    { seed: 3, rtol: 1e-3 },
  ],
  checkAgainst: [
    (o) =>
      testing.checkAgainst(
        ({ x }) => x.sum(),
        (_, u) => ({ value: 3, x: u }),
        fc.record({ x: fc.constant(tensor(3, { dtype: 'float64' })) }),
        o,
      ),
    { numRuns: 1, seed: 3, rtol: 1e-3 },
  ],
  checkModule: [
    (o) =>
      testing.checkModule(
        new Linear(2, 2, { dtype: 'float64' }),
        testing.tensorOf({ shape: [3, 2] }),
        o,
      ),
    { numRuns: 2, seed: 3, batchAxis: 0, rtol: 1e-6, differences: 'projected' },
  ],
  checkOptimizer: [
    (o) => testing.checkOptimizer((p) => new SGD(p, { lr: 0.1 }), null, o),
    { numRuns: 2, seed: 3, steps: 3, rtol: 1e-6, clip: (g: number[][]) => g },
  ],
  shapes: [(o) => testing.shapes(o), shapes],
  broadcastableShapes: [(o) => testing.broadcastableShapes(o), { ...shapes, count: 2 }],
  tensorOf: [
    (o) => testing.tensorOf(o),
    { shape: [2], dtype: 'float64', values: 'any', requiresGrad: true },
  ],
  programs: [(o) => testing.programs(o), { ops: ['add'], maxSteps: 2, maxInputs: 2 }],
}

it.each(Object.entries(calls))('%s', (_, [call, options]) => {
  const reads = new Map<string, number>()
  const counted = {}
  for (const [name, value] of Object.entries(options))
    Object.defineProperty(counted, name, {
      enumerable: true,
      get() {
        reads.set(name, (reads.get(name) ?? 0) + 1)
        return value
      },
    })
  call(counted as never)
  expect(Object.fromEntries(reads)).toEqual(
    Object.fromEntries(Object.keys(options).map((name) => [name, 1])),
  )
})
