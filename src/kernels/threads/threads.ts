// Work on several threads: kernel calls that are worth it are cut into parts, which this thread and
// the workers of pool.ts take one by one until none is left. Every element is computed by the same
// instructions wherever the cuts are. Which kernels can be cut, and where, stands in cuts.ts.

import { byteKernels, floatKernels, isShared, names, numbered, start } from '../engine.ts'
import { abandon } from '../memory/heap.ts'
import { warn } from '../warn.ts'
import { byteSharings, type Cut, floatSharings } from './cuts.ts'
import { type Kernel, Pool } from './pool.ts'
import type { Library, Signature } from './worker.ts'

/** An error, an event of one, or an exit code, in words. */
const messageOf = (why: unknown): string =>
  typeof why === 'number' ? `exit code ${why}` : (why as { message?: string }).message || FORBIDDEN

/** What an event without words comes from: browsers tell a page no more. */
const FORBIDDEN =
  'a worker from a blob was refused: where the page has a Content-Security-Policy, it needs ' +
  'worker-src blob:'

let pool: Pool | null = null
/** The error of a call that lost a thread in its middle. */
export type Lost = (kernel: string, got: string) => Error
let lost: Lost = (kernel, got) =>
  new Error(`${kernel}: expected each thread to finish its part, got ${got}`)

/**
 * Lets `n` threads, this one among them, work on the kernels' calls; 1 ends the others. Resolves
 * with the number that there are then: 1 after a warning where workers cannot start. Make one
 * change at a time, of the threads and by `shareLibrary`.
 */
export async function changeThreads(n: number, error = lost): Promise<number> {
  lost = error
  return n === (pool?.size ?? 1) ? n : begin(n, sharedLibrary)
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

/**
 * A library whose functions are called for parts: how every thread loads it. Its own threads are
 * its own business while this one is alone.
 */
export interface SharedLibrary {
  library: Library
  /**
   * How many threads the library itself may use: 1 while its calls are shared out here, because two
   * pools would take the processors from each other.
   */
  allow(threads: number): unknown
  threads: number
}
let sharedLibrary: SharedLibrary | null = null

/**
 * Lets all threads call this library's functions from now on, or none's. Resolves when those there
 * are have loaded them.
 */
export async function shareLibrary(library: SharedLibrary | null): Promise<void> {
  if (library === null || pool === null) sharedLibrary = library
  else await begin(pool.size, library)
}

/**
 * Does what `cut` says by a function of a library, as this thread has loaded it: on all threads
 * where they have loaded it too.
 */
export function runOfLibrary(library: Library, index: number, serial: Kernel, cut: Cut): void {
  if (pool === null || pool.library !== library) serial(...cut.call(0, cut.count))
  else
    split(pool, numbered.length + index, serial, cut, (library.signatures[index] as Signature)[0])
}

/**
 * Does what `cut` says on all threads, or throws what `lost` makes of it: what it was to write may
 * be half done, and written to at any time.
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

/**
 * Puts the kernels themselves back in their places and ends the workers, none of which is at work
 * between two calls.
 */
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

/** Puts a kernel made by `make` in the place of every one that can share its work, in all sets. */
function replace(make: (sharing: Make, id: number, size: number, suffix: string) => Kernel): void {
  const sets = [
    { kernels: floatKernels.float32, sharings: floatSharings, size: 4, suffix: '_f32' },
    { kernels: floatKernels.float64, sharings: floatSharings, size: 8, suffix: '_f64' },
    { kernels: byteKernels, sharings: byteSharings, size: 1, suffix: '' },
  ]
  for (const { kernels, sharings, size, suffix } of sets) {
    const made = Object.entries(sharings).map(([name, sharing]) => [
      name,
      make(sharing as Make, names.indexOf(name + suffix), size, suffix),
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
