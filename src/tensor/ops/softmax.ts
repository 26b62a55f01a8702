// logSumExp, softmax and logSoftmax. Their kernels work on rows; other axes are moved to the end
// first. Stable for any finite logits.

import { kernelsOf } from '../core/kernels.ts'
import type { Described } from '../core/numbers.ts'
import { requireFlag } from '../core/require.ts'
import { type Axes, axesOf, axisOf, type Shape, sizeOf } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import { defineOp, type OpCall } from '../define/op.ts'
import type { Reduce } from '../types/results.ts'
import type { AxisOf, Implemented, Ok, Refusal } from '../types/shapes.ts'
import { asResult, inAxes, inShape } from './shape.ts'

/** Probabilities and their logarithms from logits, without overflow. */
export interface Softmax {
  /**
   * log Σ eˣ over `axis` (one, several, or all), without overflow. −Infinity when all x are. Throws
   * a ShapeError for a wrong axis, as do both below. `tensor([1, 2, 3]).logSumExp() // 3.4076`
   */
  logSumExp<
    A extends Shape,
    const X extends Axes | undefined = undefined,
    K extends boolean = false,
  >(
    this: Tensor<A>,
    axis?: Refusal<Reduce<'logSumExp', A, X, K>> & X,
    keepDim?: K,
  ): Tensor<Ok<Reduce<'logSumExp', A, X, K>>>
  /**
   * eˣ / Σ eˣ along `axis`, the last by default.
   * `tensor([1, 2, 3]).softmax() // [0.09, 0.2447, 0.6652]`
   */
  softmax<A extends Shape, X extends number = -1>(
    this: Tensor<A>,
    axis?: Refusal<AxisOf<'softmax', A, X>> & X,
  ): Tensor<A>
  /**
   * x − log Σ eˣ along `axis`, the last by default, in nats.
   * `tensor([1, 2, 3]).logSoftmax() // [-2.4076, -1.4076, -0.4076]`
   */
  logSoftmax<A extends Shape, X extends number = -1>(
    this: Tensor<A>,
    axis?: Refusal<AxisOf<'logSoftmax', A, X>> & X,
  ): Tensor<A>
}

const rowsOf = (x: Described): [rows: number, cols: number] => {
  const cols = x.shape.at(-1) as number
  return [cols === 0 ? 0 : x.size / cols, cols]
}

const logSumExpRows = defineOp({
  name: 'logSumExp',
  shape: ([x]) => x.shape.slice(0, -1),
  forward: (out, [x]) =>
    kernelsOf(out).logSumExp(out.address(), x.address(), out.size, x.shape.at(-1) as number),
  vjp: (g, { inputs: [x], y }) => {
    // The weights e^(x−y). Where y is −Infinity they are 0, although −Infinity − −Infinity is NaN.
    const total = y.where(y.ne(-Infinity), 0)
    return [g.unsqueeze(-1).mul(x.sub(total.unsqueeze(-1)).exp())]
  },
})

const softmaxRows = defineOp({
  name: 'softmax',
  forward: (out, [x]) => kernelsOf(out).softmax(out.address(), x.address(), ...rowsOf(out)),
  vjp: (g, { y }) => [softmaxGrad([g, y])],
})

/** y·(g − Σ g·y). */
const softmaxGrad: OpCall = defineOp({
  name: 'softmaxGrad',
  forward: (out, [g, y]) =>
    kernelsOf(out).softmaxGrad(out.address(), g.address(), y.address(), ...rowsOf(out)),
  vjp: (h, { inputs: [g, y] }) => [
    softmaxGrad([h, y]),
    h.mul(g.sub(g.mul(y).sum(-1, true))).sub(g.mul(h.mul(y).sum(-1, true))),
  ],
})

const logSoftmaxRows = defineOp({
  name: 'logSoftmax',
  forward: (out, [x]) => kernelsOf(out).logSoftmax(out.address(), x.address(), ...rowsOf(out)),
  vjp: (g, { y }) => [logSoftmaxGrad([g, y])],
})

/** g − eʸ·Σ g. */
const logSoftmaxGrad = defineOp({
  name: 'logSoftmaxGrad',
  forward: (out, [g, y]) =>
    kernelsOf(out).logSoftmaxGrad(out.address(), g.address(), y.address(), ...rowsOf(out)),
  vjp: (h, { inputs: [g, y] }) => [
    h.sub(h.mul(y.exp()).sum(-1, true)),
    h.mul(y.exp()).mul(g.sum(-1, true)).neg(),
  ],
})

/** Applies an op on rows along any axis. */
function along(
  who: string,
  x: Tensor,
  axis: number,
  op: (inputs: readonly Tensor[]) => Tensor,
): Tensor {
  const k = axisOf(who, axis, x.rank)
  return k === x.rank - 1 ? op([x]) : asResult(op([x.transpose(k, -1)]).transpose(k, -1))
}

export const softmaxes: Implemented<Softmax> & ThisType<Tensor> = {
  logSumExp(axis, keepDim = false) {
    const axes = axesOf('logSumExp', axis, this.rank)
    const removed = new Set(axes)
    const rest = this.shape.flatMap((_, i) => (removed.has(i) ? [] : [i]))
    requireFlag('logSumExp', 'keepDim', keepDim)
    const shape = keepDim
      ? this.shape.map((n, i) => (removed.has(i) ? 1 : n))
      : rest.map((i) => this.shape[i])
    const moved = inAxes(this, [...rest, ...axes])
    const [kept, summed] = [moved.shape.slice(0, rest.length), moved.shape.slice(rest.length)]
    return inShape(logSumExpRows([inShape(moved, [...kept, sizeOf(summed)])]), shape)
  },
  softmax(axis = -1) {
    return along('softmax', this, axis, softmaxRows)
  },
  logSoftmax(axis = -1) {
    return along('logSoftmax', this, axis, logSoftmaxRows)
  },
}
