// Elementwise ops of two tensors with NumPy's broadcasting: arithmetic, comparisons and where. A
// number takes the tensor's dtype.

import { isFloat, requireSame } from '../core/dtype.ts'
import { DTypeError } from '../core/errors.ts'
import { kernelsOf } from '../core/kernels.ts'
import { broadcast, type Shape } from '../core/shape.ts'
import { requireTensor, type Tensor } from '../core/tensor.ts'
import { binary, comparison } from '../define/elementwise.ts'
import { defineOp } from '../define/op.ts'
import { asTensors, type Operand } from '../define/operand.ts'
import { binaryMethods } from '../define/opMethods.ts'
import type { Broadcast, Where } from '../types/results.ts'
import type { Implemented, Ok, Other, Refusal, Scalar } from '../types/shapes.ts'
import { inBroadcast } from './shape.ts'

/**
 * Elementwise ops of two tensors, or of a tensor and a number, with NumPy's broadcasting:
 * `a.add(b)` for a (3, 1) and b (4) is (3, 4).
 */
export interface Arithmetic {
  /**
   * a + b. Throws a ShapeError when the shapes do not broadcast, a DTypeError when the dtypes
   * differ, as do all below. In int32, sums, differences and products keep their lowest 32 bits.
   * `tensor([1, 2]).add(10) // [11, 12]`
   */
  add<A extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    b: Other<Broadcast<'add', A, B>, B>,
  ): Tensor<Ok<Broadcast<'add', A, B>>>
  /** a − b. `tensor([1, 2]).sub(tensor([3, 1])) // [-2, 1]` */
  sub<A extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    b: Other<Broadcast<'sub', A, B>, B>,
  ): Tensor<Ok<Broadcast<'sub', A, B>>>
  /** a · b, elementwise. `tensor([[1], [2]]).mul(tensor([3, 4])) // [[3, 4], [6, 8]]` */
  mul<A extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    b: Other<Broadcast<'mul', A, B>, B>,
  ): Tensor<Ok<Broadcast<'mul', A, B>>>
  /** a / b; floats only. `tensor([1, 2]).div(4) // [0.25, 0.5]` */
  div<A extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    b: Other<Broadcast<'div', A, B>, B>,
  ): Tensor<Ok<Broadcast<'div', A, B>>>
  /** aᵇ; floats only. x⁰ = 1 for every x. `tensor([2, 3]).pow(2) // [4, 9]` */
  pow<A extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    b: Other<Broadcast<'pow', A, B>, B>,
  ): Tensor<Ok<Broadcast<'pow', A, B>>>
  /**
   * The larger of both, NaN if one is; equal operands share the gradient.
   * `tensor([1, 5]).maximum(3) // [3, 5]`
   */
  maximum<A extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    b: Other<Broadcast<'maximum', A, B>, B>,
  ): Tensor<Ok<Broadcast<'maximum', A, B>>>
  /**
   * The smaller of both, NaN if one is; equal operands share the gradient.
   * `tensor([1, 5]).minimum(3) // [1, 3]`
   */
  minimum<A extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    b: Other<Broadcast<'minimum', A, B>, B>,
  ): Tensor<Ok<Broadcast<'minimum', A, B>>>
  /** a = b, as bool; so are all below. `tensor([1, 2]).eq(2) // [false, true]` */
  eq<A extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    b: Other<Broadcast<'eq', A, B>, B>,
  ): Tensor<Ok<Broadcast<'eq', A, B>>>
  /** a ≠ b. `tensor([1, 2]).ne(2) // [true, false]` */
  ne<A extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    b: Other<Broadcast<'ne', A, B>, B>,
  ): Tensor<Ok<Broadcast<'ne', A, B>>>
  /** a < b. `tensor([1, 2]).lt(2) // [true, false]` */
  lt<A extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    b: Other<Broadcast<'lt', A, B>, B>,
  ): Tensor<Ok<Broadcast<'lt', A, B>>>
  /** a ≤ b. `tensor([1, 2]).le(2) // [true, true]` */
  le<A extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    b: Other<Broadcast<'le', A, B>, B>,
  ): Tensor<Ok<Broadcast<'le', A, B>>>
  /** a > b. `tensor([1, 2]).gt(1) // [false, true]` */
  gt<A extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    b: Other<Broadcast<'gt', A, B>, B>,
  ): Tensor<Ok<Broadcast<'gt', A, B>>>
  /** a ≥ b. `tensor([1, 2]).ge(1) // [true, true]` */
  ge<A extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    b: Other<Broadcast<'ge', A, B>, B>,
  ): Tensor<Ok<Broadcast<'ge', A, B>>>
  /**
   * This where `condition` (bool) is true, else `other`; all three broadcast.
   * `tensor([1, 2]).where(tensor([true, false]), 0) // [1, 0]`
   */
  where<A extends Shape, C extends Shape, B extends Shape = Scalar>(
    this: Tensor<A>,
    condition: Refusal<Where<C, A, B>> & Tensor<C>,
    other: Tensor<B> | number,
  ): Tensor<Ok<Where<C, A, B>>>
}

const add = binary('add', {
  f: (a, b) => a + b,
  kernel: 'add',
  exact: true,
  vjp: [(g) => g, (g) => g],
})
const sub = binary('sub', {
  f: (a, b) => a - b,
  kernel: 'sub',
  exact: true,
  vjp: [(g) => g, (g) => g.neg()],
})
const mul = binary('mul', {
  f: (a, b) => a * b,
  fInt32: Math.imul,
  kernel: 'mul',
  exact: true,
  vjp: [(g, _y, _a, b) => g.mul(b), (g, _y, a) => g.mul(a)],
})
const div = binary('div', {
  f: (a, b) => a / b,
  kernel: 'div',
  vjp: [(g, _y, _a, b) => g.div(b), (g, y, _a, b) => g.mul(y).div(b).neg()],
})

/** C's pow: 1 to any power and anything to the power 0 are 1, NaN included. */
const power = (a: number, b: number): number =>
  a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b
const pow = binary('pow', {
  f: power,
  vjp: [
    (g, _y, a, b) =>
      g.mul(b.requiresGrad ? slopeOfPower(a, b) : b.mul(a.pow(b.sub(1).where(b.ne(0), 0)))),
    // aᵇ·log a, but 0 where a = 0 and b ≥ 0, as in PyTorch. For b < 0 it is −∞ there.
    (g, y, a, b) => g.mul(y).mul(a.where(a.ne(0).where(b.ge(0), 1), 1).log()),
  ],
})

/**
 * b·aᵇ⁻¹ for an exponent that requires a gradient, and 0 where b = 0 and a⁻¹ is infinite: 0·a⁻¹ is
 * NaN there. Elsewhere the formula keeps b − 1, so that it can be differentiated by b.
 */
function slopeOfPower(a: Tensor, b: Tensor): Tensor {
  const defined = a.reciprocal().abs().lt(Infinity).where(b.eq(0), 1)
  return b.mul(a.where(defined, 1).pow(b.sub(1))).where(defined, 0)
}

/** The gradient goes to the operand that is the result; two equal operands get half each. */
const shared = (g: Tensor, a: Tensor, b: Tensor, lost: Tensor): Tensor =>
  where(lost, 0, g.mul(0.5).where(a.eq(b), g))
const maximum = binary('maximum', {
  f: Math.max,
  kernel: 'maximum',
  exact: true,
  vjp: [(g, _y, a, b) => shared(g, a, b, a.lt(b)), (g, _y, a, b) => shared(g, a, b, b.lt(a))],
})
const minimum = binary('minimum', {
  f: Math.min,
  kernel: 'minimum',
  exact: true,
  vjp: [(g, _y, a, b) => shared(g, a, b, a.gt(b)), (g, _y, a, b) => shared(g, a, b, b.gt(a))],
})

const eq = comparison('eq', (a, b) => a === b)
const ne = comparison('ne', (a, b) => a !== b)
const lt = comparison('lt', (a, b) => a < b)
const le = comparison('le', (a, b) => a <= b)
const gt = comparison('gt', (a, b) => a > b)
const ge = comparison('ge', (a, b) => a >= b)

/** Inputs: a condition of the result's shape, and two branches of that shape or 0-d. */
const choose = defineOp({
  name: 'where',
  form: { kernel: 'where', f: () => (c, a, b) => (c !== 0 ? a : b) },
  shape: (inputs) => inputs[0].shape,
  dtype: (inputs) => inputs[1].dtype,
  forward: (out, inputs) => {
    const [c, a, b] = inputs
    const steps = [Number(a.size === out.size), Number(b.size === out.size)] as const
    if (isFloat(out.dtype))
      kernelsOf(out).where(out.address(), c.address(), a.address(), b.address(), out.size, ...steps)
    else {
      const [to, test, x, y] = [out.elements(), c.elements(), a.elements(), b.elements()]
      for (let i = 0; i < to.length; i++)
        to[i] = (test[i] !== 0 ? x[i * steps[0]] : y[i * steps[1]]) as number
    }
  },
  vjp: (g, { inputs, needsGrad }) => {
    const [c, a, b] = inputs
    return [
      null,
      needsGrad[1] ? g.where(c, 0).sumTo(a.shape) : null,
      needsGrad[2] ? where(c, 0, g).sumTo(b.shape) : null,
    ]
  },
})

/**
 * `a` where `condition` (bool) is true, else `b`; all three broadcast. The branch not taken
 * receives a gradient of exactly 0, NaN or not. Throws a ShapeError when the shapes do not
 * broadcast, a DTypeError unless `condition` is bool and the branches share a dtype.
 *
 * ```ts
 * where(tensor([true, false]), 1, tensor([5, 6])) // [1, 6]
 * ```
 */
export function where<C extends Shape, A extends Shape = Scalar, B extends Shape = Scalar>(
  condition: Refusal<Where<C, A, B>> & Tensor<C>,
  a: Tensor<A> | number,
  b: Tensor<B> | number,
): Tensor<Ok<Where<C, A, B>>>
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  requireTensor('where', condition)
  if (condition.dtype !== 'bool')
    throw new DTypeError(
      `where: expected a bool condition, got ${condition.dtype}: compare it first, as in .ne(0)`,
    )
  const [x, y] = asTensors('where', a, b)
  requireSame('where', x.dtype, y.dtype)
  const shape = broadcast('where', condition.shape, broadcast('where', x.shape, y.shape))
  const branch = (t: Tensor): Tensor => (t.rank === 0 ? t : inBroadcast(t, shape))
  return choose([inBroadcast(condition, shape), branch(x), branch(y)])
}

export const arithmetic: Implemented<Arithmetic> & ThisType<Tensor> = {
  ...binaryMethods({ add, sub, mul, div, pow, maximum, minimum, eq, ne, lt, le, gt, ge }),
  where(condition, other) {
    return where(condition, this, other)
  },
}
