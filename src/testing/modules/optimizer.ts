// checkOptimizer: random cases for the laws that every optimiser keeps and for a transcription of
// its paper; it knows no optimiser in particular.

import fc from 'fast-check'
import type { Tensor } from '../../tensor/index.ts'
import { requireFunction, requireOptions, requireWhole } from '../../tensor/internal.ts'
import {
  type Case,
  type Checked,
  distance,
  laws,
  type OptimizerReference,
  type Stepper,
  split,
} from './optimizerLaws.ts'
import { anySeed, requireSearch, type SearchOptions, search } from './search.ts'

/** How long and how closely an optimiser is watched. */
export interface CheckOptimizerOptions extends SearchOptions {
  /** Steps in a case (12). */
  steps?: number | undefined
  /**
   * How far a parameter may be from the reference, as a part of the way it has moved; a few of its
   * own roundings are allowed for (1e-9).
   */
  rtol?: number | undefined
  /**
   * What `step()` does to the gradients before it uses them: those of all parameters, one list
   * each, to the clipped ones.
   */
  clip?: ((gradients: number[][]) => number[][]) | undefined
}

/** What `checkOptimizer` returns when every law holds. */
export interface OptimizerReport {
  /** The laws that were checked, by name. */
  laws: string[]
  /** The largest distance from the reference as a part of the way moved, 0 without one. */
  worst: number
  /** How many random cases were tried. */
  runs: number
  /** How many steps each took. */
  steps: number
  /** The same one gives the same cases. */
  seed: number
}

const sixteenths = fc.integer({ min: -48, max: 48 }).map((k) => k / 16)
const three = fc.tuple(sixteenths, sixteenths, sixteenths)

/**
 * Holds an optimiser to what every optimiser keeps, over random float64 parameters and gradients: a
 * parameter without gradient is untouched; gradients are left as they are; one optimiser over [a,
 * b] moves as two do; with a state dict it goes on bit for bit; lr 0 moves nothing, where `lr` can
 * be set; a convex quadratic falls. With a reference, a transcription of the paper for one number,
 * every element equals it in every step, so that a missing bias correction or a momentum that
 * begins wrongly shows in the first.
 *
 * Clipping and step are checked together: `make` returns any object with `step()`, and `clip` says
 * in plain numbers what becomes of one step's gradients.
 *
 * Throws a CheckError naming the law (`check`) and the step, a ValueError for options that make no
 * sense.
 *
 * ```ts
 * const make = (parameters: Tensor[]) => new SGD(parameters, { lr: 0.1 })
 * checkOptimizer(make, () => (theta, g) => theta - 0.1 * g)
 *
 * const clipped = (parameters: Tensor[]) => {
 *   const sgd = new SGD(parameters, { lr: 0.1 })
 *   return { step: () => (clipGradValue(parameters, 1), sgd.step()) }
 * }
 * const within = (x: number) => Math.min(1, Math.max(-1, x))
 * const clip = (gradients: number[][]) => gradients.map((g) => g.map(within))
 * checkOptimizer(clipped, () => (theta, g) => theta - 0.1 * g, { clip })
 * ```
 */
export function checkOptimizer(
  make: (parameters: Tensor[]) => Stepper,
  reference: OptimizerReference | null = null,
  options: CheckOptimizerOptions = {},
): OptimizerReport {
  const {
    numRuns = 50,
    seed = anySeed(),
    steps = 12,
    rtol = 1e-9,
    clip,
  } = requireOptions('checkOptimizer', options, [
    'numRuns',
    'seed',
    'steps',
    'rtol',
    'clip',
  ] satisfies (keyof CheckOptimizerOptions)[])
  requireWhole('checkOptimizer', 'steps', steps, 2, 10_000)
  const functions = {
    make,
    ...(reference !== null && { reference }),
    ...(clip !== undefined && { clip }),
  }
  for (const [name, f] of Object.entries(functions))
    requireFunction('checkOptimizer', `${name} to be a function`, f)
  requireSearch('checkOptimizer', { numRuns, seed, rtol })
  const checked: Checked = { make, rtol, clip }
  // Not made smaller: a case stops at the first wrong step, and only its history up to there is
  // told.
  const cases = fc.noShrink(
    fc.record({
      start: three.map(split),
      gradients: fc.array(three.map(split), { minLength: steps, maxLength: steps }),
    }),
  )
  const kept = new Set<string>()
  let worst = 0
  const hold = (one: Case): void => {
    for (const [name, law] of Object.entries(laws)) if (law(checked, one)) kept.add(name)
    if (reference) worst = Math.max(worst, distance(checked, reference, one))
  }
  search(cases, hold, { numRuns, seed })
  return { laws: [...kept, ...(reference ? ['reference'] : [])], worst, runs: numRuns, steps, seed }
}
