// Linear, y = x·Wᵀ + b on the last axis; no activation.
import { affine, checkOptions, type Tensor } from '../tensor/index.ts'
import { checkFloat, checkSizes, checkTensor } from './check.ts'
import { type InitOptions, uniform } from './init.ts'
import { Module } from './module.ts'

export interface LinearOptions extends InitOptions {
  bias?: boolean
}

/** x (…, D), weight (K, D), bias (K) → x·weightᵀ + bias (…, K) */
export const project = (x: Tensor, weight: Tensor, bias: Tensor | null): Tensor => (bias ? affine(x, weight, bias) : x.matmul(weight.t()))

/**
 * y = x·Wᵀ + b, with x (…, D), weight (K, D), bias (K) and y (…, K); D = inFeatures, K = outFeatures.
 * Both are drawn from U(−1/√D, 1/√D), as in PyTorch.
 *
 * @throws ValueError for sizes that are no positive integers or unknown options; DTypeError for a dtype that is not a float's.
 * `forward` throws ShapeError unless x is (…, D), DTypeError unless it has the layer's dtype.
 *
 * @example
 * new Linear(3, 2).forward(ones([5, 4, 3])).shape   // [5, 4, 2]
 */
export class Linear extends Module {
  readonly inFeatures: number
  readonly outFeatures: number
  weight: Tensor
  bias: Tensor | null

  constructor(inFeatures: number, outFeatures: number, options: LinearOptions = {}) {
    super()
    this.inFeatures = inFeatures
    this.outFeatures = outFeatures
    const who = this.describe()
    const { bias = true, dtype = 'float32', generator } = options
    checkOptions(who, options, ['bias', 'dtype', 'generator'] satisfies (keyof LinearOptions)[])
    checkSizes(who, { inFeatures, outFeatures })
    checkFloat(who, dtype)
    const bound = 1 / Math.sqrt(inFeatures)
    this.weight = uniform([outFeatures, inFeatures], bound, { dtype, generator })
    this.bias = bias ? uniform([outFeatures], bound, { dtype, generator }) : null
  }

  protected override describe(): string {
    return `Linear(${this.inFeatures} → ${this.outFeatures})`
  }

  /** x (…, D) → (…, K) */
  forward(x: Tensor): Tensor {
    checkTensor(this.describe(), 'x', x, ['…', this.inFeatures], this.weight.dtype)
    return project(x, this.weight, this.bias)
  }
}
