// Museum, fifth room: two backward passes that are wrong in print (docs/documents.md, E1 and E2),
// held as formulas against the tape.
import fc from 'fast-check'
import { cat, type NestedArray, stack, type Tensor, zeros } from 'tapegrad'
import { checkAgainst } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { lstmColumns, rnnColumns } from '../documents/cases.ts'
import type { Matrix, Volume } from '../documents/oracle/arrays.ts'
import * as d0 from '../documents/oracle/d0.ts'
import * as d4 from '../documents/oracle/d4.ts'
import { d, float64 } from '../support/tensors.ts'
import { caught } from './caught.ts'

type Tensors = Record<string, Tensor>
type Arrays = Record<string, NestedArray>

const steps = (x: Tensor): number[] => Array.from({ length: x.shape[2] }, (_, t) => t)
const small = {
  largest: 3,
  weights: fc.integer({ min: 1, max: 4 }).map((k) => k / 16),
  values: fc.integer({ min: 4, max: 8 }).map((k) => k / 16),
}
const several = { ...small, steps: fc.integer({ min: 3, max: 5 }) }
const tensors = (arrays: Arrays): Tensors =>
  Object.fromEntries(Object.entries(arrays).map(([name, data]) => [name, d(data)]))
/** A document's gradients, called after the inputs they belong to: dx as x, dWax as Wax. */
const gradientsOf = (found: object): Arrays =>
  Object.fromEntries(Object.entries(found).map(([name, data]) => [name.slice(1), data]))

// A published RNN backward adds one variable and stores the carried gradient in another, so that
// nothing flows back through time: two of its printed results are wrong. Caught by checkAgainst,
// and only from two steps on.
describe('E2, rnn_backward: carried under another name', () => {
  const model = ({ x, a0, Wax, Waa, ba }: Tensors): Tensor => {
    const states = [a0]
    for (const t of steps(x))
      states.push(
        Waa.matmul(states[t])
          .add(Wax.matmul(x.select(2, t)))
          .add(ba)
          .tanh(),
      )
    return stack(states.slice(1), 2)
  }
  const reference = (backward: typeof d0.rnnBackward) => (inputs: Arrays, da: NestedArray) => {
    const { x, a0, ...weights } = inputs
    const unused = { Wya: [(a0 as Matrix).map(() => 0)], by: [[0]] }
    const { caches } = d0.rnnForward(
      x as Volume,
      a0 as Matrix,
      { ...weights, ...unused } as d0.RNNParameters,
    )
    return gradientsOf(backward(da as Volume, caches))
  }
  const cases = (draw: typeof several) =>
    rnnColumns(draw).map(({ x, a0, parameters: { Wax, Waa, ba } }) =>
      tensors({ x, a0, Wax, Waa, ba }),
    )

  it('is rejected as printed', () => {
    expect(
      caught(() => checkAgainst(model, reference(d4.rnnBackwardAsPublished), cases(several))),
    ).toMatchObject({ check: 'reference' })
  })
  it('goes through with a single step', () => {
    checkAgainst(
      model,
      reference(d4.rnnBackwardAsPublished),
      cases({ ...small, steps: fc.constant(1) }),
    )
  })
  it('is accepted once it is carried', () => {
    checkAgainst(model, reference(d0.rnnBackward), cases(several))
  })
})

// A published LSTM backward never uses what a step returns for the step before, neither of the
// state nor of the memory. Caught by checkAgainst, and only from two steps on.
describe('E1, lstm_backward: nothing is carried', () => {
  const gates = ['f', 'i', 'c', 'o'] as const
  const model = ({ x, a0, ...parameters }: Tensors): Tensor => {
    let [a, c] = [a0, zeros(a0.shape, float64)]
    const states = steps(x).map((t) => {
      const both = cat([a, x.select(2, t)])
      const [f, i, g, o] = gates.map((k) =>
        parameters[`W${k}`].matmul(both).add(parameters[`b${k}`]),
      )
      c = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()))
      a = o.sigmoid().mul(c.tanh())
      return a
    })
    return stack(states, 2)
  }
  const reference =
    (backward: (da: Volume, caches: d0.LSTMCache[]) => object) =>
    (inputs: Arrays, da: NestedArray) => {
      const { x, a0, ...weights } = inputs
      const unused = { Wy: [(a0 as Matrix).map(() => 0)], by: [[0]] }
      const { caches } = d0.lstmForward(
        x as Volume,
        a0 as Matrix,
        { ...weights, ...unused } as d0.LSTMParameters,
      )
      return gradientsOf(backward(da as Volume, caches))
    }
  const cases = (draw: typeof several) =>
    lstmColumns(draw).map(({ x, a0, parameters: { Wy: _, by: __, ...weights } }) =>
      tensors({ x, a0, ...weights }),
    )

  it('is rejected as printed', () => {
    expect(
      caught(() => checkAgainst(model, reference(d0.lstmBackwardAsPublished), cases(several))),
    ).toMatchObject({ check: 'reference' })
  })
  it('goes through with a single step', () => {
    checkAgainst(
      model,
      reference(d0.lstmBackwardAsPublished),
      cases({ ...small, steps: fc.constant(1) }),
    )
  })
  it('is accepted once both are carried', () => {
    checkAgainst(model, reference(d0.lstmBackward), cases(several))
  })
})
