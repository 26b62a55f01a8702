// Ops that read with an offset and strides, as terms: slices, orders of axes, repetitions. What has
// no such form is written with its strides.

import type { Shape } from '../tensor/index.ts'
import { type StridedView, sameShape, stridesOf } from '../tensor/internal.ts'
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

/** What a view reads of a term. */
export function read(terms: Rows, x: Term, view: StridedView): Term {
  const { shape, offset, strides } = view
  if (shape.includes(0)) return terms.number(0, shape)
  if (offset === 0 && sameShape(strides, stridesOf(shape))) {
    const n = shape.reduce((product, size) => product * size, 1)
    if (n === x.shape.reduce((product, size) => product * size, 1)) return terms.reshape(x, shape)
  }
  const order = orderOf(x.shape, view)
  if (order !== null) return terms.permute(x, order)
  const flipped = flippedOf(x.shape, view)
  if (flipped !== null) return terms.flip(x, flipped)
  if (shape.length === x.shape.length) {
    const axis = partialAxis(x.shape, view)
    const own = stridesOf(x.shape)[axis]
    const [from, step] = [offset / own, strides[axis] / own]
    const by = shape[axis] === 1 ? 1 : step
    if (axis >= 0 && Number.isInteger(from) && Number.isInteger(by) && by >= 1)
      return terms.slice(x, axis, from, from + (shape[axis] - 1) * by + 1, by)
  }
  const selected = shape.length === x.shape.length - 1 ? selectedOf(x.shape, view) : null
  if (selected !== null) {
    const [axis, index] = selected
    return terms.reshape(terms.slice(x, axis, index, index + 1), shape)
  }
  return terms.call('strided', [x], [shape, offset, strides], shape)
}

/** Zeros of a shape, with a term added at the places that a view reads. */
export function scattered(terms: Rows, g: Term, view: StridedView, to: Shape): Term {
  const { shape, offset, strides } = view
  if (shape.includes(0)) return terms.number(0, to)
  const order = orderOf(to, view)
  if (order !== null) {
    const inverse = order.map((_, axis) => order.indexOf(axis))
    return terms.permute(g, inverse)
  }
  const flipped = flippedOf(to, view)
  if (flipped !== null) return terms.flip(g, flipped)
  if (shape.length === to.length) {
    const axis = partialAxis(to, view)
    const own = stridesOf(to)[axis]
    const from = offset / own
    const isDense = shape[axis] === 1 || strides[axis] === own
    if (axis >= 0 && isDense && Number.isInteger(from)) return terms.placed(g, axis, from, to[axis])
  }
  const selected = shape.length === to.length - 1 ? selectedOf(to, view) : null
  if (selected !== null) {
    const [axis, index] = selected
    return terms.placed(terms.reshape(g, to.with(axis, 1)), axis, index, to[axis])
  }
  return terms.call('scattered', [g], [to, shape, offset, strides], to)
}

/**
 * A term that was reshaped, repeated and reshaped again, as one repetition where it is one: the
 * derivative of a sum.
 */
export function spread(terms: Rows, x: Term, shape: Shape): Term | null {
  if (x.op !== 'expand') return null
  const inner = x.args[0].op === 'reshape' ? x.args[0].args[0] : x.args[0]
  const size = (sizes: Shape): number => sizes.reduce((n, one) => n * one, 1)
  if (size(shape) !== size(x.shape) || terms.areRows(x, shape)) return null
  const places = (own: Shape, wide: Shape): number[] => {
    const strides = stridesOf(own).map((stride, i) => (own[i] === 1 ? 0 : stride))
    const outer = stridesOf(wide)
    return Array.from({ length: size(wide) }, (_, at) =>
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
