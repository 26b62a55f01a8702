// Shares out large kernel calls among threads: they are cut into parts, and this thread and the
// workers of pool.ts compute one part after the other until none is left. cuts.ts says where
// kernels can be cut, so that each element is computed by the same instructions whatever the cuts.

import {
  byteKernels,
  floatKernels,
  isShared,
  modules,
  names,
  numbered,
  start,
  widen,
} from '../engine.ts'
import { FLOATS } from '../floats.ts'
import { abandon } from '../memory/heap.ts'
import { warn } from '../warn.ts'
import { byteSharings, type Cut, floatSharings } from './cuts.ts'
import { type Kernel, Pool } from './pool.ts'
import type { Library, Signature } from './worker.ts'

/** The text of an error, of an error event, or of an exit code. */
const messageOf = (why: unknown): string =>
  typeof why === 'number' ? `exit code ${why}` : (why as { message?: string }).message || FORBIDDEN

/** The cause of an event without a message: browsers give a page no more. */
const FORBIDDEN =
  'a worker from a blob was refused: where the page has a Content-Security-Policy, it needs ' +
  'worker-src blob:'

let pool: Pool | null = null
/** Makes the error of a call that lost a thread. */
export type Lost = (kernel: string, got: string) => Error
let lost: Lost = (kernel, got) =>
  new Error(`${kernel}: expected each thread to finish its part, got ${got}`)

/**
 * Sets the number of threads that compute kernel calls, this one included; 1 ends the others.
 * Resolves with their number afterwards, which is 1, after a warning, where workers cannot start.
 * Await it before another change, and before `shareLibrary`.
 */
export async function changeThreads(n: number, error = lost): Promise<number> {
  lost = error
  return n === (pool?.size ?? 1) ? n : begin(n, sharedLibrary)
}

/**
 * Lets V8 combine two operations of 128 bits into one of 256, on all threads: see `widen`. Await it
 * like `changeThreads`.
 */
export async function widenAll(): Promise<boolean> {
  const before = modules
  const took = widen()
  if (modules !== before && pool !== null) await begin(pool.size, sharedLibrary)
  return took
}

async function begin(n: number, library: SharedLibrary | null): Promise<number> {
  start()
  await stopWorkers()
  sharedLibrary = library
  if (n === 1) return 1
  let next: Pool | null = null
  try {
    if (!isShared)
      throw new Error(
        'expected a shared memory, which needs kernels that were not handed over, and in ' +
          'browsers a page that is cross-origin isolated',
      )
    next = new Pool(n, library?.library ?? null)
    await next.start((why) => {
      if (pool === next) giveUp(messageOf(why))
    })
    pool = next
    install(next)
    warnOfCores(n)
    return n
  } catch (error) {
    await next?.stop()
    warn(
      `setThreads: expected ${n - 1} more threads, got none (${messageOf(error)}): going on ` +
        'with one',
    )
    return 1
  }
}

interface System {
  env: Record<string, string | undefined>
  getBuiltinModule?(name: 'os'): { availableParallelism(): number }
}

/** Open MPI binds each process to one core, where more threads only wait for each other. */
function warnOfCores(n: number): void {
  const { process } = globalThis as { process?: System }
  if (process?.env?.OMPI_COMM_WORLD_SIZE === undefined) return
  const cores = process.getBuiltinModule?.('os').availableParallelism() ?? n
  if (cores < n)
    warn(
      `setThreads: expected a core for each of ${n} threads, got ${cores} for this process: ` +
        'mpirun binds it, start it with mpirun --bind-to none',
    )
}

/** A library whose functions compute parts on all threads. */
export interface SharedLibrary {
  library: Library
  /**
   * Sets the threads of the library itself: 1 while its calls are shared out here, because two
   * pools would compete for the processors.
   */
  allow(threads: number): unknown
  /** Its threads while its calls are not shared out. */
  threads: number
}
let sharedLibrary: SharedLibrary | null = null

/**
 * Lets all threads call the functions of this library, or of none. Resolves when the present
 * threads have loaded them.
 */
export async function shareLibrary(library: SharedLibrary | null): Promise<void> {
  if (library === null || pool === null) sharedLibrary = library
  else await begin(pool.size, library)
}

/** Computes a cut by a library's function, on all threads if they have loaded it: see `Share`. */
export function runOfLibrary(library: Library, index: number, serial: Kernel, cut: Cut): void {
  if (pool === null || pool.library !== library) serial(...cut.call(0, cut.count))
  else
    split(pool, numbered.length + index, serial, cut, (library.signatures[index] as Signature)[0])
}

/**
 * Computes a cut on all threads. Where one of them is lost it throws the error of `lost`, and frees
 * the results, which may be incomplete and still be written to.
 */
function split(pool: Pool, number: number, serial: Kernel, cut: Cut, name: string): void {
  const got = pool.run(number, serial, cut)
  if (got === null) return
  void stopWorkers()
  abandon(
    cut.writes,
    `was being written by ${name} on a thread that did not finish: make it anew, or load it ` +
      'from where it was saved',
  )
  throw lost(name, got)
}

/** Installs the kernels that do not share, and ends the workers; between calls these are idle. */
function stopWorkers(): Promise<void> | undefined {
  const last = pool
  pool = null
  sharedLibrary?.allow(sharedLibrary.threads)
  restore()
  return last?.stop()
}

function giveUp(why: string): void {
  void stopWorkers()
  warn(`setThreads: a thread is gone (${why}): going on with one`)
}

type Make = (serial: Kernel, split: (cut: Cut) => void, size: number) => Kernel

/** Replaces every kernel that can share its work by one from `make`. */
function replace(make: (sharing: Make, id: number, size: number, suffix: string) => Kernel): void {
  const sets = [
    { kernels: floatKernels.float32, sharings: floatSharings, ...FLOATS.float32 },
    { kernels: floatKernels.float64, sharings: floatSharings, ...FLOATS.float64 },
    { kernels: byteKernels, sharings: byteSharings, bytes: 1, suffix: '' },
  ]
  for (const { kernels, sharings, bytes, suffix } of sets) {
    const made = Object.entries(sharings).map(([name, sharing]) => [
      name,
      make(sharing as Make, names.indexOf(name + suffix), bytes, suffix),
    ])
    Object.assign(kernels, Object.fromEntries(made))
  }
}

function restore(): void {
  replace((_sharing, id) => numbered[id] as Kernel)
}

function install(pool: Pool): void {
  sharedLibrary?.allow(1)
  replace((sharing, id, size, suffix) => {
    const serial = numbered[id] as Kernel
    const onAll = (cut: Cut): void => {
      const number = cut.by === undefined ? id : names.indexOf(cut.by + suffix)
      split(pool, number, numbered[number] as Kernel, cut, names[id] as string)
    }
    return sharing(serial, onAll, size)
  })
}
