// Derivatives by differences, with an estimate of their own error; the tape has no part in it.
// Central differences are extrapolated as in Ridders, Accurate computation of F′(x) and F′(x)F″(x),
// Advances in Engineering Software 4 (1982) 75–76; the first look takes the weights of Fornberg,
// Math. Comp. 51 (1988) 699–706, and the step of Press et al., Numerical Recipes, §5.7.

import { brief } from '../report.ts'
import { judge, type Verdict } from '../verdict.ts'
import { type Best, type Estimate, extrapolated, noiseOf, type Quotient } from './extrapolation.ts'

/** A function on a line: t ↦ y(t), all outputs at once. It is examined at t = 0. */
export type Line = (t: number) => Float64Array

/**
 * The step of the five-point stencil, relative to max(1, |x|): its truncation is h⁴y⁽⁵⁾/30 and its
 * rounding about 1.5·eps·|y|/h. Their sum is least at h ≈ (11·eps)^(1/5) ≈ 1.2e-3. The step is a
 * power of two near it, so that x ± h loses nothing.
 */
export const STEP = 2 ** -10

/** The two-point step: h²y‴/6 of truncation and eps·|y|/h of rounding, least at ≈ 9e-6. */
export const TWO_POINT_STEP = 2 ** -17

const EPSILON = 2 ** -52

/** The rounding error of a difference quotient: of two values of this size, over twice the step. */
export const roundingOf = (size: number, h: number): number => (EPSILON * size) / h

/** y′(0), and half the difference between the right slope and the left one, of every output. */
export interface Stencil {
  readonly slope: Float64Array
  readonly bend: Float64Array
  /** The largest |y| at the centre and the ends, to which rounding is relative. */
  readonly size: Float64Array
}

/**
 * The five-point central difference (y(−2h) − 8y(−h) + 8y(h) − y(2h)) / 12h: four evaluations
 * besides `centre`, y(0). The bend is (4δ²(h) − δ²(2h)) / 4h with δ²(h) = y(h) − 2y(0) + y(−h): of
 * the order h³ where y is smooth, and c where y contains c·|t|.
 */
export function fivePoint(y: Line, centre: Float64Array, h: number): Stencil {
  const [low2, low, high, high2] = [y(-2 * h), y(-h), y(h), y(2 * h)]
  return {
    slope: centre.map((_, k) => (8 * (high[k] - low[k]) - (high2[k] - low2[k])) / (12 * h)),
    bend: centre.map(
      (c, k) => (4 * (high[k] - 2 * c + low[k]) - (high2[k] - 2 * c + low2[k])) / (4 * h),
    ),
    size: centre.map((c, k) => Math.max(Math.abs(c), Math.abs(low2[k]), Math.abs(high2[k]))),
  }
}

/** The central difference (y(h) − y(−h)) / 2h and the bend δ²(h) / 2h: two evaluations. */
export function twoPoint(y: Line, centre: Float64Array, h: number): Stencil {
  const [low, high] = [y(-h), y(h)]
  return {
    slope: centre.map((_, k) => (high[k] - low[k]) / (2 * h)),
    bend: centre.map((c, k) => (high[k] - 2 * c + low[k]) / (2 * h)),
    size: centre.map((c, k) => Math.max(Math.abs(c), Math.abs(low[k]), Math.abs(high[k]))),
  }
}

/** The slope of one output on a line, by differences of one step or of many. */
export interface Slope extends Estimate {
  /**
   * The largest one-sided slope met nearby, beyond rounding: a derivative of 0 is held to rtol of
   * it. Infinity where all are 0.
   */
  readonly near: number
  /** The reason why there is no derivative, in words; null where there is one. */
  readonly trouble: string | null
}

/** Powers of two of the steps, in the order in which they are tried. */
const powers = (from: number, to: number, by: number): number[] =>
  Array.from({ length: (from - to) / by + 1 }, (_, i) => from - by * i)
const MIDDLE = powers(-1, -13, 1)
const FINE = powers(-15, -45, 2)
const COARSE = powers(10, 0, 2)

/** Rounding errors up to this part of a slope leave three digits of it. */
const CLEAR = 1e-3

/**
 * The scale of steps: multiples of `unit`, and of `least`, the smallest number moved, if far below.
 */
export interface Scale {
  readonly unit: number
  readonly least?: number
  /** Added to |y|, to which rounding is relative, once all steps are taken. */
  readonly extra?: () => number
}

interface Rung {
  readonly step: number
  readonly low: Float64Array
  readonly high: Float64Array
}

/**
 * The slopes of all outputs, by steps a factor 2 or 4 apart: first around the usual ones, then down
 * to 2⁻⁴⁵ of the unit and around the smallest number moved, then up to 2¹⁰ of the unit, until
 * `enough` is true for the slope of every output.
 */
export function settle(
  y: Line,
  centre: Float64Array,
  { unit, least = 0, extra = () => 0 }: Scale,
  enough: (slope: Slope, k: number) => boolean,
): Slope[] {
  const small =
    least > 0 && least < unit * 2 ** -20 ? powers(-2, -18, 2).map((p) => least * 2 ** p) : []
  const bottom = unit * 2 ** -45
  const stages = [
    MIDDLE.map((p) => unit * 2 ** p),
    FINE.map((p) => unit * 2 ** p),
    small.filter((step) => step < bottom),
    COARSE.map((p) => unit * 2 ** p),
  ]
  let rungs: Rung[] = []
  let slopes: Slope[] = []
  for (const steps of stages) {
    if (steps.length === 0) continue
    rungs = [...rungs, ...steps.map((step) => ({ step, low: y(-step), high: y(step) }))].sort(
      (a, b) => b.step - a.step,
    )
    slopes = Array.from(centre, (c, k) => slopeOf(rungs, c, k, extra(), unit))
    if (slopes.every(enough)) break
  }
  return slopes
}

/** The slope of output k, extrapolated: the entry with the smallest error. */
function slopeOf(
  rungs: readonly Rung[],
  centre: number,
  k: number,
  extra: number,
  unit: number,
): Slope {
  const quotients = rungs.flatMap(({ step, low, high }): Quotient[] => {
    const [l, h] = [low[k], high[k]]
    if (!Number.isFinite((h - l) / step)) return []
    const size = Math.max(Math.abs(centre), Math.abs(l), Math.abs(h)) + extra
    const bend = (h - 2 * centre + l) / (2 * step)
    return [{ step, slope: (h - l) / (2 * step), bend, floor: roundingOf(size, step) }]
  })
  const none = { value: Number.NaN, bound: Infinity, step: STEP, near: 0 }
  if (quotients.length < 2) return { ...none, trouble: 'it is finite there, but not beside it' }
  const met = quotients.flatMap(({ step, slope, bend, floor }) => {
    const steepest = Math.abs(slope) + Math.abs(bend)
    return step <= unit / 16 && steepest > 16 * floor ? steepest : []
  })
  const near = quotients.every(({ slope, bend }) => slope === 0 && bend === 0)
    ? Infinity
    : Math.max(0, ...met)
  const noise = noiseOf(quotients)
  const { value, bound, step, floor } = extrapolated(quotients, noise)
  const trouble = kink(quotients) ?? unsettled(quotients, { value, bound, step, floor }, near)
  return { value, bound, step, near, trouble }
}

/**
 * Compares the tape's derivative with that of differences; 'rough' where there is none. A
 * derivative of exactly 0 has no size of its own: it is held to rtol of the slopes nearby.
 */
export function agrees(
  analytic: number,
  { value, bound, near, trouble }: Slope,
  rtol: number,
): Verdict | 'rough' {
  if (trouble !== null) return 'rough'
  const none = Math.abs(value) <= bound && bound <= rtol * near
  if (analytic === 0 && none) return 'holds'
  return judge(analytic, value, bound, rtol)
}

/**
 * The slope with a bound that covers the rounding of the tape's own derivative, where fn computes
 * with numbers of this size.
 */
export const widened = (slope: Slope, size: number): Slope => ({
  ...slope,
  bound: slope.bound + 16 * EPSILON * size,
})

/**
 * Whether the tape's derivative is only rounding error, and differences find none either. `change`
 * is its change when the cotangents change by a rounding error: where it is as large as the
 * derivative itself, the terms of the derivative cancel, and its true value may be 0.
 */
export function isRounding(
  analytic: number,
  change: number,
  { value, bound, trouble }: Slope,
  rtol: number,
): boolean {
  if (trouble !== null || change < Math.abs(analytic) / 2) return false
  return Math.abs(value) <= bound + 4 * change && bound <= (rtol * change) / EPSILON
}

/**
 * A kink, in words: the bend has not fallen with the step, at the finest steps whose rounding would
 * show a bend as large as that of three steps before.
 */
function kink(quotients: readonly Quotient[]): string | null {
  const before = (i: number): number => (i < 3 ? 0 : Math.abs(quotients[i - 3].bend))
  const finest = quotients.findLastIndex(({ floor }, i) => floor < before(i) / 64)
  if (finest < 0) return null
  const { slope, bend, step } = quotients[finest]
  if (Math.abs(bend) <= Math.max(before(finest) / 4, 1e-6 * Math.abs(slope))) return null
  const [left, right] = [slope - bend, slope + bend]
  return (
    `its slope is ${brief(left)} to the left and ${brief(right)} to the right, also ` +
    `${brief(step)} away`
  )
}

/** A jump or a steep end, in words: slopes that grow as steps fall, or that settle at no step. */
function unsettled(quotients: readonly Quotient[], best: Best, near: number): string | null {
  const { value, bound, floor } = best
  const seen = (noise: number, i: number): boolean =>
    quotients.slice(Math.max(0, i - 3), i + 1).some(({ slope }) => noise <= CLEAR * Math.abs(slope))
  const end = quotients.findLastIndex((quotient, i) => seen(quotient.floor, i))
  const last = quotients.slice(Math.max(0, end - 3), end + 1)
  const grows = last.slice(1).every(({ slope }, i) => {
    const ratio = slope / last[i].slope
    return ratio > 1.4 && ratio < 4.5
  })
  const lost = bound > CLEAR * Math.abs(value) && bound > 256 * floor && bound > 1e-6 * near
  if (!(last.length === 4 && grows) && !lost) return null
  const shown = quotients.map(({ slope }) => brief(slope)).join(', ')
  const [first, finest] = [quotients[0], quotients[quotients.length - 1]]
  return (
    `differences do not settle: ${shown} with steps from ${brief(first.step)} down to ` +
    `${brief(finest.step)}`
  )
}
