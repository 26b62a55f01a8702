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
  readonly arch?: string
  readonly versions?: Readonly<Record<string, string | undefined>>
  readonly execArgv?: readonly string[]
  getBuiltinModule?(name: 'v8'): { setFlagsFromString(flag: string): void }
}
const { process } = globalThis as { process?: NodeProcess }

type Bytes = Uint8Array<ArrayBuffer>

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
function decoded({ hex, memoryFlag }: { hex: string; memoryFlag: number }, shared: boolean): Bytes {
  const { Buffer } = globalThis as {
    Buffer?: { from(text: string, encoding: 'hex'): Bytes }
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

function compiled(bytes: Bytes): Module {
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
 * The result of `body`, which runs while V8 has the flag; afterwards V8 is as before, unless the
 * flag `stays` with this result. Null outside of Node and where `body` throws. Flags are those of
 * the process: other threads may compile meanwhile, so take none that harms them.
 */
function withFlag<T>(flag: string, body: () => T, stays: (result: T) => boolean): T | null {
  const v8 = process?.getBuiltinModule?.('v8')
  if (v8 === undefined) return null
  let keep = wasStartedWith(flag)
  try {
    v8.setFlagsFromString(`--${flag}`)
    try {
      const result = body()
      keep ||= stays(result)
      return result
    } finally {
      if (!keep) v8.setFlagsFromString(`--no-${flag}`)
    }
  } catch {
    return null
  }
}

const wasStartedWith = (flag: string): boolean => process?.execArgv?.includes(`--${flag}`) ?? false

/** Lets V8 combine two operations of 128 bits into one of 256; in Node 22 it has no effect. */
const REVECTORISE = 'experimental-wasm-revectorize'

/** The bytes with one more section, unused: V8 gives equal bytes the code that it has already. */
function asNew(bytes: Bytes): Bytes {
  const longer = new Uint8Array(bytes.length + 7)
  longer.set(bytes)
  const name = Array.from({ length: 4 }, () => Math.random() * 128)
  longer.set([0, 1 + name.length, name.length, ...name], bytes.length)
  return longer
}

/** Whether V8 combines pairs of operations, by a trial. Engines without relaxed SIMD do not. */
function fusesPairs(memory: Memory): boolean {
  const bytes = asNew(decoded(tileTrial, isSharedMemory(memory)))
  if (!WebAssembly.validate(bytes)) return false
  const tiles = instantiated(new WebAssembly.Module(bytes), memory) as unknown as Record<
    'tall' | 'wide',
    Tile
  >
  return tallTilesAreFaster(tiles, memory, tablesEnd, () => performance.now())
}

/** Whether V8 was told by a switch of Node to combine pairs, and does so. */
export const startsWide = (memory: Memory): boolean =>
  wasStartedWith(REVECTORISE) && fusesPairs(memory)

/**
 * Tells V8 to combine pairs, for the whole process, and compiles the kernels anew, so that none of
 * them keeps code from before. Where that has no effect it returns null, and V8 is as before.
 */
export function wideKernels(memory: Memory): Module[] | null {
  const { arch, versions } = process ?? {}
  // V8 says on the console that it does not know a flag. Bun has Node's versions, and no V8.
  if (arch !== 'x64' || versions?.bun || !(Number.parseInt(versions?.v8 ?? '', 10) >= 12))
    return null
  return withFlag(
    REVECTORISE,
    () => (fusesPairs(memory) ? modulesOf(memory, asNew) : null),
    (modules) => modules !== null,
  )
}

/**
 * The module of all kernels, and, where the engine has relaxed SIMD, one of the products with each
 * multiplication and addition fused. Node 20 has relaxed SIMD behind a flag. Where both modules
 * have a kernel of one name, the second one's is used.
 */
export const compiledKernels = (memory: Memory): Module[] => modulesOf(memory, (bytes) => bytes)

/** The same of bytes that `changed` has changed. */
function modulesOf(memory: Memory, changed: (bytes: Bytes) => Bytes): Module[] {
  const shared = isSharedMemory(memory)
  const all = compiled(changed(decoded(kernels, shared)))
  const bytes = changed(decoded(fusedProducts, shared))
  if (WebAssembly.validate(bytes)) return [all, compiled(bytes)]
  const fused = withFlag(
    'experimental-wasm-relaxed-simd',
    () => new WebAssembly.Module(bytes),
    () => false,
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
