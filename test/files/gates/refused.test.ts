// What the conversions of recurrent weights say to wrong arguments.
import { DTypeError, GRU, LSTM, ones, RNN, ShapeError, type Tensor, ValueError } from 'tapegrad'
import { expect, it, test } from 'vitest'
import {
  fromKerasWeights,
  fromOnnxWeights,
  toKerasWeights,
  toOnnxWeights,
} from '../../../src/files/index.ts'
import { refusal, untyped } from '../../support/refusal.ts'

const keras = (G = 4, H = 2) => ({
  kernel: ones([3, G * H]),
  recurrent_kernel: ones([H, G * H]),
  bias: ones([G * H]),
})
const onnx = (count = 1, G = 4, H = 2) => ({
  W: ones([count, G * H, 3]),
  R: ones([count, G * H, H]),
  B: ones([count, 2 * G * H]),
})
const lstm = () => new LSTM(3, 2).stateDict()

type Row = [string, new (message: string) => Error, () => unknown, string]

test.each<Row>([
  [
    'an unknown kind',
    ValueError,
    () => fromKerasWeights(untyped('lstm'), [keras()]),
    'fromKerasWeights: expected kind to be one of RNN, GRU, LSTM, got "lstm"',
  ],
  [
    'an unknown kind',
    ValueError,
    () => toOnnxWeights(untyped(undefined), lstm()),
    'toOnnxWeights: expected kind to be one of RNN, GRU, LSTM, got undefined',
  ],
  [
    'a layer without a list',
    ValueError,
    () => fromOnnxWeights('LSTM', untyped(onnx())),
    'fromOnnxWeights: expected a list with the weights of each layer, got { W, R, B }',
  ],
  [
    'no layer',
    ValueError,
    () => fromKerasWeights('LSTM', []),
    'fromKerasWeights: expected a list with the weights of each layer, got []',
  ],
  [
    'weights in a list',
    ValueError,
    () => fromKerasWeights('LSTM', [untyped(Object.values(keras()))]),
    'fromKerasWeights: expected layer 0 to be { kernel, recurrent_kernel, bias }, got [Tensor ' +
      '(3, 8), Tensor (2, 8), Tensor (8)]: there is no place for 0',
  ],
  [
    'null',
    ValueError,
    () => fromOnnxWeights('GRU', [untyped(null)]),
    'fromOnnxWeights: expected layer 0 to be { W, R, B }, got null',
  ],
  [
    'peepholes of a GRU',
    ValueError,
    () => fromOnnxWeights('GRU', [{ ...onnx(1, 3), P: ones([1, 6]) }]),
    'fromOnnxWeights: expected layer 0 to be { W, R, B }, got { W, R, B, P }: there is no place ' +
      'for P',
  ],
  [
    'one direction after two',
    ValueError,
    () => fromKerasWeights('LSTM', [{ forward_layer: keras(), backward_layer: keras() }, keras()]),
    'fromKerasWeights: expected layer 1 to be { forward_layer, backward_layer }, got { kernel, ' +
      'recurrent_kernel, bias }: there is no place for kernel',
  ],
  [
    'two directions after one',
    ShapeError,
    () => fromOnnxWeights('LSTM', [onnx(), onnx(2)]),
    'fromOnnxWeights: expected layer 1.R of shape (1, 8, 2), got (2, 8, 2)',
  ],
  [
    'three directions',
    ShapeError,
    () => fromOnnxWeights('LSTM', [onnx(3)]),
    'fromOnnxWeights: expected layer 0.R of 1 or 2 directions, got 3',
  ],
  [
    'weights of another kind',
    ShapeError,
    () => fromKerasWeights('LSTM', [keras(3)]),
    'fromKerasWeights: expected layer 0.recurrent_kernel of shape (2, 8), got (2, 6)',
  ],
  [
    'a kernel that is none',
    DTypeError,
    () => fromKerasWeights('LSTM', [{ ...keras(), kernel: untyped([1]) }]),
    'fromKerasWeights: expected layer 0.kernel to be a Tensor, got [1]',
  ],
  [
    'a vector for a matrix',
    ShapeError,
    () => fromOnnxWeights('LSTM', [{ ...onnx(), W: ones([8, 3]) }]),
    'fromOnnxWeights: expected layer 0.W with 3 axes, got (8, 3)',
  ],
  [
    'another dtype',
    DTypeError,
    () => fromOnnxWeights('LSTM', [{ ...onnx(), B: ones([1, 16], { dtype: 'float64' }) }]),
    'fromOnnxWeights: expected layer 0.B of dtype float32, got float64: convert it with ' +
      ".to('float32')",
  ],
  [
    'the bias of reset_after=False',
    ShapeError,
    () => fromKerasWeights('GRU', [keras(3)]),
    'fromKerasWeights: expected layer 0.bias of a GRU with reset_after=True, got one of shape ' +
      '(6): pass { resetAfter: false }, here and to the GRU',
  ],
  [
    'the bias of reset_after=True',
    ShapeError,
    () => fromKerasWeights('GRU', [{ ...keras(3), bias: ones([2, 6]) }], { resetAfter: false }),
    'fromKerasWeights: expected layer 0.bias of a GRU with reset_after=False, got one of shape ' +
      '(2, 6): pass { resetAfter: true }, here and to the GRU',
  ],
  [
    'resetAfter for an LSTM',
    ValueError,
    () => toKerasWeights('LSTM', lstm(), { resetAfter: true }),
    'toKerasWeights: expected resetAfter for a GRU, got it for LSTM: leave it out',
  ],
  [
    'resetAfter as a number',
    ValueError,
    () => toKerasWeights('GRU', new GRU(3, 2).stateDict(), { resetAfter: untyped(1) }),
    'toKerasWeights: expected resetAfter to be true or false, got 1',
  ],
  [
    'no state dict',
    ValueError,
    () => toKerasWeights('LSTM', untyped(null)),
    'toKerasWeights: expected a state dict, an object of tensors by name, got null',
  ],
  [
    'an empty state dict',
    DTypeError,
    () => toKerasWeights('LSTM', {}),
    'toKerasWeights: expected weight_hh_l0 to be a Tensor, got undefined',
  ],
  [
    'the state dict of a model',
    ValueError,
    () => toOnnxWeights('LSTM', { 'lstm.weight_ih_l0': ones([8, 3]) }),
    'toOnnxWeights: expected the state dict of one LSTM layer, as lstm.stateDict() gives it, got ' +
      '"lstm.weight_ih_l0": there is no place for it',
  ],
  [
    'coupled gates',
    ShapeError,
    () => toOnnxWeights('LSTM', new LSTM(3, 2, { coupledGates: true }).stateDict()),
    'toOnnxWeights: expected weight_hh_l0 of shape (8, 2), got (6, 2)',
  ],
  [
    'peepholes for Keras',
    ValueError,
    () => toKerasWeights('LSTM', new LSTM(3, 2, { peepholes: true }).stateDict()),
    'toKerasWeights: expected weights that Keras has, got weight_ci_l0: it has no peepholes',
  ],
])('%s: refused', (_, kind, run, message) => {
  expect(refusal(kind, run)).toBe(message)
})

it('refuses whatever a plain layer has not', () => {
  const others: Record<string, Tensor>[] = [
    new LSTM(3, 3, { projSize: 2 }).stateDict(),
    new LSTM(3, 2, { layerNorm: true }).stateDict(),
    new LSTM(3, 2, { learnState: true }).stateDict(),
    { ...lstm(), weight_hh_l00: ones([8, 2]) },
  ]
  for (const state of others)
    expect(() => toOnnxWeights('LSTM', state)).toThrow(/there is no place for it$/)
  const { weight_ih_l0: _, ...rest } = lstm()
  expect(() => toOnnxWeights('LSTM', rest)).toThrow(/expected weight_ih_l0 to be a Tensor/)
  const { weight_co_l0: __, ...two } = new LSTM(3, 2, { peepholes: true }).stateDict()
  expect(() => toOnnxWeights('LSTM', two)).toThrow(/expected weight_co_l0 to be a Tensor/)
})

it('refuses layers and directions that are missing', () => {
  const both = new RNN(3, [2, 2], { bidirectional: true }).stateDict()
  const without = (end: string) =>
    Object.fromEntries(Object.entries(both).filter(([name]) => !name.endsWith(end)))
  expect(() => toOnnxWeights('RNN', without('_l1_reverse'))).toThrow(/weight_hh_l1_reverse/)
  expect(() => toOnnxWeights('RNN', without('_l0_reverse'))).toThrow(/weight_hh_l2/)
  expect(() => toOnnxWeights('RNN', without('_l0'))).toThrow(/weight_hh_l0/)
  expect(() => toOnnxWeights('RNN', without('_l1'))).toThrow(/weight_hh_l1/)
})
