// SGD and Adam written out by hand, right or with one fault, for the tests of checkOptimizer.

import { noGrad, type SGDOptions, type Tensor, zeros } from 'tapegrad'
import type { OptimizerReference, Stepper } from 'tapegrad/testing'

export const options = { numRuns: 10, seed: 5 }

/** Sutskever et al. 2013 in PyTorch's variables: γ, μ, τ and λ. */
export function sgd({
  lr,
  momentum = 0,
  dampening = 0,
  nesterov = false,
  weightDecay = 0,
}: SGDOptions): OptimizerReference {
  return () => {
    let b: number | null = null
    return (θ, gradient) => {
      const g = gradient + weightDecay * θ
      b = b === null ? g : momentum * b + (1 - dampening) * g
      if (momentum === 0) return θ - lr * g
      return θ - lr * (nesterov ? g + momentum * b : b)
    }
  }
}

/**
 * Kingma & Ba 2015, algorithm 1, with an L2 penalty; decoupled: Loshchilov & Hutter 2019, algorithm
 * 2.
 */
export function adam({
  α = 1e-3,
  β1 = 0.9,
  β2 = 0.999,
  ε = 1e-8,
  λ = 0,
  decoupled = false,
}): OptimizerReference {
  return () => {
    let [m, v, t] = [0, 0, 0]
    return (θ, gradient) => {
      t++
      const g = decoupled ? gradient : gradient + λ * θ
      m = β1 * m + (1 - β1) * g
      v = β2 * v + (1 - β2) * g * g
      return (
        (decoupled ? θ - α * λ * θ : θ) -
        (α * (m / (1 - β1 ** t))) / (Math.sqrt(v / (1 - β2 ** t)) + ε)
      )
    }
  }
}

export const float64 = { dtype: 'float64' } as const

/** An optimiser from an update of one parameter by its gradient, in step t. */
export const written =
  (update: (p: Tensor, g: Tensor, t: number, k: number) => Tensor | null) =>
  (parameters: Tensor[]) => {
    let t = 0
    return {
      step: () =>
        noGrad(() => {
          t++
          parameters.forEach((p, k) => {
            const next = p.grad && update(p.detach(), p.grad, t, k)
            if (next) p.assign_(next)
          })
        }),
    }
  }

export function adamWithout(correct: 'm' | 'v'): (p: Tensor[]) => Stepper {
  return (parameters) => {
    const moments = parameters.map((p) => ({
      m: zeros(p.shape, float64),
      v: zeros(p.shape, float64),
    }))
    return written((p, g, t, k) => {
      const { m, v } = moments[k]
      m.assign_(m.mul(0.9).add(g.mul(0.1)))
      v.assign_(v.mul(0.999).add(g.square().mul(0.001)))
      const [mHat, vHat] = [
        correct === 'm' ? m.div(1 - 0.9 ** t) : m,
        correct === 'v' ? v.div(1 - 0.999 ** t) : v,
      ]
      return p.sub(mHat.div(vHat.sqrt().add(1e-8)).mul(1e-3))
    })(parameters)
  }
}
