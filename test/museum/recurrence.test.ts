// Museum, third room: backpropagation through time. Each exhibit says what happened, and which
// check catches it.
import fc from 'fast-check'
import {
  defineOp,
  LSTM,
  type LSTMState,
  Module,
  type OpCall,
  stack,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { checkGradients, checkModule } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { d, float64, gridded, leaf } from '../support/tensors.ts'
import { caught } from './caught.ts'

/** What a hand-written RNN does at the two places where its backward went wrong. */
interface Backward {
  /** The cotangent of a state, as it is handed to the step before. */
  carry(dh: Tensor): Tensor
  /** The bias's gradient from those of the steps (N, H), the first step first. */
  bias(steps: readonly Tensor[]): Tensor
}

const sum = (terms: readonly Tensor[]): Tensor => terms.reduce((a, b) => a.add(b))
const right: Backward = { carry: (dh) => dh, bias: (steps) => sum(steps).sum(0) }

/**
 * An Elman network as one op with its backward written by hand: x (T, N, D), h0 (N, H), W (H, D), U
 * (H, H), b (H) → h (T, N, H).
 */
const rnn = ({ carry, bias }: Backward): OpCall =>
  defineOp({
    name: 'rnn',
    shape: ([x, h0]) => [x.shape[0], ...h0.shape],
    forward: (out, [x, h0, W, U, b]) => {
      const [T, N, D] = x.shape
      const H = b.size
      for (let t = 0; t < T; t++)
        for (let n = 0; n < N; n++)
          for (let i = 0; i < H; i++) {
            let z = b.data[i]
            for (let j = 0; j < D; j++) z += W.data[i * D + j] * x.data[(t * N + n) * D + j]
            for (let j = 0; j < H; j++)
              z +=
                U.data[i * H + j] *
                (t === 0 ? h0.data[n * H + j] : out.data[((t - 1) * N + n) * H + j])
            out.data[(t * N + n) * H + i] = Math.tanh(z)
          }
    },
    vjp: (g, { inputs: [x, h0, W, U], y: h }) => {
      const times = Array.from({ length: x.shape[0] }, (_, t) => t)
      const dz: Tensor[] = []
      let dh = zeros(h0.shape, float64)
      for (const t of times.toReversed()) {
        dz[t] = g.select(0, t).add(carry(dh)).mul(h.select(0, t).square().neg().add(1))
        dh = dz[t].matmul(U)
      }
      const before = (t: number): Tensor => (t === 0 ? h0 : h.select(0, t - 1))
      return [
        stack(times.map((t) => dz[t].matmul(W))),
        dh,
        sum(times.map((t) => dz[t].t().matmul(x.select(0, t)))),
        sum(times.map((t) => dz[t].t().matmul(before(t)))),
        bias(dz),
      ]
    },
  })

const [T, N, D, H] = [3, 2, 2, 3]
const inputs = [[T, N, D], [N, H], [H, D], [H, H], [H]].map((shape, k) => gridded(shape, k))
const check = (op: OpCall) => checkGradients((...all) => op(all), inputs)

// A hand-written RNN did not hand the gradient of a state on to the step before: every step was
// differentiated as the last (qixianbiao/RNN#2). Caught by checkGradients from two steps on.
describe('backpropagation through time cut to one step', () => {
  const wrong = rnn({ ...right, carry: (dh) => dh.mul(0) })

  it('is rejected', () => {
    expect(caught(() => check(wrong))).toMatchObject({ check: 'derivative', op: 'rnn', input: 0 })
  })
  it('goes through with a single step', () => {
    const [x, ...others] = inputs
    checkGradients((...all) => wrong(all), [d([(x.toArray() as number[][][])[0]]), ...others])
  })
  it('is accepted once it is carried', () => {
    check(rnn(right))
  })
})

// Each step's bias gradient was taken from the last step; a tutorial's LSTM took those of two gates
// from a third (hanbt/learn_dl#53). Caught by checkGradients, at the bias and at nothing else.
describe('the last step’s bias copied over the others', () => {
  const wrong = rnn({
    ...right,
    bias: (steps) => sum(steps.map(() => steps[steps.length - 1])).sum(0),
  })

  it('is rejected', () => {
    expect(caught(() => check(wrong))).toMatchObject({ check: 'derivative', op: 'rnn', input: 4 })
  })
  it('goes unseen where the bias is not asked for', () => {
    const [b] = inputs.slice(-1)
    checkGradients((...all) => wrong([...all, b]), inputs.slice(0, -1))
  })
})

// A layer returned its last state, but what flowed back into that state was dropped
// (deeplearning4j/deeplearning4j#8838, PaddlePaddle/Paddle#6970). Caught by checkModule, which
// holds every parameter to differences; a learned first state that is off the tape receives no
// gradient at all.
describe('state off the tape', () => {
  type HandOver = (state: LSTMState) => LSTMState
  const dropped: HandOver = ({ h, c }) => ({
    h: tensor(h.toTypedArray(), { shape: h.shape }),
    c: c.detach(),
  })

  /** A sequence in two halves, the second beginning where the first ended. */
  class Halves extends Module {
    lstm = new LSTM(1, 2, float64)
    readonly handOver: HandOver

    constructor(handOver: HandOver) {
      super()
      this.handOver = handOver
    }

    forward(x: Tensor): Tensor {
      const first = this.lstm.forward(x.slice(1, 0, 2))
      return this.lstm.forward(x.slice(1, 2), this.handOver(first.state)).output
    }
  }

  /** A layer that begins in a state it learns. */
  class Learned extends Module {
    lstm = new LSTM(1, 2, float64)
    h = leaf([0.5, -1])
    c = leaf([1, 0.5])
    readonly handOver: HandOver

    constructor(handOver: HandOver) {
      super()
      this.handOver = handOver
    }

    forward(x: Tensor): Tensor {
      const [h, c] = [this.h, this.c].map((t) => t.broadcastTo([1, x.shape[0], 2]))
      return this.lstm.forward(x, this.handOver({ h, c })).output
    }
  }

  const sequences = fc.constant(gridded([2, 4, 1], 1))
  const once = { numRuns: 1, seed: 1 }
  const kept: HandOver = (state) => state

  it('is rejected between two halves, and no op is to blame', () => {
    const error = caught(() => checkModule(new Halves(dropped), sequences, once))
    expect([error.check, error.op]).toEqual(['derivative', undefined])
    expect(error.message).toContain('look for detach()')
  })
  it('is rejected before the first step', () => {
    const error = caught(() => checkModule(new Learned(dropped), sequences, once))
    expect(error).toMatchObject({ check: 'gradient' })
    expect(error.message).toContain('none for h')
  })
  it('is accepted on it', () => {
    checkModule(new Halves(kept), sequences, once)
    checkModule(new Learned(kept), sequences, once)
  })
})
