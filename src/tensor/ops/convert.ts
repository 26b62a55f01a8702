// Ops that copy a tensor: to() changes the dtype, clone() changes nothing.

import { copyBytes } from '../../kernels/copy.ts'
import { BYTES, type DType, isFloat, requireDType, type TypedArray } from '../core/dtype.ts'
import { DTypeError } from '../core/errors.ts'
import type { Shape } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import { defineOp } from '../define/op.ts'

/** The same numbers in a tensor of their own, or of another dtype. */
export interface Conversion<S extends Shape = Shape> {
  /**
   * The numbers in another dtype: to int32 towards zero, to bool by ≠ 0. Differentiable between
   * floats. Throws a DTypeError for an unknown dtype, and for numbers that int32 cannot hold: NaN,
   * ±Infinity and those beyond its range. `tensor([1.5, -1.5]).to('int32') // [1, -1]`
   */
  to(dtype: DType): Tensor<S>
  /**
   * A copy that stays readable however long it is kept; differentiable.
   * `tensor([1, 2]).clone() // [1, 2]`
   */
  clone(): Tensor<S>
}

/** Throws a DTypeError unless int32 can hold each number without its fraction. */
function requireWithin(numbers: TypedArray): void {
  const at = numbers.findIndex((x) => !(x > -(2 ** 31) - 1 && x < 2 ** 31))
  if (at >= 0)
    throw new DTypeError(
      `to: expected numbers within the range of int32, got ${numbers[at]} as element ${at}: ` +
        'clamp() them, or keep the dtype',
    )
}

const convert = defineOp<DType>({
  name: 'to',
  dtype: (_, dtype) => dtype,
  forward: (out, [x], dtype) => {
    if (dtype === 'bool') out.elements().set(x.elements().map((n) => Number(n !== 0)))
    else {
      if (dtype === 'int32') requireWithin(x.elements())
      out.elements().set(x.elements())
    }
  },
  vjp: (g, { inputs: [x] }) => [isFloat(x.dtype) ? g.to(x.dtype) : null],
})

/** A copy that is recycled with its scope, unlike that of clone(). */
export const copy = defineOp({
  name: 'clone',
  form: 'alias',
  dtype: ([x]) => x.dtype,
  forward: (out, [x]) => copyBytes(out.address(), x.address(), x.size * BYTES[x.dtype]),
  vjp: (g) => [g],
})

export const conversions: Conversion & ThisType<Tensor> = {
  to(dtype) {
    requireDType('to', dtype)
    return dtype === this.dtype ? copy([this]) : convert([this], dtype)
  },
  clone() {
    const result = copy([this])
    result.storage.pinned = true
    return result
  },
}
