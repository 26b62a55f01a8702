// Derivatives by differences, with an estimate of their own error.
// Steps and stencils follow Press, Teukolsky, Vetterling and Flannery, Numerical Recipes, §5.7 (truncation balanced against rounding), and Fornberg, Math. Comp. 51
// (1988) 699–706 (the weights).

import { brief } from '../report.ts'

/** The values of a function on a line: y(t) for all outputs at once, t = 0 being the point examined. */
export type Line = (t: number) => Float64Array

/**
 * The step of the five-point stencil, relative to max(1, |x|): its truncation is h⁴y⁽⁵⁾/30 and its rounding about 1.5·eps·|y|/h, which balance at
 * h ≈ (11·eps)^(1/5) ≈ 1.2e-3; a power of two near it, so that x ± h loses nothing.
 */
export const STEP = 2 ** -10

/** The step of the two-point difference: truncation h²y‴/6 and rounding eps·|y|/h balance at h ≈ (3·eps)^(1/3) ≈ 9e-6. */
export const TWO_POINT_STEP = 2 ** -17

const EPSILON = 2 ** -52

/** y′(0) and half of what the right slope exceeds the left one, for every output. */
export interface Stencil {
  readonly slope: Float64Array
  readonly bend: Float64Array
  /** The largest |y| met: what rounding is relative to. */
  readonly size: Float64Array
}

/**
 * The five-point central difference (y(−2h) − 8y(−h) + 8y(h) − y(2h)) / 12h: four evaluations besides `centre`, y(0).
 * The bend is (4δ²(h) − δ²(2h)) / 4h with δ²(h) = y(h) − 2y(0) + y(−h): of the order h³ where y is smooth, and c where y contains c·|t|.
 */
export function fivePoint(y: Line, centre: Float64Array, h: number): Stencil {
  const [low2, low, high, high2] = [y(-2 * h), y(-h), y(h), y(2 * h)]
  return {
    slope: centre.map((_, k) => (low2[k] - 8 * low[k] + 8 * high[k] - high2[k]) / (12 * h)),
    bend: centre.map((c, k) => (4 * (high[k] - 2 * c + low[k]) - (high2[k] - 2 * c + low2[k])) / (4 * h)),
    size: centre.map((c, k) => Math.max(Math.abs(c), Math.abs(low2[k]), Math.abs(high2[k]))),
  }
}

/** The central difference (y(h) − y(−h)) / 2h and the bend δ²(h) / 2h: two evaluations besides `centre`. */
export function twoPoint(y: Line, centre: Float64Array, h: number): Stencil {
  const [low, high] = [y(-h), y(h)]
  return {
    slope: centre.map((_, k) => (high[k] - low[k]) / (2 * h)),
    bend: centre.map((c, k) => (high[k] - 2 * c + low[k]) / (2 * h)),
    size: centre.map((c, k) => Math.max(Math.abs(c), Math.abs(low[k]), Math.abs(high[k]))),
  }
}

/** What differences of many steps say about one output on a line. */
export interface Slope {
  readonly value: number
  /** By how much two steps differ where they differ least, and what rounding may add. */
  readonly error: number
  /** Why there is no derivative, in words; null where there is one. */
  readonly trouble: string | null
}

/** Steps 4h, h, h/4, …, h/1024. */
const LADDER = [1, 0, -1, -2, -3, -4, -5]

/**
 * The slope of each output by five-point differences of ever smaller steps: the two neighbours that agree best are taken, and their distance is the error
 * (Richardson's idea, the steps being a factor 4 apart, where truncation falls by 256). There is no derivative where the bend does not fall with the step (a kink or
 * a jump), where the slopes neither agree nor draw closer (a steep end, an odd jump), and where the outputs are finite at 0 only.
 */
export function settle(y: Line, centre: Float64Array, h: number): (k: number) => Slope {
  const steps = LADDER.map((power) => h * 4 ** power)
  const stencils = steps.map((step) => fivePoint(y, centre, step))
  return (k) => {
    const rungs = stencils
      .map(({ slope, bend, size }, i) => ({ step: steps[i], slope: slope[k], bend: bend[k], rounding: (4 * EPSILON * size[k]) / steps[i] }))
      .filter(({ slope, bend }) => Number.isFinite(slope) && Number.isFinite(bend))
    const finest = rungs.at(-1)
    if (finest === undefined || rungs.length < 2) return { value: Number.NaN, error: Infinity, trouble: 'it is finite there, but not beside it' }
    const pairs = rungs.slice(1).map((fine, i) => ({ ...fine, error: Math.abs(fine.slope - rungs[i].slope) + fine.rounding }))
    const { slope: value, error, rounding } = pairs.reduce((a, b) => (b.error < a.error ? b : a))
    const [bend, coarser] = [Math.abs(finest.bend), Math.abs(rungs[Math.max(0, rungs.length - 4)].bend)]
    const kinked = bend > Math.max(coarser / 4, 16 * finest.rounding, 1e-6 * Math.abs(value))
    const last = pairs.slice(-3).map((pair) => pair.error)
    const converging = last.length === 3 && last[1] <= last[0] / 2 && last[2] <= last[1] / 2
    const unsettled = !converging && error > 1e-3 * Math.abs(value) + 1024 * rounding
    const trouble = kinked
      ? `its slope is ${brief(finest.slope - finest.bend)} to the left and ${brief(finest.slope + finest.bend)} to the right, also ${brief(finest.step)} away`
      : unsettled
        ? `differences do not settle: ${rungs.map(({ slope }) => brief(slope)).join(', ')} with steps from ${brief(rungs[0].step)} down to ${brief(finest.step)}`
        : null
    return { value, error, trouble }
  }
}
