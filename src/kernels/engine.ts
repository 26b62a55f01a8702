// The compiled kernels, instantiated on the one memory that holds every number. Importing this file is all the set-up there is.

import type { ByteKernels, FloatKernels } from './interface.ts'
import { type Tile, tallTilesPay } from './trial.ts'
import { fusedProducts, kernels, scratchBytes, tablesEnd, tileTrial } from './wasm.generated.ts'

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
export const isShared = Object.prototype.toString.call(memory.buffer) === '[object SharedArrayBuffer]'

/**
 * A module's bytes, for a memory like ours. They are written in hexadecimal digits: gzipped, those are a quarter smaller than base64, in which no byte keeps its place.
 * Node's Buffer, where there is one, reads them ten times as fast.
 */
function decoded({ hex, memoryFlag }: { hex: string; memoryFlag: number }): Uint8Array<ArrayBuffer> {
  const { Buffer } = globalThis as { Buffer?: { from(text: string, encoding: 'hex'): Uint8Array<ArrayBuffer> } }
  const bytes = Buffer?.from(hex, 'hex') ?? Uint8Array.from({ length: hex.length / 2 }, (_, i) => 16 * digit(hex, 2 * i) + digit(hex, 2 * i + 1))
  if (isShared) bytes[memoryFlag] = 3
  return bytes
}

function digit(hex: string, at: number): number {
  const code = hex.charCodeAt(at)
  return (code & 15) + 9 * (code >> 6) // 0 to 9 are 0x30 and on, a to f 0x61 and on.
}

interface NodeProcess {
  readonly execArgv?: readonly string[]
  getBuiltinModule?(name: 'v8'): { setFlagsFromString(flag: string): void }
}
const { process } = globalThis as { process?: NodeProcess }

/** What `body` returns while one of V8's switches is turned; then it is as it was, and nothing else can come between. Null where there is none to turn, and where `body` throws. */
function switched<T>(turned: string, back: string, body: () => T): T | null {
  const v8 = process?.getBuiltinModule?.('v8')
  if (v8 === undefined) return null
  const before = process?.execArgv?.includes(turned) ? turned : back
  try {
    v8.setFlagsFromString(turned)
    try {
      return body()
    } finally {
      v8.setFlagsFromString(before)
    }
  } catch {
    return null
  }
}

/**
 * Whether V8 makes one operation of 256 bits out of two of 128, as `node --experimental-wasm-revectorize` tells it to from Node 24 on: measured, on code that is
 * optimised at once. Engines without relaxed SIMD of their own are too old for it.
 */
function fusesPairs(): boolean {
  const bytes = decoded(tileTrial)
  if (!WebAssembly.validate(bytes)) return false
  const trial = (): boolean => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory, scratch: tablesEnd } })
    return tallTilesPay(exports as Record<'tall' | 'wide', Tile>, memory, tablesEnd, () => performance.now())
  }
  return switched('--no-liftoff', '--liftoff', trial) ?? false
}

/** Whether products are computed by tiles of four rows. */
export const tallTiles = fusesPairs()

/**
 * The products with each multiplication and addition fused (a quarter faster), or nothing where the engine has no relaxed SIMD. V8 has it in Node 20 as well,
 * behind a switch.
 */
async function fused(): Promise<WebAssembly.Module[]> {
  const bytes = decoded(fusedProducts)
  if (WebAssembly.validate(bytes)) return [await WebAssembly.compile(bytes)]
  const module = switched('--experimental-wasm-relaxed-simd', '--no-experimental-wasm-relaxed-simd', () => new WebAssembly.Module(bytes))
  return module === null ? [] : [module]
}

/** Of two modules with a kernel of one name, the later one's counts. */
export const modules = (await Promise.all([WebAssembly.compile(decoded(kernels)), fused()])).flat()

// With their scratch at `tablesEnd`; further instances on the same memory need some of their own.
const instances = await Promise.all(modules.map((module) => WebAssembly.instantiate(module, { env: { memory, scratch: tablesEnd } })))
/** What the modules export, by its full name. */
export const exported: Readonly<Record<string, (...numbers: number[]) => number>> = Object.assign({}, ...instances.map(({ exports }) => exports))

/** The kernels of one float type, without the type in their names. */
const withSuffix = (suffix: string) =>
  Object.fromEntries(
    Object.entries(exported)
      .filter(([name]) => name.endsWith(suffix))
      .map(([name, kernel]) => [name.slice(0, -suffix.length), kernel]),
  ) as unknown as FloatKernels

export const floatKernels: { readonly float32: FloatKernels; readonly float64: FloatKernels } = {
  float32: withSuffix('_f32'),
  float64: withSuffix('_f64'),
}

export const byteKernels = { ...exported } as unknown as ByteKernels
if (tallTiles) byteKernels.useTallTiles(1)
