// The kernels on the one memory that holds all numbers. Importing this file does nothing: the heap
// calls `start` before it allocates the first block.

import { compiledKernels, instantiated, makeMemory, startsWide, wideKernels } from './compile.ts'
import { FLOATS } from './floats.ts'
import type { ByteKernels, FloatKernels, Memory, Module } from './interface.ts'
import { isSharedMemory } from './memory/views.ts'
import { scratchBytes, tablesEnd } from './wasm.generated.ts'

export { EngineError } from './compile.ts'
export type { ByteKernels, FloatKernels, Memory, Module, Ptr } from './interface.ts'
export { scratchBytes }

/** The first byte of the heap, behind the kernels' tables and their scratch. A multiple of 64. */
export const heapBase = tablesEnd + scratchBytes

// The following are set by `start`, which has run wherever there is a tensor: so functions of
// tensors do not check.

/** Views of it are made by memory/views.ts alone. */
export let memory: Memory

/** Whether other threads can work on the memory. */
export let isShared = false

/** Whether products use tiles of four rows. */
export let tallTiles = false

/** Where two modules have a kernel of one name, the later one's is used. */
export let modules: readonly Module[] = []

/** The exports of the modules: their full names, and themselves in the same order. */
export const names: string[] = []
export const numbered: ((...call: number[]) => void)[] = []

export const floatKernels = {} as { float32: FloatKernels; float64: FloatKernels }

export const byteKernels = {} as ByteKernels

export const hasStarted = (): boolean => modules.length > 0

/** Whether the modules were handed over: then nothing else is compiled here. */
let wereGiven = false

/**
 * Compiles the kernels, or takes compiled ones, which cannot share their memory. Does nothing when
 * called again. Throws an EngineError where the kernels cannot run; then nothing has changed.
 */
export function start(given?: readonly Module[]): void {
  if (hasStarted()) return
  const made = makeMemory(heapBase, given === undefined)
  const chosen = given ?? compiledKernels(made)
  const instances = chosen.map((module) => instantiated(module, made))
  if (given !== undefined) requireOurs(instances[0])
  const tall = given === undefined && startsWide(made)

  memory = made
  isShared = isSharedMemory(made)
  wereGiven = given !== undefined
  install(chosen, instances, tall)
}

/**
 * Lets V8 combine two operations of 128 bits into one of 256, and takes kernels compiled for it, on
 * the same memory. Returns whether V8 does so; if not, nothing has changed. Workers must be started
 * anew when `modules` are others afterwards.
 */
export function widen(): boolean {
  start()
  if (tallTiles || wereGiven) return tallTiles
  const chosen = wideKernels(memory)
  if (chosen === null) return false
  install(
    chosen,
    chosen.map((module) => instantiated(module, memory)),
    true,
  )
  return true
}

function install(
  chosen: readonly Module[],
  instances: readonly Record<string, (...call: number[]) => number>[],
  tall: boolean,
): void {
  modules = chosen
  tallTiles = tall
  Object.assign(byteKernels, ...instances)
  names.splice(0, Infinity, ...Object.keys(byteKernels))
  numbered.splice(0, Infinity, ...Object.values(byteKernels))
  floatKernels.float32 = withSuffix(FLOATS.float32.suffix)
  floatKernels.float64 = withSuffix(FLOATS.float64.suffix)
  if (tall) byteKernels.useTallTiles(1)
}

/**
 * The kernels of one float type, without the type in their names. The object is made at once: calls
 * through one that grew name by name are slower.
 */
const withSuffix = (suffix: string): FloatKernels =>
  Object.fromEntries(
    names.flatMap((name, id) =>
      name.endsWith(suffix) ? [[name.slice(0, -suffix.length), numbered[id]]] : [],
    ),
  ) as unknown as FloatKernels

/** Throws an Error unless these are the exports of the kernels in this package. */
function requireOurs(exports: Readonly<Record<string, unknown>>): void {
  const missing = ['exp_f64', 'matmul_f64'].find((name) => typeof exports[name] !== 'function')
  if (missing !== undefined) throw new Error(`they have no ${missing}`)
  const size = (name: string): number =>
    Number((exports[name] as { value?: number } | undefined)?.value) >>> 0
  if (size('scratchBytes') !== scratchBytes || size('tablesEnd') !== tablesEnd)
    throw new Error('their scratch is of another size')
}
