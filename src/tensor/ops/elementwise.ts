// Elementwise ops of one tensor: each entry is its method, its definition, its kernel and its derivative. No broadcasting here (arithmetic.ts has it).

import { floatKernels } from '../../kernels/engine.ts'
import { zeros } from '../creation.ts'
import type { FloatDType } from '../dtype.ts'
import { shown, ValueError } from '../errors.ts'
import { defineOp, type OpCall, unary, unaryMethods } from '../op.ts'
import type { Tensor } from '../tensor.ts'

export interface Elementwise {
  /** −x. */
  neg(): Tensor
  /** |x|; its derivative at 0 is 0. */
  abs(): Tensor
  /** −1, 0 or 1; its derivative is 0 everywhere. */
  sign(): Tensor
  /** eˣ. */
  exp(): Tensor
  /** Natural logarithm; NaN below 0. */
  log(): Tensor
  /** log(1 + x), exact near 0. */
  log1p(): Tensor
  /** Square root; NaN below 0. */
  sqrt(): Tensor
  /** x². */
  square(): Tensor
  /** 1 / x. */
  reciprocal(): Tensor
  /** Sine of x in radians. */
  sin(): Tensor
  /** Cosine of x in radians. */
  cos(): Tensor
  /** Hyperbolic tangent. */
  tanh(): Tensor
  /** 1 / (1 + e⁻ˣ), without overflow for any finite x. */
  sigmoid(): Tensor
  /** max(0, x); its derivative at 0 is 0. */
  relu(): Tensor
  /** log(1 + eˣ), without overflow. */
  softplus(): Tensor
  /** x kept within [min, max]; the derivative is 1 inside and on the bounds, 0 outside. Throws a ValueError when a bound is NaN. */
  clamp(min?: number, max?: number): Tensor
}

/** A derivative written with the output y: linear in the cotangent g, so its own derivative by g is itself; `byOutput` is the one by y, for a cotangent h. */
function slope(name: 'tanhGrad' | 'sigmoidGrad' | 'reluGrad', byOutput: (h: Tensor, g: Tensor, y: Tensor) => Tensor): OpCall {
  const op: OpCall = defineOp({
    name,
    forward: (out, [g, y]) => floatKernels[out.dtype as FloatDType][name](out.ptr, g.ptr, y.ptr, out.size),
    vjp: (h, _, [g, y]) => [op([h, y]), byOutput(h, g, y)],
  })
  return op
}

/** g·(1−y)(1+y), without the cancellation of 1−y². */
const tanhGrad = slope('tanhGrad', (h, g, y) => h.mul(g).mul(y).mul(-2))
/** g·y(1−y). */
const sigmoidGrad = slope('sigmoidGrad', (h, g, y) => h.mul(g).mul(y.mul(-2).add(1)))
/** g where y > 0, else 0: also where g is infinite. */
const reluGrad = slope('reluGrad', (_h, _g, y) => zeros(y.shape, { dtype: y.dtype }))

const neg = unary('neg', { f: (x) => -x, kernel: 'neg', exact: true, vjp: (g) => g.neg() })
const abs = unary('abs', { f: Math.abs, kernel: 'abs', exact: true, vjp: (g, _, x) => g.mul(x.sign()) })
const sign = unary('sign', { f: Math.sign, kernel: 'sign', exact: true, vjp: (_, y) => zeros(y.shape, { dtype: y.dtype }) })
const exp = unary('exp', { f: Math.exp, kernel: 'exp', vjp: (g, y) => g.mul(y) })
const log = unary('log', { f: Math.log, kernel: 'log', vjp: (g, _, x) => g.div(x) })
const log1p = unary('log1p', { f: Math.log1p, vjp: (g, _, x) => g.div(x.add(1)) })
const sqrt = unary('sqrt', { f: Math.sqrt, kernel: 'sqrt', vjp: (g, y) => g.div(y.mul(2)) })
const square = unary('square', { f: (x) => x * x, kernel: 'square', exact: true, vjp: (g, _, x) => g.mul(x).mul(2) })
const reciprocal = unary('reciprocal', { f: (x) => 1 / x, kernel: 'reciprocal', vjp: (g, y) => g.neg().mul(y.square()) })
const sin = unary('sin', { f: Math.sin, vjp: (g, _, x) => g.mul(x.cos()) })
const cos = unary('cos', { f: Math.cos, vjp: (g, _, x) => g.mul(x.sin()).neg() })
const tanh = unary('tanh', { f: Math.tanh, kernel: 'tanh', vjp: (g, y) => tanhGrad([g, y]) })
const sigmoid = unary('sigmoid', { f: (x) => 1 / (1 + Math.exp(-x)), kernel: 'sigmoid', vjp: (g, y) => sigmoidGrad([g, y]) })
const relu = unary('relu', { f: (x) => Math.max(0, x), kernel: 'relu', exact: true, vjp: (g, y) => reluGrad([g, y]) })
const softplus = unary('softplus', { f: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), vjp: (g, _, x) => g.mul(x.sigmoid()) })
const clamp = unary<{ min: number; max: number }>('clamp', {
  f: (x, { min, max }) => Math.min(Math.max(x, min), max),
  exact: true,
  vjp: (g, _, x, { min, max }) => g.where(x.ge(min), 0).where(x.le(max), 0),
})

export const elementwise: Elementwise & ThisType<Tensor> = {
  ...unaryMethods({ neg, abs, sign, exp, log, log1p, sqrt, square, reciprocal, sin, cos, tanh, sigmoid, relu, softplus }),
  clamp(min = -Infinity, max = Infinity) {
    for (const bound of [min, max]) {
      if (typeof bound !== 'number' || Number.isNaN(bound)) throw new ValueError(`clamp: expected bounds that are numbers, got ${shown(bound)}`)
      if (this.dtype === 'int32' && Number.isFinite(bound) && (bound | 0) !== bound)
        throw new ValueError(`clamp: expected int32 bounds for an int32 tensor, got ${bound}: convert the tensor with .to('float32')`)
    }
    return clamp(this, { min, max })
  },
}
