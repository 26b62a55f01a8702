// SGD: gradient descent with momentum, Nesterov's or the classical one, and weight decay.
import { axpby_ } from '../tensor/internal.ts'
import { type Definition, finite, flag, nonNegative, type Settled } from './definition.ts'
import type { ParamGroupInit } from './groups.ts'
import { Optimizer } from './optimizer.ts'
import type { Params } from './parameters.ts'

/** SGD's hyper-parameters, in PyTorch's letters. */
export interface SGDOptions {
  /** γ */
  lr: number
  /** μ (0) */
  momentum?: number | undefined
  /** τ (0) */
  dampening?: number | undefined
  /** Look ahead along the momentum (false); needs momentum and no dampening. */
  nesterov?: boolean | undefined
  /** λ (0) */
  weightDecay?: number | undefined
}

const definition: Definition<Settled<SGDOptions>, 'b'> = {
  name: 'SGD',
  defaults: { momentum: 0, dampening: 0, nesterov: false, weightDecay: 0 },
  requirements: {
    lr: nonNegative,
    momentum: nonNegative,
    dampening: finite,
    nesterov: flag,
    weightDecay: nonNegative,
  },
  clashes: ({ momentum, dampening, nesterov }) =>
    nesterov && !(momentum > 0 && dampening === 0)
      ? [
          `expected momentum above 0 and dampening 0 with nesterov, got momentum ${momentum} ` +
            `and dampening ${dampening}`,
        ]
      : [],
  momentNames: ({ momentum }) => (momentum > 0 ? ['b'] : []),
  squares: [],
  update(θ, g, { t, moments: { b } }, options) {
    const { lr: γ, momentum: μ, dampening: τ, nesterov, weightDecay: λ } = options
    if (μ > 0) {
      const gain = t === 1 ? 1 : 1 - τ
      axpby_(b, g, t === 1 ? 0 : μ, gain)
      if (λ > 0) axpby_(b, θ, 1, gain * λ)
    }
    if (μ === 0 || nesterov) axpby_(θ, g, 1 - γ * λ, -γ)
    if (μ > 0) axpby_(θ, b, 1, nesterov ? -γ * μ : -γ)
  },
}

/**
 * Stochastic gradient descent. With g the gradient at θ, step t of each parameter θ is
 *
 *     g ← g + λ θ
 *     b ← g at t = 1, then μ b + (1 − τ) g          only with momentum
 *     θ ← θ − γ (g + μ b) with nesterov, θ − γ b with momentum, else θ − γ g
 *
 * Momentum and Nesterov's variant follow Sutskever et al. 2013, "On the importance of
 * initialization and momentum in deep learning", with b = −v/γ and, for Nesterov's, θ the point
 * looked ahead to, as in PyTorch.
 *
 * Throws a ValueError for negative, infinite or NaN options, unknown ones, and lists that are empty
 * or name a parameter twice, a DTypeError for parameters that are no tensors of floats, a TapeError
 * for those that are no leaves or require no gradient. Parameters may have names, or come in groups
 * with options of their own, as for Adam.
 *
 * ```ts
 * const x = tensor([1, -2], { requiresGrad: true })
 * const optimizer = new SGD([x], { lr: 0.1, momentum: 0.9 })
 * optimizer.zeroGrad()
 * x.square().sum().backward()
 * optimizer.step()
 * x // [0.8, -1.6]
 * ```
 */
export class SGD extends Optimizer<Settled<SGDOptions>, 'b'> {
  constructor(parameters: Params | readonly ParamGroupInit<SGDOptions>[], options: SGDOptions)
  /** Where every group has a learning rate of its own. */
  constructor(
    groups: readonly ({ params: Params } & SGDOptions)[],
    options?: Omit<SGDOptions, 'lr'>,
  )
  constructor(
    parameters: Params | readonly ParamGroupInit<SGDOptions>[],
    options: Partial<SGDOptions> = {},
  ) {
    super(definition, parameters, options)
  }
}
