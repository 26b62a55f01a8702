// Ops that read with an offset and strides, as terms: slices, orders of axes, repetitions. What has
// no such form is written with its strides.

import type { Shape } from '../tensor/index.ts'
import { type StridedView, sameShape, sizeOf, stridesOf } from '../tensor/internal.ts'
import type { Rows } from './rows.ts'
import type { Term } from './term.ts'

/** The one axis along which a view reads another part than all; −1 where there are more. */
function partialAxis(from: Shape, { shape, strides }: StridedView): number {
  const own = stridesOf(from)
  const axes = from.flatMap((size, i) =>
    shape[i] === size && (strides[i] === own[i] || size === 1) ? [] : [i],
  )
  return axes.length === 1 ? axes[0] : -1
}

/** The order of the axes of x, where the view reads all of it in another one. */
function orderOf(from: Shape, { shape, offset, strides }: StridedView): number[] | null {
  if (offset !== 0 || shape.length !== from.length) return null
  const own = stridesOf(from)
  const free = new Set(from.keys())
  const order: number[] = []
  for (const [i, size] of shape.entries()) {
    const axis = [...free].find((k) => from[k] === size && (size === 1 || own[k] === strides[i]))
    if (axis === undefined) return null
    free.delete(axis)
    order.push(axis)
  }
  return order
}

/** The axes that a view reads from the end. */
function flippedOf(from: Shape, { shape, strides }: StridedView): number[] | null {
  const own = stridesOf(from)
  const isKept = shape.every((size, i) => size === 1 || Math.abs(strides[i]) === own[i])
  if (!sameShape(shape, from) || !isKept) return null
  return strides.flatMap((stride, i) => (stride < 0 && shape[i] > 1 ? [i] : []))
}

/** The axis and the place that a view reads, where it drops one axis. */
function selectedOf(from: Shape, { shape, offset, strides }: StridedView): [number, number] | null {
  const own = stridesOf(from)
  for (const [axis, size] of from.entries()) {
    const rest = own.toSpliced(axis, 1)
    const isRest = rest.every((stride, i) => shape[i] === 1 || stride === strides[i])
    const index = offset / own[axis]
    if (sameShape(from.toSpliced(axis, 1), shape) && isRest && index < size)
      if (Number.isInteger(index)) return [axis, index]
  }
  return null
}

/** What is made of a view that is no stride but one of these. */
interface Made {
  permute(axes: readonly number[]): Term
  flip(axes: readonly number[]): Term
  slice(axis: number, from: number, step: number): Term | null
  place(axis: number, index: number): Term
}

function made(from: Shape, view: StridedView, by: Made): Term | null {
  const { shape, offset, strides } = view
  const order = orderOf(from, view)
  if (order !== null) return by.permute(order)
  const flipped = flippedOf(from, view)
  if (flipped !== null) return by.flip(flipped)
  if (shape.length === from.length) {
    const axis = partialAxis(from, view)
    const own = stridesOf(from)[axis]
    const [start, step] = [offset / own, shape[axis] === 1 ? 1 : strides[axis] / own]
    if (axis >= 0 && Number.isInteger(start) && Number.isInteger(step) && step >= 1)
      return by.slice(axis, start, step)
  }
  const selected = shape.length === from.length - 1 ? selectedOf(from, view) : null
  return selected && by.place(...selected)
}

/** What a view reads of a term. */
export function read(terms: Rows, x: Term, view: StridedView): Term {
  const { shape, offset, strides } = view
  if (shape.includes(0)) return terms.number(0, shape)
  const isAll = offset === 0 && sizeOf(shape) === sizeOf(x.shape)
  if (isAll && sameShape(strides, stridesOf(shape))) return terms.reshape(x, shape)
  const term = made(x.shape, view, {
    permute: (axes) => terms.permute(x, axes),
    flip: (axes) => terms.flip(x, axes),
    slice: (axis, from, step) =>
      terms.slice(x, axis, from, from + (shape[axis] - 1) * step + 1, step),
    place: (axis, index) => terms.reshape(terms.slice(x, axis, index, index + 1), shape),
  })
  return term ?? terms.call('strided', [x], [shape, offset, strides], shape)
}

/** Zeros of a shape, with a term added at the places that a view reads. */
export function scattered(terms: Rows, g: Term, view: StridedView, to: Shape): Term {
  const { shape, offset, strides } = view
  if (shape.includes(0)) return terms.number(0, to)
  const term = made(to, view, {
    permute: (axes) =>
      terms.permute(
        g,
        axes.map((_, axis) => axes.indexOf(axis)),
      ),
    flip: (axes) => terms.flip(g, axes),
    slice: (axis, from, step) => (step === 1 ? terms.placed(g, axis, from, to[axis]) : null),
    place: (axis, index) => terms.placed(terms.reshape(g, to.with(axis, 1)), axis, index, to[axis]),
  })
  return term ?? terms.call('scattered', [g], [to, shape, offset, strides], to)
}

/**
 * A term that was reshaped, repeated and reshaped again, as one repetition where it is one: the
 * derivative of a sum.
 */
export function spread(terms: Rows, x: Term, shape: Shape): Term | null {
  if (x.op !== 'expand') return null
  const inner = x.args[0].op === 'reshape' ? x.args[0].args[0] : x.args[0]
  if (sizeOf(shape) !== sizeOf(x.shape) || terms.areRows(x, shape)) return null
  const places = (own: Shape, wide: Shape): number[] => {
    const strides = stridesOf(own).map((stride, i) => (own[i] === 1 ? 0 : stride))
    const outer = stridesOf(wide)
    return Array.from({ length: sizeOf(wide) }, (_, at) =>
      wide.reduce((sum, n, axis) => {
        const stride = strides[axis - wide.length + own.length] ?? 0
        return sum + (Math.floor(at / outer[axis]) % n) * stride
      }, 0),
    )
  }
  const wanted = places(x.args[0].shape, x.shape)
  for (const narrow of narrowed(inner.shape, shape))
    if (sameShape(places(narrow, shape), wanted))
      return terms.fit(terms.reshape(inner, narrow), shape)
  return null
}

/** The shapes with axes of 1 put in that are repeated to `wide`, the shortest first. */
function narrowed(own: Shape, wide: Shape): Shape[] {
  const found: Shape[] = []
  const put = (shape: Shape, from: number): void => {
    if (shape.length > wide.length) return
    if (shape.every((n, i) => n === 1 || n === wide[i - shape.length + wide.length]))
      found.push(shape)
    for (let at = from; at <= shape.length; at++) put(shape.toSpliced(at, 0, 1), at + 1)
  }
  put(own, 0)
  const dense = own.filter((n) => n !== 1)
  if (dense.length < own.length) put(dense, 0)
  return found.sort((a, b) => a.length - b.length)
}
