// gradientFlow: norms against those of networks that are unrolled by hand, by parameter and by
// state.

import {
  checkpoint,
  crossEntropy,
  detachState,
  Embedding,
  grad,
  Linear,
  LSTM,
  LSTMCell,
  Module,
  manualSeed,
  Recurrent,
  RNN,
  randint,
  randn,
  type SequenceOptions,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { gradientFlow, type StateFlow } from 'tapegrad/testing'
import { beforeEach, describe, expect, it } from 'vitest'

const d = { dtype: 'float64' } as const
beforeEach(() => {
  manualSeed(5)
})

const norm = (t: Tensor | null): number => Math.hypot(...(t?.toTypedArray() ?? []))
const closeTo = (wanted: readonly number[]) =>
  wanted.map((x) => expect.toSatisfy((got: number) => Math.abs(got - x) <= 1e-10 * Math.abs(x)))
const named = (states: readonly StateFlow[]) =>
  Object.fromEntries(states.map(({ name, norms }) => [name, norms]))

/** Reads words and says something at every step. */
class Tagger extends Module {
  embedding = new Embedding(5, 2, d)
  inner: { lstm: LSTM }
  head = new Linear(3, 4, d)
  constructor(lstm: LSTM) {
    super()
    this.inner = { lstm }
  }
  forward(words: Tensor) {
    return this.head.forward(this.inner.lstm.forward(this.embedding.forward(words)).output)
  }
}

describe('by parameter', () => {
  it('it is the norm of what backward() gives, and adds nothing into .grad', () => {
    const model = new Tagger(new LSTM(2, 3, d))
    const words = randint(0, 5, [3, 6])
    const targets = randint(0, 4, [3, 6])
    const loss = () => crossEntropy(model.forward(words), targets)
    const flow = gradientFlow(model, loss)
    expect(model.parameters().every((p) => p.grad === null)).toBe(true)
    const L = loss()
    L.backward()
    expect(flow.loss).toBeCloseTo(L.item(), 12)
    const parameters = model.namedParameters()
    expect(flow.parameters).toEqual(
      parameters.map(([name, p]) => ({
        name,
        shape: p.shape,
        norm: closeTo([norm(p.grad)])[0],
        relative: closeTo([norm(p.grad) / norm(p.detach())])[0],
      })),
    )
  })

  it('what the loss does not use has 0, and a parameter of zeros an infinite share', () => {
    const model = new Linear(2, 3, d)
    model.bias?.assign_(zeros([3], d))
    const x = randn([4, 2], d)
    const { parameters, states } = gradientFlow(model, () => model.forward(x).sum())
    expect(parameters[1]).toEqual({
      name: 'bias',
      shape: [3],
      norm: 4 * Math.sqrt(3),
      relative: Infinity,
    })
    expect(states).toEqual([])
    const weights = gradientFlow(model, () => model.weight.square().sum()).parameters
    expect(weights.map(({ relative }) => relative)).toEqual([closeTo([2])[0], 0])
  })
})

describe('by time step', () => {
  it('of a linear network it is ‖(W_hhᵀ)^(T−1−t)·u‖', () => {
    class LinearCell extends Module {
      stateSize = { h: 2 }
      input = new Linear(2, 2, { bias: false, ...d })
      recurrent = new Linear(2, 2, { bias: false, ...d })
      forward(x: Tensor, { h }: { h: Tensor }) {
        return { h: this.input.forward(x).add(this.recurrent.forward(h)) }
      }
    }
    const cell = new LinearCell()
    const layer = new Recurrent(cell)
    const x = randn([1, 6, 2], d)
    const { states } = gradientFlow(layer, () =>
      layer
        .forward(x)
        .output.select(1, -1)
        .mul(tensor([1, -2], d))
        .sum(),
    )
    const W = cell.recurrent.weight.toArray() as number[][]
    let u = [1, -2]
    const norms = [Math.hypot(...u)]
    for (let t = 4; t >= 0; t--) {
      u = [0, 1].map((k) => W[0][k] * u[0] + W[1][k] * u[1])
      norms.unshift(Math.hypot(...u))
    }
    expect(states).toEqual([{ name: 'h_l0', norms: closeTo(norms) }])
  })

  it('of an LSTM it is the gradient by the h and c of cells in a loop', () => {
    const model = new Tagger(new LSTM(2, 3, d))
    const words = randint(0, 5, [3, 6])
    const weights = randn([3, 6, 4], d)
    const flow = gradientFlow(model, () => model.forward(words).mul(weights).sum())
    const { lstm } = model.inner
    const cell = new LSTMCell(2, 3, d)
    cell.loadStateDict(
      Object.fromEntries(
        Object.entries(lstm.stateDict()).map(([name, t]) => [name.replace('_l0', ''), t]),
      ),
    )
    let state = { h: zeros([3, 3], d), c: zeros([3, 3], d) }
    const all: (typeof state)[] = []
    let L = zeros([], d)
    for (let t = 0; t < 6; t++) {
      state = cell.forward(model.embedding.forward(words.select(1, t)), state)
      all.push(state)
      L = L.add(model.head.forward(state.h).mul(weights.select(1, t)).sum())
    }
    const gs = grad(L, [...all.map(({ h }) => h), ...all.map(({ c }) => c)])
    expect(flow.states).toEqual([
      { name: 'inner.lstm.h_l0', norms: closeTo(gs.slice(0, 6).map(norm)) },
      { name: 'inner.lstm.c_l0', norms: closeTo(gs.slice(6).map(norm)) },
    ])
  })

  it('of a reverse direction it is that of the forward one on what is turned round', () => {
    const both = new RNN(2, 3, { bidirectional: true, ...d })
    const x = randn([2, 5, 2], d)
    const u = randn([2, 5, 3], d)
    const { states } = gradientFlow(both, () => both.forward(x).output.slice(2, 3).mul(u).sum())
    const one = new RNN(2, 3, d)
    one.loadStateDict(
      Object.fromEntries(
        Object.entries(both.stateDict()).flatMap(([name, t]) =>
          name.endsWith('_reverse') ? [[name.replace('_reverse', ''), t]] : [],
        ),
      ),
    )
    const turned = gradientFlow(one, () => one.forward(x.flip(1)).output.mul(u.flip(1)).sum())
    expect(named(states)).toEqual({
      h_l0: [0, 0, 0, 0, 0],
      h_l0_reverse: closeTo(turned.states[0].norms.toReversed()),
    })
  })

  it('sequences of different lengths stand at their own steps, be the batch first or second', () => {
    const lengths = [2, 5, 3]
    const x = randn([3, 5, 2], d)
    for (const batchFirst of [true, false]) {
      const lstm = new LSTM(2, 3, { batchFirst, ...d })
      const run = (z: Tensor, lengths: number[]) =>
        lstm
          .forward(batchFirst ? z : z.permute([1, 0, 2]), { lengths })
          .output.square()
          .sum()
      const whole = named(gradientFlow(lstm, () => run(x, lengths)).states)
      const alone = lengths.map((length, n) =>
        named(
          gradientFlow(lstm, () => run(x.slice(0, n, n + 1).slice(1, 0, length), [length])).states,
        ),
      )
      for (const name of ['h_l0', 'c_l0'])
        expect(whole[name]).toEqual(
          closeTo([0, 1, 2, 3, 4].map((t) => Math.hypot(...alone.map((own) => own[name][t] ?? 0)))),
        )
    }
  })

  it('at a hole it is that of the state carried over, and nothing flows through a reset', () => {
    const rnn = new RNN(2, 3, d)
    const x = randn([1, 4, 2], d)
    const mask = tensor([[true, false, true, true]])
    const last = (options: SequenceOptions) =>
      gradientFlow(rnn, () => rnn.forward(x, undefined, options).output.select(1, -1).sum())
        .states[0].norms
    const [a, hole, b, c] = last({ mask })
    expect(hole).toBe(a)
    expect(Math.min(a, b, c)).toBeGreaterThan(0)
    const resets = tensor([[false, false, true, false]])
    expect(last({ resets }).map((x) => x > 0)).toEqual([false, false, true, true])
  })

  it('what drops in training flows as it was drawn', () => {
    const options = { numLayers: 2, dropout: 0.3, recurrentDropout: 0.3, zoneout: 0.2, ...d }
    const lstm = new LSTM(2, 3, options)
    const x = randn([2, 5, 2], d)
    const loss = () => lstm.forward(x).output.square().sum()
    manualSeed(9)
    const flow = gradientFlow(lstm, loss)
    manualSeed(9)
    const L = loss()
    L.backward()
    expect(flow.loss).toBeCloseTo(L.item(), 12)
    expect(flow.parameters.map((p) => p.norm)).toEqual(
      closeTo(lstm.parameters().map((p) => norm(p.grad))),
    )
    expect(flow.states.map(({ name }) => name)).toEqual(['h_l0', 'c_l0', 'h_l1', 'c_l1'])
  })

  it('a layer that is called again, and one of another model, have names of their own', () => {
    const [rnn, other] = [new RNN(2, 2, d), new RNN(2, 2, d)]
    const x = randn([1, 2, 2], d)
    const { states } = gradientFlow(rnn, () => {
      const { output, state } = rnn.forward(x)
      const next = rnn.forward(output, detachState(state)).output
      return other.forward(next).output.sum()
    })
    expect(states.map(({ name }) => name)).toEqual(['h_l0', 'h_l0 (call 2)', 'RNN(2 → 2).h_l0'])
  })

  it('a layer inside checkpoint is left out, and so is one that the loss does not depend on', () => {
    const [rnn, other] = [new RNN(2, 2, d), new RNN(2, 2, d)]
    const x = randn([1, 3, 2], d)
    const loss = (run: (x: Tensor) => Tensor) => () => {
      other.forward(x)
      return run(x).square().sum()
    }
    const plain = gradientFlow(
      rnn,
      loss((z) => rnn.forward(z).output),
    )
    const again = gradientFlow(
      rnn,
      loss((z) => checkpoint((x: Tensor) => rnn.forward(x).output)(z)),
    )
    expect(plain.states.map(({ name }) => name)).toEqual(['h_l0'])
    expect(again.states).toEqual([])
    expect(again.parameters).toEqual(plain.parameters)
  })

  it('a layer that nothing requires a gradient of is left out', () => {
    const [model, frozen] = [new Linear(3, 1, d), new RNN(2, 3, d)]
    for (const p of frozen.parameters()) p.requiresGrad = false
    const x = randn([1, 2, 2], d)
    const { states } = gradientFlow(model, () => model.forward(frozen.forward(x).output).sum())
    expect(states).toEqual([])
  })
})

it('is text, in columns', () => {
  const rnn = new RNN(1, 1, { bias: false, ...d })
  rnn.loadStateDict({ weight_ih_l0: tensor([[1]], d), weight_hh_l0: tensor([[0.5]], d) })
  const x = zeros([1, 12, 1], d)
  const flow = gradientFlow(rnn, () => rnn.forward(x).output.select(1, -1).sum().add(2))
  expect(String(flow)).toMatchInlineSnapshot(`
    "gradient flow of the loss L = 2
    parameter p   shape   ‖∂L/∂p‖  ‖∂L/∂p‖/‖p‖
    weight_ih_l0  (1, 1)        0            0
    weight_hh_l0  (1, 1)        0            0

    state at t       0       1     2      5   10  11
    h_l0        4.9e-4  9.8e-4  2e-3  0.016  0.5   1"
  `)
})
