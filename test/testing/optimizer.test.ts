// checkOptimizer accepts the package's optimisers and those of users, and refuses what it cannot
// check.

import {
  Adam,
  AdamW,
  clipGradNorm,
  clipGradValue,
  SGD,
  type Tensor,
  tensor,
  ValueError,
} from 'tapegrad'
import { checkOptimizer, type OptimizerReference, type Stepper } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { adam, options, sgd } from './optimizers.ts'

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

describe('groups', () => {
  const laws = ['untouched', 'mutation', 'independence', 'resume', 'zero lr', 'downhill']
  const few = { numRuns: 20, seed: 1 }

  it('holds an optimiser with groups to every law, the learning rate of each group set to 0', () => {
    const groups = (parameters: Tensor[]) => parameters.map((p) => ({ params: [p] }))
    const apart = (parameters: Tensor[]) =>
      parameters.map((p) => ({ params: [p], lr: p.size === 2 ? 0.1 : 0.05 }))
    for (const make of [
      (parameters: Tensor[]) => new Adam(groups(parameters), { lr: 0.1 }),
      (parameters: Tensor[]) => new Adam(apart(parameters)),
      (parameters: Tensor[]) => new SGD(apart(parameters), { momentum: 0.5 }),
      (parameters: Tensor[]) => new AdamW(parameters.map((p, k) => [String(k), p] as const)),
    ])
      expect(checkOptimizer(make, null, few).laws).toEqual(laws)
  })

  it('finds a group that moves at lr 0', () => {
    const stubborn = (parameters: Tensor[]) => {
      const sgd = new SGD(parameters, { lr: 0.1 })
      return { step: () => sgd.step(), paramGroups: [{ lr: 0.1 }] }
    }
    expect(() => checkOptimizer(stubborn, null, few)).toThrow('with lr 0')
  })
})
