// The compiled kernels, instantiated on the one memory that holds every number. Importing this file is all the set-up there is.

import type { ByteKernels, FloatKernels } from './interface.ts'
import { heapBase, wasm } from './wasm.generated.ts'

export type { ByteKernels, FloatKernels, Ptr } from './interface.ts'
/** The first byte free for the heap: behind the kernels' tables and their scratch. A multiple of 64. */
export { heapBase }

/** Grows up to 4 GiB; growing detaches the views made of it before. */
export const memory = new WebAssembly.Memory({ initial: Math.ceil(heapBase / 65536), maximum: 65536 })

const bytes = Uint8Array.from(atob(wasm), (character) => character.charCodeAt(0))
const { instance } = await WebAssembly.instantiate(bytes, { env: { memory } })
const exported = Object.entries(instance.exports)

/** The kernels of one float type, without the type in their names. */
const withSuffix = (suffix: string) =>
  Object.fromEntries(
    exported.filter(([name]) => name.endsWith(suffix)).map(([name, kernel]) => [name.slice(0, -suffix.length), kernel]),
  ) as unknown as FloatKernels

export const floatKernels: { readonly float32: FloatKernels; readonly float64: FloatKernels } = {
  float32: withSuffix('_f32'),
  float64: withSuffix('_f64'),
}

export const byteKernels = instance.exports as unknown as ByteKernels
