// connectivity: norms against a linear network's, against differences, and what holds of them
// exactly.

import {
  GRU,
  Linear,
  LSTM,
  Module,
  manualSeed,
  noGrad,
  Recurrent,
  RNN,
  randn,
  randomState,
  type Tensor,
  tensor,
} from 'tapegrad'
import { connectivity, type SequenceModel } from 'tapegrad/testing'
import { beforeEach, describe, expect, it } from 'vitest'

const d = { dtype: 'float64' } as const
beforeEach(() => {
  manualSeed(3)
})

/** Every number within a relative error; 0 is 0 alone. */
function expectClose(got: readonly (readonly number[])[], wanted: number[][], rtol: number): void {
  expect(got.map((row) => row.length)).toEqual(wanted.map((row) => row.length))
  const far = got.flatMap((row, t) =>
    row.flatMap((x, s) =>
      Math.abs(x - wanted[t][s]) <= rtol * Math.abs(wanted[t][s]) ? [] : [[t, s, x, wanted[t][s]]],
    ),
  )
  expect(far).toEqual([])
}

/** h′ = x·W_ihᵀ + h·W_hhᵀ. */
class LinearCell extends Module {
  stateSize = { h: 3 }
  input = new Linear(2, 3, { bias: false, ...d })
  recurrent = new Linear(3, 3, { bias: false, ...d })
  forward(x: Tensor, { h }: { h: Tensor }) {
    return { h: this.input.forward(x).add(this.recurrent.forward(h)) }
  }
}

const product = (a: number[][], b: number[][]): number[][] =>
  a.map((row) => b[0].map((_, k) => row.reduce((sum, x, i) => sum + x * b[i][k], 0)))

/** ‖W_hh^(t−s)·W_ih‖ by loops, in numbers scaled by their largest. */
function normsOfLinear(cell: LinearCell, T: number): number[][] {
  const [W, V] = [cell.recurrent, cell.input].map(({ weight }) => weight.toArray() as number[][])
  const powers = [V]
  for (let k = 1; k < T; k++) powers.push(product(W, powers[k - 1]))
  const sizes = powers.map((power) => {
    const most = Math.max(...power.flat().map(Math.abs))
    return most * Math.sqrt(power.flat().reduce((sum, x) => sum + (x / most) ** 2, 0))
  })
  return Array.from({ length: T }, (_, t) =>
    Array.from({ length: T }, (_, s) => (s > t ? 0 : sizes[t - s])),
  )
}

/** The norms by central differences; of a batch, the root mean square. x (N, T, D). */
function byDifferences(run: (x: Tensor) => Tensor, x: Tensor): number[][] {
  const [N, T, D] = x.shape
  const step = 1e-5
  const squares = Array.from({ length: T }, () => Array<number>(T).fill(0))
  const values = (k: number, moved: number) => {
    const numbers = x.toTypedArray()
    numbers[k] += moved
    return run(tensor(numbers, { shape: x.shape, ...d })).toTypedArray()
  }
  for (let k = 0; k < x.size; k++) {
    const [n, s] = [Math.floor(k / (T * D)), Math.floor(k / D) % T]
    const [up, down] = [values(k, step), values(k, -step)]
    const O = up.length / (N * T)
    for (let t = 0; t < T; t++)
      for (let o = 0; o < O; o++) {
        const at = (n * T + t) * O + o
        squares[t][s] += ((up[at] - down[at]) / (2 * step)) ** 2
      }
  }
  return squares.map((row) => row.map((sum) => Math.sqrt(sum / N)))
}

const causal = (norms: readonly (readonly number[])[]) =>
  norms.every((row, t) => row.every((norm, s) => (s > t ? Object.is(norm, 0) : norm > 0)))

describe('norms', () => {
  it('of a linear network are ‖W_hh^(t−s)·W_ih‖', () => {
    const cell = new LinearCell()
    const { norms, byLag, isCausal, relativeError, passes } = connectivity(
      new Recurrent(cell),
      randn([1, 7, 2], d),
    )
    const wanted = normsOfLinear(cell, 7)
    expectClose(norms, wanted, 1e-12)
    expectClose([byLag], [wanted[6].toReversed()], 1e-12)
    expect({ isCausal, relativeError, passes }).toEqual({
      isCausal: true,
      relativeError: 0,
      passes: 7 * 3 + 1,
    })
  })

  it.each([
    ['vanish without squares that are 0', 1e-6],
    ['explode without squares that are infinite', 1e6],
  ])('%s', (_, factor) => {
    const cell = new LinearCell()
    cell.recurrent.weight.assign_(cell.recurrent.weight.detach().mul(factor))
    const { norms } = connectivity(new Recurrent(cell), randn([1, 40, 2], d))
    const wanted = normsOfLinear(cell, 40)
    expect(Math.abs(Math.log10(wanted[39][0]))).toBeGreaterThan(200)
    expectClose(norms, wanted, 1e-10)
  })

  const layers: [string, Module & { forward(x: Tensor): { output: Tensor } }][] = [
    ['RNN', new RNN(2, 3, d)],
    ['GRU', new GRU(2, 3, d)],
    ['LSTM of two layers', new LSTM(2, 3, { numLayers: 2, ...d })],
    ['bidirectional RNN', new RNN(2, 3, { bidirectional: true, ...d })],
  ]
  it.each(layers)('of %s agree with differences, over a batch', (name, layer) => {
    const x = randn([2, 5, 2], d)
    const { norms, isCausal, passes } = connectivity(layer, x)
    const wanted = byDifferences((z) => layer.forward(z).output, x)
    expectClose(norms, wanted, 1e-6)
    const both = name.startsWith('bidirectional')
    expect(isCausal).toBe(!both)
    expect(passes).toBe(5 * (both ? 6 : 3) + 1 + 2)
  })

  it('with s > t are exactly 0, in float32 too', () => {
    for (const layer of [new RNN(4, 8), new GRU(4, 8), new LSTM(4, 8, { numLayers: 2 })])
      expect(causal(connectivity(layer, randn([2, 12, 4])).norms)).toBe(true)
  })

  it('of a layer with the batch second are the same', () => {
    const [first, second] = [new GRU(2, 3, d), new GRU(2, 3, { batchFirst: false, ...d })]
    second.loadStateDict(first.stateDict())
    const x = randn([3, 4, 2], d)
    const turned = x.permute([1, 0, 2])
    const { norms } = connectivity(first, x)
    expect(connectivity(second, turned).norms).toEqual(norms)
    const run: SequenceModel = (z) => second.forward(z)
    expect(connectivity(run, turned, { batchFirst: false }).norms).toEqual(norms)
  })

  it('of steps that are not run are 0', () => {
    const lstm = new LSTM(2, 3, d)
    const run = (x: Tensor) => lstm.forward(x, { lengths: [2] }).output
    const x = randn([1, 4, 2], d)
    const { norms } = connectivity(run, x)
    expectClose(norms, byDifferences(run, x), 1e-6)
    expect(norms.map((row) => row.map((norm) => norm > 0))).toEqual([
      [true, false, false, false],
      [true, true, false, false],
      [false, false, false, false],
      [false, false, false, false],
    ])
  })

  it('say where something is not finite', () => {
    const run = (x: Tensor) => x.sqrt()
    const { norms } = connectivity(run, tensor([[[0], [4]]], d))
    expect(norms).toEqual([
      [Infinity, 0],
      [Number.NaN, 0.25],
    ])
  })
})

describe('estimates', () => {
  const lstm = new LSTM(3, 24, d)

  it('keep to their error, take T·K passes, and are the same for the same seed', () => {
    const x = randn([1, 6, 3], d)
    const exact = connectivity(lstm, x)
    const K = 8
    const estimates = Array.from({ length: 30 }, (_, seed) =>
      connectivity(lstm, x, { probes: K, seed }),
    )
    const [{ relativeError, passes, isCausal }] = estimates
    expect({ passes, isCausal }).toEqual({ passes: 6 * K + 1, isCausal: true })
    expect(relativeError).toBeCloseTo(1 / Math.sqrt(2 * K), 15)
    for (let t = 0; t < 6; t++)
      for (let s = 0; s <= t; s++) {
        const ratios = estimates.map(({ norms }) => norms[t][s] / exact.norms[t][s])
        // Squares are estimated without bias.
        const mean = ratios.reduce((sum, r) => sum + r ** 2, 0) / ratios.length
        const spread = Math.sqrt(ratios.reduce((sum, r) => sum + (r - 1) ** 2, 0) / ratios.length)
        expect(Math.abs(mean - 1)).toBeLessThan((4 * 2 * relativeError) / Math.sqrt(ratios.length))
        expect(spread).toBeLessThan(1.4 * relativeError)
        expect(spread).toBeGreaterThan(0)
      }
    expect(connectivity(lstm, x, { probes: K, seed: 7 }).norms).toEqual(estimates[7].norms)
  })

  it('of a batch are those of its sequences together', () => {
    const x = randn([5, 3, 3], d)
    const { norms } = connectivity(lstm, x)
    const estimate = connectivity(lstm, x, { probes: 20 })
    for (let t = 0; t < 3; t++)
      for (let s = 0; s <= t; s++)
        expect(Math.abs(estimate.norms[t][s] / norms[t][s] - 1)).toBeLessThan(0.3)
  })

  it('are exact where there are enough passes', () => {
    const x = randn([2, 3, 3], d)
    expect(connectivity(lstm, x, { probes: 24 })).toEqual(connectivity(lstm, x))
  })
})

describe('leaves alone', () => {
  it('gradients, inputs, the random stream, and runs where nothing is recorded', () => {
    const model = new LSTM(2, 3)
    const x = randn([2, 4, 2])
    const before = [...x.toTypedArray()]
    const { norms } = connectivity(model, x)
    const state = randomState()
    expect(noGrad(() => connectivity(model, x)).norms).toEqual(norms)
    connectivity(model, x, { probes: 1 })
    expect(randomState()).toEqual(state)
    expect([...x.toTypedArray()]).toEqual(before)
    expect(x.requiresGrad).toBe(false)
    expect(model.parameters().map(({ grad }) => grad)).toEqual([null, null, null, null])
  })

  it('a leaf that is given, and its gradient', () => {
    const x = tensor([[[1], [2]]], { ...d, requiresGrad: true })
    connectivity((z) => z.square(), x)
    expect(x.grad).toBe(null)
  })

  it('one forward in training: what is dropped is dropped in all passes', () => {
    let calls = 0
    const model = new LSTM(2, 4, { numLayers: 2, dropout: 0.5 })
    connectivity(
      (x) => {
        calls++
        return model.forward(x)
      },
      randn([1, 3, 2]),
    )
    expect(calls).toBe(1)
  })
})
