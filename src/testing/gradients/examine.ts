// All derivatives of one order, the whole Jacobian, against differences; directions.ts checks them
// along random directions.

import { tensor } from '../../tensor/index.ts'
import { type CheckError, locate, type Report, relativeError, unravel } from '../report.ts'
import { changes, type Factor, type Verdict } from '../verdict.ts'
import {
  agrees,
  fivePoint,
  isRounding,
  type Line,
  roundingOf,
  type Scale,
  type Slope,
  STEP,
  settle,
  widened,
} from './differences.ts'
import { flatten, largestWithin, type Point, pull, type Run, shapesOf } from './point.ts'
import type { Settings } from './settings.ts'
import { undecidedDerivative, wrongDerivative } from './words.ts'

/** The derivatives that were compared, the largest error and its place, and the undecided ones. */
export interface Counted {
  comparisons: number
  worst: number
  at: Report['at']
  undecided: number
  /** The error for the first undecided one that is not below atol, nor only rounding error. */
  doubt: CheckError | null
}

export const counting = (): Counted => ({
  comparisons: 0,
  worst: 0,
  at: null,
  undecided: 0,
  doubt: null,
})

/** The largest power of two up to |x|, at least 1. */
export const unitOf = (x: number): number => 2 ** Math.max(0, Math.floor(Math.log2(Math.abs(x))))

/**
 * The relative displacement of cotangents that shows whether a derivative is only rounding error:
 * then it changes by its own size, else by this part of it.
 */
export const SHAKEN = 2 ** -30

/** Factors for inputs: a few ulps only, since a small derivative may change much with its input. */
export const ulps =
  (factor: Factor): Factor =>
  () =>
    1 + (factor() - 1) * 2 ** -20

/** Computed only where a derivative does not hold at once. */
export interface Doubts {
  /** Its change by displaced cotangents, and by inputs displaced by ulps. */
  readonly change: () => number
  /** The slope again, with a bound that covers the rounding of all numbers inside fn. */
  readonly again: () => Slope
  /** The error if it is wrong. */
  readonly error: () => CheckError
  /** The error if it stays undecided. */
  readonly undecided: (slope: Slope) => CheckError
}

/**
 * Counts one derivative, by the tape and by differences, that holds or is undecided. Throws a
 * CheckError for one that is wrong, or where fn is not differentiable.
 */
export function count(
  counted: Counted,
  analytic: number,
  first: Slope,
  { rtol, atol }: Pick<Settings, 'rtol' | 'atol'>,
  at: Report['at'],
  doubts: Doubts,
): Verdict {
  let [slope, verdict] = [first, agrees(analytic, first, rtol)]
  const isRounded = (): boolean =>
    verdict !== 'holds' && isRounding(analytic, doubts.change(), slope, rtol)
  const isWrong = (): boolean => verdict === 'rough' || verdict === 'differs'
  let rounding = isRounded()
  if (isWrong() && !rounding) {
    slope = doubts.again()
    verdict = agrees(analytic, slope, rtol)
    rounding = isRounded()
    if (isWrong() && !rounding) throw doubts.error()
  }
  if (verdict === 'holds') {
    counted.comparisons++
    const worst = analytic === 0 ? 0 : relativeError(analytic, slope.value)
    if (counted.comparisons === 1 || worst > counted.worst) Object.assign(counted, { worst, at })
    return verdict
  }
  counted.undecided++
  const most = Math.max(Math.abs(analytic), Math.abs(slope.value) + slope.bound)
  if (!rounding && !(most <= atol)) counted.doubt ??= doubts.undecided(slope)
  return 'undecided'
}

/** The Jacobian (m, n) of all outputs, by m backward passes with one-hot cotangents. */
function jacobian(who: string, run: Run): Float64Array[] {
  return run.outputs.flatMap((y, which) =>
    Array.from({ length: y.size }, (_, k) => rowOf(who, run, { which, k })),
  )
}

/** The row of element k of one output. */
function rowOf(
  who: string,
  run: Run,
  { which, k }: { which: number; k: number },
  factor = 1,
): Float64Array {
  const y = run.outputs[which]
  const one = tensor(new Float64Array(y.size).fill(factor, k, k + 1), { shape: y.shape })
  return flatten(pull(who, { ...run, outputs: [y] }, [one]))
}

/**
 * Compares the whole Jacobian with differences, a column for each element that is moved. Throws a
 * CheckError at the first column that is wrong.
 */
export function compareAll(
  who: string,
  point: Point,
  run: Run,
  settings: Settings,
  level: number,
): Counted {
  const rows = jacobian(who, run)
  const centre = flatten(run.outputs)
  const outputs = Array.from(centre, (_, k) => locate(k, shapesOf(run.outputs)))
  const { rtol, step } = settings
  const counted = counting()
  const elements = run.outputs.flatMap((y, which) =>
    Array.from({ length: y.size }, (_, k) => ({ which, k })),
  )
  const moved: Float64Array[] = []
  const changeOf = (k: number): Float64Array => {
    moved[k] ??= changes(rows[k], SHAKEN, (factor) =>
      rowOf(who, point.run(point.scaled(ulps(factor))), elements[k], factor()),
    )
    return moved[k]
  }
  let within: number | null = null
  let column = 0
  point.at.forEach((numbers, which) => {
    for (let element = 0; element < numbers.length; element++, column++) {
      const index = column
      const at = { input: point.moved[which], index: unravel(element, run.leaves[which].shape) }
      const tape = rows.map((row) => row[column])
      const x = Math.abs(numbers[element])
      const [line, scale] = [
        point.axis(which, element),
        { unit: (unitOf(x) * step) / STEP, least: x },
      ]
      const slopes = slopesAt(line, centre, tape, scale, rtol)
      let wide: Slope[] | null = null
      const again = (k: number): Slope => {
        within ??= largestWithin(point)
        wide ??= settle(line, centre, { ...scale, extra: () => within as number }, () => false)
        return widened(wide[k], within)
      }
      // Where fn has no derivative, the tape's numbers for other outputs may be NaN too (0·∞): they
      // are not the cause.
      const rough = slopes.map(({ trouble }) => trouble !== null)
      const order = [...slopes.keys()].sort((i, j) => Number(rough[j]) - Number(rough[i]))
      for (const k of order) {
        const where = { order: level, at, output: outputs[k] }
        count(counted, tape[k], slopes[k], settings, at, {
          change: () => changeOf(k)[index],
          again: () => again(k),
          error: () => wrongDerivative(who, tape[k], slopes[k], where),
          undecided: (slope) => undecidedDerivative(who, tape[k], slope, where, rtol),
        })
      }
    }
  })
  return counted
}

/**
 * The slopes of all outputs along a line: by five points where these agree with the tape at once,
 * else by as many steps as `settle` takes.
 */
export function slopesAt(
  y: Line,
  centre: Float64Array,
  tape: ArrayLike<number>,
  scale: Scale,
  rtol: number,
): Slope[] {
  const h = scale.unit * STEP
  const { slope, bend, size } = fivePoint(y, centre, h)
  const first = Array.from(slope, (value, k): Slope | null => {
    const flat = value === 0 && bend[k] === 0
    const found = {
      value,
      bound: roundingOf(size[k], h),
      step: h,
      near: flat ? Infinity : 0,
      trouble: null,
    }
    const plain = flat || Math.abs(bend[k]) <= rtol * Math.abs(value)
    return plain && agrees(tape[k], found, rtol) === 'holds' ? found : null
  })
  if (!first.includes(null)) return first as Slope[]
  const settled = settle(
    y,
    centre,
    scale,
    (found, k) => first[k] !== null || agrees(tape[k], found, rtol) === 'holds',
  )
  return first.map((found, k) => found ?? settled[k])
}
