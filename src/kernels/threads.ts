// Work on several threads: kernel calls that are worth it are cut into parts, which this thread and the workers take one by one until none is left.
// Every element is computed by the same instructions wherever the cuts are. Which kernels can be cut, and where, stands in cuts.ts.

import { byteSharings, type Cut, floatSharings, WORTH } from './cuts.ts'
import { byteKernels, exported, floatKernels, fusesPairs, heapBase, isShared, memory, modules, scratchBytes } from './engine.ts'
import { reserve } from './heap.ts'
import { ARITY, PARTS, SPIN, word, workerSource } from './worker.ts'

type Kernel = (...call: number[]) => void

/** A Web Worker, or Node's. */
interface Thread {
  postMessage(message: unknown): void
  terminate(): unknown
  unref?(): void
  on?(event: string, listener: (what: unknown) => void): unknown
  addEventListener?(event: string, listener: (what: unknown) => void): void
}

interface NodeProcess {
  getBuiltinModule?(name: 'worker_threads'): { Worker: new (source: string, options: object) => Thread }
  emitWarning?(message: string): void
}

/** The most threads there can be. */
export const MAX_THREADS = PARTS / 2

/** Parts for each thread: two, so that a thread that was held up leaves its second one to the others. */
const SHARES = 2
/** Milliseconds beyond what is usual that a join may take before this thread rests from sharing, and the longest rest. */
const HELD_UP = 0.2
const LONGEST_REST = 250
/** Milliseconds after which a worker that has taken a part and not done it is given up, this thread having had nothing left to do. */
const PATIENCE = 10_000

const numbered = Object.values(exported) as Kernel[]
const names = Object.keys(exported)
const process = (globalThis as { process?: NodeProcess }).process

/** This thread may sleep, which in browsers only workers may. */
const maySleep = (control: Int32Array): boolean => {
  try {
    return Atomics.wait(control, word.done, -1) !== 'ok'
  } catch {
    return false
  }
}

class Pool {
  readonly #control = new Int32Array(new SharedArrayBuffer(4 * (word.finished + PARTS)))
  readonly #parts = new Float64Array(new SharedArrayBuffer(8 * ARITY * PARTS))
  readonly #maySleep = maySleep(this.#control)
  readonly #workers: Thread[] = []
  /** Until when this thread works alone, because the others were held up. */
  #restingUntil = 0
  readonly size: number

  constructor(size: number) {
    this.size = size
  }

  /** Starts the workers. Rejects when one of them cannot start; `died` is called when one ends later. */
  async start(died: (why: unknown) => void): Promise<void> {
    reserve((this.size - 1) * scratchBytes)
    while (this.#workers.length < this.size - 1) this.#workers.push(makeThread())
    const ready = this.#workers.map((worker, i) => {
      worker.postMessage({ modules, memory, scratch: heapBase + i * scratchBytes, tall: fusesPairs, control: this.#control, parts: this.#parts })
      return new Promise<unknown>((resolve, reject) => {
        const fail = (why: unknown): void => {
          reject(why)
          died(why)
        }
        const [hear, events] = worker.on === undefined ? [worker.addEventListener, ['error']] : [worker.on, ['error', 'exit']]
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

  /** Does what `cut` says by a kernel. Returns false when a worker had to be given up. */
  run(kernel: number, { count, align, work, call }: Cut): boolean {
    const began = performance.now()
    const parts = began < this.#restingUntil ? 1 : Math.min(SHARES * this.size, Math.floor(work / WORTH))
    const step = Math.ceil(count / parts / align) * align
    const n = Math.ceil(count / step)
    if (n === 1) {
      numbered[kernel]?.(...call(0, count))
      return true
    }
    const control = this.#control
    for (let i = 0; i < n; i++) {
      const numbers = call(i * step, Math.min((i + 1) * step, count))
      this.#parts.set(numbers, i * ARITY)
      control[word.arity] = numbers.length
      control[word.finished + i] = 0
    }
    control[word.kernel] = kernel
    Atomics.store(control, word.done, 0)
    Atomics.store(control, word.untaken, n)
    Atomics.add(control, word.jobs, 1)
    if (Atomics.load(control, word.sleeping) > 0) Atomics.notify(control, word.jobs)
    for (let i = this.#take(); i >= 0; i = this.#take()) {
      this.#do(i)
      Atomics.add(control, word.done, 1)
    }
    if (this.#join(n, began)) return true
    for (let i = 0; i < n; i++) if (control[word.finished + i] === 0) this.#do(i)
    return false
  }

  #take(): number {
    return Atomics.load(this.#control, word.untaken) > 0 ? Atomics.sub(this.#control, word.untaken, 1) - 1 : -1
  }

  #do(part: number): void {
    const kernel = numbered[this.#control[word.kernel]] as Kernel
    kernel(...this.#parts.subarray(part * ARITY, part * ARITY + this.#control[word.arity]))
    this.#control[word.finished + part] = 1
  }

  /**
   * Waits for the parts that others have taken: awake at first, then asleep, so that a thread that was held up gets this one's processor.
   * Where that takes longer than all that was done here since `began`, others want the processors: this thread goes on alone for ten times as long.
   */
  #join(n: number, began: number): boolean {
    const control = this.#control
    if (Atomics.load(control, word.done) === n) return true
    const ended = performance.now()
    for (;;) {
      for (let looks = 0; looks < 64; looks++) if (Atomics.load(control, word.done) === n) looks = 64
      const done = Atomics.load(control, word.done)
      const waited = performance.now() - ended
      if (done === n) {
        if (waited > ended - began + HELD_UP) this.#restingUntil = ended + waited + Math.min(10 * waited, LONGEST_REST)
        return true
      }
      if (waited > PATIENCE) return false
      if (waited < SPIN || !this.#maySleep) continue
      Atomics.store(control, word.joining, 1)
      Atomics.wait(control, word.done, done, 100)
      Atomics.store(control, word.joining, 0)
    }
  }
}

function makeThread(): Thread {
  const node = process?.getBuiltinModule?.('worker_threads')
  if (node !== undefined) return new node.Worker(workerSource, { eval: true, execArgv: [], name: 'tapegrad' })
  return new Worker(URL.createObjectURL(new Blob([workerSource], { type: 'text/javascript' })), { name: 'tapegrad' })
}

/** An error, an event of one, or an exit code, in words. */
const messageOf = (why: unknown): string => (typeof why === 'number' ? `exit code ${why}` : ((why as { message?: string }).message ?? String(why)))

function warn(message: string): void {
  const { warn: say } = console
  if (process?.emitWarning) process.emitWarning(message)
  else say(message)
}

let pool: Pool | null = null
/** Changes of the number of threads, one after the other. */
let changes: Promise<unknown> = Promise.resolve()

/**
 * Lets `n` threads, this one among them, work on the kernels' calls; 1 ends the others. Resolves with the number that there are then:
 * 1 after a warning where workers cannot start.
 */
export function changeThreads(n: number): Promise<number> {
  const change = changes.then(async () => {
    if (n === (pool?.size ?? 1)) return n
    await dismiss()
    if (n === 1) return 1
    let next: Pool | null = null
    try {
      if (!isShared) throw new Error('expected a shared memory, which in browsers needs a page that is cross-origin isolated')
      next = new Pool(n)
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
  })
  changes = change
  return change
}

/** Puts the kernels themselves back in their places and ends the workers, none of which is at work between two calls. */
function dismiss(): Promise<void> | undefined {
  const last = pool
  pool = null
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
  replace((sharing, id, size, suffix) => {
    const alone = numbered[id] as Kernel
    const share = (cut: Cut): void => {
      if (!pool.run(cut.by === undefined ? id : names.indexOf(cut.by + suffix), cut)) giveUp('it did not finish its part')
    }
    return sharing(alone, share, size)
  })
}
