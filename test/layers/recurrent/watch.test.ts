// Watched scans: the same numbers as without, the states after every step, and an end of it.

import { GRU, LSTM, type Module, manualSeed, RNN, randn, type Tensor, tape, tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { watching } from '../../../src/layers/internal.ts'

const d = { dtype: 'float64' } as const
const x = randn([3, 5, 2], d)
const mask = tensor([
  [true, false, true, true, true],
  [false, true, true, false, true],
  [true, true, true, true, true],
])
const resets = tensor(
  [0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1].map((flag) => flag === 1),
  { shape: [3, 5] },
)

const close = (got: Tensor, wanted: Tensor) => {
  expect(got.shape).toEqual(wanted.shape)
  const [a, b] = [got.toTypedArray(), wanted.toTypedArray()]
  expect(Math.max(...a.map((value, k) => Math.abs(value - b[k])))).toBeLessThan(1e-13)
}

const all = {
  RNN: new RNN(2, 3, d),
  GRU: new GRU(2, 3, { bidirectional: true, bias: false, ...d }),
  LSTM: new LSTM(2, [4, 3], { bidirectional: true, zoneout: 0.3, recurrentDropout: 0.2, ...d }),
  peepholes: new LSTM(2, 3, { peepholes: true, weightDrop: 0.5, learnState: true, ...d }),
}
/** As callers without types see them: their states are of different forms. */
interface Layer extends Module {
  forward(x: Tensor, options: object): { output: Tensor; state: object; states: object }
}
const layers: [string, Layer][] = Object.entries(all).map(([name, layer]) => [
  name,
  layer as unknown as Layer,
])
const calls = {
  whole: {},
  lengths: { lengths: [2, 5, 0] },
  holes: { mask },
  resets: { resets, mask },
}

describe.each(layers)('%s', (_, layer) => {
  it.each(Object.entries(calls))('%s', (_, options) => {
    const run = () => layer.forward(x, { ...options, every: true })
    manualSeed(1)
    const wanted = run()
    manualSeed(1)
    const [got, scans] = watching(run)
    close(got.output, wanted.output)
    const tensors = (state: object): Tensor[] => Object.values(state).flat() as Tensor[]
    for (const [k, t] of tensors(got.state).entries()) close(t, tensors(wanted.state)[k])
    for (const [k, t] of tensors(got.states).entries()) close(t, tensors(wanted.states)[k])
    const suffixes = scans.map(({ suffix }) => suffix)
    expect(suffixes).toEqual(
      ['l0', 'l0_reverse', 'l1', 'l1_reverse'].filter((suffix) =>
        layer.namedParameters().some(([name]) => name === `weight_hh_${suffix}`),
      ),
    )
    expect(scans.every((scan) => scan.layer === layer)).toBe(true)
    expect(Object.keys(scans[0].steps)).toEqual(Object.keys(got.state))
  })
})

it('an inner watch tells the outer one, and after an error nothing is watched', () => {
  const { RNN } = all
  const [[, inner], outer] = watching(() => watching(() => RNN.forward(x)))
  expect(outer).toEqual(inner)
  expect(inner.length).toBe(1)
  expect(String(tape(watching(() => RNN.forward(x))[0].output))).not.toContain('= rnn(')
  expect(() =>
    watching(() => {
      throw new Error('stop')
    }),
  ).toThrow('stop')
  expect(String(tape(RNN.forward(x).output))).toContain('= rnn(')
  const [, scans] = watching(() => undefined)
  expect(scans).toEqual([])
})
