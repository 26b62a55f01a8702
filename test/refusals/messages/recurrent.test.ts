// What RNN and LSTM refuse, with their messages.

import { DTypeError, LSTM, ones, RNN, ShapeError, ValueError, zeros } from 'tapegrad'
import { expect, it } from 'vitest'
import { sizes } from '../../support/numbers.ts'
import { float64 } from '../../support/tensors.ts'

it('refuses what does not fit', () => {
  const lstm = new LSTM(27, 64)
  const x = ones([32, 10, 27])
  const h = zeros([1, 32, 64])
  expect(() => lstm.forward(ones(sizes(32, 10, 26)))).toThrow(ShapeError)
  expect(() => lstm.forward(ones(sizes(32, 10, 26)))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: LSTM(27 → 64): expected x of shape (N, T, 27), got (32, 10, 26)]`,
  )
  expect(() => lstm.forward(ones(sizes(10, 27)))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: LSTM(27 → 64): expected x of shape (N, T, 27), got (10, 27)]`,
  )
  expect(() => lstm.forward(ones([32, 0, 27]))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: LSTM(27 → 64): expected at least one time step, got x of shape (32, 0, 27)]`,
  )
  expect(() =>
    new RNN(27, 64, { batchFirst: false }).forward(ones(sizes(27))),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: RNN(27 → 64): expected x of shape (T, N, 27), got (27)]`,
  )
  expect(() => lstm.forward(ones([32, 10, 27], float64))).toThrow(DTypeError)
  expect(() => lstm.forward(ones([32, 10, 27], float64))).toThrowErrorMatchingInlineSnapshot(
    '[DTypeError: LSTM(27 → 64): expected x of dtype float32, got float64: convert it with ' +
      `.to('float32')]`,
  )
  expect(() => lstm.forward(x, { h, c: zeros(sizes(2, 32, 64)) })).toThrow(ShapeError)
  expect(() =>
    lstm.forward(x, { h, c: zeros(sizes(2, 32, 64)) }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: LSTM(27 → 64): expected state.c of shape (1, 32, 64), got (2, 32, 64)]`,
  )
  expect(() => lstm.forward(x, { h } as never)).toThrow(ValueError)
  expect(() => lstm.forward(x, { h } as never)).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: LSTM(27 → 64): expected a state { h, c }, got { h }]`,
  )
  expect(() => new LSTM(27, 64, { dropout: 1.5 })).toThrow(ValueError)
  expect(() => new LSTM(27, 64, { dropout: 1.5 })).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: LSTM(27 → 64): expected dropout to be a number from 0 to 1, got 1.5]`,
  )
  expect(() => new LSTM(27, 64, { numLayers: 0 })).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: LSTM(27 → 64): expected numLayers to be a whole number from 1 to 1000, got 0]`,
  )
  expect(() => new RNN(27, -64)).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: RNN(27 → -64): expected hiddenSize to be a positive integer, got -64]`,
  )
  expect(() => new RNN(27, 64, { layers: 2 } as object)).toThrowErrorMatchingInlineSnapshot(
    "[ValueError: RNN(27 → 64): unknown option 'layers': expected numLayers, bidirectional, " +
      'dropout, batchFirst, recurrentDropout, zoneout, weightDrop, learnState, bias, dtype, ' +
      'generator, nonlinearity]',
  )
  expect(() => new RNN(27, 64, { dtype: 'int32' })).toThrowErrorMatchingInlineSnapshot(
    `[DTypeError: RNN(27 → 64): expected dtype float32 or float64, got int32]`,
  )
})

it('says what mask and resets should be', () => {
  const layer = new RNN(3, 2)
  const x = ones([2, 4, 3])
  const bool = { dtype: 'bool' } as const
  expect(() => layer.forward(x, { mask: ones([4, 2], bool) })).toThrow(ShapeError)
  expect(() => layer.forward(x, { mask: ones([4, 2], bool) })).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: RNN(3 → 2): expected mask of shape (2, 4), got (4, 2)]`,
  )
  expect(() => layer.forward(x, { resets: ones([2, 4]) })).toThrow(DTypeError)
  expect(() => layer.forward(x, { resets: ones([2, 4]) })).toThrowErrorMatchingInlineSnapshot(
    '[DTypeError: RNN(3 → 2): expected resets of dtype bool, got float32: convert it with ' +
      `.to('bool')]`,
  )
  expect(() => layer.forward(x, { mask: [[true]] } as never)).toThrowErrorMatchingInlineSnapshot(
    `[DTypeError: RNN(3 → 2): expected mask to be a Tensor, got [[true]]]`,
  )
  expect(() =>
    new RNN(3, 2, { batchFirst: false }).forward(x, { resets: ones([4, 2], bool) }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: RNN(3 → 2): expected resets of shape (2, 4), got (4, 2)]`,
  )
  expect(() => layer.forward(x, { lengths: [5, 1] })).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: RNN(3 → 2): expected length 0 to be a whole number from 0 to 4, got 5]`,
  )
})

it('says how a state and options are told apart', () => {
  const lstm = new LSTM(3, 4)
  const x = ones([2, 5, 3])
  const h = zeros([1, 2, 4])
  const call =
    (...args: unknown[]) =>
    () =>
      Reflect.apply(lstm.forward, lstm, [x, ...args])
  const mixed = call({ h, c: h, lengths: [3, 2], foo: 1 })
  expect(mixed).toThrow(ValueError)
  expect(mixed).toThrowErrorMatchingInlineSnapshot(
    '[ValueError: LSTM(3 → 4): expected options { lengths, mask, resets, every }, got { ' +
      'h, c, lengths, foo }: the state stands before them: forward(x, { h, c }, { lengths ' +
      '})]',
  )
  expect(call({ lengths: [3, 2] }, { h, c: h })).toThrowErrorMatchingInlineSnapshot(
    '[ValueError: LSTM(3 → 4): expected options { lengths, mask, resets, every }, got { ' +
      'h, c }: the state stands before them: forward(x, { h, c }, options)]',
  )
  expect(call({ h, c: h }, { foo: 1 })).toThrowErrorMatchingInlineSnapshot(
    "[ValueError: LSTM(3 → 4): unknown option 'foo': expected lengths, mask, resets, " + 'every]',
  )
})

it('says what lengths should be', () => {
  const lstm = new LSTM(3, 4)
  const call = (lengths: unknown) => () =>
    lstm.forward(ones([2, 5, 3]), { lengths: lengths as number[] })
  expect(call([[3, 2]])).toThrow(ValueError)
  expect(call([[3, 2]])).toThrowErrorMatchingInlineSnapshot(
    '[ValueError: LSTM(3 → 4): expected lengths to be an array of 2 numbers, got [[3, ' +
      '2]]: give one number for each sequence]',
  )
  expect(call([[3], [2]])).toThrowErrorMatchingInlineSnapshot(
    '[ValueError: LSTM(3 → 4): expected lengths to be an array of 2 numbers, got [[3], ' +
      '[2]]: give one number for each sequence]',
  )
  expect(call(new Int32Array([3, 2]))).toThrowErrorMatchingInlineSnapshot(
    '[ValueError: LSTM(3 → 4): expected lengths to be an array of 2 numbers, got ' +
      'Int32Array: use Array.from(lengths)]',
  )
  expect(call(ones([2], { dtype: 'int32' }))).toThrowErrorMatchingInlineSnapshot(
    '[ValueError: LSTM(3 → 4): expected lengths to be an array of 2 numbers, got Tensor ' +
      '(2): use Array.from(lengths.toTypedArray())]',
  )
  expect(call([3, 2, 1])).toThrowErrorMatchingInlineSnapshot(
    '[ValueError: LSTM(3 → 4): expected lengths to be an array of 2 numbers, got 3]',
  )
  expect(call([3, 1.5])).toThrowErrorMatchingInlineSnapshot(
    '[ValueError: LSTM(3 → 4): expected length 1 to be a whole number from 0 to 5, got ' + '1.5]',
  )
})
