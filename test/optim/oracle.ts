// The optimisers' papers, transcribed for one number θ. It imports nothing from the package.

/**
 * Kingma & Ba 2015, algorithm 1, with an L2 penalty λ added to the gradient, or (decoupled)
 * Loshchilov & Hutter 2019, algorithm 2.
 */
export function adamOracle(
  θ: number,
  gradients: number[],
  { α = 1e-3, β1 = 0.9, β2 = 0.999, ε = 1e-8, λ = 0, decoupled = false },
): number {
  let [m, v, t] = [0, 0, 0]
  for (const gradient of gradients) {
    t++
    const g = decoupled ? gradient : gradient + λ * θ
    m = β1 * m + (1 - β1) * g
    v = β2 * v + (1 - β2) * g * g
    const mHat = m / (1 - β1 ** t)
    const vHat = v / (1 - β2 ** t)
    θ -= α * (mHat / (Math.sqrt(vHat) + ε)) + (decoupled ? α * λ * θ : 0)
  }
  return θ
}

/** Sutskever et al. 2013: v ← μ v − ε ∇f(θ), θ ← θ + v (classical), on f(θ) = a θ² / 2. */
export function classicalMomentum(
  θ: number,
  a: number,
  steps: number,
  ε: number,
  μ: number,
): number {
  let v = 0
  for (let t = 0; t < steps; t++) {
    v = μ * v - ε * a * θ
    θ += v
  }
  return θ
}

/**
 * Sutskever et al. 2013: v ← μ v − ε ∇f(θ + μ v), θ ← θ + v (Nesterov), on f(θ) = a θ² / 2. Returns
 * the point looked ahead to, θ + μ v.
 */
export function nesterovMomentum(
  θ: number,
  a: number,
  steps: number,
  ε: number,
  μ: number,
): number {
  let v = 0
  for (let t = 0; t < steps; t++) {
    v = μ * v - ε * a * (θ + μ * v)
    θ += v
  }
  return θ + μ * v
}
