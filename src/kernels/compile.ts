// Compiles the modules whose bytes are text in the package; its errors say what to allow where that
// is refused. It holds no state: engine.ts calls it once.

import type { Memory, Module } from './interface.ts'
import { isSharedMemory } from './memory/views.ts'
import { type Tile, tallTilesAreFaster } from './trial.ts'
import { fusedProducts, kernels, tablesEnd, tileTrial } from './wasm.generated.ts'

/**
 * WebAssembly, which runs the kernels, is missing or forbidden. The first tensor of a program
 * throws it, and so does each further one until the remedy in its message is applied.
 * `zeros([1]).item() // 0, and under node --jitless EngineError: tapegrad: expected WebAssembly, …`
 */
export class EngineError extends Error {
  override name = 'EngineError'
}

interface NodeProcess {
  readonly execArgv?: readonly string[]
  getBuiltinModule?(name: 'v8'): { setFlagsFromString(flag: string): void }
}
const { process } = globalThis as { process?: NodeProcess }

/** A memory that can grow to 4 GiB; if `shared`, threads can use it where the platform allows. */
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
 * A module's bytes from hexadecimal digits, which gzip packs better than base64. Node's Buffer,
 * where there is one, decodes them faster.
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
  return (code & 15) + 9 * (code >> 6) // '0' is 0x30, 'a' is 0x61.
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
      `tapegrad: expected permission to compile WebAssembly, ${got}: ${page}; ${edge}`,
      { cause },
    )
  }
}

/**
 * The result of `body`, which runs while V8 has the flag `on`; afterwards V8 is as before. `body`
 * is synchronous, so nothing else sees the flag. Null outside of Node and where `body` throws.
 */
function withFlag<T>(on: string, off: string, body: () => T): T | null {
  const v8 = process?.getBuiltinModule?.('v8')
  if (v8 === undefined) return null
  const before = process?.execArgv?.includes(on) ? on : off
  try {
    v8.setFlagsFromString(on)
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
 * Whether V8 combines two operations of 128 bits into one of 256, as it does in Node 24 with
 * --experimental-wasm-revectorize. It is measured, on code that V8 optimises at once. Engines
 * without relaxed SIMD of their own are too old for it.
 */
export function fusesPairs(memory: Memory): boolean {
  const bytes = decoded(tileTrial, isSharedMemory(memory))
  if (!WebAssembly.validate(bytes)) return false
  const trial = (): boolean => {
    const tiles = instantiated(new WebAssembly.Module(bytes), memory) as unknown as Record<
      'tall' | 'wide',
      Tile
    >
    return tallTilesAreFaster(tiles, memory, tablesEnd, () => performance.now())
  }
  return withFlag('--no-liftoff', '--liftoff', trial) ?? false
}

/**
 * The module of all kernels, and, where the engine has relaxed SIMD, one of the products with each
 * multiplication and addition fused. Node 20 has relaxed SIMD behind a flag. Where both modules
 * have a kernel of one name, the second one's is used.
 */
export function compiledKernels(memory: Memory): Module[] {
  const shared = isSharedMemory(memory)
  const all = compiled(decoded(kernels, shared))
  const bytes = decoded(fusedProducts, shared)
  if (WebAssembly.validate(bytes)) return [all, compiled(bytes)]
  const fused = withFlag(
    '--experimental-wasm-relaxed-simd',
    '--no-experimental-wasm-relaxed-simd',
    () => new WebAssembly.Module(bytes),
  )
  return fused === null ? [all] : [all, fused]
}

/** With its scratch at `tablesEnd`: further instances on the same memory need other scratch. */
export function instantiated(
  module: Module,
  memory: Memory,
): Record<string, (...numbers: number[]) => number> {
  const { exports } = new WebAssembly.Instance(module, {
    env: { memory: memory as WebAssembly.Memory, scratch: tablesEnd },
  })
  return exports as Record<string, (...numbers: number[]) => number>
}
