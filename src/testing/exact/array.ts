// Arrays of field elements with a shape and a bound of their degree: what tensors are in the field.
// dual.ts adds derivatives.

import type { Shape, Tensor } from '../../tensor/index.ts'
import { sameShape, sizeOf } from '../../tensor/internal.ts'
import { CONSTANT, type Degree, FREE, ofInverse, ofProduct, ofSum } from './degree.ts'
import {
  addInto,
  copyInto,
  dotInto,
  type Field,
  fieldOf,
  inversesOf,
  isNone,
  mulInto,
  negInto,
  setNumber,
} from './field.ts'

/** Each element is a quotient of polynomials in the numbers that were drawn at random. */
export interface ExactArray {
  readonly shape: Shape
  readonly numbers: Field
  readonly degree: Degree
}

/** Free numbers: each is a variable. */
export const free = (shape: Shape, numbers: Field): ExactArray => ({
  shape,
  numbers,
  degree: FREE,
})

/** The numbers of a list as the fractions that they are. */
export function constant(shape: Shape, list: ArrayLike<number>): ExactArray {
  const numbers = fieldOf(list.length)
  for (let k = 0; k < list.length; k++) setNumber(numbers, k, list[k])
  return { shape, numbers, degree: CONSTANT }
}

export const constantOf = (t: Tensor): ExactArray => constant(t.shape, t.toTypedArray())

export const number = (x: number): ExactArray => constant([], [x])

export const zeros = (shape: Shape): ExactArray => ({
  shape,
  numbers: fieldOf(sizeOf(shape)),
  degree: CONSTANT,
})

/** The places that are read for each element of `shape`, in order. */
export function placesOf(shape: Shape, strides: readonly number[], offset = 0): Int32Array {
  let places = Int32Array.of(offset)
  shape.forEach((size, axis) => {
    const next = new Int32Array(places.length * size)
    for (let i = 0; i < places.length; i++)
      for (let k = 0; k < size; k++) next[i * size + k] = places[i] + k * strides[axis]
    places = next
  })
  return places
}

/** The elements at these places. */
export function read(a: ExactArray, shape: Shape, places: ArrayLike<number>): ExactArray {
  const numbers = fieldOf(places.length)
  for (let k = 0; k < places.length; k++) copyInto(numbers, k, a.numbers, places[k])
  return { ...a, shape, numbers }
}

/** The same numbers in another shape. */
export const reshaped = (a: ExactArray, shape: Shape): ExactArray => ({ ...a, shape })

/** The strides that read an array of shape `from` as if it had shape `to`. */
export function stridesTo(from: Shape, to: Shape): number[] {
  const strides = to.map(() => 0)
  let step = 1
  for (let axis = from.length - 1; axis >= 0; axis--) {
    if (from[axis] !== 1) strides[axis + to.length - from.length] = step
    step *= from[axis]
  }
  return strides
}

export const broadcast = (a: ExactArray, shape: Shape): ExactArray =>
  sameShape(a.shape, shape) ? a : read(a, shape, placesOf(shape, stridesTo(a.shape, shape)))

export const broadcastShape = (a: Shape, b: Shape): Shape =>
  Array.from({ length: Math.max(a.length, b.length) }, (_, i) => {
    const [m, n] = [a, b].map((s) => s[i + s.length - Math.max(a.length, b.length)] ?? 1)
    return m === 1 ? n : m
  })

/** f of the elements in one place, after broadcasting. */
function zipped(
  a: ExactArray,
  b: ExactArray,
  f: (out: Field, k: number, a: Field, i: number, b: Field, j: number) => void,
  degree: Degree,
): ExactArray {
  const shape = sameShape(a.shape, b.shape) ? a.shape : broadcastShape(a.shape, b.shape)
  const [x, y] = [broadcast(a, shape).numbers, broadcast(b, shape).numbers]
  const numbers = fieldOf(sizeOf(shape))
  for (let k = 0; k < numbers.length / 3; k++) f(numbers, k, x, k, y, k)
  return { shape, numbers, degree }
}

export const add = (a: ExactArray, b: ExactArray): ExactArray =>
  zipped(a, b, addInto, ofSum(a.degree, b.degree))

export const mul = (a: ExactArray, b: ExactArray): ExactArray =>
  zipped(a, b, mulInto, ofProduct(a.degree, b.degree))

export function neg(a: ExactArray): ExactArray {
  const numbers = fieldOf(a.numbers.length / 3)
  for (let k = 0; k < numbers.length / 3; k++) negInto(numbers, k, a.numbers, k)
  return { ...a, numbers }
}

export const sub = (a: ExactArray, b: ExactArray): ExactArray => add(a, neg(b))

export const inverse = (a: ExactArray): ExactArray => ({
  shape: a.shape,
  numbers: inversesOf(a.numbers, a.numbers.length / 3),
  degree: ofInverse(a.degree, a.numbers.length / 3),
})

/** Sums over the middle of (outer, n, inner). */
export function sum(
  a: ExactArray,
  { outer, n, inner, shape }: { outer: number; n: number; inner: number; shape: Shape },
): ExactArray {
  const numbers = fieldOf(outer * inner)
  for (let i = 0; i < outer * inner; i++) {
    const first = Math.floor(i / inner) * n * inner + (i % inner)
    for (let k = 0; k < n; k++) addInto(numbers, i, numbers, i, a.numbers, first + k * inner)
  }
  return { shape, numbers, degree: a.degree }
}

const degreeOfAll = (arrays: readonly ExactArray[]): Degree =>
  arrays.reduce((all, { degree }) => ofSum(all, degree), CONSTANT)

/** Zeros of `shape`, with the elements of each part added at its places. */
export function scattered(
  parts: readonly { readonly from: ExactArray; readonly places: ArrayLike<number> }[],
  shape: Shape,
): ExactArray {
  const numbers = fieldOf(sizeOf(shape))
  for (const { from, places } of parts)
    for (let k = 0; k < places.length; k++) {
      const to = places[k]
      addInto(numbers, to, numbers, to, from.numbers, k)
    }
  return { shape, numbers, degree: degreeOfAll(parts.map(({ from }) => from)) }
}

/** The matrix product of (…, M, K) and (…, K, N) with the same leading axes. */
export function matmul(a: ExactArray, b: ExactArray): ExactArray {
  const [M, K] = a.shape.slice(-2)
  const N = b.shape.at(-1) as number
  const leading = a.shape.slice(0, -2)
  const batch = sizeOf(leading)
  const numbers = fieldOf(batch * M * N)
  for (let s = 0, k = 0; s < batch; s++)
    for (let i = 0; i < M; i++)
      for (let j = 0; j < N; j++, k++)
        dotInto(numbers, k, K, a.numbers, (s * M + i) * K, 1, b.numbers, s * K * N + j, N)
  return {
    shape: [...leading, M, N],
    numbers,
    degree: ofProduct(a.degree, b.degree),
  }
}

export function transposed(a: ExactArray): ExactArray {
  const [M, N] = a.shape.slice(-2)
  const leading = a.shape.slice(0, -2)
  const places = Int32Array.from({ length: sizeOf(a.shape) }, (_, k) => {
    const [s, rest] = [Math.floor(k / (M * N)), k % (M * N)]
    return s * M * N + (rest % M) * N + Math.floor(rest / M)
  })
  return read(a, [...leading, N, M], places)
}

/** Arrays one after the other along an axis that all have. */
export function joined(arrays: readonly ExactArray[], axis: number): ExactArray {
  const width = arrays.reduce((n, { shape }) => n + shape[axis], 0)
  const shape = arrays[0].shape.with(axis, width)
  const inner = sizeOf(shape.slice(axis + 1))
  const numbers = fieldOf(sizeOf(shape))
  let start = 0
  for (const a of arrays) {
    const own = a.shape[axis] * inner
    for (let k = 0; k < a.numbers.length / 3; k++)
      copyInto(numbers, Math.floor(k / own) * width * inner + start + (k % own), a.numbers, k)
    start += own
  }
  return {
    shape,
    numbers,
    degree: degreeOfAll(arrays),
  }
}

/** a where `isFirst(k)`, else b; both are of the result's shape, or of none. */
export function chosen(
  shape: Shape,
  a: ExactArray,
  b: ExactArray,
  isFirst: (k: number) => boolean,
): ExactArray {
  const [x, y] = [broadcast(a, shape).numbers, broadcast(b, shape).numbers]
  const numbers = fieldOf(sizeOf(shape))
  for (let k = 0; k < numbers.length / 3; k++) copyInto(numbers, k, isFirst(k) ? x : y, k)
  return { shape, numbers, degree: ofSum(a.degree, b.degree) }
}

/** f of each element, a free number of its own; none where the element is none. */
export function mapped(a: ExactArray, f: (out: Field, k: number, a: Field) => void): ExactArray {
  const numbers = fieldOf(a.numbers.length / 3)
  for (let k = 0; k < numbers.length / 3; k++)
    if (isNone(a.numbers, k)) copyInto(numbers, k, a.numbers, k)
    else f(numbers, k, a.numbers)
  return free(a.shape, numbers)
}

/** Σ a·b over all elements, as one number. */
export function product(a: readonly ExactArray[], b: readonly ExactArray[]): ExactArray {
  const numbers = fieldOf(1)
  const own = fieldOf(1)
  let degree = CONSTANT
  a.forEach((x, i) => {
    const y = b[i]
    const size = x.numbers.length / 3
    dotInto(own, 0, size, x.numbers, 0, 1, y.numbers, 0, 1)
    addInto(numbers, 0, numbers, 0, own, 0)
    degree = ofSum(degree, ofProduct(x.degree, y.degree))
  })
  return { shape: [], numbers, degree }
}
