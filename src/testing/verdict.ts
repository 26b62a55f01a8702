// How every checker compares numbers, and how far rounding moves one in which terms cancel; it
// computes no derivative.

import type { TypedArray } from '../tensor/index.ts'
import { relativeError } from './report.ts'

/** Undecided: two numbers agree within their errors, but these are too large for rtol. */
export type Verdict = 'holds' | 'differs' | 'undecided'

/**
 * Compares `a` with `n`, which may itself be off by `bound`. The tolerance is relative to the
 * larger number alone, so that the verdict is the same in every unit. With a bound above the
 * tolerance nothing holds.
 */
export function judge(a: number, n: number, bound: number, rtol: number): Verdict {
  const apart = Math.abs(a - n)
  const tolerance = rtol * Math.max(Math.abs(a), Math.abs(n))
  if (a === n && bound === 0) return 'holds'
  if (!Number.isFinite(apart)) return 'differs'
  if (apart > tolerance + bound) return 'differs'
  return bound <= tolerance ? 'holds' : 'undecided'
}

/** Compares `a` with `n` to an absolute tolerance. NaN and ±∞ are near themselves alone. */
export const within = (a: number, n: number, tolerance: number): Verdict =>
  a === n || Object.is(a, n) || (Number.isFinite(n) && Math.abs(a - n) <= tolerance)
    ? 'holds'
    : 'differs'

export interface Comparison {
  /** One for each number. */
  readonly verdicts: readonly Verdict[]
  /** The first number that differs, −1 for none. */
  readonly first: number
  /** The largest error of a number that is not undecided, and the first place that has it. */
  readonly worst: number
  readonly at: number
}

/**
 * Compares two lists number by number. The checkers differ in the size that an error is relative
 * to: the larger number, the largest of the tensor, the distance that a parameter has moved. Slopes
 * are not compared here: each has a bound of its own, and is measured again where it does not hold
 * (`count` of gradients/examine.ts).
 */
export function compare(
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  verdictOf: (got: number, wanted: number, k: number) => Verdict,
  errorOf: (got: number, wanted: number, k: number) => number = relativeError,
): Comparison {
  const verdicts: Verdict[] = []
  let [worst, at] = [0, 0]
  for (let k = 0; k < wanted.length; k++) {
    verdicts.push(verdictOf(got[k], wanted[k], k))
    const error = verdicts[k] === 'undecided' ? 0 : errorOf(got[k], wanted[k], k)
    if (error > worst) [worst, at] = [error, k]
  }
  return { verdicts, first: verdicts.indexOf('differs'), worst, at }
}

/**
 * The first number whose bits have changed, −1 for none. No tolerance and no error: a repetition
 * gives NaN for NaN, and never −0 for 0.
 */
export const firstChanged = (before: TypedArray, after: TypedArray): number =>
  before.findIndex((x, k) => !Object.is(x, after[k]))

/** Gives the factor of the next number, where inputs and cotangents are multiplied by factors. */
export type Factor = () => number

/**
 * The largest change of each number when every number that it is computed from is multiplied by
 * 1 ± δ, in five draws of signs.
 */
export function changes(
  numbers: ArrayLike<number>,
  δ: number,
  recompute: (factor: Factor) => ArrayLike<number>,
): Float64Array {
  const most = new Float64Array(numbers.length)
  for (const seed of [1, 2, 3, 4, 5]) {
    let state = seed * 0x9e3779b1
    const factor = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state & 0x80000000 ? 1 + δ : 1 - δ
    }
    const other = recompute(factor)
    most.forEach((change, k) => {
      most[k] = Math.max(change, Math.abs((other[k] as number) - (numbers[k] as number)))
    })
  }
  return most
}

/** The displacement of inputs that shows which terms cancel, as a part of rtol of each input. */
const PART = 2 ** -7

/**
 * The size of the terms that each number is the sum of: its change, over the displacement δ that
 * causes it. A number that is only rounding error changes by its own size, which is the size of its
 * terms times their precision. First-order perturbation: Higham, Accuracy and Stability of
 * Numerical Algorithms, §1.6.
 */
export function termSizes(
  numbers: ArrayLike<number>,
  rtol: number,
  recompute: (factor: Factor) => ArrayLike<number>,
): Float64Array {
  const δ = rtol * PART
  return changes(numbers, δ, recompute).map((change, k) =>
    Math.max(Math.abs(numbers[k] as number), change / δ),
  )
}

/**
 * Compares sums to rtol. Where two are further apart, terms may cancel in them: only then
 * `boundOf(k)` computes how far rounding moves sum k.
 */
export const judgeSums =
  (rtol: number, boundOf: (k: number) => number) =>
  (a: number, n: number, k: number): Verdict =>
    judge(a, n, 0, rtol) === 'holds' ? 'holds' : judge(a, n, boundOf(k), rtol)

/** The first sum of `got` that is not the wanted one up to rtol of its terms, −1 for none. */
export function firstApart(
  got: ArrayLike<number>,
  wanted: ArrayLike<number>,
  rtol: number,
  recompute: (factor: Factor) => ArrayLike<number>,
): number {
  let sizes: Float64Array | undefined
  const boundOf = (k: number): number => {
    sizes ??= termSizes(wanted, rtol, recompute)
    return rtol * sizes[k]
  }
  return compare(got, wanted, judgeSums(rtol, boundOf)).first
}
