// Puts arrays into the kernels' memory and reads results back. Holds no expectation.

import {
  type FloatKernels,
  floatKernels,
  heapBase,
  memory,
  type Ptr,
  start,
} from '../../src/kernels/engine.ts'

start()

export interface FloatType {
  readonly name: 'float32' | 'float64'
  readonly size: 4 | 8
  readonly kernels: FloatKernels
  /** To the nearest number of the type. */
  round(x: number): number
  array(values: ArrayLike<number>): Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>
  /** n numbers at p, copied out. */
  read(p: Ptr, n: number): Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>
}

export const types: readonly FloatType[] = [
  {
    name: 'float32',
    size: 4,
    kernels: floatKernels.float32,
    round: Math.fround,
    array: (values) => Float32Array.from(values),
    read: (p, n) => new Float32Array(memory.buffer, p, n).slice(),
  },
  {
    name: 'float64',
    size: 8,
    kernels: floatKernels.float64,
    round: (x) => x,
    array: (values) => Float64Array.from(values),
    read: (p, n) => new Float64Array(memory.buffer, p, n).slice(),
  },
]

type Numbers = Float32Array | Float64Array | Int32Array | Uint8Array

/**
 * The addresses of copies of these arrays, one behind the other from heapBase on, 64 bytes apart at
 * least.
 */
export function place(...arrays: Numbers[]): Ptr[] {
  const starts = [heapBase]
  for (const { byteLength } of arrays)
    starts.push(Math.ceil(((starts.at(-1) as Ptr) + byteLength + 64) / 64) * 64)
  const missing = (starts.at(-1) as Ptr) - memory.buffer.byteLength
  if (missing > 0) memory.grow(Math.ceil(missing / 65536))
  arrays.forEach((array, i) => {
    new Uint8Array(memory.buffer, starts[i], array.byteLength).set(
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
    )
  })
  return starts.slice(0, arrays.length)
}

/** A generator of numbers in [0, 1) that is the same in every run (Park & Miller 1988). */
export function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48271) % 2147483647
    return (state - 1) / 2147483646
  }
}

/** A generator of whole numbers in low … high. */
export function randomIntegers(seed: number): (low: number, high: number) => number {
  const next = random(seed)
  return (low, high) => low + Math.floor(next() * (high - low + 1))
}
