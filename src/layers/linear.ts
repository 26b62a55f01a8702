// Linear, y = x·Wᵀ + b on the last axis; no activation.
import type { Shape, Tensor } from '../tensor/index.ts'
import {
  affine,
  type Ok,
  type Refusal,
  requireFlag,
  requireOptions,
  requireSizes,
  shown,
} from '../tensor/internal.ts'
import { Module } from './module/module.ts'
import {
  type InitOptions,
  requireInit,
  requireMatch,
  requireOwnParameters,
  uniform,
} from './parameters.ts'
import type { LayerOutput } from './types.ts'

/** Whether a layer has a bias, and how its parameters are drawn. */
export interface LinearOptions extends InitOptions {
  /** Add a bias (true). */
  bias?: boolean | undefined
}

/**
 * y = x·Wᵀ + b, with x (…, D), weight (K, D), bias (K) and y (…, K); D = inFeatures, K =
 * outFeatures. Both are drawn from U(−1/√D, 1/√D), as in PyTorch.
 *
 * Throws a ValueError for sizes that are no positive integers or unknown options, a DTypeError for
 * a dtype that is not a float's. `forward` throws a DTypeError unless x is a tensor of the
 * layer's dtype, a ShapeError unless it is (…, D); the same for a weight or bias that was replaced
 * by one that does not fit.
 *
 * ```ts
 * new Linear(3, 2).forward(ones([5, 4, 3])) // (5, 4, 2)
 * ```
 */
export class Linear<out I extends number = number, out O extends number = number> extends Module {
  /** The layer's effect on shapes, for the compiler alone. */
  declare readonly maps: readonly ['linear', I, O]
  /** D: the last axis of the input. */
  readonly inFeatures: I
  /** K: the last axis of the output. */
  readonly outFeatures: O
  /** W (K, D). */
  weight: Tensor
  /** b (K); null without a bias. */
  bias: Tensor | null

  constructor(inFeatures: I, outFeatures: O, options: LinearOptions = {}) {
    super()
    this.inFeatures = inFeatures
    this.outFeatures = outFeatures
    const who = this.describe()
    const {
      bias = true,
      dtype = 'float32',
      generator,
    } = requireOptions(who, options, ['bias', 'dtype', 'generator'])
    requireFlag(who, 'bias', bias)
    requireSizes(who, { inFeatures, outFeatures })
    requireInit(who, { dtype, generator })
    const bound = 1 / Math.sqrt(inFeatures)
    this.weight = uniform([outFeatures, inFeatures], bound, { dtype, generator })
    this.bias = bias ? uniform([outFeatures], bound, { dtype, generator }) : null
  }

  protected override describe(): string {
    return `Linear(${shown(this.inFeatures)} → ${shown(this.outFeatures)})`
  }

  /** x (…, D) → (…, K) */
  forward<A extends Shape, M>(
    this: M,
    x: Refusal<LayerOutput<M, A>> & Tensor<A>,
  ): Tensor<Ok<LayerOutput<M, A>>>
  forward(x: Tensor): Tensor {
    const who = this.describe()
    const { weight, bias, inFeatures: D, outFeatures: K } = this
    const dtype = requireOwnParameters(who, [
      ['weight', weight, [K, D]],
      ['bias', bias, [K]],
    ])
    requireMatch(who, 'x', x, ['…', D], dtype)
    return affine(x, weight, bias)
  }
}
