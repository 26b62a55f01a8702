// One order of derivatives, checked along random directions, many derivatives at once; examine.ts
// checks each by itself.

import { type Generator, type Shape, tensor } from '../../tensor/index.ts'
import { type CheckError, locate } from '../report.ts'
import { changes, type Factor } from '../verdict.ts'
import {
  agrees,
  type Line,
  roundingOf,
  type Scale,
  type Slope,
  STEP,
  settle,
  TWO_POINT_STEP,
  twoPoint,
  widened,
} from './differences.ts'
import { type Counted, count, counting, SHAKEN, ulps, unitOf } from './examine.ts'
import {
  flatten,
  largestWithin,
  type Point,
  pull,
  type Run,
  scaled,
  shapesOf,
  uneven,
  unflatten,
} from './point.ts'
import type { Settings } from './settings.ts'
import { undecidedDerivative, type Where, wrongDerivative } from './words.ts'

/** The two-point step as a part of the five-point one. */
const TWO_POINT = TWO_POINT_STEP / STEP

/** Derivatives a factor 2¹⁶ apart are not summed: an error in the smaller would not show. */
const APART = 16

/**
 * Directions of Euclidean norm about 1. They move each element in proportion to max(1, |x|), along
 * its gradient, so that nothing cancels, and by numbers of eight bits, so that x ± h·v is exact.
 * Elements whose parts of the slope differ by more than 2¹⁶ are in different directions, and those
 * of gradient 0 in one of their own.
 */
export function directionsAt(
  x: Float64Array,
  gradient: Float64Array,
  generator: Generator,
): Float64Array[] {
  const drawn = flatten(uneven([[x.length]], generator))
  const norm = Math.sqrt(drawn.reduce((sum, d) => sum + d * d, 0))
  const moved = drawn.map((d, k) =>
    eightBits(((gradient[k] * d < 0 ? -d : d) / norm) * Math.max(1, Math.abs(x[k]))),
  )
  const parts = moved.map((v, k) => Math.abs(v * gradient[k]))
  const most = parts.reduce((a, b) => (Number.isFinite(b) ? Math.max(a, b) : a), 0)
  const groupOf = (part: number): number =>
    part === 0 ? -1 : Number.isFinite(part) ? Math.floor(Math.log2(most / part) / APART) : -2
  const groups = Array.from(parts, groupOf)
  return [...new Set(groups)].map((group) => moved.map((v, k) => (groups[k] === group ? v : 0)))
}

const eightBits = (v: number): number => {
  const unit = 2 ** (Math.floor(Math.log2(Math.abs(v))) - 7)
  return Math.round(v / unit) * unit
}

/** Cotangents that bring all slopes to one size; null where these differ by 2¹⁶ at most. */
export function levelled(weights: Float64Array, slopes: ArrayLike<number>): Float64Array | null {
  const sizes = Array.from(slopes, (slope, k) => Math.abs(slope * weights[k]))
  const most = sizes.reduce((a, b) => Math.max(a, b), 0)
  const least = sizes.reduce((a, b) => (b > 0 ? Math.min(a, b) : a), most)
  if (!(most / least > 2 ** APART) || !Number.isFinite(most)) return null
  const size = Math.sqrt(most) * Math.sqrt(least)
  return weights.map((w, k) => w * (size / (sizes[k] === 0 ? least : sizes[k])))
}

/** Tensors of these shapes with the numbers of `all`. */
export const tensorsOf = (all: Float64Array, shapes: readonly Shape[]) =>
  unflatten(all, shapes).map((numbers, k) => tensor(numbers, { shape: shapes[k] }))

/**
 * The smallest ratio of a number to its displacement by a direction: steps may have to be as small.
 */
export function leastOf(x: Float64Array, direction: Float64Array): number {
  return x.reduce(
    (least, value, k) =>
      direction[k] === 0 || value === 0 ? least : Math.min(least, Math.abs(value / direction[k])),
    Infinity,
  )
}

/**
 * Compares the slopes of Σ u·y along random directions with two-point differences. Throws a
 * CheckError when they disagree, for the element that is found by halving the direction: the half
 * with the larger error is halved again.
 */
export function compareProjected(
  who: string,
  point: Point,
  run: Run,
  settings: Settings,
  level: number,
  generator: Generator,
): Counted {
  const counted = counting()
  const x = flatten(run.leaves)
  const u = flatten(uneven(shapesOf(run.outputs), generator))
  if (x.length === 0 || u.length === 0) return counted
  const gradient = flatten(pull(who, run, tensorsOf(u, shapesOf(run.outputs))))
  const check: Projection = { who, point, run, settings, level, x, centre: flatten(run.outputs) }
  for (const direction of directionsAt(x, gradient, generator))
    compareAlong(check, direction, u, gradient, counted)
  return counted
}

interface Projection {
  readonly who: string
  readonly point: Point
  readonly run: Run
  readonly settings: Settings
  readonly level: number
  readonly x: Float64Array
  readonly centre: Float64Array
}

const sum = (numbers: Float64Array): number => numbers.reduce((a, b) => a + b, 0)

/** The direction that moves only the elements with these numbers. */
const only = (direction: Float64Array, members: readonly number[]): Float64Array => {
  const part = new Float64Array(direction.length)
  for (const k of members) part[k] = direction[k]
  return part
}

/** One direction. Values are summed without those at 0, so that large ones hide nothing. */
function compareAlong(
  check: Projection,
  direction: Float64Array,
  u: Float64Array,
  pulled: Float64Array,
  counted: Counted,
): void {
  const { who, point, run, settings, level, x, centre } = check
  const shapes = shapesOf(run.leaves)
  const h = settings.step * TWO_POINT
  const lineOf = (v: Float64Array): Line => point.line(unflatten(v, shapes))
  const first = twoPoint(lineOf(direction), centre, h)
  const raised = levelled(u, first.slope)
  const weights = raised ?? u
  const gradient =
    raised === null ? pulled : flatten(pull(who, run, tensorsOf(raised, shapesOf(run.outputs))))
  const moved = new Set<number>()
  const total = (y: Float64Array): Float64Array => {
    let all = 0
    y.forEach((value, k) => {
      if (value !== centre[k]) moved.add(k)
      all += weights[k] * (value - centre[k])
    })
    return Float64Array.of(all)
  }
  /**
   * The size to which the rounding of their sum is relative: that of the values that have moved.
   */
  const extra = (): number =>
    [...moved].reduce((all, k) => all + Math.abs(weights[k] * centre[k]), 0)
  const moving = (v: Float64Array): Line => {
    const line = lineOf(v)
    return (t) => total(line(t))
  }
  const nought = new Float64Array(1)
  const along = (v: Float64Array, g = gradient): number =>
    sum(v.map((d, k) => (d === 0 ? 0 : d * g[k])))
  const a = along(direction)
  const weighed = (numbers: Float64Array): number =>
    sum(numbers.map((value, k) => weights[k] * value))
  const [slope, bend] = [weighed(first.slope), weighed(first.bend)]
  for (const k of centre.keys()) if (first.slope[k] !== 0 || first.bend[k] !== 0) moved.add(k)
  const flat = moved.size === 0
  let found: Slope = {
    value: slope,
    bound: roundingOf(extra(), h),
    step: h,
    near: flat ? Infinity : 0,
    trouble: null,
  }
  const scaleOf = (v: Float64Array): Scale => ({
    unit: settings.step / STEP,
    least: leastOf(x, v),
    extra,
  })
  if (
    !(
      Math.abs(bend) <= 128 * h * Math.max(Math.abs(a), extra()) &&
      agrees(a, found, settings.rtol) === 'holds'
    )
  )
    found = settle(
      moving(direction),
      nought,
      scaleOf(direction),
      (s) => agrees(a, s, settings.rtol) === 'holds',
    )[0]

  const placeOf = (k: number): Where['at'] => {
    const { which, index } = locate(k, shapes)
    return { input: point.moved[which], index }
  }
  const change = (): number => {
    const again = (factor: Factor) =>
      pull(
        who,
        point.run(point.scaled(ulps(factor))),
        scaled(tensorsOf(weights, shapesOf(run.outputs)), factor),
      )
    return changes([a], SHAKEN, (factor) => [along(direction, flatten(again(factor)))])[0]
  }
  const again = (): Slope => {
    const within = largestWithin(point)
    const wide = (): number =>
      extra() + [...moved].reduce((all, k) => all + Math.abs(weights[k]) * within, 0)
    const [slope] = settle(
      moving(direction),
      nought,
      { ...scaleOf(direction), extra: wide },
      () => false,
    )
    return widened(slope, wide())
  }
  const members = Array.from(direction.keys()).filter((k) => direction[k] !== 0)
  const part = (k: number): number => Math.abs(gradient[k] * direction[k])
  const steepest = members.reduce((best, k) => (part(k) > part(best) ? k : best))
  const nowhere = { order: level, at: null, output: null }
  /** The error for the wrong element, found by halving the direction. */
  const error = (): CheckError => {
    const step = found.trouble === null ? found.step : h
    const off = (half: readonly number[]): number => {
      const v = only(direction, half)
      const { slope, bend } = twoPoint(moving(v), nought, step)
      const apart = found.trouble === null ? Math.abs(along(v) - slope[0]) : Math.abs(bend[0])
      return Number.isNaN(apart) ? Infinity : apart
    }
    let suspects = members
    while (suspects.length > 1) {
      const [left, right] = [
        suspects.slice(0, suspects.length >> 1),
        suspects.slice(suspects.length >> 1),
      ]
      suspects = off(left) >= off(right) ? left : right
    }
    const k = suspects[0]
    const axis = new Float64Array(x.length).fill(1, k, k + 1)
    const unit = (unitOf(x[k]) * settings.step) / STEP
    const alone = settle(
      moving(axis),
      nought,
      { unit, least: Math.abs(x[k]), extra },
      (s) => agrees(gradient[k], s, settings.rtol) === 'holds',
    )[0]
    const own = agrees(gradient[k], alone, settings.rtol)
    return own === 'holds' || own === 'undecided'
      ? wrongDerivative(who, a, found, nowhere)
      : wrongDerivative(who, gradient[k], alone, { ...nowhere, at: placeOf(k) })
  }
  count(counted, a, found, settings, null, {
    change,
    again,
    error,
    undecided: (slope) => undecidedDerivative(who, a, slope, nowhere, settings.rtol),
  })
  if (counted.comparisons > 0) counted.at ??= placeOf(steepest)
}
