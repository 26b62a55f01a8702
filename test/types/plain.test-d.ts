// Where typed and plain tensors meet: what is assignable to what, and what a function over tensors
// may ask of them. The shapes of results are the table's (cases.ts).

import {
  Adam,
  type AdamOptions,
  AdamW,
  type Dim,
  detachState,
  Embedding,
  GRU,
  GRUCell,
  Linear,
  LSTM,
  LSTMCell,
  type LSTMOptions,
  RNN,
  RNNCell,
  Sequential,
  SGD,
  type Shape,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { describe, expectTypeOf, it } from 'vitest'

type Batch = Dim<'batch'>
type Time = Dim<'time'>

describe('Tensor<S>', () => {
  it('is plain without S', () => {
    expectTypeOf<Tensor>().toEqualTypeOf<Tensor<Shape>>()
    expectTypeOf<Tensor<readonly [32, 10]>>().toExtend<Tensor>()
    expectTypeOf(tensor([[1, 2]])).toExtend<Tensor>()
  })

  it('fits wherever its sizes may be those', () => {
    expectTypeOf<Tensor<readonly [32, 10]>>().toExtend<Tensor<readonly [number, 10]>>()
    expectTypeOf<Tensor<readonly [number, 10]>>().toExtend<Tensor<readonly [32, 10]>>()
    expectTypeOf<Tensor>().toExtend<Tensor<readonly [32, 10]>>()
    expectTypeOf<Tensor<readonly [32, 10]>>().not.toExtend<Tensor<readonly [32, 11]>>()
    expectTypeOf<Tensor<readonly [32, 10]>>().not.toExtend<Tensor<readonly [32]>>()
    expectTypeOf<Tensor<readonly [Batch, 10]>>().not.toExtend<Tensor<readonly [Time, 10]>>()
  })

  it('goes into collections and functions of plain tensors', () => {
    const sizes = (of: readonly Tensor[]): number[] => of.map((t) => t.size)
    expectTypeOf(sizes).toBeCallableWith([zeros([2, 3]), zeros([4])])
    const double = (x: Tensor): Tensor => x.mul(2)
    expectTypeOf(double(zeros([2, 3]))).toEqualTypeOf<Tensor>()
  })

  it('keeps its shape in a function that asks for a rank', () => {
    const scores = (x: Tensor<readonly [number, 8]>) => x.matmul(zeros([8, 3] as const)).softmax(-1)
    expectTypeOf(scores).returns.toEqualTypeOf<Tensor<readonly [number, 3]>>()
    // @ts-expect-error its last axis has 7 elements
    scores(zeros([2, 7] as const))
    const plain: Tensor = zeros([2, 8])
    scores(plain)
  })
})

describe('models', () => {
  it('are composed without a cast', () => {
    const model = new Sequential(new Linear(4, 8), new Linear(8, 3))
    expectTypeOf(model.forward(zeros([5, 4] as const))).toEqualTypeOf<Tensor<readonly [5, 3]>>()
    const { output } = new LSTM(4, 8).forward(zeros([6, 2, 4] as const))
    expectTypeOf(output).toEqualTypeOf<Tensor<readonly [6, 2, 8]>>()
  })

  it('hold their layers against each other whatever comes in', () => {
    const x: Tensor = zeros([5, 4])
    expectTypeOf(
      new Sequential(new Linear(4, 8), new Linear(8, 3)).forward(x),
    ).toEqualTypeOf<Tensor>()
    // @ts-expect-error Linear(9 → 3): expected x of shape (…, 9), got (…, 8)
    new Sequential(new Linear(4, 8), new Linear(9, 3)).forward(x)
    // @ts-expect-error Linear(5 → 3): expected x of shape (…, 5), got (…, 4)
    new Sequential(new Embedding(9, 4), new Sequential(new Linear(5, 3))).forward(x)
  })

  it('are recurrent, of a class that is chosen when the program runs', () => {
    const isLong = tensor(1).item() > 0
    const Layer = isLong ? LSTM : GRU
    const layer = new Layer(4, 8, { numLayers: 2, zoneout: 0.5, learnState: true })
    expectTypeOf(layer.forward(zeros([6, 2, 4])).output).toExtend<Tensor>()
    const Cell = { RNNCell, GRUCell, LSTMCell }[isLong ? 'LSTMCell' : 'RNNCell']
    expectTypeOf(new Cell(4, 8, { bias: false }).forward(zeros([6, 4])).h).toExtend<Tensor>()
  })

  it('give the states of every step where they are wanted', () => {
    const x = zeros([6, 2, 4] as const)
    const gru = new GRU(4, 8)
    const state = { h: zeros([1, 6, 8] as const) }
    expectTypeOf(gru.forward(x, { every: true }).states.h).toEqualTypeOf<Tensor>()
    expectTypeOf(gru.forward(x, state, { every: true }).states.h).toEqualTypeOf<Tensor>()
    // @ts-expect-error they are not wanted
    void gru.forward(x, { every: false }).states
    // @ts-expect-error nor here
    void gru.forward(x, state).states
    // @ts-expect-error a GRU has no c
    void gru.forward(x, { every: true }).states.c
  })

  it('have an h of another size than hiddenSize where there may be a projection', () => {
    const [x, row] = [zeros([6, 2, 4] as const), zeros([6, 4] as const)]
    const { h } = new LSTMCell(4, 8, { projSize: 3 }).forward(row)
    expectTypeOf(h).toEqualTypeOf<Tensor<readonly [6, 3 | 8]>>()
    const { output } = new LSTM(4, 8, { projSize: 3 }).forward(x)
    expectTypeOf(output).toEqualTypeOf<Tensor<readonly [6, 2, number]>>()
    const options: LSTMOptions & { projSize?: number } = {}
    expectTypeOf(new LSTM(4, 8, options).forward(x).output).toEqualTypeOf<typeof output>()
    const none = new LSTM(4, 8, { projSize: undefined })
    expectTypeOf(none.forward(x).output).toEqualTypeOf<Tensor<readonly [6, 2, 8]>>()
    // @ts-expect-error LSTMCell(4 → 3): expected state.h of shape (6, 3), got (6, 5)
    new LSTMCell(4, 8, { projSize: 3 }).forward(row, { h: zeros([6, 5] as const), c: h })
  })

  it('have lists of states where each layer has its width', () => {
    const x = zeros([6, 2, 4] as const)
    const [upper, lower] = [zeros([1, 6, 3] as const), zeros([1, 6, 5] as const)]
    const gru = new GRU(4, [5, 3])
    expectTypeOf(gru.hiddenSize).toEqualTypeOf<readonly [5, 3]>()
    expectTypeOf(gru.numLayers).toEqualTypeOf<2>()
    const { state } = gru.forward(x, { h: [lower, upper] })
    expectTypeOf(state.h).toEqualTypeOf<readonly [typeof lower, typeof upper]>()
    expectTypeOf(detachState(state)).toEqualTypeOf<typeof state>()
    const plain: { h: Tensor[] } = { h: [lower, upper] }
    gru.forward(x, plain)
    // @ts-expect-error a tensor for a list
    gru.forward(x, { h: lower })
    // @ts-expect-error a list for a tensor
    new GRU(4, 5).forward(x, { h: [lower] })
    // @ts-expect-error a list of no tensors
    gru.forward(x, { h: [lower, [upper]] })
    // @ts-expect-error there is no third layer
    void state.h[2]
    const either: GRU<number, number | readonly number[]> = gru
    const list: GRU<4, readonly number[]> = gru
    expectTypeOf(either.numLayers).toEqualTypeOf<number>()
    expectTypeOf(list.forward(x).state.h[0]).toExtend<Tensor>()
    // @ts-expect-error one number
    const one: GRU = gru
    void one
    // @ts-expect-error of cells
    void new GRUCell(4, [5, 3])
  })

  it('refuse the options of no cell, and a cell those of another', () => {
    // @ts-expect-error resetAfter
    new GRU(4, 8, { resetafter: true })
    // @ts-expect-error of an LSTM
    new GRUCell(4, 8, { peepholes: true })
    // @ts-expect-error of layers
    new LSTMCell(4, 8, { numLayers: 2 })
    // @ts-expect-error 'tanh' or 'relu'
    new RNN(4, 8, { nonlinearity: 'sigmoid' })
  })

  it('take data whose shape nobody knows', () => {
    const data = tensor(JSON.parse('[[1, 2, 3, 4]]') as number[][])
    expectTypeOf(new Linear(4, 8).forward(data)).toExtend<Tensor>()
  })
})

describe('optimisers', () => {
  const [model, p] = [new Linear(2, 3), zeros([2, 3] as const)]

  it('take parameters in a list, with names, and in groups', () => {
    new Adam(model.parameters())
    new Adam(model.namedParameters(), { lr: 0.1 })
    new Adam({ p, w: model.weight })
    new AdamW([
      { params: model.parameters(), lr: 0.1 },
      { params: { p }, betas: [0.5, 0.5] },
    ])
    new SGD([{ params: [p] }, { params: model.namedParameters(), momentum: 0.9 }], { lr: 0.1 })
    new SGD([{ params: [p], lr: 0.1 }])
    new SGD([{ params: [p], lr: 0.1 }], { momentum: 0.9 })
    // @ts-expect-error a model
    new Adam(model)
    // @ts-expect-error names beside none
    new Adam([p, ['w', p]])
    // @ts-expect-error the option of another optimiser
    new Adam([{ params: [p], momentum: 0.9 }])
    // @ts-expect-error no learning rate
    new SGD([p], {})
    // @ts-expect-error no learning rate in one group
    new SGD([{ params: [p], lr: 0.1 }, { params: [model.weight] }])
  })

  it('show the options of each group, to be read and set', () => {
    const [group] = new Adam([p]).paramGroups
    expectTypeOf(group.lr).toEqualTypeOf<number>()
    expectTypeOf(group.betas).toExtend<AdamOptions['betas']>()
    expectTypeOf(group.paramNames).toEqualTypeOf<readonly string[] | null>()
    group.lr = group.initialLr / 2
    // @ts-expect-error it is that of the beginning
    group.initialLr = 1
    // @ts-expect-error SGD has it
    void group.momentum
    for (const one of new SGD([p], { lr: 1 }).paramGroups) one.momentum = 0.5
  })

  it('load their own state dicts, through types without a cast', () => {
    const adam = new Adam([p])
    adam.loadStateDict(adam.stateDict())
    const { paramGroups, ...rest } = adam.stateDict()
    const { initialLr, params, paramNames, ...options } = paramGroups[0]
    adam.loadStateDict({ ...rest, options })
    // @ts-expect-error SGD has other moments
    adam.loadStateDict(new SGD([p], { lr: 1 }).stateDict())
  })
})
