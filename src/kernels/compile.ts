// From the text in the package to modules that can be instantiated, and what to allow where that is
// refused. It keeps nothing: engine.ts calls it, once.

import { isSharedMemory } from './memory/views.ts'
import { type Tile, tallTilesPay } from './trial.ts'
import { fusedProducts, kernels, tablesEnd, tileTrial } from './wasm.generated.ts'

/**
 * What runs the kernels is missing or forbidden. The first tensor of a program throws it, and so
 * does the next one, until what it asks for is allowed.
 * `zeros([1]).item() // 0, and under node --jitless EngineError: tapegrad: expected WebAssembly, …`
 */
export class EngineError extends Error {
  override name = 'EngineError'
}

/**
 * The part of WebAssembly.Memory in use here. Declarations that reach users name nothing of
 * WebAssembly: not every library of types has it.
 */
export interface Memory {
  readonly buffer: ArrayBuffer
  grow(pages: number): number
}

/** A WebAssembly.Module. */
export type Module = object

interface NodeProcess {
  readonly execArgv?: readonly string[]
  getBuiltinModule?(name: 'v8'): { setFlagsFromString(flag: string): void }
}
const { process } = globalThis as { process?: NodeProcess }

/** Grows up to 4 GiB. Shared with threads where the platform allows, if `shared`. */
export function makeMemory(bytes: number, shared: boolean): Memory {
  if (typeof WebAssembly !== 'object' || typeof WebAssembly.Module !== 'function') {
    const remedy = 'run Node without --jitless, or lift the policy that takes it away'
    throw new EngineError(
      `tapegrad: expected WebAssembly, which computes everything here, got none: ${remedy}`,
    )
  }
  const pages = { initial: Math.ceil(bytes / 65536), maximum: 65536 }
  const sharing = shared && typeof SharedArrayBuffer === 'function'
  try {
    return new WebAssembly.Memory({ ...pages, shared: sharing })
  } catch (cause) {
    if (sharing) return makeMemory(bytes, false)
    throw new EngineError(
      'tapegrad: expected address space for the memory of WebAssembly, got none ' +
        `(${(cause as Error).message}): lift the limit (ulimit -v), or run Node with ` +
        '--disable-wasm-trap-handler',
      { cause },
    )
  }
}

/**
 * A module's bytes, for such a memory. They are written in hexadecimal digits: gzipped, those are a
 * quarter smaller than base64, in which no byte keeps its place. Node's Buffer, where there is one,
 * reads them ten times as fast.
 */
function decoded(
  { hex, memoryFlag }: { hex: string; memoryFlag: number },
  shared: boolean,
): Uint8Array<ArrayBuffer> {
  const { Buffer } = globalThis as {
    Buffer?: { from(text: string, encoding: 'hex'): Uint8Array<ArrayBuffer> }
  }
  const bytes =
    Buffer?.from(hex, 'hex') ??
    Uint8Array.from(
      { length: hex.length / 2 },
      (_, i) => 16 * digit(hex, 2 * i) + digit(hex, 2 * i + 1),
    )
  if (shared) bytes[memoryFlag] = 3
  return bytes
}

function digit(hex: string, at: number): number {
  const code = hex.charCodeAt(at)
  return (code & 15) + 9 * (code >> 6) // 0 to 9 are 0x30 and on, a to f 0x61 and on.
}

function compiled(bytes: Uint8Array<ArrayBuffer>): Module {
  try {
    return new WebAssembly.Module(bytes)
  } catch (cause) {
    const got = `got '${(cause as Error).message}'`
    if (!WebAssembly.validate(bytes))
      throw new EngineError(
        `tapegrad: expected an engine with WebAssembly SIMD, ${got}: take a newer one`,
        { cause },
      )
    const page = "in a page, add 'wasm-unsafe-eval' to script-src of its Content-Security-Policy"
    const edge =
      'where nothing may be compiled at run time, hand over a module made of ' +
      "'tapegrad/kernels.wasm' by useKernels() before the first tensor"
    throw new EngineError(
      `tapegrad: expected leave to compile WebAssembly, ${got}: ${page}; ${edge}`,
      { cause },
    )
  }
}

/**
 * What `body` returns while one of V8's switches is turned; then it is as it was, and nothing else
 * can come between. Null where there is none to turn, and where `body` throws.
 */
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
 * Whether V8 makes one operation of 256 bits out of two of 128, as
 * `node --experimental-wasm-revectorize` tells it to from Node 24 on: measured, on code that is
 * optimised at once. Engines without relaxed SIMD of their own are too old for it.
 */
export function fusesPairs(memory: Memory): boolean {
  const bytes = decoded(tileTrial, isSharedMemory(memory))
  if (!WebAssembly.validate(bytes)) return false
  const trial = (): boolean => {
    const tiles = instantiated(new WebAssembly.Module(bytes), memory) as unknown as Record<
      'tall' | 'wide',
      Tile
    >
    return tallTilesPay(tiles, memory, tablesEnd, () => performance.now())
  }
  return switched('--no-liftoff', '--liftoff', trial) ?? false
}

/**
 * The kernels, and where the engine has relaxed SIMD the products with each multiplication and
 * addition fused (a quarter faster). V8 has it in Node 20 as well, behind a switch. Of two modules
 * with a kernel of one name, the later one's counts.
 */
export function compiledKernels(memory: Memory): Module[] {
  const shared = isSharedMemory(memory)
  const all = compiled(decoded(kernels, shared))
  const bytes = decoded(fusedProducts, shared)
  if (WebAssembly.validate(bytes)) return [all, compiled(bytes)]
  const fused = switched(
    '--experimental-wasm-relaxed-simd',
    '--no-experimental-wasm-relaxed-simd',
    () => new WebAssembly.Module(bytes),
  )
  return fused === null ? [all] : [all, fused]
}

/** With its scratch at `tablesEnd`; further instances on the same memory need some of their own. */
export function instantiated(
  module: Module,
  memory: Memory,
): Record<string, (...numbers: number[]) => number> {
  const { exports } = new WebAssembly.Instance(module, {
    env: { memory: memory as WebAssembly.Memory, scratch: tablesEnd },
  })
  return exports as Record<string, (...numbers: number[]) => number>
}
