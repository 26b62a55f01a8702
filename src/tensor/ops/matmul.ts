// The matrix product of two matrices or of stacks of matrices, and its derivative. Transposed
// operands are read in place, without a copy.

import {
  type PreparedProduct,
  prepare,
  preparedLength,
  product,
} from '../../kernels/blas/product.ts'
import { repeatRow } from '../../kernels/copy.ts'
import type { Ptr } from '../../kernels/engine.ts'
import { creation, result } from '../core/blank.ts'
import { BYTES, type FloatDType, requireFloat, requireSame } from '../core/dtype.ts'
import { ShapeError } from '../core/errors.ts'
import { discard, unscoped } from '../core/scopes.ts'
import { broadcast, type Shape, show, sizeOf } from '../core/shape.ts'
import { requireTensor, type Tensor } from '../core/tensor.ts'
import { addSumInto } from '../define/elementwise.ts'
import type { FormedRule } from '../define/form.ts'
import type { BuiltIn } from '../define/names.ts'
import { record } from '../define/record.ts'
import type { MatrixProduct } from '../types/results.ts'
import type { Implemented, Ok, Refusal } from '../types/shapes.ts'
import { inBroadcast, inShape } from './shape.ts'

/** Products of matrices. */
export interface MatMul {
  /**
   * a (…, M, K) · b (…, K, N) → (…, M, N); leading axes broadcast. A vector (K) counts as a row on
   * the left and as a column on the right, and its axis vanishes. Throws a ShapeError when the
   * inner sizes differ, a DTypeError for int32, bool or mixed operands.
   *
   * ```ts
   * tensor([[1, 2], [3, 4]]).matmul(tensor([1, 10])) // [21, 43]
   * zeros([2, 3]).matmul(zeros([4, 5])) // ShapeError: matmul: inner sizes differ: (2, 3) @ (4, 5)
   * ```
   */
  matmul<A extends Shape, B extends Shape>(
    this: Tensor<A>,
    b: Refusal<MatrixProduct<A, B>> & Tensor<B>,
  ): Tensor<Ok<MatrixProduct<A, B>>>
}

/**
 * out (…, M, N) ← a · b, or += with `accumulate`, for operands with the same leading axes. Each may
 * be stored transposed.
 */
export function multiplyInto(out: Tensor, a: Tensor, b: Tensor, accumulate: 0 | 1): void {
  const [m, n] = out.shape.slice(-2)
  const k = a.shape.at(-1) as number
  const dtype = out.dtype as FloatDType
  const bytes = BYTES[out.dtype]
  const [to, left, right] = [out.address(), a.storedAddress(), b.storedAddress()]
  const batch = sizeOf(out.shape.slice(0, -2))
  for (let i = 0; i < batch; i++)
    product({
      dtype,
      out: to + i * m * n * bytes,
      a: left + i * m * k * bytes,
      b: right + i * k * n * bytes,
      m,
      n,
      k,
      transA: Number(a.transposed),
      transB: Number(b.transposed),
      accumulate,
    })
}

const rule: BuiltIn<FormedRule<undefined>> = {
  name: 'matmul',
  form: 'matmul',
  vjp: (g, { inputs: [a, b], needsGrad }) => [
    needsGrad[0] ? multiply(g, b.transpose(-1, -2)) : null,
    needsGrad[1] ? multiply(a.transpose(-1, -2), g) : null,
  ],
  addInto: (sum, index, g, { inputs: [a, b] }) => {
    if (index === 0) multiplyInto(sum, g, b.transpose(-1, -2), 1)
    else multiplyInto(sum, a.transpose(-1, -2), g, 1)
  },
  replay: ([a, b]) => multiply(a, b),
}

/** The product of operands with the same leading axes, recorded. */
function multiply(a: Tensor, b: Tensor): Tensor {
  const out = result([...a.shape.slice(0, -1), b.shape.at(-1) as number], a.dtype, 'matmul')
  multiplyInto(out, a, b, 0)
  return record(rule, [a, b], undefined, out)
}

const affineRule: BuiltIn<FormedRule<undefined>> = {
  name: 'affine',
  form: 'affine',
  vjp: (g, { inputs: [x, weight, ...biases], needsGrad }) => [
    needsGrad[0] ? multiply(g, weight) : null,
    needsGrad[1] ? multiply(g.t(), x) : null,
    ...biases.map((bias) => (needsGrad[2] ? g.sumTo(bias.shape) : null)),
  ],
  addInto: (sum, index, g, { inputs: [x, weight] }) => {
    if (index === 0) multiplyInto(sum, g, weight, 1)
    else if (index === 1) multiplyInto(sum, g.t(), x, 1)
    else addSumInto(sum, g)
  },
  replay: ([x, weight, bias = null]) => affine(x, weight, bias),
}

/**
 * to (R, K) ← x (R, D)·weightᵀ + bias, for weight (K, D) and bias (K). The bias is first copied
 * into every row, and the product is added.
 */
export function affineInto(
  dtype: FloatDType,
  to: Ptr,
  x: Ptr,
  weight: Ptr,
  bias: Ptr | null,
  R: number,
  K: number,
  D: number,
): void {
  if (bias !== null) repeatRow(BYTES[dtype] as 4 | 8, to, bias, R, K)
  product({
    dtype,
    out: to,
    a: x,
    b: weight,
    m: R,
    n: K,
    k: D,
    transA: 0,
    transB: 1,
    accumulate: Number(bias !== null),
  })
}

/** x (…, D)·weightᵀ + bias for weight (K, D) and a bias (K) or none, as one op. */
export function affine(x: Tensor, weight: Tensor, bias: Tensor | null): Tensor {
  const [K, D] = weight.shape
  const R = sizeOf(x.shape.slice(0, -1))
  const rows = inShape(x, [R, D])
  const out = result([R, K], x.dtype, 'affine')
  const inputs = bias === null ? [rows, weight] : [rows, weight, bias]
  const [from, w, b = null] = inputs.map((input) => input.address())
  affineInto(x.dtype as FloatDType, out.address(), from, w, b, R, K, D)
  const y = record(affineRule, inputs, undefined, out)
  return inShape(y, [...x.shape.slice(0, -1), K])
}

function requireOperands(a: Tensor, b: unknown): asserts b is Tensor {
  requireTensor('matmul', b)
  requireSame('matmul', a.dtype, b.dtype)
  requireFloat('matmul', a.dtype)
  if (a.rank === 0 || b.rank === 0)
    throw new ShapeError(
      `matmul: expected at least one axis each, got ${show(a.shape)} @ ${show(b.shape)}: use mul`,
    )
  if (a.shape.at(-1) !== b.shape.at(b.rank === 1 ? -1 : -2))
    throw new ShapeError(`matmul: inner sizes differ: ${show(a.shape)} @ ${show(b.shape)}`)
}

export const matmuls: Implemented<MatMul> & ThisType<Tensor> = {
  matmul(b) {
    requireOperands(this, b)
    if (this.rank === 1)
      return this.unsqueeze(0)
        .matmul(b)
        .squeeze(b.rank === 1 ? 0 : -2)
    if (b.rank === 1) return this.matmul(b.unsqueeze(1)).squeeze(-1)
    const [m, k] = this.shape.slice(-2)
    if (b.rank === 2) {
      if (this.rank === 2) return multiply(this, b)
      const leading = this.shape.slice(0, -1)
      return multiply(this.reshape([sizeOf(leading), k]), b).reshape([...leading, b.shape[1]])
    }
    const stack: Shape = broadcast(
      `matmul of ${show(this.shape)} @ ${show(b.shape)}`,
      this.shape.slice(0, -2),
      b.shape.slice(0, -2),
    )
    return multiply(
      inBroadcast(this, [...stack, m, k]),
      inBroadcast(b, [...stack, k, b.shape.at(-1) as number]),
    )
  },
}

/**
 * Runs `body` with a function that computes out ← or += x · weight (weightᵀ when `transposed`) for
 * up to N rows of x. The weight is packed once for all its calls.
 */
export function withWeight(
  weight: Tensor,
  N: number,
  transposed: boolean,
  body: (times: PreparedProduct) => void,
): void {
  const dtype = weight.dtype as FloatDType
  const [n, k] = transposed ? weight.shape : [...weight.shape].reverse()
  const length = preparedLength(dtype, N, n, k, Number(transposed))
  const packed = unscoped(() => creation([length], dtype, 'packed weights'))
  try {
    const [to, from] = [packed.address(), weight.address()]
    body(prepare(dtype, to, from, N, n, k, Number(transposed)))
  } finally {
    discard(packed.storage)
  }
}
