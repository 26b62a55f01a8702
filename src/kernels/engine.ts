// The kernels on the one memory that holds every number. Importing this file does nothing: the heap
// calls `start` before it places the first block.

import {
  compiledKernels,
  fusesPairs,
  instantiated,
  type Memory,
  type Module,
  makeMemory,
} from './compile.ts'
import type { ByteKernels, FloatKernels } from './interface.ts'
import { isSharedMemory } from './memory/views.ts'
import { scratchBytes, tablesEnd } from './wasm.generated.ts'

export { EngineError, type Memory, type Module } from './compile.ts'
export type { ByteKernels, FloatKernels, Ptr } from './interface.ts'
export { scratchBytes }

/**
 * The first byte free for the heap: behind the kernels' tables and their scratch. A multiple of 64.
 */
export const heapBase = tablesEnd + scratchBytes

// What follows is there once `start` has been called, as it has been wherever there is a tensor:
// nothing that takes one has to ask.

/** Growing leaves the views made of it before as they are, or detaches them. */
export let memory: Memory

/** Whether other threads can work on the memory. */
export let isShared = false

/** Whether products are computed by tiles of four rows. */
export let tallTiles = false

/** Of two modules with a kernel of one name, the later one's counts. */
export let modules: readonly Module[] = []

/** The full names of what the modules export, and that itself, in one order. */
export const names: string[] = []
export const numbered: ((...call: number[]) => void)[] = []

export const floatKernels = {} as { float32: FloatKernels; float64: FloatKernels }

export const byteKernels = {} as ByteKernels

export const hasStarted = (): boolean => modules.length > 0

/**
 * Compiles the kernels, or takes these compiled ones, which know no shared memory. Does nothing
 * once they are at work; throws an EngineError where they cannot be, and has done nothing then.
 */
export function start(given?: readonly Module[]): void {
  if (hasStarted()) return
  const made = makeMemory(heapBase, given === undefined)
  const chosen = given ?? compiledKernels(made)
  const instances = chosen.map((module) => instantiated(module, made))
  if (given !== undefined) requireOurs(instances[0])
  const tall = given === undefined && fusesPairs(made)

  memory = made
  isShared = isSharedMemory(made)
  tallTiles = tall
  modules = chosen
  Object.assign(byteKernels, ...instances)
  for (const [name, kernel] of Object.entries(byteKernels)) {
    names.push(name)
    numbered.push(kernel)
  }
  floatKernels.float32 = withSuffix('_f32')
  floatKernels.float64 = withSuffix('_f64')
  if (tall) byteKernels.useTallTiles(1)
}

/**
 * The kernels of one float type, without the type in their names. An object of its own, made at
 * once: with objects that grew name by name a recorded add takes 93 ns instead of 78.
 */
const withSuffix = (suffix: string): FloatKernels =>
  Object.fromEntries(
    names.flatMap((name, id) =>
      name.endsWith(suffix) ? [[name.slice(0, -suffix.length), numbered[id]]] : [],
    ),
  ) as unknown as FloatKernels

/** Throws an Error unless these are the exports of the kernels that this file was built with. */
function requireOurs(exports: Readonly<Record<string, unknown>>): void {
  const missing = ['exp_f64', 'matmul_f64'].find((name) => typeof exports[name] !== 'function')
  if (missing !== undefined) throw new Error(`they have no ${missing}`)
  const size = (name: string): number =>
    Number((exports[name] as { value?: number } | undefined)?.value) >>> 0
  if (size('scratchBytes') !== scratchBytes || size('tablesEnd') !== tablesEnd)
    throw new Error('their scratch is of another size')
}
