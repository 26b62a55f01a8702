// What layers of a width each refuse: lists that are no widths, and states in another form. Nothing
// is drawn, and nothing changed.
import {
  DTypeError,
  detachState,
  Generator,
  GRU,
  LSTM,
  ones,
  RNN,
  ShapeError,
  type Tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { float64, numbersOf } from '../../support/tensors.ts'

const kinds = { RNN, GRU, LSTM }

describe.each(['RNN', 'GRU', 'LSTM'] as const)('a list of widths of %s', (name) => {
  test.each<[unknown, object, string]>([
    [[], {}, '[]): expected hiddenSize to be a positive integer, or one for each layer, got []'],
    [[5, 0], {}, '[5, 0]): expected hiddenSize[1] to be a positive integer, got 0'],
    [[2.5, 3], {}, '[2.5, 3]): expected hiddenSize[0] to be a positive integer, got 2.5'],
    [['5'], {}, '["5"]): expected hiddenSize[0] to be a positive integer, got "5"'],
    [Array(2), {}, '[undefined, undefined]): expected hiddenSize[0] to be a positive integer'],
    [[[5], 3], {}, '[[5], 3]): expected hiddenSize[0] to be a positive integer, got [5]'],
    ['53', {}, '"53"): expected hiddenSize to be a positive integer, got "53"'],
    [null, {}, 'null): expected hiddenSize to be a positive integer, got null'],
    [
      [5, 3],
      { numLayers: 1 },
      '[5, 3]): expected numLayers to be 2, the length of hiddenSize, got 1: leave it out',
    ],
    [
      [5, 3],
      { numLayers: 3 },
      '[5, 3]): expected numLayers to be 2, the length of hiddenSize, got 3: leave it out',
    ],
    [
      [5, 3],
      { numLayers: null },
      '[5, 3]): expected numLayers to be a whole number from 1 to 1000, got null',
    ],
  ])('%o %o', (hidden, options, said) => {
    const generator = new Generator(1)
    const call = () => Reflect.construct(kinds[name], [2, hidden, { ...options, generator }])
    expect(call).toThrow(ValueError)
    expect(call).toThrow(`${name}(2 → ${said}`)
    expect(generator.state().blocks).toBe(0)
  })

  test('has as many as there may be layers', () => {
    expect(() => new kinds[name](2, Array(1001).fill(1))).toThrow(
      new ValueError(
        `${name}(2 → [1, 1, 1, …]): expected numLayers to be a whole number from 1 to 1000, got 1001`,
      ),
    )
  })
})

describe('a state of lists', () => {
  const all = { zoneout: 0.5, recurrentDropout: 0.5, weightDrop: 0.5, dropout: 0.5 }
  const x = ones([2, 4, 3])
  const of = (...sizes: number[]): Tensor => zeros(sizes)
  const [h, c] = [
    [of(2, 2, 5), of(2, 2, 3)],
    [of(2, 2, 5), of(2, 2, 3)],
  ]
  const list = 'to be a list of 2 tensors, one for each layer, got'

  test.each<[string, object, typeof ShapeError, string]>([
    ['a tensor', { h, c: of(4, 2, 5) }, ValueError, `state.c ${list} Tensor (4, 2, 5)`],
    ['a list too short', { h: [h[0]], c }, ValueError, `state.h ${list} 1`],
    ['a list too long', { h, c: [...c, of(2, 2, 3)] }, ValueError, `state.c ${list} 3`],
    ['nothing', { h, c: null }, ValueError, `state.c ${list} null`],
    ['an object', { h, c: { length: 2 } }, ValueError, `state.c ${list} { length }`],
    ['the upper in front', { h: [h[1], h[0]], c }, ShapeError, '[0] of shape (2, 2, 5), got (2, '],
    [
      'a wrong shape of the upper layer',
      { h: [h[0], of(2, 2, 5)], c },
      ShapeError,
      'state.h[1] of shape (2, 2, 3), got (2, 2, 5)',
    ],
    [
      'one direction',
      { h, c: [c[0], of(1, 2, 3)] },
      ShapeError,
      'state.c[1] of shape (2, 2, 3), got (1, 2, 3)',
    ],
    [
      'another batch',
      { h: [of(2, 3, 5), h[1]], c },
      ShapeError,
      'state.h[0] of shape (2, 2, 5), got (2, 3, 5)',
    ],
    [
      'another dtype',
      { h, c: [c[0], zeros([2, 2, 3], float64)] },
      DTypeError,
      "state.c[1] of dtype float32, got float64: convert it with .to('float32')",
    ],
    ['a number', { h: [h[0], 3], c }, DTypeError, 'state.h[1] to be a Tensor, got 3'],
    ['holes', { h: Array(2), c }, DTypeError, 'state.h[0] to be a Tensor, got undefined'],
    ['a list of lists', { h: [h, h], c }, DTypeError, 'state.h[0] to be a Tensor, got [Tensor (2'],
    ['no c', { h }, ValueError, 'a state { h, c }, got { h }'],
    ['a list alone', h, ValueError, 'a state { h, c }, got { 0, 1 }'],
  ])('is not %s', (_, state, kind, said) => {
    const generator = new Generator(1)
    const lstm = new LSTM(3, [5, 3], { ...all, bidirectional: true, generator })
    const { blocks } = generator.state()
    const before = lstm.parameters().map(numbersOf)
    const call = () => lstm.forward(x, state as never)
    expect(call).toThrow(kind)
    expect(call).toThrow(said)
    expect(call).toThrow('LSTM(3 → [5, 3]): expected ')
    expect(generator.state().blocks).toBe(blocks)
    expect(lstm.parameters().map(numbersOf)).toEqual(before)
    expect(() => lstm.forward(x, { h, c } as never)).not.toThrow()
  })

  test('belongs to a list of widths', () => {
    const gru = new GRU(3, 5, { numLayers: 2 })
    const lists = { h: [of(1, 2, 5), of(1, 2, 5)] }
    expect(() => gru.forward(x, lists as never)).toThrow(
      new DTypeError(
        'GRU(3 → 5): expected state.h to be a Tensor, got [Tensor (1, 2, 5), Tensor (1, 2, 5)]',
      ),
    )
    // The widths in the list do not matter.
    const equal = new GRU(3, [5, 5])
    expect(() => equal.forward(x, { h: of(2, 2, 5) } as never)).toThrow(
      new ValueError(`GRU(3 → [5, 5]): expected state.h ${list} Tensor (2, 2, 5)`),
    )
    expect(() => equal.forward(x, lists as never)).not.toThrow()
  })

  test('is detached tensor by tensor', () => {
    const wrong = (own: unknown[]) => () => detachState({ h: own })
    expect(wrong([h[0], 3])).toThrow(
      new DTypeError('detachState: expected h[1] to be a Tensor, got 3'),
    )
    expect(wrong([h])).toThrow('detachState: expected h[0] to be a Tensor, got [Tensor (2')
    expect(wrong(Array(1))).toThrow('detachState: expected h[0] to be a Tensor, got undefined')
  })
})

test('parameters of a layer have the shapes of its width', () => {
  const lstm = new LSTM(3, [5, 2], { bidirectional: true, learnState: true })
  const shapes: Record<string, number[]> = {
    weight_ih_l0: [20, 3],
    weight_hh_l0: [20, 5],
    weight_ih_l1: [8, 10],
    weight_hh_l1_reverse: [8, 2],
    bias_ih_l1: [8],
    first_h_l0: [5],
    first_c_l1_reverse: [2],
  }
  const own = Object.fromEntries(lstm.namedParameters())
  for (const [name, shape] of Object.entries(shapes)) {
    expect([name, own[name].shape]).toEqual([name, shape])
    Object.assign(lstm, { [name]: of(7) })
    expect(() => lstm.forward(ones([2, 4, 3]))).toThrow(
      new ShapeError(`LSTM(3 → [5, 2]): expected ${name} of shape (${shape.join(', ')}), got (7)`),
    )
    Object.assign(lstm, { [name]: own[name] })
  }
})
const of = (...sizes: number[]): Tensor => zeros(sizes)
