// Which kernels compute: the built-in ones, compiled in one way or another, or a library of the
// system. It chooses none.

import { pluggedIn, type Rounding } from '../../kernels/blas/product.ts'
import { modules, start, tallTiles } from '../../kernels/engine.ts'

/** What decides the last bits of a result, besides the numbers. */
export interface KernelsInUse {
  /** The library that computes larger matrix products; null for the built-in kernels. */
  readonly products: string | null
  /** Whether the built-in products fuse each multiplication with its addition. */
  readonly fused: boolean
  /** Whether vectors have 256 bits, which changes no bit of a result. */
  readonly wideVectors: boolean
}

/** The kernels that compute from now on. Throws an EngineError where none can run. */
export function kernelsInUse(): KernelsInUse {
  start()
  const library = pluggedIn()
  return {
    products: library === null ? null : worded(library),
    fused: modules.length > 1,
    wideVectors: tallTiles,
  }
}

function worded({ name, version, coreType, threads }: Rounding): string {
  const parts = [name, version, coreType === null ? null : `for ${coreType}`]
  if (threads !== 1) parts.push(threads === null ? 'on its threads' : `on ${threads} threads`)
  return parts.filter((part) => part !== null).join(' ')
}
