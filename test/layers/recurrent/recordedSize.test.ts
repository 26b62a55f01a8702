// How large a recorded backward pass is: the numbers on its tape grow with the length of a
// sequence, not with its square. Speed and bytes are the benchmark's.

import {
  Embedding,
  GRU,
  grad,
  LSTM,
  LSTMCell,
  RNN,
  randint,
  randn,
  stack,
  type Tensor,
  tensor,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { float64 } from '../../support/tensors.ts'

/** The elements of everything that is recorded behind tensors. */
function recordedElements(tensors: readonly Tensor[]): number {
  const nodes = new Set(tensors.map(({ node }) => node))
  let elements = 0
  for (const node of nodes) {
    if (node === null) continue
    elements += node.output.size
    for (const input of node.inputs) nodes.add(input.node)
  }
  return elements
}

const steps = (T: number): number[] => Array.from({ length: T }, (_, t) => t)

/** A loss over T steps, and what its gradient is taken by. */
const programs: Record<string, (T: number) => [loss: Tensor, by: Tensor[]]> = {
  RNN: (T) => {
    const layer = new RNN(3, 4, float64)
    return [
      layer
        .forward(randn([2, T, 3], float64))
        .output.square()
        .sum(),
      layer.parameters(),
    ]
  },
  LSTM: (T) => {
    const layer = new LSTM(3, 4, float64)
    return [
      layer
        .forward(randn([2, T, 3], float64))
        .output.square()
        .sum(),
      layer.parameters(),
    ]
  },
  'a GRU, regularised': (T) => {
    const layer = new GRU(3, 4, { ...float64, zoneout: 0.2, recurrentDropout: 0.2 })
    const { output, states } = layer.forward(randn([2, T, 3], float64), { every: true })
    return [output.square().sum().add(states.h.sum()), layer.parameters()]
  },
  'an LSTM of all options': (T) => {
    const options = { peepholes: true, projSize: 3, layerNorm: true, cellClip: 1 } as const
    const layer = new LSTM(3, 4, { ...float64, ...options })
    return [
      layer
        .forward(randn([2, T, 3], float64))
        .output.square()
        .sum(),
      layer.parameters(),
    ]
  },
  'an LSTM of sequences of many lengths': (T) => {
    const layer = new LSTM(3, 4, float64)
    const lengths = [T, Math.ceil(T / 2), 1]
    return [
      layer
        .forward(randn([3, T, 3], float64), undefined, { lengths })
        .output.square()
        .sum(),
      layer.parameters(),
    ]
  },
  'selects of a sequence': (T) => {
    const cell = new LSTMCell(3, 4, float64)
    const x = randn([2, T, 3], { ...float64, requiresGrad: true })
    let state: { h: Tensor; c: Tensor } | undefined
    const hs = steps(T).map((t) => {
      state = cell.forward(x.select(1, t).tanh(), state)
      return state.h
    })
    return [stack(hs, 1).square().sum(), [x, ...cell.parameters()]]
  },
  'slices with a step, and flips': (T) => {
    const x = randn([T, 3], { ...float64, requiresGrad: true })
    return [
      stack(
        steps(T).map((t) =>
          x
            .slice(0, t, t + 1)
            .flip(1)
            .square()
            .sum(),
        ),
      )
        .square()
        .sum(),
      [x],
    ]
  },
  'rows of a table, looked up step by step': (T) => {
    const table = new Embedding(T, 3, float64)
    const rows = steps(T).map((t) =>
      table
        .forward(tensor([t, 0], { dtype: 'int32' }))
        .square()
        .sum(),
    )
    return [stack(rows).square().sum(), table.parameters()]
  },
  'elements gathered step by step': (T) => {
    const x = randn([T, 3], { ...float64, requiresGrad: true })
    const picks = steps(T).map(() =>
      x
        .gather(0, randint(0, T, [1, 3]))
        .square()
        .sum(),
    )
    return [stack(picks).square().sum(), [x]]
  },
}

describe.each(Object.entries(programs))('%s', (_, program) => {
  it('twice the steps, twice the tape', () => {
    const [once, twice] = [12, 24].map((T) => {
      const [loss, by] = program(T)
      return recordedElements(grad(loss, by, { createGraph: true }))
    })
    expect(twice / once).toBeLessThan(2.2)
  })

  it('and the second derivative is what a plain pass over single uses gives', () => {
    const [loss, by] = program(4)
    const first = grad(loss, by, { createGraph: true })
    const plain = grad(loss, by, { retainGraph: true })
    first.forEach((g, i) => {
      g.toTypedArray().forEach((v, k) => void expect(v).toBeCloseTo(plain[i].toTypedArray()[k], 10))
    })
    const sum = first.reduce((total, g) => total.add(g.square().sum()), tensor(0, float64))
    expect(
      grad(sum, by, { allowUnused: true }).every((g) => g.toTypedArray().every(Number.isFinite)),
    ).toBe(true)
  })
})
