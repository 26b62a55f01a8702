// checkOptimizer rejects optimisers that break a law.

import { Adam, clipGradNorm, clipGradValue, SGD, type Tensor, zeros } from 'tapegrad'
import { CheckError, checkOptimizer, type OptimizerReference, type Stepper } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { adam, adamWithout, float64, options, sgd, written } from './optimizers.ts'

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
const byNorm = (limit: number) => (gradients: number[][]) => {
  const scale = Math.min(1, limit / (Math.hypot(...gradients.flat()) + 1e-6))
  return gradients.map((g) => g.map((x) => x * scale))
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
