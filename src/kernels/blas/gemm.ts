// The matrix product by the C interface of BLAS, as a whole or in parts. The library, and the
// threads for the parts, are chosen in blas.ts.

import { FLOAT_NAMES, FLOATS } from '../floats.ts'
import { type Addresses, baseOfMemory } from '../native.ts'
import { type Cut, WORTH } from '../threads/cuts.ts'
import type { Kernel } from '../threads/pool.ts'
import type { Signature } from '../threads/worker.ts'
import type { Multiply } from './product.ts'

const ROW_MAJOR = 101
const AS_IT_IS = 111
const TRANSPOSED = 112

/**
 * C ← alpha·op(A)·op(B) + beta·C, which does not read C where beta is 0. Addresses are passed as
 * 64-bit integers: koffi is fastest with those.
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
/** In the order of FLOAT_NAMES. */
export const GEMMS = [gemm('cblas_sgemm', 'float'), gemm('cblas_dgemm', 'double')]

/** Shares out the parts of a cut, as calls of function `index`: `serial` on this thread. */
export type Share = (index: number, serial: Kernel, cut: Cut) => void

/** Computes one part after the other, each as small as it can be. */
export const inSmallestParts: Share = (_index, serial, { count, call }) => {
  for (let i = 0; i < count; i++) serial(...call(i, i + 1))
}

/**
 * Multiplications of the smallest part: libraries have kernels for small products that round
 * otherwise.
 */
const LEAST = 2 ** 20
/**
 * Parts begin at multiples of so many rows or columns, as the groups do in which libraries round:
 * docs/architecture.md says for which kernels of OpenBLAS.
 */
const ROWS = 24
const COLUMNS = { float32: 32, float64: 192 } as const

/** The product by these functions; with `split`, larger ones are cut into parts for it. */
export function productOf(koffi: Addresses, gemms: readonly Kernel[], split?: Share): Multiply {
  const baseNow = baseOfMemory(koffi)
  return ({ dtype, out, a, b, m, n, k, transA, transB, accumulate }) => {
    const base = baseNow()
    const index = FLOAT_NAMES.indexOf(dtype)
    const size = FLOATS[dtype].bytes
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
