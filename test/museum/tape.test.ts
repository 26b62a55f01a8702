// Museum, second room: tapes and what is kept on them. Each exhibit says what happened, and which
// check catches it.
import { cat, defineOp, type OpCall, type Tensor, unary } from 'tapegrad'
import { checkGradients } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { d } from '../support/tensors.ts'
import { caught } from './caught.ts'

// A custom function keeps a result for its backward outside the tape: first derivatives are right,
// second ones lack a term (pytorch/pytorch#58509, #76185). Caught by checkGradients at order 2.
describe('a second derivative through a detached output', () => {
  const exp = (kept: (y: Tensor) => Tensor) =>
    unary('exp', { f: Math.exp, vjp: (g, y) => g.mul(kept(y)) })
  const [wrong, right] = [exp((y) => y.detach()), exp((y) => y)]
  const at = [d([0.5, -1])]

  it('is rejected, though the first derivative is right', () => {
    checkGradients((x) => wrong(x), at)
    expect(caught(() => checkGradients((x) => wrong(x), at, { order: 2 }))).toMatchObject({
      check: 'derivative',
      order: 2,
      op: 'exp',
    })
  })
  it('is accepted once the output is the recorded one', () => {
    checkGradients((x) => right(x), at, { order: 3 })
  })
})

// A node that was split waited for the gradients of all its parts; with one part unused the
// gradient meant nothing (torch/nngraph#19). Caught by checkGradients on a function that uses one
// part only: the derivative is 0.
describe('an unused branch zeroing the others', () => {
  interface Half {
    which: 0 | 1
    /**
     * What each half has received so far in this walk. A Map is handed on as it is, where an array
     * would be copied.
     */
    received: Map<0 | 1, Tensor>
  }
  const half = (vjp: (g: Tensor, x: Tensor, half: Half) => Tensor): OpCall<Half> =>
    defineOp({
      name: 'half',
      shape: ([x]) => [x.size / 2],
      forward: (out, [x], { which }) =>
        out.data.set(x.data.subarray(which * out.size, (which + 1) * out.size)),
      vjp: (g, { inputs: [x], attrs }) => [vjp(g, x, attrs)],
    })
  const wrong = half((g, x, { which, received }) => {
    received.set(which, g.clone())
    const [first, second] = [received.get(0), received.get(1)]
    if (first === undefined || second === undefined) return x.mul(0)
    received.clear()
    return cat([first, second])
  })
  const right = half((g, _, { which }) => cat(which === 0 ? [g, g.mul(0)] : [g.mul(0), g]))
  const halves = (op: OpCall<Half>, x: Tensor): Tensor[] => {
    const received = new Map<0 | 1, Tensor>()
    return [op([x], { which: 0, received }), op([x], { which: 1, received })]
  }
  const at = [d([1, 2, 3, 4])]

  it('is rejected, though it is right where both are used', () => {
    checkGradients((x) => halves(wrong, x).reduce((a, b) => a.mul(b)), at)
    expect(caught(() => checkGradients((x) => halves(wrong, x)[0].square(), at))).toMatchObject({
      check: 'derivative',
      op: 'half',
      analytic: 0,
    })
  })
  it('is accepted once each part answers for itself', () => {
    checkGradients((x) => halves(right, x)[0].square(), at, { order: 2 })
  })
})

// Gradients of inner nodes were added up and never cleared, so that a second walk over the same
// graph counted the first again (karpathy/micrograd#53). Caught by checkGradients: the same walk
// does not give the same bits.
describe('a second backward counting twice', () => {
  interface Kept {
    sum: Tensor | null
  }
  const square = (keep: (sum: Tensor) => Tensor | null) =>
    unary<Kept>('square', {
      f: (x) => x * x,
      vjp: (g, _, x, kept) => {
        const sum = kept.sum === null ? g : kept.sum.add(g)
        kept.sum = keep(sum)
        return sum.mul(x).mul(2)
      },
    })
  const [wrong, right] = [square((sum) => sum.detach().clone()), square(() => null)]
  const at = [d([0.5, -2])]

  it('is rejected', () => {
    expect(caught(() => checkGradients((x) => wrong(x, { sum: null }), at))).toMatchObject({
      check: 'repeatable',
      op: 'square',
    })
  })
  it('is accepted once every walk begins at nothing', () => {
    checkGradients((x) => right(x, { sum: null }), at, { order: 2 })
  })
})
