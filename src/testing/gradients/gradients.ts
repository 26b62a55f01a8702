// checkGradients: every derivative of a function is compared with differences, and the op is named
// whose own derivative is wrong.

import { Generator, type Tensor } from '../../tensor/index.ts'
import { requireFunction, requireOptions } from '../../tensor/internal.ts'

import { CheckError, digits, nothingCompared, type Report } from '../report.ts'
import { firstApart } from '../verdict.ts'
import { type CheckOp, culprit, holdsByParts } from './culprit.ts'
import { STEP, twoPoint } from './differences.ts'
import { compareProjected, levelled, tensorsOf } from './directions.ts'
import { compareAll } from './examine.ts'
import { checkLaws } from './laws.ts'
import {
  type Checked,
  derivativeOf,
  flatten,
  Point,
  pull,
  type Run,
  requireDifferentiable,
  scaled,
  shapesOf,
  uneven,
} from './point.ts'
import { type CheckGradientsOptions, requireSettings, type Settings } from './settings.ts'

/**
 * Holds the derivatives of `fn` at `inputs` to differences. fn(...inputs) is one tensor or several;
 * float64 inputs are differentiated, int32 and bool ones passed along.
 *
 * The laws come first: fn leaves its inputs unchanged, is deterministic and recorded; the backward
 * pass gives the right shapes and dtypes, changes nothing, repeats to the bit, is linear in the
 * cotangent, and adds up where an input is used twice. Then derivatives are compared. Where one
 * does not agree at once, its difference is extrapolated from steps of all sizes, which also show
 * whether fn has a derivative there: at a kink or a jump `check` is 'smoothness'. A derivative that
 * rounding hides is undecided: the ops on the tape decide it, each by itself, or the check fails.
 * Orders 2 and 3 compare the recorded gradient, a function of inputs and cotangents, in the same
 * way. After a failure the first op that fails by itself is named.
 *
 * Throws a CheckError for the first law or derivative that does not hold, for float32 inputs, for
 * an undecided derivative, and where there is nothing to compare; a DTypeError where inputs or
 * results are no tensors, a ValueError for other wrong arguments. Steps and stencils are from Press
 * et al., *Numerical Recipes*, §5.7, and Fornberg, *Generation of finite difference formulas*
 * (1988), the extrapolation from Ridders, *Accurate computation of F′(x) and F′(x)F″(x)* (1982).
 *
 * ```ts
 * const cube = unary('cube', { f: (x) => x ** 3, vjp: (g, y, x) => g.mul(x.square()).mul(2) })
 * checkGradients((x) => cube(x), [tensor([1, 2], { dtype: 'float64' })])
 * // CheckError: checkGradients: expected the derivative of output 0 at [0] by input 0 at [0]…
 * ```
 */
export function checkGradients<const X extends readonly Tensor[]>(
  fn: Checked<X>,
  inputs: X,
  options: CheckGradientsOptions = {},
): Report {
  const {
    mode = 'full',
    order = 1,
    step = STEP,
    rtol = 1e-6,
    atol = 0,
    seed = 0,
  } = requireOptions('checkGradients', options, ['mode', 'order', 'step', 'rtol', 'atol', 'seed'])
  const settings: Settings = { mode, order, step, rtol, atol, seed }
  requireSettings(who, settings)
  requireFunction(who, 'a function of tensors', fn)
  const moved = requireDifferentiable(who, inputs)
  return check(new Point(fn as Checked, inputs, moved, who), settings, true)
}

const who = 'checkGradients'

/**
 * Laws, then derivatives order by order. With `blame`, a failure names the op that is the culprit.
 */
function check(point: Point, settings: Settings, blame: boolean): Report {
  const { order, mode, seed } = settings
  const generator = new Generator(seed)
  const points = [point]
  const report = {
    order,
    mode,
    seed,
    comparisons: 0,
    worst: 0,
    at: null as Report['at'],
    undecided: 0,
  }
  const checkOp: CheckOp = (op, order, large) =>
    void check(op, { ...settings, order, mode: large ? 'projected' : 'full' }, false)
  try {
    let run = checkLaws(who, point, generator)
    for (let level = 1; ; level++) {
      const here = points[level - 1]
      const compare = mode === 'full' ? compareAll : compareProjected
      const { comparisons, worst, at, undecided, doubt } = compare(
        who,
        here,
        run,
        settings,
        level,
        generator,
      )
      const parts =
        (doubt !== null || comparisons === 0) &&
        blame &&
        undecided > 0 &&
        holdsByParts(here, checkOp)
      if (doubt !== null && !parts) throw doubt
      if (comparisons === 0 && !parts)
        throw nothingCompared(who, `derivatives of order ${level}`, 0, undecided)
      report.comparisons += comparisons
      report.undecided += undecided
      if (worst > report.worst || report.at === null) Object.assign(report, { worst, at })
      if (level === order) return report
      const u = cotangents(here, run, generator)
      const derivative = derivativeOf(who, here, u)
      points.push(derivative)
      const recorded = derivative.run()
      checkRecorded(here, u, flatten(pull(who, run, u)), flatten(recorded.outputs), level)
      run = recorded
    }
  } catch (error) {
    if (!blame || !(error instanceof CheckError) || error.op !== undefined) throw error
    throw culprit(error, points, checkOp)
  }
}

/**
 * Uneven cotangents under which no output's slope hides another's: the next order differentiates
 * the sum of all outputs, weighted by them.
 */
function cotangents(point: Point, run: Run, generator: Generator): readonly Tensor[] {
  const shapes = shapesOf(run.outputs)
  const drawn = flatten(uneven(shapes, generator))
  const direction = uneven(shapesOf(run.leaves), generator).map((v, k) =>
    v.toTypedArray().map((d, i) => d * Math.max(1, Math.abs(point.at[k][i]))),
  )
  const [line, centre] = [point.line(direction as Float64Array[]), flatten(run.outputs)]
  const [near, far] = [2 ** -20, 2 ** -10].map((h) => twoPoint(line, centre, h).slope)
  // A slope that falls with the step is 0: at a minimum, or at a kink of the next order.
  const slopes = near.map((slope, k) => (Math.abs(slope) < Math.abs(far[k]) / 2 ** 8 ? 0 : slope))
  return tensorsOf(levelled(drawn, slopes) ?? drawn, shapes)
}

/** Throws a CheckError unless a recorded pass gave the gradient of a plain one, up to rounding. */
function checkRecorded(
  point: Point,
  u: readonly Tensor[],
  plain: Float64Array,
  recorded: Float64Array,
  order: number,
): void {
  const k = firstApart(recorded, plain, 1e-9, (factor) =>
    flatten(pull(who, point.run(point.scaled(factor)), scaled(u, factor))),
  )
  if (k < 0) return
  throw new CheckError(
    `${who}: expected the gradient with createGraph to be the one without it, ` +
      `${digits(plain[k])}, got ${digits(recorded[k])}`,
    { check: 'recorded', order, analytic: recorded[k], numeric: plain[k] },
  )
}
