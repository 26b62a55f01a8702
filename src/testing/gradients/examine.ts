// The values of one order of derivatives against differences: the whole Jacobian, or one random direction of it.

import { type Generator, tensor } from '../../tensor/index.ts'
import { brief, CheckError, digits, locate, place, type Report, relativeError, unravel } from '../report.ts'
import { fivePoint, type Line, type Slope, STEP, settle, TWO_POINT_STEP, twoPoint } from './differences.ts'
import type { Settings } from './gradients.ts'
import { flatten, type Point, pull, type Run, shapesOf, split, uneven } from './point.ts'

/** What was compared, and where it agreed least. */
type Counted = Pick<Report, 'comparisons' | 'worst' | 'at'>

/** Whether a derivative and a difference agree. */
const agree = (a: number, n: number, { rtol, atol }: Settings, error = 0): boolean =>
  Math.abs(a - n) <= Math.max(atol, rtol * Math.max(Math.abs(a), Math.abs(n))) + error

const holds = (a: number, { value, error, trouble }: Slope, settings: Settings): boolean => trouble === null && agree(a, value, settings, error)

/** The two-point step as a part of the five-point one. */
const TWO_POINT = TWO_POINT_STEP / STEP

/** The step along an element: relative to its size where that is above 1, and a power of two times `step`. */
const stepFor = (x: number, step: number): number => step * 2 ** Math.max(0, Math.floor(Math.log2(Math.abs(x))))

/** The Jacobian of all outputs (m numbers), a row of n numbers for each: m walks with one-hot cotangents. */
function jacobian(who: string, run: Run): Float64Array[] {
  const { outputs } = run
  return outputs.flatMap((y) =>
    Array.from({ length: y.size }, (_, k) => {
      const one = tensor(new Float64Array(y.size).fill(1, k, k + 1), { shape: y.shape })
      return flatten(pull(who, { ...run, outputs: [y] }, [one]))
    }),
  )
}

/** Holds the whole Jacobian to five-point differences, a column for each element that is moved. Throws a CheckError at the first column that is wrong. */
export function compareAll(who: string, point: Point, run: Run, settings: Settings, level: number): Counted {
  const rows = jacobian(who, run)
  const centre = flatten(run.outputs)
  const counted = { comparisons: 0, worst: 0, at: null as Report['at'] }
  let column = 0
  point.at.forEach((numbers, which) => {
    for (let element = 0; element < numbers.length; element++, column++) {
      const at = { input: point.moved[which], index: unravel(element, run.leaves[which].shape) }
      const y = point.axis(which, element)
      const h = stepFor(numbers[element], settings.step)
      const { slope, bend } = fivePoint(y, centre, h)
      const plain = rows.every(
        (row, k) => agree(row[column], slope[k], settings) && Math.abs(bend[k]) <= Math.max(settings.atol, settings.rtol * Math.abs(slope[k])),
      )
      const settled = plain ? (k: number): Slope => ({ value: slope[k], error: 0, trouble: null }) : settle(y, centre, h)
      const slopes = rows.map((_, k) => settled(k))
      // Where fn has no derivative the tape's numbers for the other outputs may be no numbers either (0·∞), and are not to blame.
      const rough = slopes.findIndex(({ trouble }) => trouble !== null)
      const wrong = rough < 0 ? rows.findIndex((row, k) => !holds(row[column], slopes[k], settings)) : rough
      if (wrong >= 0) throw failure(who, level, rows[wrong][column], slopes[wrong], at, locate(wrong, shapesOf(run.outputs)))
      rows.forEach((row, k) => {
        counted.comparisons++
        const worst = relativeError(row[column], slopes[k].value, settings.atol / settings.rtol)
        if (counted.at === null || worst > counted.worst) Object.assign(counted, { worst, at })
      })
    }
  })
  return counted
}

/** A random direction of Euclidean norm about 1, which moves each element in proportion to max(1, |x|). */
export function directionAt(x: Float64Array, generator: Generator): Float64Array {
  const drawn = flatten(uneven([[x.length]], generator))
  const norm = Math.sqrt(drawn.reduce((sum, d) => sum + d * d, 0))
  return drawn.map((d, k) => (d / norm) * Math.max(1, Math.abs(x[k])))
}

/**
 * Holds Σ u·y along one random direction to a two-point difference.
 * Throws a CheckError when they disagree: about the element that is found by halving the direction, always into the half that is further off.
 */
export function compareProjected(who: string, point: Point, run: Run, settings: Settings, level: number, generator: Generator): Counted {
  const shapes = shapesOf(run.leaves)
  const x = flatten(run.leaves)
  if (x.length === 0) return { comparisons: 0, worst: 0, at: null }
  const direction = directionAt(x, generator)
  const u = uneven(shapesOf(run.outputs), generator)
  const [weights, gradient] = [flatten(u), flatten(pull(who, run, u))]
  const total = (y: Float64Array): Float64Array => Float64Array.of(y.reduce((sum, value, k) => sum + weights[k] * value, 0))
  const centre = total(flatten(run.outputs))
  const h = settings.step * TWO_POINT
  const moving = (by: Float64Array): Line => {
    const line = point.line(split(by, shapes))
    return (t) => total(line(t))
  }
  /** What the tape and a two-point difference say when only the elements `from` to `to` are moved. */
  const along = (from: number, to: number) => {
    const { slope, bend } = twoPoint(moving(direction.map((d, k) => (from <= k && k < to ? d : 0))), centre, h)
    return { a: direction.subarray(from, to).reduce((sum, d, k) => sum + d * gradient[from + k], 0), slope: slope[0], bend: Math.abs(bend[0]) }
  }
  const placeOf = (k: number) => {
    const { which, index } = locate(k, shapes)
    return { input: point.moved[which], index }
  }
  const { a, slope, bend } = along(0, x.length)
  const plain = agree(a, slope, settings) && bend <= 128 * h * Math.max(1, Math.abs(a), Math.abs(centre[0]))
  const found = plain ? { value: slope, error: 0, trouble: null } : settle(moving(direction), centre, settings.step)(0)
  if (holds(a, found, settings)) {
    const steepest = gradient.reduce((best, g, k) => (Math.abs(g * direction[k]) > Math.abs(gradient[best] * direction[best]) ? k : best), 0)
    return { comparisons: 1, worst: relativeError(a, found.value, settings.atol / settings.rtol), at: placeOf(steepest) }
  }
  const off = (from: number, to: number): number => {
    const half = along(from, to)
    const apart = found.trouble === null ? Math.abs(half.a - half.slope) : half.bend
    return Number.isNaN(apart) ? Infinity : apart
  }
  let [from, to] = [0, x.length]
  while (to - from > 1) {
    const middle = (from + to) >> 1
    if (off(from, middle) >= off(middle, to)) to = middle
    else from = middle
  }
  const alone = settle(moving(new Float64Array(x.length).fill(1, from, to)), centre, stepFor(x[from], settings.step))(0)
  if (holds(gradient[from], alone, settings)) throw failure(who, level, a, found, null, null)
  throw failure(who, level, gradient[from], alone, placeOf(from), null)
}

/** What is wrong, in words and fields: at an element, or (null) only along a whole direction. */
function failure(
  who: string,
  order: number,
  analytic: number,
  { value: numeric, trouble }: Slope,
  at: { input: number; index: readonly number[] } | null,
  output: { which: number; index: readonly number[] } | null,
): CheckError {
  const of = output === null ? 'a random sum of the outputs' : place('output', output.which, output.index)
  const by = `of ${of} by ${at === null ? 'a random direction of the inputs' : place('input', at.input, at.index)}`
  const fields = { ...at, order, ...(output === null ? {} : { output: output.which, outputIndex: output.index }) }
  if (trouble !== null) {
    const what = order === 1 ? 'fn' : `the derivative of order ${order - 1}`
    return new CheckError(`${who}: expected ${what} to be differentiable at the inputs, got a kink, a jump or an edge ${by}: ${trouble}`, {
      check: 'smoothness',
      ...fields,
    })
  }
  const error = relativeError(analytic, numeric)
  return new CheckError(
    `${who}: expected the derivative${order === 1 ? '' : ` of order ${order}`} ${by} to be ${digits(numeric)} by differences, got ${digits(analytic)} by the tape (relative error ${brief(error)})`,
    { check: 'derivative', analytic, numeric, relativeError: error, ...fields },
  )
}
