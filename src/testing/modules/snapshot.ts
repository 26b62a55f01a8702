// Copies of tensors' numbers, kept and cut along an axis; it knows no modules.
import { type DType, type Shape, type Tensor, type TypedArray, tensor } from '../../tensor/index.ts'
import { sizeOf } from '../../tensor/internal.ts'

/** A tensor's numbers at one moment, and its path. */
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

/** The slices at these indices along an axis, in this order. */
export function take(x: Snapshot, axis: number, indices: readonly number[]): Snapshot {
  const shape = x.shape.map((size, k) => (k === axis ? indices.length : size))
  const [outer, inner] = [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis + 1))]
  const data = x.data.slice(0, outer * indices.length * inner)
  for (let o = 0; o < outer; o++)
    indices.forEach((index, k) => {
      const from = (o * x.shape[axis] + index) * inner
      data.set(x.data.subarray(from, from + inner), (o * indices.length + k) * inner)
    })
  return { ...x, shape, data }
}
