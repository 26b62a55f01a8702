// How many threads the kernels work on, as a user sets it. The threads themselves are the kernels' business.

import { MAX_THREADS } from '../kernels/pool.ts'
import { changeThreads } from '../kernels/threads.ts'
import { shown, ValueError } from './errors.ts'

/**
 * Lets `n` threads work on the numbers, this one among them; results are the same to the bit for any n. Threads are worker_threads in Node and Web Workers
 * in browsers, where the page must be cross-origin isolated. They keep no process alive, and `setThreads(1)` ends them. Call it between two computations.
 *
 * Resolves with the number of threads at work: where no thread can be started, 1, after a warning. The same happens when one of them dies later.
 * Throws a ValueError, as a rejection, unless n is a whole number from 1 to 32.
 *
 * ```ts
 * await setThreads(2)
 * await setThreads(1) // 1
 * ```
 */
export async function setThreads(n: number): Promise<number> {
  if (!Number.isInteger(n) || n < 1 || n > MAX_THREADS)
    throw new ValueError(`setThreads: expected a whole number of threads from 1 to ${MAX_THREADS}, got ${shown(n)}`)
  return changeThreads(n)
}
