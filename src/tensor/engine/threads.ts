// How many threads the kernels work on, as a user sets it. The threads themselves are the kernels'
// business.

import { MAX_THREADS } from '../../kernels/threads/pool.ts'
import { changeThreads } from '../../kernels/threads/threads.ts'
import { shown, ThreadError, ValueError } from '../core/errors.ts'
import { enqueue } from './queue.ts'

/**
 * Lets `n` threads work on the numbers, this one among them; with the built-in kernels results are
 * the same to the bit for any n. Threads are worker_threads in Node and Web Workers in browsers,
 * where the page must be cross-origin isolated. They keep no process alive, and `setThreads(1)`
 * ends them. Call it between two computations; calls that overlap, those of `useSystemBlas` among
 * them, are done one after the other.
 *
 * Resolves with the number of threads at work: where no thread can be started, 1, after a warning.
 * The same happens when one of them dies later. When one takes a part of a call and does not finish
 * it, that call throws a ThreadError. Throws a ValueError, as a rejection, unless n is a whole
 * number from 1 to 32.
 *
 * ```ts
 * await setThreads(2)
 * await setThreads(1) // 1
 * ```
 */
export function setThreads(n: number): Promise<number> {
  if (!Number.isInteger(n) || n < 1 || n > MAX_THREADS)
    return Promise.reject(
      new ValueError(
        `setThreads: expected a whole number of threads from 1 to ${MAX_THREADS}, got ${shown(n)}`,
      ),
    )
  return enqueue(() => changeThreads(n, unfinishedPart))
}

const unfinishedPart = (kernel: string, got: string): ThreadError =>
  new ThreadError(
    `setThreads: expected each thread to finish its part of ${kernel}, got ${got}: what it was ` +
      'to write is refused from now on, and one thread goes on: load that from where it was ' +
      'saved',
  )
