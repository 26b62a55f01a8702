// Which matrix product computes: the built-in kernels, or a BLAS library of the system. The loading
// itself is in kernels/blas/blas.ts.

import { plugInBlas, type SystemBlas, unplugBlas } from '../../kernels/blas/blas.ts'
import { LibraryError, shown, ValueError } from '../core/errors.ts'
import { requireOptions } from '../core/require.ts'
import { enqueue } from './queue.ts'

export type { SystemBlas } from '../../kernels/blas/blas.ts'

/** Which library computes the products, and on how many threads. */
export interface BlasOptions {
  /**
   * The name or path of a library with the C interface of BLAS; that one and no other. Without it
   * OpenBLAS, MKL and, first on macOS, Accelerate are looked for.
   */
  library?: string | undefined
  /**
   * How many threads the library may use; 1 unless said otherwise. With more than one, and after
   * `setThreads`, those of this package call it instead of its own.
   */
  threads?: number | undefined
}

/**
 * Lets a BLAS library of the system compute the matrix products that are worth the call, in place,
 * from now on. Needs Node and the optional package `koffi`. The library is held to the built-in
 * kernels before it is trusted. Results differ from theirs by rounding, and on several threads
 * perhaps from those on one: `sameBits` in the result tells. Calls that overlap, those of
 * `setThreads` among them, are done one after the other. Throws a ValueError for options that make
 * no sense, and a LibraryError when there is no library or none that can be used: nothing changes
 * then.
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
  if (library !== undefined && (typeof library !== 'string' || library === ''))
    throw new ValueError(
      `useSystemBlas: expected library to be a name or a path, got ${shown(library)}`,
    )
  if (!Number.isInteger(threads) || threads < 1)
    throw new ValueError(
      `useSystemBlas: expected threads to be a positive integer, got ${shown(threads)}`,
    )
  return { library, threads }
}

/**
 * Undoes `useSystemBlas`, at once: the built-in kernels compute every matrix product again. Where
 * changes asked for before are still under way, it is also done after them.
 * `useBuiltInKernels() // undefined`
 */
export function useBuiltInKernels(): void {
  unplugBlas()
  void enqueue(async () => unplugBlas())
}
