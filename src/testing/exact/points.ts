// The points at which a function is examined: one, or more where it has kinks, so that each side of
// them is looked at.

import type { Tensor } from '../../tensor/index.ts'
import type { Checked } from '../gradients/point.ts'
import { CheckError } from '../report.ts'
import { type Compared, compareAt, type Difference, isDifferent } from './examine.ts'
import { Draws } from './field.ts'
import { Unusable } from './ops/op.ts'
import { argumentsAt, type Recording, recordingOf } from './recording.ts'
import type { CheckExactlyOptions, ExactOps, ExactReport } from './settings.ts'
import { who } from './tape.ts'

/** Points for kinks, and points that are drawn to find usable ones. */
const MOST_POINTS = 8
const MOST_TRIES = 24
/** Points that are drawn until all roots are roots of the field, each with probability ½. */
const MOST_ROOTS = 64

export interface Examined extends Pick<CheckExactlyOptions, 'equals' | 'gradients'> {
  readonly order: number
  readonly seed: number
  readonly ops: ExactOps
}

export interface Failure {
  readonly difference: Difference
  readonly recording: Recording
}

/** The report, or the first difference. Throws a CheckError where no point can be used. */
export function examine(
  fn: Checked,
  inputs: readonly Tensor[],
  { order, seed, ops, equals, gradients }: Examined,
): ExactReport | Failure {
  const draws = new Draws(seed)
  const sides = new Map<string, number>()
  const found: Compared[] = []
  let reason = ''
  for (let attempt = 0; attempt < MOST_TRIES && found.length < MOST_POINTS; attempt++) {
    const args = argumentsAt(inputs, attempt, draws)
    const recording = recordingOf(fn, args, order, ops, { equals, gradients })
    const ordinals = new Map(
      recording.tape.calls.slice(0, recording.forward).map(({ out }, i) => [out, i]),
    )
    try {
      const result = settled(recording, seed + attempt, (out, k, isAbove) => {
        const ordinal = ordinals.get(out)
        if (ordinal === undefined) return
        const key = `${ordinal} ${k}`
        sides.set(key, (sides.get(key) ?? 0) | (isAbove ? 2 : 1))
      })
      if (isDifferent(result)) return { difference: result, recording }
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
  return {
    order,
    seed,
    points: found.length,
    ops: last.ops,
    comparisons: found.reduce((n, { comparisons }) => n + comparisons, 0),
    free: last.free,
    degree,
    bound: Math.min(1, degree / 2 ** 61),
    oneSided: oneSidedOf(sides),
  }
}

const oneSidedOf = (sides: ReadonlyMap<string, number>): number =>
  [...sides.values()].filter((seen) => seen !== 3).length

/**
 * With free numbers first. Where these differ, the difference may be one that e to a sum, or a root,
 * explains: what is equal with these relations is equal.
 */
function settled(
  recording: Recording,
  seed: number,
  noteSide: (out: Tensor, k: number, isAbove: boolean) => void,
): Compared | Difference {
  let result = compareAt(recording, seed, false, noteSide)
  for (let i = 1; i <= MOST_ROOTS && isDifferent(result); i++) {
    result = compareAt(recording, seed + i, true, noteSide)
    if (isDifferent(result) && !result.isDoubtful) return result
  }
  return result
}
