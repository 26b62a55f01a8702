// A pool of workers, which together with this thread compute the parts of one job at a time.
// threads.ts makes the jobs.

import { memory, modules, scratchBytes, tallTiles } from '../engine.ts'
import { reserve } from '../memory/heap.ts'
import { type Cut, WORTH } from './cuts.ts'
import { ARITY, type Library, PARTS, SPIN, WORDS, word, workerSource } from './worker.ts'

export type Kernel = (...call: number[]) => void

/** A Web Worker, or Node's. */
interface Thread {
  postMessage(message: unknown): void
  terminate(): unknown
  unref?(): void
  on?(event: string, listener: (what: unknown) => void): unknown
  addEventListener?(event: string, listener: (what: unknown) => void): void
}

interface NodeProcess {
  getBuiltinModule?(name: 'worker_threads'): {
    Worker: new (source: string, options: object) => Thread
  }
}

/** The most threads there can be. */
export const MAX_THREADS = PARTS / 2

/** Parts for each thread: two, so that the others can take the second part of a slow one. */
const SHARES = 2
/**
 * Milliseconds that a join may be late before this thread stops sharing, and for how long at most.
 */
const HELD_UP = 0.2
const LONGEST_REST = 250
/**
 * Milliseconds that this thread waits for a part that a worker has taken. Between two checks at
 * most NAP of them count, twice the sleep of a check: workers are stopped while the whole process
 * is.
 */
const PATIENCE = 60_000
const NAP = 200

const process = (globalThis as { process?: NodeProcess }).process

/** Whether this thread may sleep; in browsers only workers may. */
const maySleep = (control: Int32Array): boolean => {
  try {
    return Atomics.wait(control, word.done, -1) !== 'ok'
  } catch {
    return false
  }
}

export class Pool {
  readonly #control = new Int32Array(new SharedArrayBuffer(4 * WORDS))
  readonly #parts = new Float64Array(new SharedArrayBuffer(8 * ARITY * PARTS))
  readonly #maySleep = maySleep(this.#control)
  readonly #workers: Thread[] = []
  /** Until then this thread works alone, because the others were late. */
  #restingUntil = 0
  readonly size: number
  /** The library that its threads have loaded besides the kernels. */
  readonly library: Library | null

  constructor(size: number, library: Library | null) {
    this.size = size
    this.library = library
  }

  /** Starts the workers. Rejects when one cannot start; calls `died` when one ends later. */
  async start(died: (why: unknown) => void): Promise<void> {
    const scratch = reserve((this.size - 1) * scratchBytes)
    while (this.#workers.length < this.size - 1) this.#workers.push(makeThread())
    const ready = this.#workers.map((worker, i) => {
      const own = {
        scratch: scratch + i * scratchBytes,
        control: this.#control,
        parts: this.#parts,
      }
      worker.postMessage({ modules, memory, tall: tallTiles, library: this.library, ...own })
      return new Promise<unknown>((resolve, reject) => {
        const fail = (why: unknown): void => {
          reject(why)
          died(why)
        }
        const [hear, events] =
          worker.on === undefined
            ? [worker.addEventListener, ['error']]
            : [worker.on, ['error', 'exit']]
        hear?.call(worker, 'message', resolve)
        for (const event of events) hear?.call(worker, event, fail)
      })
    })
    await Promise.all(ready)
    for (const worker of this.#workers) worker.unref?.()
  }

  async stop(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()))
  }

  /**
   * Computes a cut by kernel number `kernel`, which is `serial` on this thread. Returns null, or
   * says what happened to a worker that did not finish its part: it may still be writing, so this
   * pool must not be used again. No part is computed twice, because many change their operands in
   * place.
   */
  run(kernel: number, serial: Kernel, { count, align, work, kept, call }: Cut): string | null {
    const began = performance.now()
    const resting = began < this.#restingUntil
    const parts = resting && !kept ? 1 : Math.min(SHARES * this.size, Math.floor(work / WORTH))
    const step = Math.ceil(count / parts / align) * align
    const n = Math.ceil(count / step)
    if (resting || n === 1) {
      for (let from = 0; from < count; from += step)
        serial(...call(from, Math.min(from + step, count)))
      return null
    }
    const control = this.#control
    for (let i = 0; i < n; i++) {
      const numbers = call(i * step, Math.min((i + 1) * step, count))
      this.#parts.set(numbers, i * ARITY)
      control[word.arity] = numbers.length
    }
    control[word.kernel] = kernel
    Atomics.store(control, word.done, 0)
    try {
      Atomics.store(control, word.untaken, n)
      Atomics.add(control, word.jobs, 1)
      if (Atomics.load(control, word.sleeping) > 0) Atomics.notify(control, word.jobs)
      for (let i = this.#take(); i >= 0; i = this.#take()) {
        serial(...this.#parts.subarray(i * ARITY, i * ARITY + control[word.arity]))
        Atomics.add(control, word.done, 1)
      }
    } catch (error) {
      // For example a stack overflow. The workers must finish their parts before the next job.
      const untaken = Math.max(Atomics.exchange(control, word.untaken, 0), 0)
      const lost = this.#join(n - untaken - 1, began)
      if (lost !== null) return lost
      throw error
    }
    return this.#join(n, began)
  }

  #take(): number {
    return Atomics.load(this.#control, word.untaken) > 0
      ? Atomics.sub(this.#control, word.untaken, 1) - 1
      : -1
  }

  /**
   * Waits for the parts that workers have taken: first awake, then asleep, so that a worker can
   * have this thread's processor. A wait longer than the time since `began` means that other
   * processes use the processors: then this thread works alone for ten times as long as it waited.
   */
  #join(n: number, began: number): string | null {
    const control = this.#control
    if (Atomics.load(control, word.done) === n) return null
    const ended = performance.now()
    for (let looked = ended, patience = PATIENCE; ; ) {
      for (let looks = 0; looks < 64; looks++)
        if (Atomics.load(control, word.done) === n) looks = 64
      const done = Atomics.load(control, word.done)
      const now = performance.now()
      const waited = now - ended
      if (done === n) {
        if (waited > ended - began + HELD_UP)
          this.#restingUntil = now + Math.min(10 * waited, LONGEST_REST)
        return null
      }
      if (Atomics.load(control, word.failed) === 1) return 'one that failed in it'
      patience -= Math.min(now - looked, NAP)
      if (patience < 0) return `none for ${PATIENCE / 1000} s`
      looked = now
      if (waited < SPIN || !this.#maySleep) continue
      Atomics.store(control, word.joining, 1)
      Atomics.wait(control, word.done, done, NAP / 2)
      Atomics.store(control, word.joining, 0)
    }
  }
}

function makeThread(): Thread {
  const node = process?.getBuiltinModule?.('worker_threads')
  if (node !== undefined)
    return new node.Worker(workerSource, { eval: true, execArgv: [], name: 'tapegrad' })
  return new Worker(URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' })), {
    name: 'tapegrad',
  })
}
