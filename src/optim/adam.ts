// Adam and AdamW; without AMSGrad.
import { adamStep_ } from '../tensor/internal.ts'
import { type Definition, nonNegative, type Settled, twoFractions } from './definition.ts'
import type { ParamGroupInit } from './groups.ts'
import { Optimizer } from './optimizer.ts'
import type { Params } from './parameters.ts'

/** Adam's hyper-parameters, in the paper's letters. */
export interface AdamOptions {
  /** α (1e-3) */
  lr?: number | undefined
  /** β₁ and β₂ (0.9, 0.999) */
  betas?: readonly [number, number] | undefined
  /** ε (1e-8) */
  eps?: number | undefined
  /** λ (0 for Adam, 0.01 for AdamW) */
  weightDecay?: number | undefined
}

/** Adam's step; `decoupled`: the weights decay by themselves, not through their gradient. */
const definitionOf = (
  name: string,
  { weightDecay, decoupled }: { weightDecay: number; decoupled: boolean },
): Definition<Settled<AdamOptions>, 'm' | 'v'> => ({
  name,
  defaults: { lr: 1e-3, betas: [0.9, 0.999], eps: 1e-8, weightDecay },
  requirements: {
    lr: nonNegative,
    betas: twoFractions,
    eps: nonNegative,
    weightDecay: nonNegative,
  },
  clashes: () => [],
  momentNames: () => ['m', 'v'],
  squares: ['v'],
  update(θ, g, { t, moments: { m, v } }, { lr, betas, eps, weightDecay }) {
    adamStep_(θ, g, m, v, { lr, beta1: betas[0], beta2: betas[1], eps, weightDecay, decoupled, t })
  },
})

/**
 * Adam (Kingma & Ba 2015, "Adam: a method for stochastic optimization", algorithm 1). With g the
 * gradient at θ, step t of each parameter is
 *
 *     g ← g + λ θ
 *     m ← β₁ m + (1 − β₁) g          v ← β₂ v + (1 − β₂) g²          m = v = 0 at first
 *     m̂ = m / (1 − β₁ᵗ)              v̂ = v / (1 − β₂ᵗ)
 *     θ ← θ − α m̂ / (√v̂ + ε)
 *
 * λ is an L2 penalty, as in PyTorch; for decay that does not pass through m and v take AdamW.
 *
 * Throws a ValueError for negative, infinite or NaN options, betas outside [0, 1), unknown options,
 * and lists that are empty or name a parameter twice, a DTypeError for parameters that are no
 * tensors of floats, a TapeError for those that are no leaves or require no gradient.
 *
 * With names, as `model.namedParameters()` gives them, a state dict is matched by them; else by
 * position. Groups have options of their own, and else those of the second argument.
 *
 * ```ts
 * const x = tensor([1, -2], { requiresGrad: true })
 * const optimizer = new Adam([x], { lr: 0.1 })
 * optimizer.zeroGrad()
 * x.square().sum().backward()
 * optimizer.step()
 * x // [0.9, -1.9]
 *
 * const model = new Linear(2, 3)
 * new Adam(model.namedParameters()).paramGroups[0].paramNames // ['weight', 'bias']
 * const groups = [{ params: [model.weight], weightDecay: 0.1 }, { params: [x], lr: 0.5 }]
 * new Adam(groups, { lr: 0.1 }).paramGroups[1].lr // 0.5
 * ```
 */
export class Adam extends Optimizer<Settled<AdamOptions>, 'm' | 'v'> {
  /** @internal */
  protected static readonly definition = definitionOf('Adam', { weightDecay: 0, decoupled: false })

  constructor(
    parameters: Params | readonly ParamGroupInit<AdamOptions>[],
    options: AdamOptions = {},
  ) {
    super(new.target.definition, parameters, options)
  }
}

/**
 * Adam with decoupled weight decay (Loshchilov & Hutter 2019, "Decoupled weight decay
 * regularization", algorithm 2): θ ← (1 − α λ) θ, and then Adam's step with λ = 0. λ is 0.01 unless
 * given, and scaled by α, as in PyTorch.
 *
 * Throws what Adam throws.
 *
 * ```ts
 * const x = tensor([1, -2], { requiresGrad: true })
 * const optimizer = new AdamW([x], { lr: 0.1, weightDecay: 0.5 })
 * x.square().sum().backward()
 * optimizer.step()
 * x // [0.85, -1.8]
 * ```
 */
export class AdamW extends Adam {
  /** @internal */
  protected static override readonly definition = definitionOf('AdamW', {
    weightDecay: 0.01,
    decoupled: true,
  })
}
