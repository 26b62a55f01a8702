// Tensors as plain numbers, to keep and to cut along an axis; it knows no modules.
import { type DType, type Shape, type Tensor, type TypedArray, tensor } from '../../tensor/index.ts'

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
