// Elementwise ops of one tensor, each one entry with its definition, kernel and derivative. Ops
// that broadcast are arithmetic.ts.

import { shown, ValueError } from '../core/errors.ts'
import { kernelsOf } from '../core/kernels.ts'
import type { Shape } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import { unary } from '../define/elementwise.ts'
import { defineOp, type OpCall } from '../define/op.ts'
import { unaryMethods } from '../define/opMethods.ts'
import { zeros } from './creation.ts'

/**
 * Functions of each element, y (…) from x (…). All throw a DTypeError for bool, and those whose
 * results are not always whole numbers throw it for int32.
 */
export interface Elementwise<S extends Shape = Shape> {
  /** −x. `tensor([1, -2]).neg() // [-1, 2]` */
  neg(): Tensor<S>
  /** |x|; its derivative at 0 is 0. `tensor([1, -2]).abs() // [1, 2]` */
  abs(): Tensor<S>
  /** −1, 0 or 1; its derivative is 0 everywhere. `tensor([3, 0, -2]).sign() // [1, 0, -1]` */
  sign(): Tensor<S>
  /** eˣ. `tensor([0, 1]).exp() // [1, 2.7183]` */
  exp(): Tensor<S>
  /** Natural logarithm; NaN below 0. `tensor([1, 4]).log() // [0, 1.3863]` */
  log(): Tensor<S>
  /** log(1 + x), exact near 0. `tensor([0, 1]).log1p() // [0, 0.6931]` */
  log1p(): Tensor<S>
  /** Square root; NaN below 0. `tensor([4, 9]).sqrt() // [2, 3]` */
  sqrt(): Tensor<S>
  /** x². `tensor([2, -3]).square() // [4, 9]` */
  square(): Tensor<S>
  /** 1 / x. `tensor([2, 4]).reciprocal() // [0.5, 0.25]` */
  reciprocal(): Tensor<S>
  /** Sine of x in radians. `tensor([0, 1]).sin() // [0, 0.8415]` */
  sin(): Tensor<S>
  /** Cosine of x in radians. `tensor([0, 1]).cos() // [1, 0.5403]` */
  cos(): Tensor<S>
  /** Hyperbolic tangent. `tensor([0, 1]).tanh() // [0, 0.7616]` */
  tanh(): Tensor<S>
  /**
   * 1 / (1 + e⁻ˣ), without overflow for any finite x. `tensor([0, 1]).sigmoid() // [0.5, 0.7311]`
   */
  sigmoid(): Tensor<S>
  /** max(0, x); its derivative at 0 is 0. `tensor([-1, 2]).relu() // [0, 2]` */
  relu(): Tensor<S>
  /** log(1 + eˣ), without overflow. `tensor([0, 1]).softplus() // [0.6931, 1.3133]` */
  softplus(): Tensor<S>
  /**
   * x kept within [min, max]; the derivative is 1 inside and on the bounds, 0 outside. Throws a
   * ValueError when a bound is NaN. `tensor([-2, 5]).clamp(0, 3) // [0, 3]`
   */
  clamp(min?: number, max?: number): Tensor<S>
}

/**
 * Makes the op of a derivative that is written with the output y. It is linear in the cotangent g,
 * so its derivative by g is the op itself. Its derivative by y is `byOutput`, for a cotangent h.
 */
function slope(
  name: 'tanhGrad' | 'sigmoidGrad' | 'reluGrad',
  f: (g: number, y: number) => number,
  byOutput: (h: Tensor, g: Tensor, y: Tensor) => Tensor,
): OpCall {
  const op: OpCall = defineOp({
    name,
    form: { kernel: name, f: () => f },
    forward: (out, [g, y]) =>
      kernelsOf(out)[name](out.address(), g.address(), y.address(), out.size),
    vjp: (h, { inputs: [g, y] }) => [op([h, y]), byOutput(h, g, y)],
  })
  return op
}

/** g·(1−y)(1+y), without the cancellation of 1−y². */
const tanhGrad = slope(
  'tanhGrad',
  (g, y) => g * (1 - y) * (1 + y),
  (h, g, y) => h.mul(g).mul(y).mul(-2),
)
/** g·y(1−y). */
const sigmoidGrad = slope(
  'sigmoidGrad',
  (g, y) => g * y * (1 - y),
  (h, g, y) => h.mul(g).mul(y.mul(-2).add(1)),
)
/** g where y > 0, else 0: also where g is infinite. */
const reluGrad = slope(
  'reluGrad',
  (g, y) => (y > 0 ? g : 0),
  (_h, _g, y) => zeros(y.shape, { dtype: y.dtype }),
)

const neg = unary('neg', { f: (x) => -x, kernel: 'neg', exact: true, vjp: (g) => g.neg() })
const abs = unary('abs', {
  f: Math.abs,
  kernel: 'abs',
  exact: true,
  vjp: (g, _, x) => g.mul(x.sign()),
})
const sign = unary('sign', {
  f: Math.sign,
  kernel: 'sign',
  exact: true,
  vjp: (_, y) => zeros(y.shape, { dtype: y.dtype }),
})
const exp = unary('exp', { f: Math.exp, kernel: 'exp', vjp: (g, y) => g.mul(y) })
const log = unary('log', { f: Math.log, kernel: 'log', vjp: (g, _, x) => g.div(x) })
const log1p = unary('log1p', { f: Math.log1p, vjp: (g, _, x) => g.div(x.add(1)) })
const sqrt = unary('sqrt', { f: Math.sqrt, kernel: 'sqrt', vjp: (g, y) => g.div(y.mul(2)) })
const square = unary('square', {
  f: (x) => x * x,
  fInt32: (x) => Math.imul(x, x),
  kernel: 'square',
  exact: true,
  vjp: (g, _, x) => g.mul(x).mul(2),
})
const reciprocal = unary('reciprocal', {
  f: (x) => 1 / x,
  kernel: 'reciprocal',
  vjp: (g, y) => g.neg().mul(y.square()),
})
const sin = unary('sin', { f: Math.sin, vjp: (g, _, x) => g.mul(x.cos()) })
const cos = unary('cos', { f: Math.cos, vjp: (g, _, x) => g.mul(x.sin()).neg() })
const tanh = unary('tanh', { f: Math.tanh, kernel: 'tanh', vjp: (g, y) => tanhGrad([g, y]) })
const sigmoid = unary('sigmoid', {
  f: (x) => 1 / (1 + Math.exp(-x)),
  kernel: 'sigmoid',
  vjp: (g, y) => sigmoidGrad([g, y]),
})
const relu = unary('relu', {
  f: (x) => Math.max(0, x),
  kernel: 'relu',
  exact: true,
  vjp: (g, y) => reluGrad([g, y]),
})
const softplus = unary('softplus', {
  f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  vjp: (g, _, x) => g.mul(x.sigmoid()),
})
const clamp = unary<{ min: number; max: number }>('clamp', {
  f: (x, { min, max }) => Math.min(Math.max(x, min), max),
  chain: ({ min, max }) => [
    ['maximum', min],
    ['minimum', max],
  ],
  exact: true,
  vjp: (g, _, x, { min, max }) => g.where(x.ge(min), 0).where(x.le(max), 0),
})

export const elementwise: Elementwise & ThisType<Tensor> = {
  ...unaryMethods({
    neg,
    abs,
    sign,
    exp,
    log,
    log1p,
    sqrt,
    square,
    reciprocal,
    sin,
    cos,
    tanh,
    sigmoid,
    relu,
    softplus,
  }),
  clamp(min = -Infinity, max = Infinity) {
    for (const bound of [min, max]) {
      if (typeof bound !== 'number' || Number.isNaN(bound))
        throw new ValueError(`clamp: expected bounds that are numbers, got ${shown(bound)}`)
      if (this.dtype === 'int32' && Number.isFinite(bound) && (bound | 0) !== bound)
        throw new ValueError(
          `clamp: expected int32 bounds for an int32 tensor, got ${bound}: convert the tensor ` +
            `with .to('float32')`,
        )
    }
    return clamp(this, { min, max })
  },
}
