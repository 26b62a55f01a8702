// Ops that reduce axes: sum, mean, max, min, argmax. Each reduces a span of neighbouring axes;
// other axes are moved together first.

import { BYTES, isFloat, requireFloat, type TypedArray } from '../core/dtype.ts'
import { DTypeError, ShapeError } from '../core/errors.ts'
import { kernelsOf } from '../core/kernels.ts'
import type { Described } from '../core/numbers.ts'
import { requireFlag } from '../core/require.ts'
import { type Axes, axesOf, axisOf, type Shape, sameShape, show, sizeOf } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import { defineOp } from '../define/op.ts'
import type { Reduce } from '../types/results.ts'
import type { Implemented, Ok, Refusal } from '../types/shapes.ts'
import { inShape } from './shape.ts'

/**
 * Reductions over one axis, several or all: `x.sum(1)` for x (N, T, D) is (N, D), and (N, 1, D)
 * with `keepDim`.
 */
export interface Reductions {
  /**
   * The sum over `axis` (one, several, or all), which is removed unless `keepDim`. Sums of bools
   * are int32. Throws a ShapeError for a wrong axis, as do all below, and a DTypeError where a sum
   * of whole numbers is beyond int32. `ones([2, 3]).sum(1) // [3, 3]`
   */
  sum<A extends Shape, const X extends Axes | undefined = undefined, K extends boolean = false>(
    this: Tensor<A>,
    axis?: Refusal<Reduce<'sum', A, X, K>> & X,
    keepDim?: K,
  ): Tensor<Ok<Reduce<'sum', A, X, K>>>
  /** The arithmetic mean; floats only. `tensor([[1, 2], [3, 6]]).mean(0, true) // [[2, 4]]` */
  mean<A extends Shape, const X extends Axes | undefined = undefined, K extends boolean = false>(
    this: Tensor<A>,
    axis?: Refusal<Reduce<'mean', A, X, K>> & X,
    keepDim?: K,
  ): Tensor<Ok<Reduce<'mean', A, X, K>>>
  /**
   * The largest value, NaN if there is one; equal ones share the gradient evenly. Throws a
   * ShapeError for an empty axis. `tensor([1, 3]).max() // 3`
   */
  max<A extends Shape, const X extends Axes | undefined = undefined, K extends boolean = false>(
    this: Tensor<A>,
    axis?: Refusal<Reduce<'max', A, X, K>> & X,
    keepDim?: K,
  ): Tensor<Ok<Reduce<'max', A, X, K>>>
  /**
   * The smallest value, NaN if there is one; equal ones share the gradient evenly. Throws a
   * ShapeError for an empty axis. `tensor([1, 3]).min() // 1`
   */
  min<A extends Shape, const X extends Axes | undefined = undefined, K extends boolean = false>(
    this: Tensor<A>,
    axis?: Refusal<Reduce<'min', A, X, K>> & X,
    keepDim?: K,
  ): Tensor<Ok<Reduce<'min', A, X, K>>>
  /**
   * The index of the largest value (int32), the first of several; NaN counts as the largest.
   * Without an axis: its index in the flattened tensor.
   * `tensor([[1, 3], [5, 2]]).argmax(1) // [1, 0]`
   */
  argmax<A extends Shape, X extends number | undefined = undefined, K extends boolean = false>(
    this: Tensor<A>,
    axis?: Refusal<Reduce<'argmax', A, X, K>> & X,
    keepDim?: K,
  ): Tensor<Ok<Reduce<'argmax', A, X, K>>>
  /**
   * @internal The sum over the axes along which a tensor of `shape` would be broadcast to this one.
   */
  sumTo(shape: Shape): Tensor
}

/** A tensor read as (outer, n, inner), to be reduced over n, axes `first` to `last`, to `shape`. */
export interface Span {
  first: number
  last: number
  outer: number
  n: number
  inner: number
  shape: Shape
  /** Whether the sum is at once divided by n: only a mean says so. */
  isOfMean?: true
}

/** The axes `first`…`last` of a tensor's shape as a span. */
const spanOf = (from: Shape, first: number, last: number, shape: Shape): Span => ({
  first,
  last,
  outer: sizeOf(from.slice(0, first)),
  n: sizeOf(from.slice(first, last + 1)),
  inner: sizeOf(from.slice(last + 1)),
  shape,
})

const reduced = (_: readonly Described[], { shape }: Span): Shape => shape

/**
 * The exact sum of n whole numbers, at `first`, `first + step`, …. Throws a DTypeError when it is
 * no int32.
 */
function wholeSum(from: TypedArray, first: number, n: number, step: number): number {
  // The high and the low 16 bits are summed separately: both totals stay far below 2⁵³.
  let [high, low] = [0, 0]
  for (let k = 0, at = first; k < n; k++, at += step) {
    high += from[at] >> 16
    low += from[at] & 0xffff
  }
  const total = high * 65536 + low
  if ((total | 0) !== total)
    throw new DTypeError(
      `sum: expected a total that is an int32, got ${total}: convert first, with .to('float64')`,
    )
  return total
}

const sumSpan = defineOp<Span>({
  name: 'sum',
  form: 'spanSum',
  shape: reduced,
  dtype: ([x]) => (x.dtype === 'bool' ? 'int32' : x.dtype),
  forward: (out, [x], { outer, n, inner }) => {
    if (isFloat(out.dtype))
      return kernelsOf(out).sum(out.address(), x.address(), outer, n, inner, 0)
    const [to, from] = [out.elements(), x.elements()]
    for (let i = 0; i < to.length; i++)
      to[i] = wholeSum(from, Math.floor(i / inner) * n * inner + (i % inner), n, inner)
  },
  vjp: (g, { inputs: [x], attrs: { outer, n, inner } }) => [
    g.reshape([outer, 1, inner]).broadcastTo([outer, n, inner]).reshape(x.shape),
  ],
  addInto: (sum, _index, g, { attrs: { outer, n, inner } }) => {
    requireFloat('backward', sum.dtype)
    const { add } = kernelsOf(sum)
    const [to, from, step] = [sum.address(), g.address(), BYTES[sum.dtype]]
    for (let o = 0; o < outer; o++) {
      const at = to + o * n * inner * step
      if (inner === 1) add(at, at, from + o * step, 1, n, 0, 1, 0, 0)
      else add(at, at, from + o * inner * step, n, inner, inner, 1, 0, 1)
    }
  },
})

const extremum = (name: 'max' | 'min', better: (a: number, b: number) => number) =>
  defineOp<Span>({
    name,
    shape: reduced,
    dtype: ([x]) => {
      if (x.dtype === 'bool')
        throw new DTypeError(`${name}: expected numbers, got bool: convert with .to('int32')`)
      return x.dtype
    },
    forward: (out, [x], { outer, n, inner }) => {
      if (isFloat(out.dtype))
        return kernelsOf(out)[name](out.address(), x.address(), outer, n, inner)
      const [to, from] = [out.elements(), x.elements()]
      for (let i = 0; i < to.length; i++) {
        const first = Math.floor(i / inner) * n * inner + (i % inner)
        let best = from[first]
        for (let k = 1; k < n; k++) best = better(best, from[first + k * inner])
        to[i] = best
      }
    },
    vjp: (g, { inputs: [x], y, attrs: { outer, n, inner } }) => {
      const spread = (t: Tensor): Tensor => t.reshape([outer, 1, inner])
      const winners = x.reshape([outer, n, inner]).eq(spread(y)).to(g.dtype)
      return [spread(g).div(winners.sum(1, true)).mul(winners).reshape(x.shape)]
    },
  })
const maxSpan = extremum('max', Math.max)
const minSpan = extremum('min', Math.min)

const argmaxSpan = defineOp<Span>({
  name: 'argmax',
  shape: reduced,
  dtype: ([x]) => {
    requireFloat('argmax', x.dtype)
    return 'int32'
  },
  forward: (out, [x], { outer, n, inner }) => {
    kernelsOf(x).argmax(out.address(), x.address(), outer, n, inner)
  },
  vjp: () => [null],
})

/**
 * Applies a span reduction to any axes. Axes that are not neighbours are moved to the end first.
 */
function reduce(
  who: string,
  x: Tensor,
  axis: Axes | undefined,
  keepDim: boolean,
  over: (x: Tensor, span: Span) => Tensor,
): Tensor {
  const axes = axesOf(who, axis, x.rank)
  requireFlag(who, 'keepDim', keepDim)
  const removed = new Set(axes)
  const shape = keepDim
    ? x.shape.map((n, i) => (removed.has(i) ? 1 : n))
    : x.shape.filter((_, i) => !removed.has(i))
  const first = axes[0] ?? 0
  const last = axes.at(-1) ?? -1
  if (last - first === axes.length - 1) return over(x, spanOf(x.shape, first, last, shape))
  const rest = x.shape.flatMap((_, i) => (removed.has(i) ? [] : [i]))
  const moved = x.permute([...rest, ...axes])
  return over(moved, spanOf(moved.shape, rest.length, x.rank - 1, shape))
}

/** The span reduction, which throws a ShapeError for an empty span. */
const nonEmpty =
  (who: string, over: (inputs: readonly Tensor[], span: Span) => Tensor) =>
  (x: Tensor, span: Span): Tensor => {
    if (span.n === 0)
      throw new ShapeError(
        `${who}: expected at least one element to choose from, got shape ${show(x.shape)}`,
      )
    return over([x], span)
  }

export const reductions: Implemented<Reductions> & ThisType<Tensor> = {
  sum(axis, keepDim = false) {
    return reduce('sum', this, axis, keepDim, (x, span) => sumSpan([x], span))
  },
  mean(axis, keepDim = false) {
    requireFloat('mean', this.dtype)
    return reduce('mean', this, axis, keepDim, (x, span) =>
      span.n === 0
        ? sumSpan([x], span).add(NaN)
        : sumSpan([x], { ...span, isOfMean: true }).div(span.n),
    )
  },
  max(axis, keepDim = false) {
    return reduce('max', this, axis, keepDim, nonEmpty('max', maxSpan))
  },
  min(axis, keepDim = false) {
    return reduce('min', this, axis, keepDim, nonEmpty('min', minSpan))
  },
  argmax(axis, keepDim = false) {
    const one = axis === undefined ? undefined : axisOf('argmax', axis, this.rank)
    return reduce('argmax', this, one, keepDim, nonEmpty('argmax', argmaxSpan))
  },
  sumTo(shape) {
    if (sameShape(this.shape, shape)) return this
    const missing = this.rank - shape.length
    const axes = this.shape.flatMap((n, i) =>
      i < missing || (shape[i - missing] === 1 && n !== 1) ? [i] : [],
    )
    return inShape(this.sum(axes, true), shape)
  },
}
