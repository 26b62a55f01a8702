// The recurrent family as modules: the laws of checkModule, what training does, names of
// parameters, first values and what a module says of itself.
import fc from 'fast-check'
import {
  Adam,
  crossEntropy,
  Embedding,
  Generator,
  GRU,
  GRUCell,
  Linear,
  LSTM,
  LSTMCell,
  type Module,
  manualSeed,
  RNN,
  RNNCell,
  tensor,
} from 'tapegrad'
import { checkModule, tensorOf } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { float64, numbersOf } from '../../support/tensors.ts'

const variants: Record<'RNN' | 'GRU' | 'LSTM', readonly object[]> = {
  RNN: [{}, { nonlinearity: 'relu' }],
  GRU: [{}, { resetAfter: false }],
  LSTM: [
    {},
    { peepholes: true },
    { projSize: 2 },
    { layerNorm: true },
    { coupledGates: true },
    { cellClip: 0.5 },
    { forgetBias: 1 },
    { peepholes: true, projSize: 2, layerNorm: true, coupledGates: true, cellClip: 0.75 },
  ],
}
const around: readonly object[] = [
  { numLayers: 2, bidirectional: true, learnState: true },
  { zoneout: 0.5 },
  { recurrentDropout: 0.5 },
  { weightDrop: 0.5 },
]
const layers = { RNN, GRU, LSTM }
const cells = { RNN: RNNCell, GRU: GRUCell, LSTM: LSTMCell }
const few = { numRuns: 4, seed: 1 }

describe.each(['RNN', 'GRU', 'LSTM'] as const)('%s keeps the laws of a module', (kind) => {
  const sequences = tensorOf({ shape: [3, 4, 2], dtype: 'float64' })
  const rows = tensorOf({ shape: [3, 2], dtype: 'float64' })
  const state = (...shape: number[]) => tensorOf({ shape, dtype: 'float64' })

  test.each(variants[kind].map((options) => [JSON.stringify(options), options] as const))(
    '%s',
    (_, options) => {
      manualSeed(3)
      const settings = { ...options, ...float64 }
      checkModule(new layers[kind](2, 3, settings), sequences, few)
      const projected = 'projSize' in options ? 2 : 3
      const given = { h: state(3, projected), ...(kind === 'LSTM' && { c: state(3, 3) }) }
      checkModule(new cells[kind](2, 3, settings), fc.tuple(rows, fc.record(given)), few)
    },
  )

  test.each(around.map((options) => [JSON.stringify(options), options] as const))(
    '%s',
    (_, options) => {
      manualSeed(4)
      checkModule(new layers[kind](2, 3, { ...options, ...float64 }), sequences, few)
    },
  )

  test('with the batch on the second axis, and all states', () => {
    manualSeed(5)
    const every = tensorOf({ shape: [4, 3, 2], dtype: 'float64' }).map((x) => [x, { every: true }])
    const options = { batchFirst: false, bidirectional: true, ...float64 }
    checkModule(new layers[kind](2, 3, options), every, { ...few, batchAxis: 1 })
  })
})

describe('names and shapes', () => {
  const names = (module: Module): string[] =>
    module.namedParameters().map(([name, { shape }]) => `${name} (${shape})`)

  test("a GRU's are PyTorch's", () => {
    expect(names(new GRU(3, 2, { numLayers: 2, bidirectional: true })).slice(0, 12)).toEqual([
      'weight_ih_l0 (6,3)',
      'weight_hh_l0 (6,2)',
      'bias_ih_l0 (6)',
      'bias_hh_l0 (6)',
      'weight_ih_l0_reverse (6,3)',
      'weight_hh_l0_reverse (6,2)',
      'bias_ih_l0_reverse (6)',
      'bias_hh_l0_reverse (6)',
      'weight_ih_l1 (6,4)',
      'weight_hh_l1 (6,2)',
      'bias_ih_l1 (6)',
      'bias_hh_l1 (6)',
    ])
    expect(names(new GRUCell(3, 2, { bias: false }))).toEqual([
      'weight_ih (6,3)',
      'weight_hh (6,2)',
    ])
  })

  test("a projected LSTM's are PyTorch's", () => {
    const lstm = new LSTM(3, 4, { projSize: 2, numLayers: 2, bidirectional: true })
    expect(names(lstm).filter((name) => name.includes('l1 '))).toEqual([
      'weight_ih_l1 (16,4)',
      'weight_hh_l1 (16,2)',
      'bias_ih_l1 (16)',
      'bias_hh_l1 (16)',
      'weight_hr_l1 (2,4)',
    ])
  })

  test('options of an LSTM add theirs behind', () => {
    const all = { peepholes: true, projSize: 2, layerNorm: true } as const
    const added = (options: object) => names(new LSTMCell(3, 4, options)).slice(4)
    expect(added(all)).toEqual([
      'weight_hr (2,4)',
      'weight_ci (4)',
      'weight_cf (4)',
      'weight_co (4)',
      'weight_ln_ih (16)',
      'weight_ln_hh (16)',
      'weight_ln_c (4)',
      'bias_ln_c (4)',
    ])
    expect(added({ peepholes: true, coupledGates: true })).toEqual([
      'weight_cf (4)',
      'weight_co (4)',
    ])
    expect(new LSTMCell(3, 4, { coupledGates: true }).weight_ih.shape).toEqual([12, 3])
  })

  test('a module shows them', () => {
    const options = { projSize: 2, bidirectional: true, learnState: true } as const
    expect(String(new LSTM(3, 4, options))).toMatchInlineSnapshot(`
      "LSTM(3 → 4) · 252 parameters
      ├─ …_l0          126  weight_ih (16, 3), weight_hh (16, 2), bias_ih (16), bias_hh (16), weight_hr (2, 4), first_h (2), first_c (4)
      └─ …_l0_reverse  126  weight_ih (16, 3), weight_hh (16, 2), bias_ih (16), bias_hh (16), weight_hr (2, 4), first_h (2), first_c (4)"
    `)
    expect(String(new GRUCell(3, 4))).toMatchInlineSnapshot(`
      "GRUCell(3 → 4) · 108 parameters
      ├─ weight_ih  36  (12, 3)
      ├─ weight_hh  48  (12, 4)
      ├─ bias_ih    12  (12)
      └─ bias_hh    12  (12)"
    `)
  })
})

describe('first values', () => {
  test('gains are 1, and the bias of a normalised c is 0', () => {
    const cell = new LSTMCell(3, 4, { layerNorm: true })
    const of = (name: string) =>
      new Set(numbersOf(Object.fromEntries(cell.namedParameters())[name]))
    for (const name of ['weight_ln_ih', 'weight_ln_hh', 'weight_ln_c'])
      expect(of(name)).toEqual(new Set([1]))
    expect(of('bias_ln_c')).toEqual(new Set([0]))
  })

  test.each([
    [false, 16, 4],
    [true, 12, 0],
  ])('forgetBias is that of the forget gate alone (coupledGates %s)', (coupledGates, rows, at) => {
    const made = (options: object) =>
      new LSTM(3, 4, { coupledGates, generator: new Generator(1), ...options })
    const [lstm, plain] = [made({ forgetBias: 2.5 }), made({})]
    for (const [name, value] of [
      ['bias_ih_l0', 2.5],
      ['bias_hh_l0', 0],
    ] as const) {
      const [actual, drawn] = [lstm, plain].map((one) => numbersOf(one[name as 'weight_hh_l0']))
      expect(actual).toHaveLength(rows)
      expect(actual).toEqual(drawn.map((v, i) => (i >= at && i < at + 4 ? value : v)))
    }
    expect(lstm.weight_hh_l0.toArray()).toEqual(plain.weight_hh_l0.toArray())
    expect(lstm.bias_ih_l0?.requiresGrad).toBe(true)
  })
})

test.each([
  ['GRU', GRU, {}],
  ['GRU, learnState', GRU, { learnState: true, zoneout: 0.1 }],
  ['RNN of relu', RNN, { nonlinearity: 'relu' }],
  ['LSTM of all options', LSTM, { peepholes: true, layerNorm: true, projSize: 12, cellClip: 3 }],
] as const)('%s learns to spell a name', (_, Layer, options) => {
  const generator = new Generator(1)
  const letters = [...'.tyranosu']
  const word = [...'.tyrannosaurus.'].map((letter) => letters.indexOf(letter))
  const [given, next] = [word.slice(0, -1), word.slice(1)].map((w) =>
    tensor([w], { dtype: 'int32' }),
  )
  const embedding = new Embedding(letters.length, 8, { generator })
  const layer = new Layer(8, 16, { generator, ...options })
  const head = new Linear('projSize' in options ? 12 : 16, letters.length, { generator })
  const parameters = [embedding, layer, head].flatMap((module) => module.parameters())
  const adam = new Adam(parameters, { lr: 0.02 })
  const losses = Array.from({ length: 80 }, () => {
    const loss = crossEntropy(head.forward(layer.forward(embedding.forward(given)).output), next)
    adam.zeroGrad()
    loss.backward()
    adam.step()
    return loss.item()
  })
  expect(losses[0]).toBeGreaterThan(1.5)
  expect(losses[79]).toBeLessThan(0.1)
})
