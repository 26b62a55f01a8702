// Chooses the matrix products: those of the built-in kernels, or of a BLAS library of the system.
// kernels/blas/blas.ts loads the library.

import { plugInBlas, type SystemBlas, unplugBlas } from '../../kernels/blas/blas.ts'
import { LibraryError, shown, ValueError } from '../core/errors.ts'
import { requireLibraryName, requireOptions } from '../core/require.ts'
import { enqueue } from './queue.ts'

export type { SystemBlas } from '../../kernels/blas/blas.ts'

/** Which library computes the products, and on how many threads. */
export interface BlasOptions {
  /**
   * The name or path of a library with the C interface of BLAS; no other is tried then. Without it
   * OpenBLAS, MKL and, first on macOS, Accelerate are tried.
   */
  library?: string | undefined
  /**
   * How many threads the library may use; default 1. With more than one, and after `setThreads`,
   * the threads of this package call the library in place of its own.
   */
  threads?: number | undefined
}

/**
 * Lets a BLAS library of the system compute the larger matrix products from now on, without copies.
 * Needs Node and the optional package `koffi`. The library's products are compared with those of
 * the built-in kernels before it is used. Its results differ from theirs by rounding. Results on
 * several threads may differ from those on one, unless `sameBits` in the result is true. Calls that
 * overlap, also with `setThreads`, run one after the other. Throws a ValueError for options that
 * are not allowed, and a LibraryError when there is no library or none that can be used: nothing
 * changes then.
 *
 * ```js
 * const { name, version } = await useSystemBlas() // 'OpenBLAS', '0.3.21'
 * ```
 */
export function useSystemBlas(options: BlasOptions = {}): Promise<SystemBlas> {
  try {
    const { library, threads } = requireBlasOptions(options)
    return enqueue(async () => {
      try {
        return await plugInBlas(library, threads)
      } catch (error) {
        throw new LibraryError(`useSystemBlas: ${(error as Error).message}`, { cause: error })
      }
    })
  } catch (error) {
    return Promise.reject(error)
  }
}

function requireBlasOptions(options: BlasOptions): {
  library: string | undefined
  threads: number
} {
  const { library, threads = 1 } = requireOptions('useSystemBlas', options, ['library', 'threads'])
  requireLibraryName('useSystemBlas', library)
  if (!Number.isInteger(threads) || threads < 1)
    throw new ValueError(
      `useSystemBlas: expected threads to be a positive integer, got ${shown(threads)}`,
    )
  return { library, threads }
}

/**
 * Undoes `useSystemBlas` at once: the built-in kernels compute every matrix product again. This is
 * repeated after changes that are still under way. `useBuiltInKernels() // undefined`
 */
export function useBuiltInKernels(): void {
  unplugBlas()
  void enqueue(async () => unplugBlas())
}
