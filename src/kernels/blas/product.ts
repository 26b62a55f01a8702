// The matrix product as everything above asks for it: by the built-in kernels, or by a library that
// was plugged in. Which of them is decided here and nowhere else.

import { copyTransposed } from '../copy.ts'
import { floatKernels, type Ptr } from '../engine.ts'

type Float = 'float32' | 'float64'

/**
 * out (m, n) ← or, with accumulate = 1, += op(a) · op(b), op(a) (m, k), op(b) (k, n), row-major and
 * contiguous; trans = 1 where an operand is stored transposed. Name the fields in this order, and
 * all of them: then V8 reads every product alike.
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

/**
 * Below this many multiplications a call to a library (0.2 µs) costs more than it saves: measured
 * with OpenBLAS, they are even between 1,000 and 4,000.
 */
const WORTH_A_CALL = 4096

let library: Multiply | null = null
let worthwhile = WORTH_A_CALL

/**
 * Lets a library compute the products of at least `from` multiplications, those worth the call;
 * null goes back to the built-in kernels.
 */
export function plugIn(multiply: Multiply | null, from = WORTH_A_CALL): void {
  library = multiply
  worthwhile = from
}

/** What computes a product of these sizes. */
const chosen = (m: number, n: number, k: number): Multiply =>
  library !== null && m * n * k >= worthwhile ? library : builtIn

export const product: Multiply = (call) => chosen(call.m, call.n, call.k)(call)

/**
 * How many elements `prepare` needs for op(b) (k, n) in products with m rows; 0 when it is read as
 * it is.
 */
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
 * The product with one right-hand side for many left ones, of m rows or fewer. It is made ready in
 * `room` once, unless `preparedLength` is 0: packed, or for a library in the order that it reads
 * fastest (OpenBLAS by a tenth). Ask for both in one go: a library that is plugged in or out
 * between them would change the length. Between them and the products it may.
 */
export function prepare(
  dtype: Float,
  room: Ptr,
  b: Ptr,
  m: number,
  n: number,
  k: number,
  transB: number,
): PreparedProduct {
  if (preparedLength(dtype, m, n, k, transB) === 0)
    return (out, a, m, accumulate) =>
      product({ dtype, out, a, b, m, n, k, transA: 0, transB, accumulate })
  if (chosen(m, n, k) !== builtIn) {
    copyTransposed(dtype === 'float32' ? 4 : 8, room, b, 1, k, n)
    return (out, a, m, accumulate) =>
      product({ dtype, out, a, b: room, m, n, k, transA: 0, transB: 0, accumulate })
  }
  const { packOperand, matmulPacked } = floatKernels[dtype]
  packOperand(room, b, n, k, transB)
  return (out, a, m, accumulate) => matmulPacked(out, a, room, m, n, k, 0, accumulate)
}
