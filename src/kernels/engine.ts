// The compiled kernels, instantiated on the one memory that holds every number. Importing this file is all the set-up there is.

import type { ByteKernels, FloatKernels } from './interface.ts'
import { memoryFlag, scratchBytes, tablesEnd, wasm } from './wasm.generated.ts'

export type { ByteKernels, FloatKernels, Ptr } from './interface.ts'
export { scratchBytes }

/** The first byte free for the heap: behind the kernels' tables and their scratch. A multiple of 64. */
export const heapBase = tablesEnd + scratchBytes

const pages = { initial: Math.ceil(heapBase / 65536), maximum: 65536 }

/** Grows up to 4 GiB; growing leaves the views made of it before as they are, or detaches them. Shared with threads where the platform allows. */
export const memory = makeMemory()

function makeMemory(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ ...pages, shared: typeof SharedArrayBuffer === 'function' })
  } catch {
    return new WebAssembly.Memory(pages)
  }
}

/** Whether other threads can work on the memory. */
export const isShared = !(memory.buffer instanceof ArrayBuffer)

const text = atob(wasm)
const bytes = new Uint8Array(text.length)
for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i)
if (isShared) bytes[memoryFlag] = 3
/** `instance` has its scratch at `tablesEnd`; further instances on the same memory need some of their own. */
export const { module, instance } = await WebAssembly.instantiate(bytes, { env: { memory, scratch: tablesEnd } })
const exported = Object.entries(instance.exports)

const { process } = globalThis as { process?: { execArgv?: readonly string[] } }
/**
 * Whether V8 makes one operation of 256 bits out of two of 128, as `node --experimental-wasm-revectorize` tells it to from Node 24 on. The switch itself is
 * looked at: a measurement at start-up would only see code that V8 has not optimised yet.
 */
export const fusesPairs = process?.execArgv?.includes('--experimental-wasm-revectorize') ?? false

/** The kernels of one float type, without the type in their names. */
const withSuffix = (suffix: string) =>
  Object.fromEntries(
    exported.filter(([name]) => name.endsWith(suffix)).map(([name, kernel]) => [name.slice(0, -suffix.length), kernel]),
  ) as unknown as FloatKernels

export const floatKernels: { readonly float32: FloatKernels; readonly float64: FloatKernels } = {
  float32: withSuffix('_f32'),
  float64: withSuffix('_f64'),
}

export const byteKernels = { ...instance.exports } as unknown as ByteKernels
if (fusesPairs) byteKernels.useTallTiles(1)
