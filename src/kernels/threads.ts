// Work on several threads: kernel calls that are worth it are cut into parts, which this thread and the workers of pool.ts take one by one until none is left.
// Every element is computed by the same instructions wherever the cuts are. Which kernels can be cut, and where, stands in cuts.ts.

import { byteSharings, type Cut, floatSharings } from './cuts.ts'
import { byteKernels, exported, floatKernels, isShared } from './engine.ts'
import { type Kernel, numbered, Pool } from './pool.ts'
import type { Natives } from './worker.ts'

const names = Object.keys(exported)
const process = (globalThis as { process?: { emitWarning?(message: string): void } }).process

/** An error, an event of one, or an exit code, in words. */
const messageOf = (why: unknown): string => (typeof why === 'number' ? `exit code ${why}` : ((why as { message?: string }).message ?? String(why)))

function warn(message: string): void {
  const { warn: say } = console
  if (process?.emitWarning) process.emitWarning(message)
  else say(message)
}

let pool: Pool | null = null
/** Changes of the threads, one after the other. */
let changes: Promise<unknown> = Promise.resolve()
function inTurn<T>(change: () => Promise<T>): Promise<T> {
  const changed = changes.then(change)
  changes = changed.catch(() => {})
  return changed
}

/**
 * Lets `n` threads, this one among them, work on the kernels' calls; 1 ends the others. Resolves with the number that there are then:
 * 1 after a warning where workers cannot start.
 */
export function changeThreads(n: number): Promise<number> {
  return inTurn(async () => (n === (pool?.size ?? 1) ? n : begin(n)))
}

async function begin(n: number): Promise<number> {
  await dismiss()
  if (n === 1) return 1
  let next: Pool | null = null
  try {
    if (!isShared) throw new Error('expected a shared memory, which in browsers needs a page that is cross-origin isolated')
    next = new Pool(n, lent?.natives ?? null)
    await next.start((why) => {
      if (pool === next) giveUp(messageOf(why))
    })
    pool = next
    install(next)
    return n
  } catch (error) {
    await next?.stop()
    warn(`setThreads: expected ${n - 1} more threads, got none (${messageOf(error)}): going on with one`)
    return 1
  }
}

/** Functions of a library: how every thread loads them, and as this one has. The library's own threads are its own business while this one is alone. */
export interface Lent {
  natives: Natives
  functions: readonly ((...call: number[]) => unknown)[]
  /** How many threads the library itself may use: 1 while its calls are shared out here, because two pools would take the processors from each other. */
  allow(threads: number): unknown
  threads: number
}
let lent: Lent | null = null

/** Lets all threads call these functions from now on, or none. Resolves when those there are have loaded them. */
export function lend(next: Lent | null): Promise<unknown> {
  lent = next
  return inTurn(async () => {
    if (next !== null && pool !== null) await begin(pool.size)
  })
}

/** Does what `cut` says by a lent function, on all threads where there are some. */
export function runNative(index: number, cut: Cut): void {
  const { natives, functions } = lent as Lent
  const alone = functions[index] as Kernel
  if (pool === null || pool.natives !== natives) alone(...cut.call(0, cut.count))
  else if (!pool.run(numbered.length + index, alone, cut)) giveUp('it did not finish its part')
}

/** Puts the kernels themselves back in their places and ends the workers, none of which is at work between two calls. */
function dismiss(): Promise<void> | undefined {
  const last = pool
  pool = null
  lent?.allow(lent.threads)
  restore()
  return last?.stop()
}

function giveUp(why: string): void {
  dismiss()
  warn(`setThreads: a thread is gone (${why}): going on with one`)
}

type Make = (alone: Kernel, share: (cut: Cut) => void, size: number) => Kernel

/** Puts a kernel made by `make` in the place of every one that can share its work, in all sets. */
function replace(make: (sharing: Make, id: number, size: number, suffix: string) => Kernel): void {
  const sets = [
    { kernels: floatKernels.float32, sharings: floatSharings, size: 4, suffix: '_f32' },
    { kernels: floatKernels.float64, sharings: floatSharings, size: 8, suffix: '_f64' },
    { kernels: byteKernels, sharings: byteSharings, size: 1, suffix: '' },
  ]
  for (const { kernels, sharings, size, suffix } of sets) {
    const made = Object.entries(sharings).map(([name, sharing]) => [name, make(sharing as Make, names.indexOf(name + suffix), size, suffix)])
    Object.assign(kernels, Object.fromEntries(made))
  }
}

function restore(): void {
  replace((_sharing, id) => numbered[id] as Kernel)
}

function install(pool: Pool): void {
  lent?.allow(1)
  replace((sharing, id, size, suffix) => {
    const alone = numbered[id] as Kernel
    const share = (cut: Cut): void => {
      const number = cut.by === undefined ? id : names.indexOf(cut.by + suffix)
      if (!pool.run(number, numbered[number] as Kernel, cut)) giveUp('it did not finish its part')
    }
    return sharing(alone, share, size)
  })
}
