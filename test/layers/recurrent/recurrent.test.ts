// RNN and LSTM over sequences: their formula and their cell, batches, chunks, directions, gradients by
// differences, and PyTorch's names.

import fc from 'fast-check'
import {
  cat,
  Generator,
  LSTM,
  LSTMCell,
  type LSTMState,
  noGrad,
  RNN,
  RNNCell,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { expectClose, flat, grid } from '../../support/numbers.ts'
import { float64, gridded, gridLeaf } from '../../support/tensors.ts'
import { recurrent } from '../oracle.ts'

const kinds = [
  ['RNN', RNN, RNNCell, ['h']],
  ['LSTM', LSTM, LSTMCell, ['h', 'c']],
] as const
const size = fc.integer({ min: 1, max: 4 })

describe.each(kinds)('%s', (_, Layer, Cell, names) => {
  const stateOf = (f: (name: string, k: number) => Tensor) =>
    Object.fromEntries(names.map((name, k) => [name, f(name, k)])) as unknown as LSTMState

  it('is the formula, at any number of layers and directions', () => {
    fc.assert(
      fc.property(
        fc.tuple(size, size, size, size, fc.integer({ min: 1, max: 3 })),
        fc.boolean(),
        fc.boolean(),
        fc.nat(999),
        ([N, T, D, H, numLayers], bidirectional, bias, seed) => {
          const layer = new Layer(D, H, { ...float64, numLayers, bidirectional, bias })
          const passes = numLayers * (bidirectional ? 2 : 1)
          const [x, h, c] = [
            grid([N, T, D], seed),
            grid([passes, N, H], seed + 1),
            grid([passes, N, H], seed + 2),
          ] as number[][][][]
          const weights = Object.fromEntries(
            layer.namedParameters().map(([name, p]) => [name, p.toArray() as number[][]]),
          )
          const expected = recurrent(weights, numLayers, bidirectional, x, h, c)
          const { output, state } = layer.forward(
            tensor(x, float64),
            stateOf((name) => tensor(name === 'h' ? h : c, float64)),
          )
          expect(output.shape).toEqual([N, T, H * (bidirectional ? 2 : 1)])
          expectClose(output.toArray(), expected.output, 1e-12)
          expect(Object.keys(state)).toEqual(names)
          for (const [name, value] of Object.entries(state)) {
            expect(value.shape).toEqual([passes, N, H])
            expectClose(value.toArray(), expected[name as 'h' | 'c'], 1e-12)
          }
        },
      ),
      { numRuns: 50 },
    )
  })

  it('is its cell, step by step, gradients included', () => {
    const layer = new Layer(3, 2, float64)
    const cell = new Cell(3, 2, float64)
    cell.loadStateDict(
      Object.fromEntries(
        Object.entries(layer.stateDict()).map(([name, p]) => [name.replace('_l0', ''), p]),
      ),
    )
    const [x, x2] = [gridLeaf([2, 4, 3], 1), gridLeaf([2, 4, 3], 1)]
    const weights = gridded([2, 4, 2], 2)
    layer.forward(x).output.mul(weights).sum().backward()
    let state: LSTMState | undefined
    let loss = zeros([], float64)
    for (let t = 0; t < 4; t++) {
      state = cell.forward(x2.select(1, t), state as LSTMState) as LSTMState
      loss = loss.add(state.h.mul(weights.select(1, t)).sum())
    }
    loss.backward()
    expectClose(x.grad?.toArray(), x2.grad?.toArray(), 1e-12)
    for (const [name, p] of cell.namedParameters())
      expectClose(
        Object.fromEntries(layer.namedParameters())[`${name}_l0`].grad?.toArray(),
        p.grad?.toArray(),
        1e-12,
      )
  })

  it('gives the same with batchFirst: false, transposed', () => {
    const options = { ...float64, numLayers: 2, bidirectional: true }
    const [a, b] = [new Layer(3, 2, options), new Layer(3, 2, { ...options, batchFirst: false })]
    b.loadStateDict(a.stateDict())
    const x = gridded([2, 4, 3], 1)
    const [one, other] = [a.forward(x), b.forward(x.permute([1, 0, 2]))]
    expect(other.output.shape).toEqual([4, 2, 4])
    expectClose(other.output.permute([1, 0, 2]).toArray(), one.output.toArray(), 1e-12)
    expectClose(other.state.h.toArray(), one.state.h.toArray(), 1e-12)
  })

  it('treats a batch as its rows', () => {
    const layer = new Layer(3, 2, { ...float64, numLayers: 2, bidirectional: true })
    const x = gridded([4, 5, 3], 1)
    const rows = [0, 1, 2, 3].map((n) => layer.forward(x.slice(0, n, n + 1)))
    const whole = layer.forward(x)
    expectClose(
      whole.output.toArray(),
      cat(
        rows.map((row) => row.output),
        0,
      ).toArray(),
      1e-12,
    )
    expectClose(
      whole.state.h.toArray(),
      cat(
        rows.map((row) => row.state.h),
        1,
      ).toArray(),
      1e-12,
    )
  })

  it('goes on where it stopped: chunks with carried state are the whole, also gradients', () => {
    const layer = new Layer(3, 2, { ...float64, numLayers: 2 })
    const [x, x2] = [gridLeaf([2, 5, 3], 1), gridLeaf([2, 5, 3], 1)]
    const weights = gridded([2, 5, 2], 3)
    const whole = layer.forward(x)
    const first = layer.forward(x2.slice(1, 0, 2))
    const second = layer.forward(x2.slice(1, 2), first.state as LSTMState)
    const output = cat([first.output, second.output], 1)
    expectClose(output.toArray(), whole.output.toArray(), 1e-12)
    expectClose(second.state.h.toArray(), whole.state.h.toArray(), 1e-12)
    whole.output.mul(weights).sum().backward()
    output.mul(weights).sum().backward()
    expectClose(x2.grad?.toArray(), x.grad?.toArray(), 1e-12)
  })

  it('runs backwards as forwards over the reversed sequence', () => {
    const both = new Layer(3, 2, { ...float64, bidirectional: true })
    const one = new Layer(3, 2, float64)
    const state = both.stateDict()
    one.loadStateDict(
      Object.fromEntries(
        Object.keys(one.stateDict()).map((name) => [name, state[`${name}_reverse`]]),
      ),
    )
    const x = gridded([2, 5, 3], 1)
    const { output } = both.forward(x)
    expectClose(
      output.slice(2, 2).toArray(),
      one.forward(x.flip(1)).output.flip(1).toArray(),
      1e-12,
    )
    expectClose(
      both.forward(x).state.h.select(0, 1).toArray(),
      output.slice(2, 2).select(1, 0).toArray(),
      1e-12,
    )
  })

  it('agrees with differences, through initial and final states', () => {
    const layer = new Layer(2, 2, { ...float64, numLayers: 2, bidirectional: true })
    const inputs = { x: gridLeaf([2, 3, 2], 1), ...stateOf((_, k) => gridLeaf([4, 2, 2], k + 2)) }
    const cotangents = {
      output: gridded([2, 3, 4], 8),
      ...stateOf((_, k) => gridded([4, 2, 2], k + 5)),
    }
    const loss = () => {
      const { x, ...initial } = inputs
      const { output, state } = layer.forward(x, initial)
      const results: Record<string, Tensor> = { output, ...state }
      return Object.entries(cotangents)
        .map(([name, w]) => results[name].mul(w).sum())
        .reduce((a, b) => a.add(b))
    }
    loss().backward()
    for (const leaf of [...Object.values(inputs), ...layer.parameters()]) {
      const values = leaf.toTypedArray()
      const differences = [...values].map((v, k) => {
        const at = (delta: number) => {
          leaf.assign_(
            tensor(
              values.map((u, j) => (j === k ? v + delta : u)),
              { ...float64, shape: leaf.shape },
            ),
          )
          return noGrad(() => loss().item())
        }
        const slope = (at(1e-5) - at(-1e-5)) / 2e-5
        at(0)
        return slope
      })
      expectClose(flat(leaf.grad?.toArray()), differences, 1e-8)
    }
  })

  it('has PyTorch’s names and shapes', () => {
    const names = (options: object) =>
      new Layer(3, 2, options).namedParameters().map(([name, p]) => `${name} (${p.shape})`)
    const G = Layer === LSTM ? 8 : 2
    expect(names({ numLayers: 2, bidirectional: true })).toEqual(
      [
        ['l0', 3],
        ['l0_reverse', 3],
        ['l1', 4],
        ['l1_reverse', 4],
      ].flatMap(([suffix, D]) => [
        `weight_ih_${suffix} (${G},${D})`,
        `weight_hh_${suffix} (${G},2)`,
        `bias_ih_${suffix} (${G})`,
        `bias_hh_${suffix} (${G})`,
      ]),
    )
    expect(names({ bias: false })).toEqual([`weight_ih_l0 (${G},3)`, `weight_hh_l0 (${G},2)`])
  })

  it('draws from U(−1/√H, 1/√H), the same for the same seed', () => {
    const make = () =>
      flat(new Layer(100, 16, { generator: new Generator(1) }).parameters().map((p) => p.toArray()))
    expect(make()).toEqual(make())
    expect(Math.max(...make().map(Math.abs))).toBeLessThanOrEqual(0.25)
    expect(Math.max(...make().map(Math.abs))).toBeGreaterThan(0.24)
  })
})

it('answers to its parameters’ names', () => {
  const lstm = new LSTM(3, 2)
  expect(lstm.weight_hh_l0.shape).toEqual([8, 2])
  expect(lstm.bias_hh_l0?.shape).toEqual([8])
  expect(new LSTM(3, 2, { bias: false }).bias_hh_l0).toBe(null)
})

it('accepts an empty batch', () => {
  const { output, state } = new LSTM(3, 2).forward(zeros([0, 4, 3]))
  expect([output.shape, state.c.shape]).toEqual([
    [0, 4, 2],
    [1, 0, 2],
  ])
})
