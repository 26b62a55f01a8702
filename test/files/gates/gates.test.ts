// Weights of Keras and of ONNX as state dicts: against numbers of these systems (gates.json), and
// there and back again.
import fc from 'fast-check'
import { LSTM, type Tensor, tensor } from 'tapegrad'
import { describe, expect, it, test } from 'vitest'
import {
  fromKerasWeights,
  fromOnnxWeights,
  type KerasLayer,
  type KerasWeights,
  type OnnxWeights,
  toKerasWeights,
  toOnnxWeights,
} from '../../../src/files/index.ts'
import { runs } from '../../properties/runs.ts'
import { arrays, type Case, cases, drawn, tensors, wrongOutput } from './cases.ts'
import gates from './gates.json' with { type: 'json' }

const { keras, onnx } = gates as unknown as Record<'keras' | 'onnx', Case[]>

/** `resetAfter` is an option of the conversion for a GRU alone. */
const gru = ({ resetAfter }: Case['options']) => (resetAfter === undefined ? {} : { resetAfter })
const nameOf = ({ kind, keras, onnx, options, widths }: Case): string =>
  [kind, widths, JSON.stringify(keras ?? onnx), JSON.stringify(options)].join(' ')

describe.each(keras.map((one) => [nameOf(one), one] as const))('Keras %s', (_, one) => {
  const layers = one.layers.map(tensors) as KerasLayer[]
  const state = fromKerasWeights(one.kind, layers, gru(one.options))

  it('computes the same', () => expect(wrongOutput(one, state)).toEqual([]))
  it('goes back to the same weights', () => {
    expect(arrays(toKerasWeights(one.kind, state, gru(one.options)))).toEqual(arrays(layers))
  })
})

describe.each(onnx.map((one) => [nameOf(one), one] as const))('ONNX %s', (_, one) => {
  const layers = one.layers.map(tensors) as OnnxWeights[]
  const state = fromOnnxWeights(one.kind, layers)

  it('computes the same', () => expect(wrongOutput(one, state)).toEqual([]))
  it('goes back to the same weights', () => {
    expect(arrays(toOnnxWeights(one.kind, state))).toEqual(arrays(layers))
  })
})

test('a state dict goes to ONNX and back without loss', () =>
  fc.assert(
    fc.property(cases, (one) => {
      const state = drawn(one)
      const there = toOnnxWeights(one.kind, state)
      expect(there.length).toBe(one.widths.length)
      expect(there[0].W.shape[0]).toBe(one.bidirectional ? 2 : 1)
      const back = fromOnnxWeights(one.kind, there)
      expect(arrays(back)).toEqual(arrays(state))
      for (const t of Object.values(back)) expect(t.dtype).toBe(one.dtype)
    }),
    runs(200),
  ))

test('a state dict goes to Keras and back, with one bias as a sum, or without loss', () =>
  fc.assert(
    fc.property(cases, (drawing) => {
      const one = { ...drawing, peepholes: false }
      const state = drawn(one)
      const options = one.kind === 'GRU' ? { resetAfter: one.resetAfter } : {}
      const there = toKerasWeights(one.kind, state, options)
      const back = fromKerasWeights(one.kind, there, options)
      const isSum = !(one.kind === 'GRU' && one.resetAfter)
      const expected = Object.entries(state).map(([name, t]) => {
        if (!isSum || !name.startsWith('bias')) return [name, t.toArray()]
        if (name.startsWith('bias_hh')) return [name, t.mul(0).abs().toArray()]
        return [name, t.add(state[name.replace('ih', 'hh')]).toArray()]
      })
      expect(arrays(back)).toEqual(Object.fromEntries(expected))
      expect(arrays(toKerasWeights(one.kind, back, options))).toEqual(arrays(there))
    }),
    runs(200),
  ))

it('takes one bias without the other as beside zeros', () => {
  const { bias_hh_l0: _, ...state } = new LSTM(2, 1, { bidirectional: true }).stateDict()
  const full = { ...state, bias_hh_l0: tensor([0, 0, 0, 0]) }
  for (const to of [toOnnxWeights, toKerasWeights])
    expect(arrays(to('LSTM', state))).toEqual(arrays(to('LSTM', full)))
  const { bias_ih_l0: __, ...none } = state
  const [{ B }] = toOnnxWeights('LSTM', none)
  expect(B?.shape).toEqual([2, 8])
  expect(B?.select(0, 0).toArray()).toEqual(Array(8).fill(0))
})

it('gives tensors that nothing shares, and that require no gradient', () => {
  const rnn = new LSTM(2, 3, { peepholes: true })
  const { weight_ci_l0, weight_cf_l0, weight_co_l0, ...plain } = Object.fromEntries(
    rnn.namedParameters(),
  )
  const peepholes = { weight_ci_l0, weight_cf_l0, weight_co_l0 }
  const node = toOnnxWeights('LSTM', { ...plain, ...peepholes })
  const layer = toKerasWeights('LSTM', plain)
  const [before, onnx, keras] = [arrays(plain), arrays(node), arrays(layer)]
  const back = [fromOnnxWeights('LSTM', node), fromKerasWeights('LSTM', layer)]
  for (const t of back.flatMap((state) => Object.values(state))) {
    expect(t.requiresGrad).toBe(false)
    t.assign_(t.mul(0))
  }
  expect([arrays(node), arrays(layer)]).toEqual([onnx, keras])
  const { kernel, recurrent_kernel, bias } = layer[0] as KerasWeights
  for (const t of [...Object.values(node[0]), kernel, recurrent_kernel, bias as Tensor])
    t.assign_(t.mul(0))
  expect(arrays(plain)).toEqual(before)
})
