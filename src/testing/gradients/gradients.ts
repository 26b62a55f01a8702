// checkGradients: every derivative of a function held to differences, and the op named whose own
// derivative is off.

import { Generator, type Tensor } from '../../tensor/index.ts'
import { requireFunction, requireOptions } from '../../tensor/internal.ts'

import { CheckError, digits, nothing, type Report } from '../report.ts'
import { firstApart } from '../verdict.ts'
import { type CheckOp, culprit, holdsByParts } from './culprit.ts'
import { STEP, twoPoint } from './differences.ts'
import { compareProjected, levelled, tensorsOf } from './directions.ts'
import { compareAll } from './examine.ts'
import { checkLaws } from './laws.ts'
import {
  type Checked,
  derivativeOf,
  differentiable,
  flatten,
  Point,
  pull,
  type Run,
  scaled,
  shapesOf,
  uneven,
} from './point.ts'
import { type CheckGradientsOptions, requireSettings, type Settings } from './settings.ts'

/**
 * Holds the derivatives of `fn` at `inputs` to differences: fn(...inputs) is one tensor or several;
 * float64 inputs are differentiated, int32 and bool ones passed along.
 *
 * Before values it checks that fn leaves its inputs alone, is deterministic and recorded; that the
 * walk back gives the right shapes and dtypes, changes nothing, repeats to the bit, is linear in
 * the cotangent, and adds up where an input is used twice. Order 2 and 3 hold the recorded
 * gradient, as a function of inputs and cotangents, to differences in the same way. What does not
 * agree at once is extrapolated from steps of all sizes, which also tell whether fn has a
 * derivative there at all: at a kink or a jump `check` is 'smoothness'. What rounding hides is
 * undecided: it is settled by the ops on the tape, each by itself, or not passed. When something is
 * wrong, the first op that fails by itself is named.
 *
 * Throws a CheckError for the first thing that does not hold (float32 among them), for what is
 * undecided, and where there is nothing to compare; a DTypeError where inputs or results are no
 * tensors, a ValueError for other wrong arguments. Steps and
 * stencils are from Press et al., *Numerical Recipes*, §5.7, and Fornberg, *Generation of finite
 * difference formulas* (1988), the extrapolation from Ridders, *Accurate computation of F′(x) and
 * F′(x)F″(x)* (1982).
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
  const moved = differentiable(who, inputs)
  return check(new Point(fn as Checked, inputs, moved, who), settings, true)
}

const who = 'checkGradients'

/**
 * Laws, then derivatives order by order. With `blame`, a failure names the op that fails by itself.
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
        throw nothing(who, `derivatives of order ${level}`, 0, undecided)
      report.comparisons += comparisons
      report.undecided += undecided
      if (worst > report.worst || report.at === null) Object.assign(report, { worst, at })
      if (level === order) return report
      const u = cotangents(here, run, generator)
      const derivative = derivativeOf(who, here, u)
      points.push(derivative)
      const recorded = derivative.run()
      requireSame(here, u, flatten(pull(who, run, u)), flatten(recorded.outputs), level)
      run = recorded
    }
  } catch (error) {
    if (!blame || !(error instanceof CheckError) || error.op !== undefined) throw error
    throw culprit(error, points, checkOp)
  }
}

/**
 * Uneven cotangents under which no output's slope hides another's: the derivative of the next order
 * is that of their sum.
 */
function cotangents(point: Point, run: Run, generator: Generator): readonly Tensor[] {
  const shapes = shapesOf(run.outputs)
  const drawn = flatten(uneven(shapes, generator))
  const direction = uneven(shapesOf(run.leaves), generator).map((v, k) =>
    v.toTypedArray().map((d, i) => d * Math.max(1, Math.abs(point.at[k][i]))),
  )
  const [line, centre] = [point.line(direction as Float64Array[]), flatten(run.outputs)]
  const [near, far] = [2 ** -20, 2 ** -10].map((h) => twoPoint(line, centre, h).slope)
  // A slope that falls with the step is that of a minimum, or a kink of the next order.
  const slopes = near.map((slope, k) => (Math.abs(slope) < Math.abs(far[k]) / 2 ** 8 ? 0 : slope))
  return tensorsOf(levelled(drawn, slopes) ?? drawn, shapes)
}

/** Throws a CheckError unless a recorded walk gave what the plain one gives, up to rounding. */
function requireSame(
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
    `${who}: expected the walk with createGraph to give what the walk without it gives, ` +
      `${digits(plain[k])}, got ${digits(recorded[k])}`,
    {
      check: 'recorded',
      order,
      analytic: recorded[k],
      numeric: plain[k],
    },
  )
}
