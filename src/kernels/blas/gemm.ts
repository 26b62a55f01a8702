// The matrix product by the C interface of BLAS, as a whole or in parts. Which library computes it,
// and who does the parts, is decided in blas.ts.

import { memory } from '../engine.ts'
import { bufferOf } from '../memory/views.ts'
import { type Cut, WORTH } from '../threads/cuts.ts'
import type { Kernel } from '../threads/pool.ts'
import type { Signature } from '../threads/worker.ts'
import type { Multiply } from './product.ts'

const ROW_MAJOR = 101
const AS_IT_IS = 111
const TRANSPOSED = 112

/**
 * C ← alpha·op(A)·op(B) + beta·C by the C interface of BLAS, which does not read C where beta is 0.
 * Addresses go as 64-bit numbers: the cheapest way through koffi.
 */
const gemm = (name: string, float: string): Signature => [
  name,
  'void',
  [
    'int',
    'int',
    'int',
    'int',
    'int',
    'int',
    float,
    'int64',
    'int',
    'int64',
    'int',
    float,
    'int64',
    'int',
  ],
]
/** For float32 and float64, in this order. */
export const GEMMS = [gemm('cblas_sgemm', 'float'), gemm('cblas_dgemm', 'double')]

/** What the product needs of the package koffi. */
export interface Addresses {
  address(view: Uint8Array): bigint
}

/** Does what a cut says by the function of this number, which is `alone` on this thread. */
export type Share = (index: number, serial: Kernel, cut: Cut) => void

/** One part after the other, as small as they get. */
export const inSmallestParts: Share = (_index, serial, { count, call }) => {
  for (let i = 0; i < count; i++) serial(...call(i, i + 1))
}

/**
 * The least multiplications of a part: for smaller products libraries have other kernels (OpenBLAS
 * below 10⁶), which round otherwise.
 */
const LEAST = 2 ** 20
/**
 * The rows of a part are a multiple of ROWS and its columns of COLUMNS, but for the last one.
 * Libraries round the numbers of some groups of rows or columns otherwise than the rest, so a part
 * has to begin where a group does: docs/architecture.md says for which kernels of OpenBLAS these
 * do.
 */
const ROWS = 24
const COLUMNS = { float32: 32, float64: 192 } as const

/**
 * The product by one of these functions; where `share` is given, the larger ones in parts, of rows
 * or columns, that it calls them for.
 */
export function productOf(koffi: Addresses, gemms: readonly Kernel[], split?: Share): Multiply {
  let addressed: ArrayBuffer | null = null
  let base = 0
  return ({ dtype, out, a, b, m, n, k, transA, transB, accumulate }) => {
    const buffer = bufferOf(memory)
    if (buffer !== addressed) {
      // A view of a shared buffer has an address for koffi, the buffer itself has none.
      addressed = buffer
      base = Number(koffi.address(new Uint8Array(buffer)))
    }
    const [index, size] = dtype === 'float32' ? [0, 4] : [1, 8]
    const [opA, lda, rowOfA] = transA ? [TRANSPOSED, m, size] : [AS_IT_IS, k, k * size]
    const [opB, ldb, columnOfB] = transB ? [TRANSPOSED, k, k * size] : [AS_IT_IS, n, size]
    const [to, left, right] = [base + out, base + a, base + b]
    const byRows = m >= n
    const [count, across, even] = byRows ? [m, n, ROWS] : [n, m, COLUMNS[dtype]]
    const width = Math.ceil(LEAST / (across * k) / even) * even
    const units = Math.floor(count / width)
    const serial = gemms[index] as Kernel
    if (split === undefined || !(units > 1)) {
      serial(ROW_MAJOR, opA, opB, m, n, k, 1, left, lda, right, ldb, accumulate, to, n)
      return
    }
    const part = (i: number, rows: number, j: number, columns: number): number[] => {
      const [a, b, c] = [left + i * rowOfA, right + j * columnOfB, to + (i * n + j) * size]
      return [ROW_MAJOR, opA, opB, rows, columns, k, 1, a, lda, b, ldb, accumulate, c, n]
    }
    const call = (from: number, to: number): number[] => {
      const [start, length] = [from * width, (to === units ? count : to * width) - from * width]
      return byRows ? part(start, length, 0, n) : part(0, m, start, length)
    }
    split(index, serial, {
      count: units,
      align: 1,
      work: units * WORTH,
      writes: [out],
      kept: true,
      call,
    })
  }
}
