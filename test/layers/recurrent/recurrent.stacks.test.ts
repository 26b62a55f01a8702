// Recurrent in layers and directions, with everything that may be asked of a call: the package's own
// cells in it against the package's own layers, which draw the same numbers.

import {
  Dropout,
  type DType,
  Generator,
  GRU,
  GRUCell,
  grad,
  Linear,
  LSTM,
  LSTMCell,
  Module,
  Recurrent,
  type RecurrentCell,
  type RecurrentOptions,
  type SequenceOptions,
  type Tensor,
  tensor,
} from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { expectClose } from '../../support/numbers.ts'
import { gridded, gridLeaf, numbersOf } from '../../support/tensors.ts'

type State = { h: Tensor; c: Tensor }
type Cell = RecurrentCell<State>
const [N, T, D, H] = [3, 4, 2, 3]

/** A cell that reads numbers, and so is no program. */
class Reading extends Module {
  readonly cell: LSTMCell
  readonly stateSize: { h: number; c: number }
  constructor(cell: LSTMCell) {
    super()
    this.cell = cell
    this.stateSize = cell.stateSize as { h: number; c: number }
  }
  forward(x: Tensor, state: State): State {
    x.toTypedArray()
    return this.cell.forward(x, state)
  }
}

const kinds = {
  LSTM: [LSTM, (size: number, init: object) => new LSTMCell(size, H, init)],
  GRU: [GRU, (size: number, init: object) => new GRUCell(size, H, init)],
  'an LSTM step by step': [
    LSTM,
    (size: number, init: object) => new Reading(new LSTMCell(size, H, init)),
  ],
} as const

interface Result {
  output: Tensor
  state: State
  states?: State
}

interface Call {
  options?: RecurrentOptions
  given?: boolean
  steps?: SequenceOptions
  dtype?: DType
}

/** The layer, and the same as cells in Recurrent. */
function pair(kind: keyof typeof kinds, { options = {}, dtype = 'float64' }: Call) {
  const [Layer, make] = kinds[kind]
  const [first, second] = [new Generator(5), new Generator(5)]
  const layer = new Layer(D, H, { ...options, dtype, generator: first })
  const cells = new Recurrent<State>(
    (size) => make(size, { dtype, generator: second }) as unknown as Cell,
    { ...options, inputSize: D, generator: second },
  )
  return [layer as LSTM, cells] as const
}

/** What a layer gives, and the gradients by its inputs and parameters. */
function outcome(layer: LSTM | Recurrent<State>, kind: string, call: Call): number[][] {
  const { options = {}, given = false, steps = {}, dtype = 'float64' } = call
  const count = (options.numLayers ?? 1) * (options.bidirectional ? 2 : 1)
  const names = kind === 'GRU' ? (['h'] as const) : (['h', 'c'] as const)
  const state = given
    ? Object.fromEntries(names.map((name, i) => [name, gridLeaf([count, N, H], 3 + i, dtype)]))
    : undefined
  const x = gridLeaf(options.batchFirst === false ? [T, N, D] : [N, T, D], 1, dtype)
  const first = layer.namedParameters().filter(([name]) => name.startsWith('first_'))
  first.forEach(([, t], i) => void t.assign_(gridded([H], 11 + i, dtype)))
  const weights = layer.parameters().filter((t) => first.every(([, other]) => other !== t))
  const forward = layer.forward.bind(layer as never) as (...args: unknown[]) => Result
  const made = forward(x, state, steps)
  const results = [made.output, ...names.map((name) => made.state[name])]
  if (steps.every) results.push(...names.map((name) => (made.states as State)[name]))
  const inputs = [x, ...Object.values(state ?? {}), ...first.map(([, t]) => t), ...weights]
  const gradients = grad(results, inputs, {
    gradOutputs: results.map((t, i) => gridded(t.shape, 20 + i, dtype)),
    allowUnused: true,
  })
  expect([...results, ...gradients].map((t) => t.dtype)).toEqual(
    [...results, ...gradients].map(() => dtype),
  )
  return [...results, ...gradients].map(numbersOf)
}

const mask = tensor([
  [true, false, true, true],
  [true, true, false, true],
  [false, true, true, true],
])
const both = { numLayers: 2, bidirectional: true }

// A GRU mixes h itself into the next one. A cell in Recurrent mixes what is left of it.
const held = (kind: string) => ({
  dropout: 0.5,
  zoneout: { h: 0.3 },
  recurrentDropout: kind === 'GRU' ? 0 : 0.4,
})

describe.each(Object.keys(kinds) as (keyof typeof kinds)[])('%s', (kind) => {
  test.each<[string, Call]>([
    ['one layer', {}],
    ['layers and directions', { options: both }],
    ['float32', { options: { ...both, learnState: true }, dtype: 'float32' }],
    ['a given state', { options: both, given: true }],
    ['a learned state', { options: { ...both, learnState: true } }],
    ['time first', { options: { ...both, batchFirst: false } }],
    ['lengths', { options: both, steps: { lengths: [2, 4, 1] } }],
    ['lengths of 0', { options: both, given: true, steps: { lengths: [2, 0, 1] } }],
    ['no step at all', { options: both, given: true, steps: { lengths: [0, 0, 0] } }],
    ['holes and resets', { options: both, given: true, steps: { mask, resets: mask } }],
    ['all states', { options: both, steps: { every: true, lengths: [2, 4, 1] } }],
    ['drawn masks', { options: { ...both, ...held(kind) }, steps: { lengths: [2, 4, 1] } }],
  ])('%s', (_, call) => {
    const [layer, cells] = pair(kind, call)
    const expected = outcome(layer, kind, call)
    expectClose(outcome(cells, kind, call), expected, call.dtype === 'float32' ? 1e-5 : 1e-12)
    for (const one of [layer, cells]) one.eval()
    const still = outcome(layer, kind, call)
    expectClose(outcome(cells, kind, call), still, call.dtype === 'float32' ? 1e-5 : 1e-12)
  })
})

test('toString says how the last call ran, in training and in evaluation', () => {
  class Dropping extends Module {
    readonly stateSize = { h: H }
    input = new Linear(D, H)
    drop = new Dropout(0.5)
    forward(x: Tensor, { h }: { h: Tensor }) {
      return { h: this.drop.forward(h).add(this.input.forward(x)) }
    }
  }
  const layer = new Recurrent(new Dropping())
  const x = gridded([N, T, D], 1, 'float32')
  const ways = [true, false, true].map((training) => {
    if (training) layer.train()
    else layer.eval()
    layer.forward(x)
    return /as a program|step by step/.exec(String(layer))?.[0]
  })
  expect(ways).toEqual(['step by step', 'as a program', 'step by step'])
})

test('a cell that is evaluated in a layer that is trained, then both', () => {
  const make = () =>
    new Recurrent<State>(new LSTMCell(D, H, { generator: new Generator(1) }), {
      zoneout: 0.5,
      generator: new Generator(2),
    })
  const x = gridded([N, T, D], 1, 'float32')
  const [both, one] = [make(), make()]
  one.l0.eval()
  one.forward(x)
  for (const layer of [both, one]) layer.eval()
  expect(one.forward(x).output.toArray()).toEqual(both.forward(x).output.toArray())
})
