// The points at which a function is examined: one, or more where it has kinks, so that each side of
// them is looked at.

import type { Tensor } from '../../tensor/index.ts'
import type { Checked } from '../gradients/point.ts'
import { CheckError } from '../report.ts'
import type { NoteSide } from './evaluation.ts'
import { type Compared, compareAt, type Difference, isDifferent } from './examine.ts'
import { Draws } from './field.ts'
import { Unusable } from './ops/op.ts'
import { argumentsAt, type Recording, recordingOf } from './recording.ts'
import type { CheckExactlyOptions, ExactOps, ExactReport } from './settings.ts'
import { who } from './tape.ts'
import { checkWhole } from './whole.ts'

/** Points for kinks, and points that are drawn to find usable ones. */
const MOST_POINTS = 8
const MOST_TRIES = 24
/** Points that are drawn until all roots are roots of the field, each with probability ½. */
const MOST_ROOTS = 64
/** Random points of the field are added until the bound is below this. */
const BOUND = 1e-9
const MOST_ROUNDS = 4
/** Between their seeds. */
const STRIDE = 1009

export interface Examined extends Pick<CheckExactlyOptions, 'equals' | 'gradients'> {
  readonly order: number
  readonly seed: number
  readonly ops: ExactOps
  readonly kernels?: boolean | undefined
}

export interface Failure {
  readonly difference: Difference
  readonly recording: Recording
}

/** The report, or the first difference. Throws a CheckError where no point can be used. */
export function examine(
  fn: Checked,
  inputs: readonly Tensor[],
  { order, seed, ops, kernels, equals, gradients }: Examined,
): ExactReport | Failure {
  const draws = new Draws(seed)
  const sides = new Map<string, number>()
  const found: Compared[] = []
  let reason = ''
  for (let attempt = 0; attempt < MOST_TRIES && found.length < MOST_POINTS; attempt++) {
    const args = argumentsAt(inputs, attempt, draws)
    const recording = recordingOf(fn, args, order, ops, { equals, gradients })
    try {
      const result = settled(recording, seed + attempt, (op, k, isAbove) => {
        const key = `${op} ${k}`
        sides.set(key, (sides.get(key) ?? 0) | (isAbove ? 2 : 1))
      })
      if (isDifferent(result)) return { difference: result, recording }
      if (kernels === true && found.length === 0) checkWhole(fn, recording, seed, ops)
      found.push(result)
    } catch (error) {
      if (!(error instanceof Unusable)) throw error
      reason = error.message
    }
    if (found.length > 0 && oneSidedOf(sides) === 0) break
  }
  if (found.length === 0)
    throw new CheckError(
      `${who}: expected a point at which fn can be examined, got none of ${MOST_TRIES}: ${reason}`,
      { check: 'undecided' },
    )
  const last = found[found.length - 1]
  const degree = Math.max(...found.map((one) => one.degree))
  // The probability is that of the point that tells least.
  return {
    order,
    seed,
    points: found.length,
    ops: last.ops,
    comparisons: found.reduce((n, { comparisons }) => n + comparisons, 0),
    free: last.free,
    degree,
    bound: Math.max(...found.map(({ bound }) => bound)),
    oneSided: oneSidedOf(sides),
  }
}

const oneSidedOf = (sides: ReadonlyMap<string, number>): number =>
  [...sides.values()].filter((seen) => seen !== 3).length

/**
 * The comparison at several random points of the field, until a difference would have been seen but
 * for a probability of 10⁻⁹.
 */
function compared(
  recording: Recording,
  seed: number,
  isRelated: boolean,
  noteSide: NoteSide,
): Compared | Difference {
  let total = compareAt(recording, seed, isRelated, noteSide)
  for (let round = 1; round < MOST_ROUNDS; round++) {
    if (isDifferent(total) || total.bound < BOUND) return total
    const next = compareAt(recording, seed + round * STRIDE, isRelated, noteSide)
    if (isDifferent(next)) return next
    total = {
      ...next,
      comparisons: total.comparisons + next.comparisons,
      bound: total.bound * next.bound,
    }
  }
  return total
}

/**
 * With free numbers first. Where these differ, eᵃ⁺ᵇ = eᵃ·eᵇ or a root that is one may explain it:
 * what is equal with these relations is equal.
 */
function settled(recording: Recording, seed: number, noteSide: NoteSide): Compared | Difference {
  let result = compared(recording, seed, false, noteSide)
  for (let i = 1; i <= MOST_ROOTS && isDifferent(result); i++) {
    result = compared(recording, seed + i, true, noteSide)
    if (isDifferent(result) && !result.isDoubtful) return result
  }
  return result
}
