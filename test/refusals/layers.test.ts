// What layers, losses and optimisers say to wrong arguments: every public one, every argument and
// option.
import {
  Adam,
  Embedding,
  Generator,
  GRU,
  Linear,
  LSTM,
  Module,
  type OptimizerState,
  ones,
  RNN,
  Sequential,
  SGD,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { expect, it } from 'vitest'
import { type Entry, examine, make, untyped as T } from './examine.ts'

const x = (): Tensor => ones([2, 3])
const sequences = (): Tensor => ones([2, 4, 3])
const parameter = (): Tensor => {
  const p = ones([2, 3], { requiresGrad: true })
  p.grad = ones([2, 3])
  return p
}
const index = (): Tensor => tensor([0, 1], { dtype: 'int32' })
const layer = (name: string, ...sizes: number[]): Entry => [make(name), () => [...sizes, {}]]
const options = (
  name: string,
  before: () => unknown[],
  good: Record<string, unknown>,
): [string, Entry][] =>
  Object.entries(good).map(([key, value]) => [
    `${name} ${key}`,
    [(given) => make(name)(...before(), { [key]: given }), () => [value]],
  ])
const forward = (module: () => Module, ...args: (() => unknown)[]): Entry => [
  (...given) => Reflect.apply(module().forward, module(), given),
  () => args.map((arg) => arg()),
]

const common = { bias: true, dtype: 'float32', generator: new Generator(1) }
const recurrent = {
  ...common,
  numLayers: 2,
  bidirectional: true,
  dropout: 0.5,
  batchFirst: false,
  recurrentDropout: 0.5,
  zoneout: 0.5,
  weightDrop: 0.5,
  learnState: true,
}
const variants = {
  RNN: { nonlinearity: 'relu' },
  GRU: { resetAfter: false },
  LSTM: {
    peepholes: true,
    projSize: 1,
    layerNorm: true,
    coupledGates: true,
    cellClip: 1,
    forgetBias: 1,
  },
}
const layers: Record<string, Entry> = {
  Linear: layer('Linear', 3, 2),
  Embedding: layer('Embedding', 3, 2),
  Dropout: layer('Dropout', 0.5),
  RNN: layer('RNN', 3, 2),
  GRU: layer('GRU', 3, 2),
  LSTM: layer('LSTM', 3, 2),
  RNNCell: layer('RNNCell', 3, 2),
  GRUCell: layer('GRUCell', 3, 2),
  LSTMCell: layer('LSTMCell', 3, 2),
  Sequential: [make('Sequential'), () => [new Linear(3, 2)]],
  ...Object.fromEntries([
    ...options('Linear', () => [3, 2], common),
    ...options('Embedding', () => [3, 2], { dtype: 'float64', generator: new Generator(1) }),
    ...options('Dropout', () => [0.5], { generator: new Generator(1) }),
    ...options('LSTM', () => [3, 2], recurrent),
    ...options('RNNCell', () => [3, 2], common),
    ...Object.entries(variants).flatMap(([name, good]) => [
      ...options(name, () => [3, 2], good),
      ...options(`${name}Cell`, () => [3, 2], good),
    ]),
    ...['h', 'c'].map((name): [string, Entry] => [
      `LSTM zoneout.${name}`,
      [(p) => make('LSTM')(3, 2, { zoneout: { [name]: p } }), () => [0.5]],
    ]),
  ]),
  'Linear.forward': forward(() => new Linear(3, 2), x),
  'Embedding.forward': forward(() => new Embedding(3, 2), index),
  'Dropout.forward': forward(() => make('Dropout')() as Module, x),
  'Sequential.forward': forward(() => new Sequential(new Linear(3, 2)), x),
  'LSTM.forward': forward(
    () => new LSTM(3, 2),
    sequences,
    () => undefined,
    () => ({}),
  ),
  'LSTM.forward state.h': [
    (h) => new LSTM(3, 2).forward(sequences(), { h, c: zeros([1, 2, 2]) } as never),
    () => [zeros([1, 2, 2])],
  ],
  'RNN.forward state': forward(
    () => new RNN(3, 2),
    sequences,
    () => ({ h: zeros([1, 2, 2]) }),
  ),
  'RNN.forward lengths': [
    (lengths) => new RNN(3, 2).forward(sequences(), undefined, { lengths } as never),
    () => [[1, 2]],
  ],
  'RNN.forward lengths[0]': [
    (length) => new RNN(3, 2).forward(sequences(), undefined, { lengths: [length, 1] } as never),
    () => [1],
  ],
  'RNN.forward mask': [
    (mask) => new RNN(3, 2).forward(sequences(), undefined, { mask } as never),
    () => [ones([2, 4], { dtype: 'bool' })],
  ],
  'RNN.forward resets': [
    (resets) => new RNN(3, 2).forward(sequences(), undefined, { resets } as never),
    () => [ones([2, 4], { dtype: 'bool' })],
  ],
  'RNN.forward every': [
    (every) => new RNN(3, 2).forward(sequences(), undefined, { every } as never),
    () => [true],
  ],
  'GRU.forward': forward(
    () => new GRU(3, 2),
    sequences,
    () => ({ h: zeros([1, 2, 2]) }),
    () => ({}),
  ),
  'LSTMCell.forward': forward(
    () => make('LSTMCell')(3, 2) as Module,
    x,
    () => undefined,
  ),
  loadStateDict: [
    (state, options) => new Linear(3, 2).loadStateDict(state as never, options as never),
    () => [new Linear(3, 2).stateDict(), {}],
  ],
  'loadStateDict strict': [
    (strict) => new Linear(3, 2).loadStateDict(new Linear(3, 2).stateDict(), { strict } as never),
    () => [true],
  ],
  'loadStateDict weight': [
    (weight) =>
      new Linear(3, 2).loadStateDict({ ...new Linear(3, 2).stateDict(), weight } as never),
    () => [x()],
  ],
  crossEntropy: [T.crossEntropy, () => [x(), index(), {}]],
  'crossEntropy mask': [(mask) => T.crossEntropy(x(), index(), { mask }), () => [ones([2])]],
  'crossEntropy ignoreIndex': [
    (ignoreIndex) => T.crossEntropy(x(), index(), { ignoreIndex }),
    () => [1],
  ],
  'crossEntropy reduction': [
    (reduction) => T.crossEntropy(x(), index(), { reduction }),
    () => ['sum'],
  ],
  mseLoss: [T.mseLoss, () => [x(), x(), {}]],
  'mseLoss reduction': [(reduction) => T.mseLoss(x(), x(), { reduction }), () => ['sum']],
}

const stepped = (): { optimizer: Adam; state: OptimizerState<object, 'm' | 'v'> } => {
  const optimizer = new Adam([parameter()])
  optimizer.step()
  return { optimizer, state: optimizer.stateDict() }
}
const loading = (
  part: (given: unknown, state: ReturnType<typeof stepped>['state']) => object,
  good: (state: ReturnType<typeof stepped>['state']) => unknown,
): Entry => [
  (given) => {
    const { optimizer, state } = stepped()
    const before = JSON.stringify(optimizer.stateDict().paramGroups)
    try {
      optimizer.loadStateDict(part(given, state) as never)
    } finally {
      expect(JSON.stringify(optimizer.stateDict().paramGroups)).toBe(before)
    }
  },
  () => [good(stepped().state)],
]
const optimisers: Record<string, Entry> = {
  Adam: [make('Adam'), () => [[parameter()], { lr: 0.1 }]],
  AdamW: [make('AdamW'), () => [[parameter()], { lr: 0.1 }]],
  SGD: [make('SGD'), () => [[parameter()], { lr: 0.1 }]],
  'Adam parameters[0]': [(p) => make('Adam')([p]), () => [parameter()]],
  'Adam parameters[0] beside names': [
    (entry) => make('Adam')([['w', parameter()], entry]),
    () => [['v', parameter()]],
  ],
  'Adam parameters.w': [(w) => make('Adam')({ w }), () => [parameter()]],
  'Adam group': [
    (group) => make('Adam')([{ params: [parameter()] }, group]),
    () => [{ params: [parameter()], lr: 0.1 }],
  ],
  'Adam group params': [(params) => make('Adam')([{ params }]), () => [[parameter()]]],
  'Adam group lr': [(lr) => make('Adam')([{ params: [parameter()], lr }]), () => [0.1]],
  'paramGroups[0].lr =': [
    (lr) => Reflect.set(new SGD([parameter()], { lr: 0.1 }).paramGroups[0], 'lr', lr),
    () => [0.2],
  ],
  ...Object.fromEntries(
    options('Adam', () => [[parameter()]], {
      lr: 0.1,
      betas: [0.9, 0.99],
      eps: 0.1,
      weightDecay: 0.1,
    }),
  ),
  ...Object.fromEntries(
    ['lr', 'momentum', 'dampening', 'nesterov', 'weightDecay'].map((key): [string, Entry] => [
      `SGD ${key}`,
      [
        (given) => make('SGD')([parameter()], { lr: 0.1, [key]: given }),
        () => [key === 'nesterov' ? false : 0.1],
      ],
    ]),
  ),
  'lr =': [(lr) => Reflect.set(new SGD([parameter()], { lr: 0.1 }), 'lr', lr), () => [0.2]],
  'Adam.loadStateDict': loading(
    (given) => given as object,
    (state) => state,
  ),
  'Adam.loadStateDict options': loading(
    (given, { optimizer, state }) => ({ optimizer, options: given, state }),
    () => ({ lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay: 0 }),
  ),
  'Adam.loadStateDict paramGroups': loading(
    (paramGroups, dict) => ({ ...dict, paramGroups }),
    ({ paramGroups }) => paramGroups,
  ),
  'Adam.loadStateDict paramGroups[0]': loading(
    (group, dict) => ({ ...dict, paramGroups: [group] }),
    ({ paramGroups }) => paramGroups[0],
  ),
  ...Object.fromEntries(
    ['params', 'paramNames'].map((key): [string, Entry] => [
      `Adam.loadStateDict paramGroups[0].${key}`,
      loading(
        (given, dict) => ({ ...dict, paramGroups: [{ ...dict.paramGroups[0], [key]: given }] }),
        ({ paramGroups }) => Reflect.get(paramGroups[0], key),
      ),
    ]),
  ),
  'Adam.loadStateDict state': loading(
    (state, dict) => ({ ...dict, state }),
    ({ state }) => state,
  ),
  'Adam.loadStateDict state[0]': loading(
    (one, dict) => ({ ...dict, state: [one] }),
    ({ state }) => state[0],
  ),
  clipGradNorm: [T.clipGradNorm, () => [[parameter()], 1]],
  clipGradValue: [T.clipGradValue, () => [[parameter()], 1]],
}

it.each(Object.entries({ ...layers, ...optimisers }))('%s', async (_, entry) => {
  expect(await examine(entry)).toMatchSnapshot()
})

it('refuses tensors and modules of another copy of the package in the fields of a module', () => {
  class Mixed extends Module {
    weight: unknown = { ...ones([2]) }
    forward = () => {}
  }
  expect(() => new Mixed().parameters()).toThrow(ValueError)
  expect(() => new Mixed().parameters()).toThrowErrorMatchingInlineSnapshot(
    '[ValueError: weight: expected what this copy of tapegrad made, got one of another copy of ' +
      'tapegrad: load the package once]',
  )
})
