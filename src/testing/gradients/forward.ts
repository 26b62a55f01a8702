// checkForwardMode: the Jacobian–vector product held to its transpose and to differences.

import { checkFunction, checkOptions, Generator, jvp, type Tensor, tensor } from '../../tensor/index.ts'
import { checkFraction } from '../checks.ts'
import { brief, CheckError, digits, locate, place, type Report, relativeError } from '../report.ts'
import { fivePoint, STEP, settle } from './differences.ts'
import { directionAt } from './examine.ts'
import { type Checked, differentiable, flatten, Point, pull, requireSeed, shapesOf, split, uneven, walking } from './point.ts'

/** Where and how closely forward mode is checked. */
export interface CheckForwardModeOptions {
  /** Of the tangents and cotangents; default 0. */
  seed?: number | undefined
  /** How far Jv may be from a difference, relative to the larger of both and at least to 1e-2; default 1e-6. */
  rtol?: number | undefined
}

/** How far ⟨u, Jv⟩ and ⟨Jᵀu, v⟩ may be apart: they are the same sum in another order. */
const ROUNDING = 1e-10

const who = 'checkForwardMode'

/**
 * Holds Jv, as `jvp` gives it along a random direction v, to five-point differences along v, element by element; and ⟨u, Jv⟩ to ⟨Jᵀu, v⟩, as one walk back gives it,
 * to 1e-10. float64 inputs are moved, int32 and bool ones passed along; fn may return several tensors.
 *
 * Throws a CheckError ('forward mode', or 'smoothness' where fn has no derivative along v), a ValueError for wrong arguments.
 *
 * ```ts
 * checkForwardMode((x) => x.square().sum(), [tensor([1, 2], { dtype: 'float64' })])
 * ```
 */
export function checkForwardMode<const X extends readonly Tensor[]>(fn: Checked<X>, inputs: X, options: CheckForwardModeOptions = {}): Report {
  const { seed = 0, rtol = 1e-6 } = checkOptions(who, options, ['seed', 'rtol'])
  requireSeed(who, seed)
  checkFraction(who, 'rtol', rtol)
  checkFunction(who, 'a function of tensors', fn)
  const generator = new Generator(seed)
  const point = new Point(fn as Checked, inputs, differentiable(who, inputs), who)
  const run = point.run()
  const shapes = shapesOf(run.leaves)
  const direction = directionAt(flatten(run.leaves), generator)
  const tangents = split(direction, shapes).map((v, k) => tensor(v, { shape: shapes[k] }))
  const u = uneven(shapesOf(run.outputs), generator)
  const centre = flatten(run.outputs)
  const products = walking(who, () => run.outputs.map((_, k) => jvp((...xs: Tensor[]) => point.results(point.given(xs))[k], run.leaves, tangents)))
  const at = (k: number) => {
    const { which, index } = locate(k, shapesOf(run.outputs))
    return { output: which, outputIndex: index }
  }
  const value = flatten(products.map((product) => product.value))
  const moved = value.findIndex((x, k) => !Object.is(x, centre[k]))
  if (moved >= 0)
    throw new CheckError(`${who}: expected jvp to give the value of fn, ${centre[moved]}, got ${value[moved]}`, { check: 'forward mode', ...at(moved) })
  const Jv = flatten(products.map((product) => product.tangent))
  const report = { order: 1, mode: 'projected' as const, seed, comparisons: Jv.length + 1, worst: 0, at: null }

  const line = point.line(split(direction, shapes))
  const { slope, bend } = fivePoint(line, centre, STEP)
  const plain = slope.every((n, k) => relativeError(Jv[k], n, 1e-2) <= rtol && Math.abs(bend[k]) <= rtol * Math.max(1e-2, Math.abs(n)))
  const settled = plain ? null : settle(line, centre, STEP)
  Jv.forEach((a, k) => {
    const { value: n, error, trouble } = settled?.(k) ?? { value: slope[k], error: 0, trouble: null }
    const of = place('output', at(k).output, at(k).outputIndex)
    if (trouble !== null)
      throw new CheckError(
        `${who}: expected fn to be differentiable at the inputs, got a kink, a jump or an edge of ${of} along a random direction: ${trouble}`,
        {
          check: 'smoothness',
          ...at(k),
        },
      )
    const worst = relativeError(a, n, 1e-2)
    if (!(worst <= rtol || Math.abs(a - n) <= error))
      throw new CheckError(`${who}: expected Jv to be ${digits(n)} by differences, got ${digits(a)} by jvp for ${of} (relative error ${brief(worst)})`, {
        check: 'forward mode',
        analytic: a,
        numeric: n,
        relativeError: worst,
        ...at(k),
      })
    report.worst = Math.max(report.worst, worst)
  })

  const [uJv, JTuv] = [dot(flatten(u), Jv), dot(flatten(pull(who, run, u)), direction)]
  if (!(Math.abs(uJv.sum - JTuv.sum) <= ROUNDING * Math.max(uJv.size, JTuv.size)))
    throw new CheckError(`${who}: expected ⟨u, Jv⟩ = ⟨Jᵀu, v⟩, got ${digits(uJv.sum)} by jvp and ${digits(JTuv.sum)} by the walk back`, {
      check: 'forward mode',
      analytic: JTuv.sum,
      numeric: uJv.sum,
    })
  return report
}

/** Σ ab, and Σ |ab|: what its rounding is relative to. */
function dot(a: Float64Array, b: Float64Array): { sum: number; size: number } {
  return a.reduce(({ sum, size }, x, k) => ({ sum: sum + x * b[k], size: size + Math.abs(x * b[k]) }), { sum: 0, size: 0 })
}
