// checkOptimizer: an optimiser is held to the laws that every optimiser keeps, and to its paper,
// over random cases; the laws are those of optimizerLaws.ts.

import fc from 'fast-check'
import type { Tensor } from '../../tensor/index.ts'
import { requireFunction, requireOptions, requireWhole } from '../../tensor/internal.ts'
import {
  asParameters,
  type Case,
  distance,
  laws,
  type OptimizerReference,
  type Stepper,
  type Subject,
} from './optimizerLaws.ts'
import { anySeed, requireSearch, type SearchOptions, search } from './search.ts'

/** The random cases of an optimiser, and the tolerance. */
export interface CheckOptimizerOptions extends SearchOptions {
  /** Steps in a case (12). */
  steps?: number | undefined
  /**
   * The tolerance for a parameter beside the reference, as a part of the distance that it has
   * moved, or a few of its roundings, if more (1e-9).
   */
  rtol?: number | undefined
  /**
   * The clipping inside `step()`: from the gradients of all parameters, one list each, to the
   * clipped ones.
   */
  clip?: ((gradients: number[][]) => number[][]) | undefined
}

/** The report of `checkOptimizer` when every law holds. */
export interface OptimizerReport {
  /** The laws that were checked, by name. */
  laws: string[]
  /** The largest error beside the reference, as a part of the distance moved; 0 without one. */
  worst: number
  /** How many random cases were tried. */
  runs: number
  /** How many steps each case took. */
  steps: number
  /** The seed: the same one gives the same cases. */
  seed: number
}

const sixteenths = fc.integer({ min: -48, max: 48 }).map((k) => k / 16)
const three = fc.tuple(sixteenths, sixteenths, sixteenths)

/**
 * Holds an optimiser to the laws that every optimiser keeps, over random float64 parameters and
 * gradients: a parameter without gradient is untouched; gradients are left as they are; one
 * optimiser over [a, b] moves them as two do; from a state dict it goes on bit for bit; lr 0 moves
 * nothing, where `lr` or that of each of `paramGroups` can be set; a convex quadratic falls. With a
 * reference, a transcription of the paper for one number, every element equals it in every step: a
 * missing bias correction or a wrong start of the momentum shows in the first.
 *
 * Clipping and step are checked together: `make` returns any object with `step()`, and `clip` clips
 * one step's gradients in plain numbers.
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
  const subject: Subject = { make, rtol, clip }
  // Not shrunk: a case stops at the first wrong step, and the message shows the gradients so far.
  const cases = fc.noShrink(
    fc.record({
      start: three.map(asParameters),
      gradients: fc.array(three.map(asParameters), { minLength: steps, maxLength: steps }),
    }),
  )
  const kept = new Set<string>()
  let worst = 0
  const hold = (one: Case): void => {
    for (const [name, law] of Object.entries(laws)) if (law(subject, one)) kept.add(name)
    if (reference) worst = Math.max(worst, distance(subject, reference, one))
  }
  search(cases, hold, { numRuns, seed })
  return { laws: [...kept, ...(reference ? ['reference'] : [])], worst, runs: numRuns, steps, seed }
}
