// The ops that only move numbers. Each checks its arguments and computes a shape, an offset and
// strides; strided.ts reads the tensor with them.

import { ShapeError, shown, ValueError } from '../core/errors.ts'
import {
  type Axes,
  axesOf,
  axisOf,
  broadcastStrides,
  indexOf,
  requireShape,
  type Shape,
  sameShape,
  show,
  sizeOf,
  stridesOf,
} from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import { isTracing } from '../define/record.ts'
import type {
  BroadcastTo,
  Chunk,
  Insert,
  Permute,
  Reshape,
  Select,
  Slice,
  Squeeze,
  Swap,
  Transposed,
} from '../types/results.ts'
import type { Implemented, Ok, Refusal } from '../types/shapes.ts'
import { asStrided, describePart, swapLast, wholeOf } from './strided.ts'

/**
 * Another shape for the same numbers, or for some of them. A view shares its numbers with the
 * tensor: an in-place change of one changes both. A copy keeps the numbers of the moment it was
 * made, and refuses in-place changes; a `clone()` allows them. The result is a view where its
 * numbers lie side by side in order, and always for `t()`. Of a transpose all else is a copy.
 */
export interface ShapeMethods<S extends Shape = Shape> {
  /**
   * The transpose of a matrix, a view; fewer axes stay as they are. A matmul reads it without cost.
   * Throws a ShapeError above two axes. `zeros([2, 3]).t() // (3, 2)`
   */
  t<A extends Shape>(this: Refusal<Transposed<A>> & Tensor<A>): Tensor<Ok<Transposed<A>>>
  /**
   * Swaps two axes; a view for the last two. Throws a ShapeError for a wrong axis, as do all below.
   * `zeros([2, 3, 4]).transpose(0, -1) // (4, 3, 2)`
   */
  transpose<A extends Shape, X extends number, Y extends number>(
    this: Tensor<A>,
    axis0: X,
    axis1: Refusal<Swap<A, X, Y>> & Y,
  ): Tensor<Ok<Swap<A, X, Y>>>
  /**
   * Axis i of the result is axis `axes[i]`. A copy.
   * `zeros([2, 3, 4]).permute([2, 0, 1]) // (4, 2, 3)`
   */
  permute<A extends Shape, const P extends Shape>(
    this: Tensor<A>,
    axes: Refusal<Permute<A, P>> & P,
  ): Tensor<Ok<Permute<A, P>>>
  /**
   * The same numbers in row-major order with another shape; one size may be −1 (computed). A view.
   * `zeros([2, 6]).reshape([3, -1]) // (3, 4)`
   */
  reshape<A extends Shape, const W extends Shape>(
    this: Tensor<A>,
    shape: Refusal<Reshape<A, W>> & W,
  ): Tensor<Ok<Reshape<A, W>>>
  /**
   * The axes `start` to `end` (inclusive) become one. A view.
   * `zeros([2, 3, 4]).flatten(1) // (2, 12)`
   */
  flatten(start?: number, end?: number): Tensor
  /**
   * Removes axes of size 1: the named ones, or all. A view. `zeros([1, 3, 1]).squeeze(0) // (3, 1)`
   */
  squeeze<A extends Shape, const X extends Axes | undefined = undefined>(
    this: Tensor<A>,
    axis?: Refusal<Squeeze<A, X>> & X,
  ): Tensor<Ok<Squeeze<A, X>>>
  /** A new axis of size 1 at place `axis`. A view. `zeros([2, 3]).unsqueeze(1) // (2, 1, 3)` */
  unsqueeze<A extends Shape, X extends number>(
    this: Tensor<A>,
    axis: Refusal<Insert<'unsqueeze', A, X, 1>> & X,
  ): Tensor<Ok<Insert<'unsqueeze', A, X, 1>>>
  /**
   * Repeats axes of size 1, and adds axes in front, until the shape is `shape`. A copy.
   * `tensor([[1], [2]]).broadcastTo([2, 2]) // [[1, 1], [2, 2]]`
   */
  broadcastTo<A extends Shape, const W extends Shape>(
    this: Tensor<A>,
    shape: Refusal<BroadcastTo<A, W>> & W,
  ): Tensor<Ok<BroadcastTo<A, W>>>
  /**
   * Elements `start` to `end` (exclusive) along `axis`, every `step`-th; negative ones count from
   * the end, as in Python. A view on the leading axis for step 1, else a copy. Throws a ValueError
   * unless they are whole numbers and the step is at least 1.
   * `tensor([1, 2, 3, 4]).slice(0, 1, -1) // [2, 3]`
   */
  slice<
    A extends Shape,
    X extends number,
    Start extends number,
    End extends number | undefined = undefined,
    Step extends number = 1,
  >(
    this: Tensor<A>,
    axis: Refusal<Slice<A, X, Start, End, Step>> & X,
    start: Start,
    end?: End,
    step?: Step,
  ): Tensor<Ok<Slice<A, X, Start, End, Step>>>
  /**
   * The part at one index of `axis`, which is removed. A view on axis 0, else a copy. Throws an
   * IndexError outside the axis. `tensor([[1, 2], [3, 4]]).select(1, -1) // [2, 4]`
   */
  select<A extends Shape, X extends number, I extends number>(
    this: Tensor<A>,
    axis: X,
    index: Refusal<Select<A, X, I>> & I,
  ): Tensor<Ok<Select<A, X, I>>>
  /**
   * `chunks` pieces of equal size along `axis` (the last may be smaller, and there may be fewer).
   * `zeros([2, 5]).chunk(2, 1) // (2, 3), (2, 2)`
   */
  chunk<A extends Shape, C extends number, X extends number = 0>(
    this: Tensor<A>,
    chunks: C,
    axis?: Refusal<Chunk<A, C, X>> & X,
  ): Tensor<Ok<Chunk<A, C, X>>>[]
  /** Reverses the order along `axes`. A copy. `tensor([1, 2, 3]).flip(0) // [3, 2, 1]` */
  flip(axes: Axes): Tensor<S>
}

const permuted = asStrided('permute')
const sliced = asStrided('slice', { describe: describePart })
const selected = asStrided('select', { describe: describePart })
const flipped = asStrided('flip')
const broadcasted = asStrided('broadcastTo', { vjp: (g, x) => g.sumTo(x.shape) })
const reshaped = asStrided('reshape', { vjp: (g, x) => g.reshape(x.shape) })

/** A slice bound as Python reads it: negative ones count from the end, all stay within the axis. */
const bound = (at: number, size: number): number =>
  Math.min(Math.max(at < 0 ? at + size : at, 0), size)

function requireWhole(who: string, name: string, n: number): void {
  if (!Number.isInteger(n))
    throw new ValueError(`${who}: expected ${name} to be a whole number, got ${shown(n)}`)
}

export const shapeMethods: Implemented<ShapeMethods> & ThisType<Tensor> = {
  t() {
    if (this.rank > 2)
      throw new ShapeError(
        `t: expected at most 2 axes, got ${show(this.shape)}: use transpose(axis0, axis1)`,
      )
    return this.rank < 2 ? permuted(this, wholeOf(this)) : swapLast(this)
  },
  transpose(axis0, axis1) {
    const a = axisOf('transpose', axis0, this.rank)
    const b = axisOf('transpose', axis1, this.rank)
    if (a === b) return permuted(this, wholeOf(this))
    if (Math.min(a, b) === this.rank - 2) return swapLast(this)
    return this.permute(this.shape.map((_, i) => (i === a ? b : i === b ? a : i)))
  },
  permute(axes) {
    if (!Array.isArray(axes))
      throw new ShapeError(`permute: expected an array of axes, got ${shown(axes)}`)
    const order = (axes as readonly number[]).map((axis) => axisOf('permute', axis, this.rank))
    if (order.length !== this.rank || new Set(order).size !== this.rank)
      throw new ShapeError(
        `permute: expected each of the ${this.rank} axes of ${show(this.shape)} once, got ` +
          `${show(axes)}`,
      )
    const strides = stridesOf(this.shape)
    return permuted(this, {
      shape: order.map((axis) => this.shape[axis]),
      offset: 0,
      strides: order.map((axis) => strides[axis]),
      args: [order],
    })
  },
  reshape(wish) {
    const shape = resolve(this.shape, wish)
    return reshaped(this, { shape, offset: 0, strides: stridesOf(shape) })
  },
  flatten(start = 0, end = -1) {
    if (this.rank === 0) return this.reshape([1])
    const [first, last] = [axisOf('flatten', start, this.rank), axisOf('flatten', end, this.rank)]
    if (first > last)
      throw new ShapeError(
        `flatten: expected start ≤ end, got axes ${start} and ${end} of ${show(this.shape)}`,
      )
    const joined = sizeOf(this.shape.slice(first, last + 1))
    return this.reshape(this.shape.toSpliced(first, last + 1 - first, joined))
  },
  squeeze(axis) {
    const axes = new Set(axesOf('squeeze', axis, this.rank))
    return this.reshape(this.shape.filter((n, i) => !(axes.has(i) && n === 1)))
  },
  unsqueeze(axis) {
    const at = axisOf('unsqueeze', axis, this.rank + 1)
    return this.reshape(this.shape.toSpliced(at, 0, 1))
  },
  broadcastTo(shape) {
    requireShape('broadcastTo', shape)
    const missing = shape.length - this.rank
    if (missing < 0 || this.shape.some((n, i) => n !== 1 && n !== shape[i + missing]))
      throw new ShapeError(`broadcastTo: cannot broadcast ${show(this.shape)} to ${show(shape)}`)
    const strides = broadcastStrides(this.shape, shape)
    return broadcasted(this, { shape: [...shape], offset: 0, strides })
  },
  slice(axis, start, end = Infinity, step = 1) {
    const k = axisOf('slice', axis, this.rank)
    requireWhole('slice', 'start', start)
    requireWhole('slice', 'step', step)
    if (end !== Infinity) requireWhole('slice', 'end', end)
    if (step < 1)
      throw new ValueError(`slice: expected a step ≥ 1, got ${step}: use flip() to reverse`)
    const [from, to] = [bound(start, this.shape[k]), bound(end, this.shape[k])]
    const shape = this.shape.with(k, Math.max(0, Math.ceil((to - from) / step)))
    const strides = stridesOf(this.shape)
    const offset = from * strides[k]
    strides[k] *= step
    return sliced(this, { shape, offset, strides, args: [k, start, end, step] })
  },
  select(axis, index) {
    const k = axisOf('select', axis, this.rank)
    const at = indexOf('select', index, this.shape[k])
    const strides = stridesOf(this.shape)
    return selected(this, {
      shape: this.shape.toSpliced(k, 1),
      offset: at * strides[k],
      strides: strides.toSpliced(k, 1),
      args: [k, index],
    })
  },
  chunk(chunks, axis = 0) {
    const k = axisOf('chunk', axis, this.rank)
    if (!Number.isInteger(chunks) || chunks < 1)
      throw new ValueError(`chunk: expected at least one chunk, got ${shown(chunks)}`)
    const step = Math.max(1, Math.ceil(this.shape[k] / chunks))
    return Array.from({ length: Math.max(1, Math.ceil(this.shape[k] / step)) }, (_, i) =>
      this.slice(k, i * step, (i + 1) * step),
    )
  },
  flip(axes) {
    const reversed = axesOf('flip', axes, this.rank)
    const args = [reversed]
    if (this.size === 0 || reversed.length === 0) return flipped(this, { ...wholeOf(this), args })
    const strides = stridesOf(this.shape)
    const offset = reversed.reduce((sum, k) => sum + (this.shape[k] - 1) * strides[k], 0)
    return flipped(this, {
      shape: this.shape,
      offset,
      strides: strides.map((s, k) => (reversed.includes(k) ? -s : s)),
      args,
    })
  },
}

/** The shape with its −1 computed. Throws a ShapeError if the number of elements would change. */
function resolve(from: Shape, wish: Shape): Shape {
  const unknown = Array.isArray(wish) ? wish.indexOf(-1) : -1
  if (unknown >= 0 && wish.includes(-1, unknown + 1))
    throw new ShapeError(`reshape: expected at most one −1, got ${show(wish)}`)
  requireShape('reshape', unknown < 0 ? wish : wish.with(unknown, 0))
  const known = sizeOf(unknown < 0 ? wish : wish.toSpliced(unknown, 1))
  const shape = unknown < 0 ? [...wish] : wish.with(unknown, sizeOf(from) / known)
  if (sizeOf(shape) !== sizeOf(from) || !Number.isInteger(shape[unknown] ?? 0))
    throw new ShapeError(
      `reshape: cannot read ${show(from)}, ${sizeOf(from)} elements, as ${show(wish)}`,
    )
  return shape
}

/** x with its axes in this order; x itself if they are. For ops whose callers do not see it. */
export const inAxes = (x: Tensor, order: Shape): Tensor =>
  isTracing() || order.some((axis, i) => axis !== i) ? x.permute(order) : x

/** x broadcast to this shape; x itself if it has it. For ops whose callers do not see it. */
export const inBroadcast = (x: Tensor, shape: Shape): Tensor =>
  isTracing() || !sameShape(x.shape, shape) ? x.broadcastTo(shape) : x

/** x in this shape; x itself if it has it. For ops whose callers do not see it. */
export const inShape = (x: Tensor, shape: Shape): Tensor =>
  isTracing() || !sameShape(x.shape, shape) ? x.reshape(shape) : x

/**
 * Lets the caller change a result in place although its axes were put in order by a copy: the
 * source of that copy is not the caller's.
 */
export function asResult(t: Tensor): Tensor {
  t.storage.copied = false
  return t
}
