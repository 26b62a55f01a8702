// Museum, fourth room: right gradients, wrong steps. Each exhibit says what happened, and which
// check catches it.
import { Adam, clipGradNorm, SGD, type Tensor, tensor } from 'tapegrad'
import { checkOptimizer } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { caught } from './caught.ts'

const few = { numRuns: 20, steps: 4, seed: 1 }

// Adam was shipped without dividing its averages, which begin at 0, by 1 − βᵗ (oxiglade/mlx-rs#301;
// AdaBelief the same: FluxML/Flux.jl#1962). Caught by checkOptimizer with the paper as reference,
// in the first step.
describe('Adam without bias correction', () => {
  const [lr, β1, β2, ε] = [0.01, 0.9, 0.999, 1e-8]

  /** Algorithm 1 of Kingma & Ba 2015 for one number. */
  function paper(corrected = true): (θ: number, g: number) => number {
    let [m, v, t] = [0, 0, 0]
    return (θ, g) => {
      t++
      m = β1 * m + (1 - β1) * g
      v = β2 * v + (1 - β2) * g * g
      const [mHat, vHat] = corrected ? [m / (1 - β1 ** t), v / (1 - β2 ** t)] : [m, v]
      return θ - (lr * mHat) / (Math.sqrt(vHat) + ε)
    }
  }

  /** An optimiser that does the same for every element of its parameters. */
  const adam = (corrected: boolean) => (parameters: Tensor[]) => {
    const elements = parameters.map((p) => Array.from({ length: p.size }, () => paper(corrected)))
    const move = (p: Tensor, k: number): void => {
      const gradient = p.grad?.toTypedArray()
      if (gradient === undefined) return
      p.assign_(
        tensor(
          p.toTypedArray().map((θ, i) => elements[k][i](θ, gradient[i])),
          { shape: p.shape, dtype: p.dtype },
        ),
      )
    }
    return { step: () => parameters.forEach(move) }
  }

  it('is rejected', () => {
    expect(caught(() => checkOptimizer(adam(false), () => paper(), few))).toMatchObject({
      check: 'reference',
    })
  })
  it('is accepted with it, as is the one of this package', () => {
    checkOptimizer(adam(true), () => paper(), few)
    checkOptimizer(
      (parameters) => new Adam(parameters, { lr, betas: [β1, β2], eps: ε }),
      () => paper(),
    )
  })
})

// The trainers of a graph library clipped gradients after the optimiser’s step, which had used them
// already (awslabs/graphstorm#1366). Caught by checkOptimizer, told what clipping is to do.
describe('clipping after the step', () => {
  const clip = (gradients: number[][]): number[][] => {
    const scale = Math.min(1, 1 / (Math.hypot(...gradients.flat()) + 1e-6))
    return gradients.map((g) => g.map((v) => v * scale))
  }
  const sgd = () => (θ: number, g: number) => θ - 0.1 * g
  const optimiser = (late: boolean) => (parameters: Tensor[]) => {
    const inner = new SGD(parameters, { lr: 0.1 })
    return {
      step() {
        if (!late) clipGradNorm(parameters, 1)
        inner.step()
        if (late) clipGradNorm(parameters, 1)
      },
    }
  }

  it('is rejected', () => {
    expect(caught(() => checkOptimizer(optimiser(true), sgd, { ...few, clip }))).toMatchObject({
      check: 'reference',
    })
  })
  it('is accepted before it', () => {
    checkOptimizer(optimiser(false), sgd, { ...few, clip })
  })
})
