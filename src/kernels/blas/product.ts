// The matrix product for everything above: this file alone decides whether the built-in kernels or
// a library that was plugged in computes it.

import { copyTransposed } from '../copy.ts'
import { floatKernels, type Ptr } from '../engine.ts'
import { FLOATS, type Float } from '../floats.ts'

/**
 * out (m, n) ← or, with accumulate = 1, += op(a) · op(b), op(a) (m, k), op(b) (k, n), row-major and
 * contiguous; trans = 1 where an operand is stored transposed. Write all fields in this order: then
 * V8 has one hidden class for all products.
 */
export interface MatrixProduct {
  dtype: Float
  out: Ptr
  a: Ptr
  b: Ptr
  m: number
  n: number
  k: number
  transA: number
  transB: number
  accumulate: number
}

/** Computes a product. */
export type Multiply = (call: MatrixProduct) => void

export const builtIn: Multiply = ({ dtype, out, a, b, m, n, k, transA, transB, accumulate }) =>
  floatKernels[dtype].matmul(out, a, b, m, n, k, transA, transB, accumulate)

/** With fewer multiplications the call of a library (0.2 µs) costs more than it saves. */
const WORTH_A_CALL = 4096

let library: Multiply | null = null
let worthwhile = WORTH_A_CALL
let described: Rounding | null = null

/** What decides how a library rounds. */
export interface Rounding {
  readonly name: string
  readonly version: string | null
  readonly coreType: string | null
  readonly threads: number | null
}

/** Lets a library compute products of at least `from` multiplications. */
export function plugIn(multiply: Multiply, rounding: Rounding, from = WORTH_A_CALL): void {
  library = multiply
  described = rounding
  worthwhile = from
}

/** Lets the built-in kernels compute all products. */
export function unplug(): void {
  library = null
  described = null
}

/** The library that was plugged in; null where there is none. */
export const pluggedIn = (): Rounding | null => described

/** Computes products of these sizes. */
const chosen = (m: number, n: number, k: number): Multiply =>
  library !== null && m * n * k >= worthwhile ? library : builtIn

export const product: Multiply = (call) => chosen(call.m, call.n, call.k)(call)

/** The elements that `prepare` writes for op(b) (k, n) and m rows; 0 when b is read in place. */
export function preparedLength(
  dtype: Float,
  m: number,
  n: number,
  k: number,
  transB: number,
): number {
  if (m === 1) return 0
  return chosen(m, n, k) === builtIn ? floatKernels[dtype].packedLength(n, k) : transB * n * k
}

/** out (m, n) ← or, with accumulate = 1, += a (m, k) · op(b), for any m. */
export type PreparedProduct = (out: Ptr, a: Ptr, m: number, accumulate: number) => void

/**
 * Prepares op(b) for products with many left operands of at most m rows: it writes `preparedLength`
 * elements to `dst`, packed, or for a library in row-major order, which it reads fastest. A library
 * must not be plugged in or out between the two calls, because that changes the length; later it
 * may.
 */
export function prepare(
  dtype: Float,
  dst: Ptr,
  b: Ptr,
  m: number,
  n: number,
  k: number,
  transB: number,
): PreparedProduct {
  const isBuiltIn = chosen(m, n, k) === builtIn
  if (preparedLength(dtype, m, n, k, transB) === 0) {
    const { matmul } = floatKernels[dtype]
    return isBuiltIn
      ? (out, a, m, accumulate) => matmul(out, a, b, m, n, k, 0, transB, accumulate)
      : (out, a, m, accumulate) =>
          product({ dtype, out, a, b, m, n, k, transA: 0, transB, accumulate })
  }
  if (!isBuiltIn) {
    copyTransposed(FLOATS[dtype].bytes, dst, b, 1, k, n)
    return (out, a, m, accumulate) =>
      product({ dtype, out, a, b: dst, m, n, k, transA: 0, transB: 0, accumulate })
  }
  const { packOperand, matmulPacked } = floatKernels[dtype]
  packOperand(dst, b, n, k, transB)
  return (out, a, m, accumulate) => matmulPacked(out, a, dst, m, n, k, 0, accumulate)
}
