// The matrix product as everything above asks for it: by the built-in kernels, or by a library that was plugged in. Which of them is decided here and nowhere else.

import { floatKernels, type Ptr } from './engine.ts'

type Float = 'float32' | 'float64'

/** out (m, n) [+]= op(a) · op(b), op(a) (m, k), op(b) (k, n), row-major and contiguous; trans = 1 where an operand is stored transposed. */
export type Product = (dtype: Float, out: Ptr, a: Ptr, b: Ptr, m: number, n: number, k: number, transA: number, transB: number, accumulate: number) => void

const builtIn: Product = (dtype, out, a, b, m, n, k, transA, transB, accumulate) => floatKernels[dtype].matmul(out, a, b, m, n, k, transA, transB, accumulate)

/** Below this many multiplications a call to a library costs more than it saves. */
const WORTH_A_CALL = 8192

let library: Product | null = null

/** Lets a library compute the products that are worth the call; null goes back to the built-in kernels. */
export function plugIn(product: Product | null): void {
  library = product
}

export const product: Product = (dtype, out, a, b, m, n, k, transA, transB, accumulate) =>
  (library !== null && m * n * k >= WORTH_A_CALL ? library : builtIn)(dtype, out, a, b, m, n, k, transA, transB, accumulate)

/** How many elements `prepare` needs for op(b) (k, n) in products with m rows; 0 when it is read as it is. */
export const preparedLength = (dtype: Float, m: number, n: number, k: number): number =>
  m === 1 || library !== null ? 0 : floatKernels[dtype].packedLength(n, k)

/**
 * The product with one right-hand side for many left ones: out (m, n) += a (m, k) · op(b). It is packed into `room` once, unless `preparedLength` was 0.
 */
export function prepare(dtype: Float, room: Ptr, b: Ptr, m: number, n: number, k: number, transB: number): (out: Ptr, a: Ptr) => void {
  if (preparedLength(dtype, m, n, k) === 0) return (out, a) => product(dtype, out, a, b, m, n, k, 0, transB, 1)
  const { packOperand, matmulPacked } = floatKernels[dtype]
  packOperand(room, b, n, k, transB)
  return (out, a) => matmulPacked(out, a, room, m, n, k, 0, 1)
}
