// The points at which a function is examined: one, or more where it has kinks, so that each side of
// them is looked at.

import { type Tensor, ValueError } from '../../tensor/index.ts'
import { builtInOp, isFloat } from '../../tensor/internal.ts'
import type { Checked } from '../gradients/point.ts'
import { CheckError } from '../report.ts'
import { type Compared, compareAt, type Difference, isDifferent, type Marks } from './examine.ts'
import { Draws } from './field.ts'
import { Unusable } from './ops/op.ts'
import {
  argumentsFar,
  argumentsNear,
  argumentsOn,
  type Recording,
  recordingOf,
} from './recording.ts'
import { Sizes } from './roots.ts'
import type { CheckExactlyOptions, ExactOps, ExactReport } from './settings.ts'
import { Sides } from './sides.ts'
import { who } from './tape.ts'
import { checkWhole } from './whole.ts'

/** Points for kinks: on lines, where they begin with these positions, and elsewhere. */
const MOST_LINES = 3
const MOST_ON_FIRST = 12
const MOST_ON_LINE = 6
const STARTS = [-1, 1.5]
const MOST_FAR = 7
/** Points that are drawn to find usable ones. */
const MOST_TRIES = 24
/** Points that are drawn until all roots are roots of the field, each with probability ½. */
const MOST_ROOTS = 64
/** Points that must agree where the signs of roots are chosen, each right with probability ½. */
const SIGNS = 30
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
  /** Whether it is the caller's function, not one of its ops: nothing may be left out. */
  readonly isWhole?: boolean
}

export interface Failure {
  readonly difference: Difference
  readonly recording: Recording
}

/** The report, or the first difference. Throws a CheckError where no point can be used. */
export function examine(
  fn: Checked,
  inputs: readonly Tensor[],
  { order, seed, ops, kernels, equals, gradients, isWhole = false }: Examined,
): ExactReport | Failure {
  const draws = new Draws(seed)
  const sides = new Sides()
  const found: Compared[] = []
  const used = new Set<string>()
  let reason = ''
  /** The failure at this point, if any. */
  const look = (args: readonly Tensor[], attempt: number, at: number | null): Failure | null => {
    const reaches = sides.reaches()
    const scale = reaches.length === 0 ? 1 : reaches[attempt % reaches.length]
    const record = (isOpposite: boolean): Recording => {
      const signs = { draws: new Draws(attempt), scale, isOpposite }
      return recordingOf(fn, args, order, ops, { equals, gradients }, signs)
    }
    sides.enter(at)
    try {
      const recording = record(false)
      if (isWhole) requireSome(recording)
      const result = settled(recording, seed + attempt, { noteSide: sides.note })
      if (isDifferent(result)) return { difference: result, recording }
      if (sides.isOfCotangent) {
        const recording = record(true)
        const difference = settled(recording, seed + attempt, { noteSide: sides.note })
        if (isDifferent(difference)) return { difference, recording }
      }
      if (kernels === true && found.length === 0) checkWhole(fn, recording, seed, ops)
      found.push(result)
      sides.leave()
      for (const { rule } of recording.tape.calls) if (builtInOp(rule) === null) used.add(rule.name)
    } catch (error) {
      if (!(error instanceof Unusable)) throw error
      reason = error.message
    }
    return null
  }
  let attempt = 0
  let untried = 0
  let failure = look(argumentsNear(inputs, draws), attempt++, null)
  const size = inputs.reduce((n, x) => n + (isFloat(x.dtype) ? x.size : 0), 0)
  const lines = 1 + Math.min(MOST_LINES, Math.ceil(Math.log2(Math.max(1, size))))
  for (let line = 0; line < lines && failure === null; line++) {
    if (sides.count < Math.min(line + 1, 2) && sides.oneSided === 0) break
    sides.turn()
    const seedOfLine = draws.fraction() * 2 ** 32
    for (let k = 0; k < (line === 0 ? MOST_ON_FIRST : MOST_ON_LINE) && failure === null; k++) {
      const at = k < STARTS.length ? STARTS[k] : sides.gaps()[0]
      if (at === undefined) break
      failure = look(argumentsOn(inputs, line, at, new Draws(seedOfLine)), attempt++, at)
    }
    untried += sides.gaps().length
  }
  for (let far = 0; far < MOST_TRIES && failure === null; far++) {
    if (found.length > 0 && (sides.oneSided === 0 || far >= MOST_FAR)) break
    failure = look(argumentsFar(inputs, draws), attempt++, null)
  }
  if (failure !== null) return failure
  if (found.length === 0)
    throw new CheckError(
      `${who}: expected a point at which fn can be examined, got none of ${MOST_TRIES}: ${reason}`,
      { check: 'undecided' },
    )
  if (isWhole) requireUsed(ops, used)
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
    oneSided: sides.oneSided,
    combinations: sides.combinations,
    untried,
  }
}

function requireSome({ levels: [{ results, by }] }: Recording): void {
  if ([results, by].every((list) => list.some(({ size }) => size > 0))) return
  throw new CheckError(
    `${who}: expected numbers to compare, got none: something is empty: take larger tensors`,
    { check: 'nothing' },
  )
}

/** Throws a ValueError for ops that fn does not run, which would be ignored. */
function requireUsed(ops: ExactOps, used: ReadonlySet<string>): void {
  const unknown = Object.keys(ops).find((name) => !used.has(name))
  if (unknown === undefined) return
  throw new ValueError(
    `${who}: expected ops to be of the caller's own ops that fn runs, got ${unknown}; it runs ` +
      `${[...used].join(', ') || 'built-in ones alone, which are known'}: leave it out`,
  )
}

/**
 * The comparison at several random points of the field, until a difference would have been seen but
 * for a probability of 10⁻⁹.
 */
function compared(
  recording: Recording,
  seed: number,
  isRelated: boolean,
  marks: Marks,
): Compared | Difference {
  let total = compareAt(recording, seed, isRelated, marks)
  for (let round = 1; round < MOST_ROUNDS; round++) {
    if (isDifferent(total) || total.bound < BOUND) return total
    const next = compareAt(recording, seed + round * STRIDE, isRelated, {
      ...marks,
      sizes: new Sizes(),
    })
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
 * what is equal with these relations is equal. A root that was taken before the number was computed
 * of which it is the size is known the second time. Other roots have the sign of a number at random
 * of which they are the size: what is equal for one of both signs alone is not, at some point.
 */
export function settled(recording: Recording, seed: number, marks: Marks): Compared | Difference {
  const first = compared(recording, seed, false, marks)
  if (!isDifferent(first)) return first
  let result: Compared | Difference = first
  for (let i = 1, times = 0; i <= MOST_ROOTS && times < SIGNS; i++) {
    const noted = { ...marks, sizes: new Sizes() }
    let next = compared(recording, seed + i, true, noted)
    if (next.hasRoots) next = compared(recording, seed + i, true, noted)
    if (!isDifferent(next)) {
      if (!next.hasRoots) return next
      times++
      result = { ...next, bound: Math.max(next.bound, 2 ** -SIGNS) }
    } else if (!next.isDoubtful) return next
    else if (times === 0) result = next
  }
  return result
}
