// What the recurrent family refuses: options that are wrong or another cell's, states and
// parameters of a wrong size, and what a refused call leaves.
import {
  DTypeError,
  Generator,
  GRU,
  GRUCell,
  LSTM,
  LSTMCell,
  ones,
  RNN,
  RNNCell,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { float64 } from '../../support/tensors.ts'

const kinds = { RNN, GRU, LSTM, RNNCell, GRUCell, LSTMCell }
type Name = keyof typeof kinds
const make =
  (name: Name, options: object): (() => unknown) =>
  () =>
    Reflect.construct(kinds[name], [3, 4, options])

test.each<[Name, object, string]>([
  ['GRU', { zoneout: { c: 0.5 } }, 'expected zoneout of h, got one of c'],
  ['LSTM', { zoneout: { H: 0.5 } }, 'expected zoneout of h, c, got one of H'],
  ['LSTM', { zoneout: { c: 2 } }, 'expected zoneout.c to be a number from 0 to 1, got 2'],
  ['RNN', { zoneout: -0.5 }, 'expected zoneout to be a number from 0 to 1, got -0.5'],
  ['RNN', { zoneout: [0.5] }, 'expected zoneout to be a number from 0 to 1, got [0.5]'],
  ['GRU', { recurrentDropout: 2 }, 'expected recurrentDropout to be a number from 0 to 1, got 2'],
  ['GRU', { weightDrop: -1 }, 'expected weightDrop to be a number from 0 to 1, got -1'],
  ['GRU', { learnState: 1 }, 'expected learnState to be true or false, got 1'],
  ['GRU', { resetAfter: 'no' }, 'expected resetAfter to be true or false, got "no"'],
  ['RNN', { nonlinearity: 'sin' }, 'expected nonlinearity to be one of tanh, relu, got "sin"'],
  ['LSTM', { projSize: 0 }, 'expected projSize to be a whole number from 1 on, got 0'],
  ['LSTM', { cellClip: 0 }, 'expected cellClip to be a positive number, got 0'],
  ['LSTMCell', { cellClip: Number.NaN }, 'expected cellClip to be a positive number, got NaN'],
  ['LSTMCell', { cellClip: '1' }, 'expected cellClip to be a positive number, got "1"'],
  ['LSTM', { forgetBias: Infinity }, 'expected forgetBias to be a finite number, got Infinity'],
  [
    'LSTMCell',
    { forgetBias: 1, bias: false },
    'expected biases for forgetBias, got bias false: leave one out',
  ],
])('%s: %o', (name, options, said) => {
  expect(make(name, options)).toThrow(new ValueError(`${name}(3 → 4): ${said}`))
})

/** Which options each takes besides those of all layers, or all cells. */
const own: Record<Name, readonly string[]> = {
  RNN: ['nonlinearity'],
  GRU: ['resetAfter'],
  LSTM: ['peepholes', 'projSize', 'layerNorm', 'coupledGates', 'cellClip', 'forgetBias'],
  RNNCell: ['nonlinearity'],
  GRUCell: ['resetAfter'],
  LSTMCell: ['peepholes', 'projSize', 'layerNorm', 'coupledGates', 'cellClip', 'forgetBias'],
}
const ofLayers = ['numLayers', 'dropout', 'recurrentDropout', 'zoneout', 'weightDrop', 'learnState']

test.each(Object.keys(kinds) as Name[])("%s refuses another's options", (name) => {
  const foreign = new Set([...Object.values(own).flat(), ...ofLayers])
  for (const taken of [...own[name], ...(name.endsWith('Cell') ? [] : ofLayers)])
    foreign.delete(taken)
  expect(foreign.size).toBeGreaterThan(1)
  for (const option of foreign) {
    const said = `${name}(3 → 4): unknown option '${option}'`
    expect(make(name, { [option]: undefined })).toThrow(said)
    expect(make(name, { [option]: undefined })).toThrow(ValueError)
  }
  for (const taken of own[name]) make(name, { [taken]: undefined })()
})

describe('a state', () => {
  const x = ones([2, 5, 3])
  const h = zeros([1, 2, 4])
  const small = zeros([1, 2, 2])

  test('of a GRU has no c', () => {
    expect(() => new GRU(3, 4).forward(x, { h, c: h } as never)).toThrow(
      new ValueError('GRU(3 → 4): expected a state { h }, got { h, c }'),
    )
  })

  test('of a projected LSTM has two sizes', () => {
    const lstm = new LSTM(3, 4, { projSize: 2 })
    const given = (state: object) => () => lstm.forward(x, state as never)
    expect(given({ h })).toThrow(
      new ValueError('LSTM(3 → 4): expected a state { h, c }, got { h }'),
    )
    expect(given({ h, c: h })).toThrow(
      new ShapeError('LSTM(3 → 4): expected state.h of shape (1, 2, 2), got (1, 2, 4)'),
    )
    expect(given({ h: small, c: small })).toThrow(
      new ShapeError('LSTM(3 → 4): expected state.c of shape (1, 2, 4), got (1, 2, 2)'),
    )
    expect(given({ h: small, c: h })).not.toThrow()
    const cell = new LSTMCell(3, 4, { projSize: 2 })
    expect(() => cell.forward(ones([2, 3]), { h: ones([2, 4]), c: ones([2, 4]) })).toThrow(
      new ShapeError('LSTMCell(3 → 4): expected state.h of shape (2, 2), got (2, 4)'),
    )
  })

  test('at every step is wanted, or not', () => {
    const wrong = (every: unknown) => () => new GRU(3, 4).forward(x, { every } as never)
    expect(wrong('no')).toThrow(
      new ValueError('GRU(3 → 4): expected every to be true or false, got "no"'),
    )
    expect(wrong(null)).toThrow('expected every to be true or false, got null')
    expect(wrong(undefined)).not.toThrow()
  })
})

test.each([
  ['first_h_l0', zeros([5]), ShapeError, 'expected first_h_l0 of shape (2), got (5)'],
  ['first_c_l0', zeros([2]), ShapeError, 'expected first_c_l0 of shape (4), got (2)'],
  ['first_c_l0', zeros([4], float64), DTypeError, 'expected first_c_l0 of dtype float32'],
  ['weight_hr_l0', zeros([4, 4]), ShapeError, 'expected weight_hr_l0 of shape (2, 4), got (4, 4)'],
  ['weight_co_l0', zeros([2]), ShapeError, 'expected weight_co_l0 of shape (4), got (2)'],
  ['bias_ln_c_l0', zeros([16]), ShapeError, 'expected bias_ln_c_l0 of shape (4), got (16)'],
])('a parameter that does not fit: %s', (name, wrong, kind, said) => {
  const options = { projSize: 2, peepholes: true, layerNorm: true, learnState: true }
  const lstm = new LSTM(3, 4, options)
  Object.assign(lstm, { [name]: wrong })
  const call = () => lstm.forward(ones([2, 5, 3]))
  expect(call).toThrow(kind)
  expect(call).toThrow(`LSTM(3 → 4): ${said}`)
})

test.each([
  ['LSTM', 4, 4, 'got 4 and 4'],
  ['LSTM', 4, 5, 'got 5 and 4'],
  ['LSTM', [5, 3, 4], 3, 'got 3 and 3'],
  ['LSTMCell', 4, 4, 'got 4 and 4'],
] as const)('%s(3 → %o): a projection of %d', (name, hidden, projSize, got) => {
  const layer = (P: number) => Reflect.construct(kinds[name], [3, hidden, { projSize: P }])
  expect(() => layer(projSize)).toThrow(
    new ValueError(
      `${name}(3 → ${JSON.stringify(hidden).replaceAll(',', ', ')}): expected projSize to be less ` +
        `than hiddenSize, ${got}: leave it out for an h that is not projected`,
    ),
  )
  expect(() => layer(2)).not.toThrow()
})

test.each([RNN, GRU, LSTM])('%o refuses sequences without steps', (Layer) => {
  const call = (x: Tensor, batchFirst: boolean) => () => new Layer(3, 4, { batchFirst }).forward(x)
  const said = 'expected at least one time step, got x of shape'
  expect(call(zeros([2, 0, 3]), true)).toThrow(`${said} (2, 0, 3)`)
  expect(call(zeros([0, 2, 3]), false)).toThrow(`${said} (0, 2, 3)`)
  expect(call(zeros([2, 0, 3]), false)).not.toThrow()
})

test('a refused call draws nothing', () => {
  const generator = new Generator(1)
  const all = { zoneout: 0.5, recurrentDropout: 0.5, weightDrop: 0.5, dropout: 0.5, numLayers: 2 }
  const gru = new GRU(3, 4, { generator, ...all })
  const { blocks } = generator.state()
  const x = ones([2, 5, 3])
  const mask = tensor([[true]])
  for (const options of [{ lengths: [9, 9] }, { mask }, { resets: mask }, { every: 1 }])
    expect(() => gru.forward(x, options as never)).toThrow()
  expect(() => gru.forward(ones([2, 5, 4] as number[]))).toThrow()
  expect(() => gru.forward(x, { h: zeros([2, 2, 3] as number[]) })).toThrow()
  expect(generator.state().blocks).toBe(blocks)
})
