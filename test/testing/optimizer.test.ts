// checkOptimizer accepts our optimisers, held to their papers for one number, and rejects every
// planted bug by the law that it breaks.
import {
  Adam,
  AdamW,
  clipGradNorm,
  clipGradValue,
  noGrad,
  SGD,
  type SGDOptions,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { CheckError, checkOptimizer, type OptimizerReference, type Stepper } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'

const options = { numRuns: 10, seed: 5 }

/** Sutskever et al. 2013 in PyTorch's variables: γ, μ, τ and λ. */
function sgd({
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
function adam({
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

const ours: [string, (parameters: Tensor[]) => Stepper, OptimizerReference][] = [
  ['SGD', (p) => new SGD(p, { lr: 0.1 }), sgd({ lr: 0.1 })],
  [
    'SGD with decay',
    (p) => new SGD(p, { lr: 0.1, weightDecay: 0.25 }),
    sgd({ lr: 0.1, weightDecay: 0.25 }),
  ],
  [
    'SGD with momentum',
    (p) => new SGD(p, { lr: 0.1, momentum: 0.75 }),
    sgd({ lr: 0.1, momentum: 0.75 }),
  ],
  [
    'SGD with all but Nesterov',
    (p) => new SGD(p, { lr: 0.1, momentum: 0.75, dampening: 0.5, weightDecay: 0.25 }),
    sgd({ lr: 0.1, momentum: 0.75, dampening: 0.5, weightDecay: 0.25 }),
  ],
  [
    'Nesterov',
    (p) => new SGD(p, { lr: 0.1, momentum: 0.75, nesterov: true }),
    sgd({ lr: 0.1, momentum: 0.75, nesterov: true }),
  ],
  ['Adam', (p) => new Adam(p), adam({})],
  [
    'Adam with decay',
    (p) => new Adam(p, { lr: 0.05, betas: [0.5, 0.75], eps: 0.1, weightDecay: 0.25 }),
    adam({ α: 0.05, β1: 0.5, β2: 0.75, ε: 0.1, λ: 0.25 }),
  ],
  ['AdamW', (p) => new AdamW(p, { lr: 0.05 }), adam({ α: 0.05, λ: 0.01, decoupled: true })],
]

/** The inner optimiser, with the gradients clipped before its step. */
const clipping =
  (clip: (p: Tensor[]) => unknown, inner: (p: Tensor[]) => Stepper) => (p: Tensor[]) => {
    const optimizer = inner(p)
    return {
      step() {
        clip(p)
        optimizer.step()
      },
    }
  }

const byValue = (limit: number) => (gradients: number[][]) =>
  gradients.map((g) => g.map((x) => Math.min(limit, Math.max(-limit, x))))
const byNorm = (limit: number) => (gradients: number[][]) => {
  const scale = Math.min(1, limit / (Math.hypot(...gradients.flat()) + 1e-6))
  return gradients.map((g) => g.map((x) => x * scale))
}

describe('checkOptimizer accepts', () => {
  it.each(ours)('%s', (_, make, reference) => {
    const report = checkOptimizer(make, reference, options)
    expect(report.laws).toEqual([
      'untouched',
      'mutation',
      'independence',
      'resume',
      'zero lr',
      'downhill',
      'reference',
    ])
    expect(report).toMatchObject({ runs: 10, steps: 12, seed: 5 })
    expect(report.worst).toBeLessThan(1e-12)
  })

  it('a number that begins at 0 and never moves: it has no error', () => {
    const plain = (p: Tensor[]) => new SGD(p, { lr: 0.1 })
    expect(checkOptimizer(plain, sgd({ lr: 0.1 }), { seed: 12 }).worst).toBe(0)
  })

  it('one without a reference, and one that has nothing but step()', () => {
    expect(checkOptimizer((p) => new Adam(p), null, options).laws).toEqual([
      'untouched',
      'mutation',
      'independence',
      'resume',
      'zero lr',
      'downhill',
    ])
    const bare = (p: Tensor[]) => {
      const inner = new SGD(p, { lr: 0.1 })
      return { step: () => inner.step() }
    }
    expect(checkOptimizer(bare, null, options).laws).toEqual([
      'untouched',
      'mutation',
      'independence',
      'downhill',
    ])
  })

  it('clipping by value and by norm, before the step', () => {
    const momentum = (p: Tensor[]) => new SGD(p, { lr: 0.1, momentum: 0.75 })
    const reference = sgd({ lr: 0.1, momentum: 0.75 })
    const value = clipping((p) => clipGradValue(p, 1), momentum)
    expect(checkOptimizer(value, reference, { ...options, clip: byValue(1) }).laws).toEqual([
      'untouched',
      'mutation',
      'downhill',
      'reference',
    ])
    checkOptimizer(
      clipping((p) => clipGradNorm(p, 1), momentum),
      reference,
      { ...options, clip: byNorm(1) },
    )
  })
})

const float64 = { dtype: 'float64' } as const

/** An optimiser from an update of one parameter by its gradient, in step t. */
const written =
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

function adamWithout(correct: 'm' | 'v'): (p: Tensor[]) => Stepper {
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

const broken: [
  string,
  law: string,
  (parameters: Tensor[]) => Stepper,
  OptimizerReference | null,
  said: RegExp,
][] = [
  [
    'Adam without the bias correction of v',
    'reference',
    adamWithout('m'),
    adam({}),
    /in step 1, got/,
  ],
  [
    'Adam without the bias correction of m',
    'reference',
    adamWithout('v'),
    adam({}),
    /in step 1, got/,
  ],
  [
    'twice the learning rate',
    'reference',
    (p) => new SGD(p, { lr: 0.1 }),
    sgd({ lr: 0.05 }),
    /in step 1, got/,
  ],
  [
    'no momentum',
    'reference',
    (p) => new SGD(p, { lr: 0.1 }),
    sgd({ lr: 0.1, momentum: 0.75 }),
    /in step \d+, got/,
  ],
  [
    'coupled decay called decoupled',
    'reference',
    (p) => new Adam(p, { weightDecay: 0.25 }),
    adam({ λ: 0.25, decoupled: true }),
    /in step 1, got/,
  ],
  [
    'uphill',
    'downhill',
    written((p, g) => p.add(g.mul(0.1))),
    null,
    /12 steps to lower a convex quadratic from/,
  ],
  [
    'far too long steps',
    'downhill',
    (p) => new SGD(p, { lr: 10 }),
    null,
    /to lower a convex quadratic/,
  ],
  ['nothing at all', 'downhill', () => ({ step() {} }), null, /to lower a convex quadratic/],
  [
    'momentum shared between parameters',
    'independence',
    (parameters) => {
      let shared = 0
      return written((p, g) => {
        shared = 0.5 * shared + g.mean().item()
        return p.sub(g.add(shared).mul(0.1))
      })(parameters)
    },
    null,
    /parameter \d after step \d+ to be .*, as with an optimiser of its own/,
  ],
  [
    'momentum that goes on without a gradient',
    'untouched',
    (parameters) => {
      const buffers = parameters.map((p) => zeros(p.shape, float64))
      return {
        step() {
          parameters.forEach((p, k) => {
            if (p.grad) buffers[k].assign_(buffers[k].mul(0.5).add(p.grad))
            p.assign_(p.detach().sub(buffers[k].mul(0.1)))
          })
        },
      }
    },
    null,
    /a parameter without gradient to stay at/,
  ],
  [
    'decay of parameters without a gradient',
    'untouched',
    (parameters) => ({
      step() {
        for (const p of parameters)
          p.assign_(
            p
              .detach()
              .mul(0.9)
              .sub(p.grad?.mul(0.1) ?? 0),
          )
      },
    }),
    null,
    /a parameter without gradient to stay at/,
  ],
  [
    'one that needs every gradient',
    'untouched',
    (parameters) => ({
      step() {
        for (const p of parameters) p.assign_(p.detach().sub((p.grad as Tensor).mul(0.1)))
      },
    }),
    null,
    /step\(\) to pass over a parameter without gradient, got TypeError/,
  ],
  [
    'decay added into the gradient',
    'mutation',
    written((p, g) => {
      g.assign_(g.add(p.mul(0.1)))
      return p.sub(g.mul(0.1))
    }),
    null,
    /step\(\) to leave the gradient .* as it is/,
  ],
  [
    'zeroGrad() in the step',
    'mutation',
    (parameters) => {
      const inner = new SGD(parameters, { lr: 0.1 })
      return {
        step() {
          inner.step()
          inner.zeroGrad()
        },
      }
    },
    null,
    /to leave the gradient .* as it is, got null/,
  ],
  [
    'a parameter frozen by the step',
    'mutation',
    (parameters) => ({
      step() {
        for (const p of parameters) {
          if (p.grad) p.assign_(p.detach().sub(p.grad.mul(0.1)))
          p.requiresGrad = false
        }
      },
    }),
    null,
    /to leave parameter 0 a float64 leaf/,
  ],
  [
    'a state dict without the momentum',
    'resume',
    (parameters) => {
      const inner = new SGD(parameters, { lr: 0.1, momentum: 0.75 })
      return {
        step: () => inner.step(),
        stateDict: () => ({ lr: inner.lr }),
        loadStateDict: () => {},
      }
    },
    null,
    /steps after stateDict\(\) the parameters/,
  ],
  [
    'a state dict that later steps change',
    'resume',
    (parameters) => {
      const v = parameters.map((p) => zeros(p.shape, float64))
      return {
        ...written((p, g, _, k) => {
          v[k].assign_(v[k].mul(0.75).add(g))
          return p.sub(v[k].mul(0.1))
        })(parameters),
        stateDict: () => v,
        loadStateDict: (state: Tensor[]) => {
          for (const [k, one] of state.entries()) v[k].assign_(one)
        },
      }
    },
    null,
    /steps after stateDict\(\) the parameters/,
  ],
  [
    'a learning rate that is not looked at again',
    'zero lr',
    (parameters) => {
      const inner = new SGD(parameters, { lr: 0.1 })
      return { lr: 0.1, step: () => inner.step() }
    },
    null,
    /to stay at .* with lr 0, got/,
  ],
]

describe('checkOptimizer rejects', () => {
  it.each(broken)('%s: %s', (_, law, make, reference, said) => {
    const check = () => checkOptimizer(make, reference, options)
    expect(check).toThrow(CheckError)
    expect(check).toThrow(said)
    expect(check).toThrow(expect.objectContaining({ check: law }))
  })

  it('the clip after the step, and the other clip', () => {
    const after = (p: Tensor[]) => {
      const inner = new SGD(p, { lr: 0.1 })
      return {
        step() {
          inner.step()
          clipGradNorm(p, 1)
        },
      }
    }
    const check = (make: (p: Tensor[]) => Stepper) => () =>
      checkOptimizer(make, sgd({ lr: 0.1 }), { ...options, clip: byNorm(1) })
    expect(check(after)).toThrow(expect.objectContaining({ check: 'reference' }))
    const plain = (p: Tensor[]) => new SGD(p, { lr: 0.1 })
    expect(check(clipping((p) => clipGradValue(p, 1), plain))).toThrow(
      expect.objectContaining({ check: 'reference' }),
    )
    expect(check(clipping((p) => clipGradNorm(p, 1), plain))).not.toThrow()
  })

  it('with a history that can be followed', () => {
    expect(() =>
      checkOptimizer(adamWithout('m'), adam({}), options),
    ).toThrowErrorMatchingInlineSnapshot(
      '[CheckError: checkOptimizer: expected 0.3125 to become 0.31349999996 in step 1, got ' +
        '0.3441227366017344: the gradients were -0.25 (seed 5)]',
    )
    expect(() =>
      checkOptimizer((p) => new SGD(p, { lr: 1 }), sgd({ lr: 0.5 }), options),
    ).toThrowErrorMatchingInlineSnapshot(
      '[CheckError: checkOptimizer: expected 0.3125 to become 0.4375 in step 1, got 0.5625: the ' +
        'gradients were -0.25 (seed 5)]',
    )
  })
})

describe('checkOptimizer refuses', () => {
  it('what has no step, too few steps and unknown options', () => {
    expect(() => checkOptimizer(() => ({}) as Stepper)).toThrow(ValueError)
    expect(() => checkOptimizer(() => ({}) as Stepper)).toThrowErrorMatchingInlineSnapshot(
      '[ValueError: checkOptimizer: expected make(parameters) to return an object with step(), ' +
        'got {}]',
    )
    expect(() => checkOptimizer(ours[0][1], null, { steps: 1 })).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: checkOptimizer: expected steps to be a whole number from 2 to 10000, got 1]`,
    )
    expect(() =>
      checkOptimizer(ours[0][1], null, { run: 1 } as never),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: checkOptimizer: unknown option 'run': expected numRuns, seed, steps, rtol, ` +
        'clip]',
    )
  })

  it('nothing of what the optimiser itself refuses', () => {
    expect(() =>
      checkOptimizer((p) => new SGD([...p, tensor(1)], { lr: 0.1 })),
    ).toThrowErrorMatchingInlineSnapshot(
      '[TapeError: SGD: expected parameter 2 () to require a gradient: make it with { ' +
        'requiresGrad: true }]',
    )
  })
})
