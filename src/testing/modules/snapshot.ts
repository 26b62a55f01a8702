// Tensors as plain numbers, to keep, cut along an axis and compare; it knows no modules.
import { type DType, type Shape, type Tensor, type TypedArray, tensor } from '../../tensor/index.ts'
import { largest } from '../report.ts'

/** A tensor's numbers at one moment, and where it was found. */
export interface Snapshot {
  path: string
  shape: Shape
  dtype: DType
  data: TypedArray
}

export const snapshot = (t: Tensor, path = ''): Snapshot => ({
  path,
  shape: [...t.shape],
  dtype: t.dtype,
  data: t.toTypedArray(),
})

export const restored = ({ data, shape, dtype }: Snapshot): Tensor => tensor(data, { shape, dtype })

/** What stands at these indices along an axis, in their order. */
export function take(x: Snapshot, axis: number, indices: readonly number[]): Snapshot {
  const shape = x.shape.map((size, k) => (k === axis ? indices.length : size))
  const inner = x.shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  const outer = x.shape.slice(0, axis).reduce((a, b) => a * b, 1)
  const data = x.data.slice(0, outer * indices.length * inner)
  for (let o = 0; o < outer; o++)
    indices.forEach((index, k) => {
      const from = (o * x.shape[axis] + index) * inner
      data.set(x.data.subarray(from, from + inner), (o * indices.length + k) * inner)
    })
  return { ...x, shape, data }
}

/** The first element whose bits differ, −1 where none does. Shapes are taken to be equal. */
export const firstDifference = (a: TypedArray, b: TypedArray): number =>
  a.findIndex((x, i) => !Object.is(x, b[i]))

/**
 * The largest difference between two lists of numbers over their largest magnitude, which counts as
 * at least `scale`; and where it stands.
 */
export function relative(
  a: TypedArray,
  b: TypedArray,
  scale: number,
): { error: number; at: number } {
  const magnitude = Math.max(largest(a), largest(b), scale)
  const worst = { error: 0, at: 0 }
  for (let at = 0; at < a.length; at++) {
    if (Object.is(a[at], b[at]) || a[at] === b[at]) continue
    const off = Math.abs(a[at] - b[at])
    const error = Number.isFinite(off) ? off / magnitude : Number.POSITIVE_INFINITY
    if (error > worst.error) Object.assign(worst, { error, at })
  }
  return worst
}
