// How every checker decides between two numbers, and how far rounding moves one in which terms
// cancel; it computes no derivative.

/**
 * What a comparison comes to. Undecided: the numbers are as near as their errors, too large for
 * rtol.
 */
export type Verdict = 'holds' | 'differs' | 'undecided'

/**
 * Whether `a` is `n`, which may itself be off by `bound`. Both are relative to the larger number
 * alone, so that the answer is the same in every unit: with a bound above rtol of it, nothing ever
 * holds.
 */
export function judge(a: number, n: number, bound: number, rtol: number): Verdict {
  const apart = Math.abs(a - n)
  const tolerance = rtol * Math.max(Math.abs(a), Math.abs(n))
  if (a === n && bound === 0) return 'holds'
  if (!Number.isFinite(apart)) return 'differs'
  if (apart > tolerance + bound) return 'differs'
  return bound <= tolerance ? 'holds' : 'undecided'
}

/** What inputs and cotangents are multiplied by, each number by its own. */
export type Factor = () => number

/**
 * The largest change of each number when all that it is computed from is multiplied by 1 ± δ, in
 * five draws of signs.
 */
export function changes(
  numbers: ArrayLike<number>,
  δ: number,
  changed: (factor: Factor) => ArrayLike<number>,
): Float64Array {
  const most = new Float64Array(numbers.length)
  for (const seed of [1, 2, 3, 4, 5]) {
    let state = seed * 0x9e3779b1
    const factor = (): number => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return state & 0x80000000 ? 1 + δ : 1 - δ
    }
    const other = changed(factor)
    most.forEach((change, k) => {
      most[k] = Math.max(change, Math.abs((other[k] as number) - (numbers[k] as number)))
    })
  }
  return most
}

/** How far inputs are displaced, relative to themselves, as a part of rtol, to see what cancels. */
const PART = 2 ** -7

/**
 * How large the terms are that each number is the sum of: its change over the displacement δ that
 * causes it. A number that is nothing but rounding changes by its own size, which is then what its
 * terms are times their precision. First-order perturbation: Higham, Accuracy and Stability of
 * Numerical Algorithms, §1.6.
 */
export function termSizes(
  numbers: ArrayLike<number>,
  rtol: number,
  changed: (factor: Factor) => ArrayLike<number>,
): Float64Array {
  const δ = rtol * PART
  return changes(numbers, δ, changed).map((change, k) =>
    Math.max(Math.abs(numbers[k] as number), change / δ),
  )
}

/**
 * The first of `got` that is not what is wanted, −1 where none is told apart: only where numbers
 * are not within rtol of themselves is it asked, by `changed`, whether terms cancel in them.
 */
export function firstApart(
  got: ArrayLike<number>,
  wanted: Float64Array,
  rtol: number,
  changed: (factor: Factor) => ArrayLike<number>,
): number {
  if (wanted.every((n, k) => judge(got[k] as number, n, 0, rtol) === 'holds')) return -1
  const sizes = termSizes(wanted, rtol, changed)
  return wanted.findIndex((n, k) => judge(got[k] as number, n, rtol * sizes[k], rtol) === 'differs')
}
