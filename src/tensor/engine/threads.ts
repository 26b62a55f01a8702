// Sets the number of threads that the kernels use; kernels/threads/ starts and ends them.

import { MAX_THREADS } from '../../kernels/threads/pool.ts'
import { changeThreads } from '../../kernels/threads/threads.ts'
import { shown, ThreadError, ValueError } from '../core/errors.ts'
import { enqueue } from './queue.ts'

/**
 * Computes on `n` threads, this one included; with the built-in kernels the results have the same
 * bits for any n. Threads are worker_threads in Node and Web Workers in browsers, where the page
 * must be cross-origin isolated. They keep no process alive, and `setThreads(1)` ends them. Call it
 * between two computations. Calls that overlap, also with `useSystemBlas`, run one after the other.
 *
 * Resolves with the number of threads in use. Where no thread can be started it is 1, after a
 * warning; the same happens when a thread dies later. A call throws a ThreadError when a thread
 * does not finish its part of it. Rejects with a ValueError unless n is a whole number from 1 to
 * 32.
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
    `setThreads: expected each thread to finish its part of ${kernel}, got ${got}: the ` +
      'numbers that the call was to write are refused from now on, and one thread goes on: load ' +
      'them from where they were saved',
  )
