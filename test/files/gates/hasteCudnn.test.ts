// Weights of haste, and of Keras's layers of cuDNN, as state dicts: against numbers by these
// systems' equations (hasteCudnn.json), there and back again, and refused.
import fc from 'fast-check'
import { DTypeError, GRU, LSTM, ones, ShapeError, type Tensor, tensor, ValueError } from 'tapegrad'
import { describe, expect, it, test } from 'vitest'
import {
  type CudnnLayer,
  type CudnnWeights,
  fromCudnnWeights,
  fromHasteWeights,
  fromKerasWeights,
  type GatedKind,
  type HasteLayer,
  type HasteWeights,
  toCudnnWeights,
  toHasteWeights,
} from '../../../src/files/index.ts'
import { runs } from '../../properties/runs.ts'
import { refusal, untyped } from '../../support/refusal.ts'
import { arrays, type Case, cases, drawn, tensors, wrongOutput } from './cases.ts'
import stored from './hasteCudnn.json' with { type: 'json' }

const { haste, cudnn } = stored as unknown as Record<
  'haste' | 'cudnn',
  (Case & { kind: GatedKind })[]
>
const nameOf = ({ kind, options, widths }: Case): string =>
  [kind, widths, JSON.stringify(options)].join(' ')

describe.each(haste.map((one) => [nameOf(one), one] as const))('haste %s', (_, one) => {
  const layers = one.layers.map(tensors) as HasteLayer[]
  const state = fromHasteWeights(one.kind, layers)

  it('computes the same', () => expect(wrongOutput(one, state)).toEqual([]))
  it('goes back to the same weights', () => {
    expect(arrays(toHasteWeights(one.kind, state))).toEqual(arrays(layers))
  })
})

describe.each(cudnn.map((one) => [nameOf(one), one] as const))('cuDNN %s', (_, one) => {
  const layers = one.layers.map(tensors) as CudnnLayer[]
  const state = fromCudnnWeights(one.kind, layers)

  it('computes the same', () => expect(wrongOutput(one, state)).toEqual([]))
  it('goes back to the same weights', () => {
    expect(arrays(toCudnnWeights(one.kind, state))).toEqual(arrays(layers))
  })
})

const gated = cases.map((one) => ({
  ...one,
  kind: (one.kind === 'RNN' ? 'GRU' : one.kind) as GatedKind,
  peepholes: false,
}))

/** The arrays of a state, with zeros for the biases of a layer without. */
const filled = (state: Record<string, Tensor>): Record<string, unknown> => ({
  ...Object.fromEntries(
    Object.entries(state)
      .filter(([name]) => name.startsWith('weight_hh'))
      .flatMap(([name, { shape }]) =>
        ['bias_ih', 'bias_hh'].map((bias) => [name.replace('weight_hh', bias), zeros(shape[0])]),
      ),
  ),
  ...(arrays(state) as object),
})
const zeros = (n: number): number[] => Array(n).fill(0)

test('a state dict goes to the layers of cuDNN and back without loss', () =>
  fc.assert(
    fc.property(gated, (one) => {
      const state = drawn(one)
      const there = toCudnnWeights(one.kind, state)
      expect(there.length).toBe(one.widths.length)
      const back = fromCudnnWeights(one.kind, there)
      expect(arrays(back)).toEqual(filled(state))
      for (const t of Object.values(back)) expect(t.dtype).toBe(one.dtype)
      expect(arrays(toCudnnWeights(one.kind, back))).toEqual(arrays(there))
    }),
    runs(200),
  ))

test('a state dict goes to haste and back, with the one bias of an LSTM as a sum', () =>
  fc.assert(
    fc.property(gated, (one) => {
      const state = drawn(one)
      const there = toHasteWeights(one.kind, state)
      const back = fromHasteWeights(one.kind, there)
      const before = filled(state) as Record<string, number[]>
      const expected = Object.entries(before).map(([name, own]) => {
        if (one.kind === 'GRU' || !name.startsWith('bias')) return [name, own]
        if (name.startsWith('bias_hh')) return [name, zeros(own.length)]
        return [name, own.map((x, i) => x + before[name.replace('ih', 'hh')][i])]
      })
      expect(arrays(back)).toEqual(Object.fromEntries(expected))
      expect(arrays(toHasteWeights(one.kind, back))).toEqual(arrays(there))
    }),
    runs(200),
  ))

it('takes one bias without the other as beside zeros', () => {
  const { bias_hh_l0: _, ...state } = new GRU(2, 1, { bidirectional: true }).stateDict()
  const full = { ...state, bias_hh_l0: tensor([0, 0, 0]) }
  for (const to of [toCudnnWeights, toHasteWeights])
    expect(arrays(to('GRU', state))).toEqual(arrays(to('GRU', full)))
})

it('gives tensors that nothing shares, and that require no gradient', () => {
  const parameters = Object.fromEntries(new GRU(2, 3).namedParameters())
  const before = arrays(parameters)
  const there = {
    haste: toHasteWeights('GRU', parameters) as HasteWeights[],
    cudnn: toCudnnWeights('GRU', parameters) as CudnnWeights[],
  }
  const stored = [arrays(there.haste), arrays(there.cudnn)]
  const back = [fromHasteWeights('GRU', there.haste), fromCudnnWeights('GRU', there.cudnn)]
  for (const t of back.flatMap((state) => Object.values(state))) {
    expect(t.requiresGrad).toBe(false)
    t.assign_(t.mul(0))
  }
  expect([arrays(there.haste), arrays(there.cudnn)]).toEqual(stored)
  for (const t of [there.haste[0], there.cudnn[0]].flatMap((layer) => Object.values(layer)))
    (t as Tensor).assign_((t as Tensor).mul(0))
  expect(arrays(parameters)).toEqual(before)
})

const kernels = (G: number) => ({ kernel: ones([3, 2 * G]), recurrent_kernel: ones([2, 2 * G]) })
const lstm = () => new LSTM(3, 2).stateDict()

test.each<[string, new (message: string) => Error, () => unknown, string]>([
  [
    'a kind that haste has not',
    ValueError,
    () => fromHasteWeights(untyped('RNN'), [{ ...kernels(1), bias: ones([2]) }]),
    'fromHasteWeights: expected kind to be one of GRU, LSTM, got "RNN"',
  ],
  [
    'a kind that the layers of cuDNN have not',
    ValueError,
    () => toCudnnWeights(untyped('RNN'), lstm()),
    'toCudnnWeights: expected kind to be one of GRU, LSTM, got "RNN"',
  ],
  [
    'the second bias of an LSTM',
    ValueError,
    () => fromHasteWeights('LSTM', [{ ...kernels(4), bias: ones([8]), recurrent_bias: ones([8]) }]),
    'fromHasteWeights: expected layer 0 to be { kernel, recurrent_kernel, bias }, got { kernel, ' +
      'recurrent_kernel, bias, recurrent_bias }: there is no place for recurrent_bias',
  ],
  [
    'a GRU without its second bias',
    DTypeError,
    () => fromHasteWeights('GRU', [{ ...kernels(3), bias: ones([6]) }]),
    'fromHasteWeights: expected layer 0.recurrent_bias to be a Tensor, got undefined',
  ],
  [
    'one direction after two',
    ValueError,
    () => {
      const one = { ...kernels(4), bias: ones([8]) }
      return fromHasteWeights('LSTM', [{ fw_layer: one, bw_layer: one }, one])
    },
    'fromHasteWeights: expected layer 1 to be { fw_layer, bw_layer }, got { kernel, ' +
      'recurrent_kernel, bias }: there is no place for kernel',
  ],
  [
    "an LSTM of Keras's own",
    ShapeError,
    () => fromCudnnWeights('LSTM', [{ ...kernels(4), bias: ones([8]) }]),
    'fromCudnnWeights: expected layer 0.bias of shape (16), got (8): fromKerasWeights takes the ' +
      "weights of Keras's own LSTM",
  ],
  [
    "a GRU of Keras's own",
    ShapeError,
    () => fromCudnnWeights('GRU', [{ ...kernels(3), bias: ones([2, 6]) }]),
    'fromCudnnWeights: expected layer 0.bias of shape (12), got (2, 6): fromKerasWeights takes ' +
      "the weights of Keras's own GRU",
  ],
  [
    'a CuDNNLSTM for an LSTM of Keras',
    ShapeError,
    () => fromKerasWeights('LSTM', [{ ...kernels(4), bias: ones([16]) }]),
    'fromKerasWeights: expected layer 0.bias of shape (8), got (16): fromCudnnWeights takes the ' +
      'weights of a CuDNNLSTM',
  ],
  [
    'a CuDNNGRU for a GRU of Keras',
    ShapeError,
    () => fromKerasWeights('GRU', [{ ...kernels(3), bias: ones([12]) }]),
    'fromKerasWeights: expected layer 0.bias of shape (2, 6), got (12): fromCudnnWeights takes ' +
      'the weights of a CuDNNGRU',
  ],
  [
    'a layer without a bias',
    DTypeError,
    () => fromCudnnWeights('GRU', [untyped(kernels(3))]),
    'fromCudnnWeights: expected layer 0.bias to be a Tensor, got undefined',
  ],
  [
    'peepholes',
    ValueError,
    () => toHasteWeights('LSTM', new LSTM(3, 2, { peepholes: true }).stateDict()),
    'toHasteWeights: expected weights that haste has, got weight_ci_l0: it has no peepholes',
  ],
  [
    'another dtype',
    DTypeError,
    () => fromCudnnWeights('GRU', [{ ...kernels(3), bias: ones([12], { dtype: 'float64' }) }]),
    'fromCudnnWeights: expected layer 0.bias of dtype float32, got float64: convert it with ' +
      ".to('float32')",
  ],
])('%s: refused', (_, kind, run, message) => {
  expect(refusal(kind, run)).toBe(message)
})
