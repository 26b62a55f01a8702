// Dropout, elementwise; not the recurrent (per-sequence) kind.
import { type Generator, rand, type Shape, type Tensor } from '../tensor/index.ts'
import {
  type Ok,
  type Refusal,
  requireGenerator,
  requireOptions,
  requireProbability,
  shown,
} from '../tensor/internal.ts'
import { Module } from './module/module.ts'
import { requireMatch } from './parameters.ts'
import type { LayerOutput } from './types.ts'

/** y = x ⊙ r / (1 − p), r ~ Bernoulli(1 − p) elementwise; x and y of one shape. */
export function dropout<S extends Shape>(x: Tensor<S>, p: number, generator?: Generator): Tensor<S>
export function dropout(x: Tensor, p: number, generator?: Generator): Tensor {
  if (p === 0) return x
  const kept = rand(x.shape, { dtype: x.dtype, generator }).ge(p).to(x.dtype)
  return x.mul(p < 1 ? kept.mul(1 / (1 - p)) : kept)
}

/**
 * In training each element is zeroed with probability p, and the others are divided by 1 − p, so
 * that the expectation stays x (Srivastava et al. 2014, "Dropout: a simple way to prevent neural
 * networks from overfitting", scaled in training instead of in use). After `eval()` it is the
 * identity. x and y have one shape, any.
 *
 * Throws a ValueError unless p is from 0 to 1, or for unknown options. `forward` throws a
 * DTypeError unless x is a tensor of a float dtype.
 *
 * ```ts
 * new Dropout(0.5).eval().forward(ones([2])) // [1, 1]
 * ```
 */
export class Dropout extends Module {
  /** The layer's effect on shapes, for the compiler alone. */
  declare readonly maps: readonly ['same']
  /** The probability of dropping an element. */
  readonly p: number
  private readonly generator: Generator | undefined

  constructor(p = 0.5, options: { generator?: Generator | undefined } = {}) {
    super()
    this.p = p
    const { generator } = requireOptions(this.describe(), options, ['generator'])
    requireProbability(this.describe(), 'p', p)
    requireGenerator(this.describe(), generator)
    this.generator = generator
  }

  protected override describe(): string {
    return `Dropout(${shown(this.p)})`
  }

  /** x (…) → (…): in training with zeros in it, after `eval()` x itself. */
  forward<A extends Shape, M>(
    this: M,
    x: Refusal<LayerOutput<M, A>> & Tensor<A>,
  ): Tensor<Ok<LayerOutput<M, A>>>
  forward(x: Tensor): Tensor {
    requireMatch(this.describe(), 'x', x, ['…'], 'float32', 'float64')
    return this.training ? dropout(x, this.p, this.generator) : x
  }
}
