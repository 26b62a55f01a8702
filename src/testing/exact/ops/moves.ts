// The ops in the field that move numbers, add them up or multiply matrices.

import type { DType, Shape, Tensor } from '../../../tensor/index.ts'
import {
  isFloat,
  type PickedElements,
  type ScatterTo,
  type Span,
  type StridedView,
  sizeOf,
} from '../../../tensor/internal.ts'
import * as array from '../array.ts'
import { add, bilinear, chosen, constant, type Dual, div, linear, number } from '../dual.ts'
import { isEqual, isZero, keyOf } from '../field.ts'
import { type Definition, floatsOf, Unusable } from './op.ts'

const same: Definition = ([x]) => x

const placesOf = ({ shape, offset, strides }: StridedView): Int32Array =>
  array.placesOf(shape, strides, offset)

const strided: Definition = ([x], { attrs }) => {
  const view = attrs as StridedView
  const places = placesOf(view)
  return linear(x, (a) => array.read(a, view.shape, places))
}

/** The places of whole rows of a table. */
function rowsAt(index: Tensor, width: number): Int32Array {
  const rows = floatsOf(index)
  return Int32Array.from(
    { length: rows.length * width },
    (_, k) => rows[Math.floor(k / width)] * width + (k % width),
  )
}

/** The places of single elements along an axis. */
function elementsAt({ index, axis, shape }: PickedElements): Int32Array {
  const at = floatsOf(index)
  const inner = sizeOf(index.shape.slice(axis + 1))
  const outer = index.shape[axis] * inner
  return Int32Array.from(
    at,
    (i, k) => (Math.floor(k / outer) * shape[axis] + i) * inner + (k % inner),
  )
}

/** Each input added at its places to zeros. */
function scatter(
  inputs: readonly Dual[],
  shape: Shape,
  placesOfInput: (i: number) => Int32Array,
): Dual {
  const places = inputs.map((_, i) => placesOfInput(i))
  const into = (parts: readonly array.ExactArray[]) =>
    array.scattered(
      parts.map((from, i) => ({ from, places: places[i] })),
      shape,
    )
  const hasDerivative = inputs.some(({ d }) => d !== null)
  return {
    v: into(inputs.map(({ v }) => v)),
    d: hasDerivative ? into(inputs.map(({ v, d }) => d ?? array.zeros(v.shape))) : null,
  }
}

function joined(inputs: readonly Dual[], axis: number): Dual {
  const hasDerivative = inputs.some(({ d }) => d !== null)
  return {
    v: array.joined(
      inputs.map(({ v }) => v),
      axis,
    ),
    d: hasDerivative
      ? array.joined(
          inputs.map(({ v, d }) => d ?? array.zeros(v.shape)),
          axis,
        )
      : null,
  }
}

/** The largest (or smallest) of each span, by the floats; equal ones share the derivative. */
const extremum =
  (sign: 1 | -1): Definition =>
  ([x], site) => {
    const { outer, n, inner, shape } = site.attrs as Span
    const floats = floatsOf(site.tensors[0])
    const shares = new Float64Array(floats.length)
    for (let i = 0; i < outer * inner; i++) {
      const first = Math.floor(i / inner) * n * inner + (i % inner)
      const span = Array.from({ length: n }, (_, k) => first + k * inner)
      if (span.some((k) => Number.isNaN(floats[k]))) throw new Unusable(`${site.op} gets NaN`)
      const best = span.reduce((a, b) => (sign * floats[b] > sign * floats[a] ? b : a))
      const winners = span.filter((k) => floats[k] === floats[best])
      if (winners.some((k) => !isEqual(x.v.numbers, k, x.v.numbers, best)))
        throw new Unusable(`${site.op} gets equal numbers that need not be equal: a kink`)
      for (const k of span) {
        const identity = `extremum ${keyOf(x.v.numbers, k)} ${keyOf(x.v.numbers, first)}`
        const isAbove = winners.includes(k)
        site.noteSide(k, { identity, isTurned: false, isAbove, floats: [NaN, NaN] })
      }
      for (const k of winners) shares[k] = winners.length
    }
    const weights = constant(
      array.constant(
        x.v.shape,
        shares.map((n) => Math.max(n, 1)),
      ),
    )
    const shared = chosen(x.v.shape, div(x, weights), number(0), (k) => shares[k] > 0)
    return linear(shared, (a) => array.sum(a, { outer, n, inner, shape }))
  }

const matmul = (a: Dual, b: Dual): Dual => bilinear(a, b, array.matmul)

/** Conversions to whole numbers have the float's; to bool, whether it is 0. */
const convert: Definition = ([x], { attrs, out }) => {
  const dtype = attrs as DType
  if (isFloat(dtype)) return x
  if (dtype === 'int32') return constant(array.constantOf(out))
  const list = Array.from({ length: out.size }, (_, k) => Number(!isZero(x.v.numbers, k)))
  return constant(array.constant(out.shape, list))
}

export const moves = {
  sum: ([x], { attrs }) => linear(x, (a) => array.sum(a, attrs as Span)),
  max: extremum(1),
  min: extremum(-1),
  argmax: (_, { out }) => constant(array.constantOf(out)),
  matmul: ([a, b]) => matmul(a, b),
  affine: ([x, weight, bias]) => {
    const y = matmul(x, linear(weight, array.transposed))
    return bias === undefined ? y : add(y, bias)
  },
  t: ([x]) => linear(x, array.transposed),
  permute: strided,
  reshape: strided,
  broadcastTo: strided,
  slice: strided,
  select: strided,
  flip: strided,
  read: strided,
  asStridedScatter: (inputs, { attrs }) => {
    const { places, shape } = attrs as ScatterTo<StridedView>
    return scatter(inputs, shape, (i) => placesOf(places[i]))
  },
  cat: (inputs, { attrs }) => joined(inputs, attrs as number),
  stack: (inputs, { attrs }) => {
    const axis = attrs as number
    const shape = inputs[0].v.shape.toSpliced(axis, 0, 1)
    return joined(
      inputs.map((x) => linear(x, (a) => array.reshaped(a, shape))),
      axis,
    )
  },
  indexSelect: ([x], { attrs, out }) => {
    const { index, shape } = attrs as PickedElements
    const places = rowsAt(index, sizeOf(shape.slice(1)))
    return linear(x, (a) => array.read(a, out.shape, places))
  },
  scatterRows: (inputs, { attrs }) => {
    const { places, shape } = attrs as ScatterTo<Tensor>
    return scatter(inputs, shape, (i) => rowsAt(places[i], sizeOf(shape.slice(1))))
  },
  gather: ([x], { attrs, out }) => {
    const places = elementsAt(attrs as PickedElements)
    return linear(x, (a) => array.read(a, out.shape, places))
  },
  scatter: (inputs, { attrs }) => {
    const { places, shape } = attrs as ScatterTo<PickedElements>
    return scatter(inputs, shape, (i) => elementsAt(places[i]))
  },
  to: convert,
  clone: same,
  input: same,
  detach: same,
} satisfies Record<string, Definition>
