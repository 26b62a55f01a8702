// checkForwardMode: the Jacobian–vector product is compared with differences and its transpose.

import { Generator, jvp, type Tensor } from '../../tensor/index.ts'
import {
  requireFraction,
  requireFunction,
  requireOptions,
  requireWhole,
} from '../../tensor/internal.ts'

import {
  brief,
  CheckError,
  digits,
  locate,
  nothingCompared,
  place,
  type Report,
  relativeError,
} from '../report.ts'
import { changes, firstChanged } from '../verdict.ts'
import { directionsAt, leastOf, levelled, tensorsOf } from './directions.ts'
import { count, counting, SHAKEN, slopesAt, ulps } from './examine.ts'
import {
  type Checked,
  flatten,
  Point,
  pull,
  type Run,
  requireDifferentiable,
  runPass,
  shapesOf,
  uneven,
  unflatten,
} from './point.ts'
import { undecidedEstimate } from './words.ts'

/** The tangents with which forward mode is checked, and the tolerance. */
export interface CheckForwardModeOptions {
  /** The seed of tangents and cotangents; default 0. */
  seed?: number | undefined
  /** How far Jv may be from a difference, relative to the larger of both; default 1e-6. */
  rtol?: number | undefined
}

/** The tolerance for ⟨u, Jv⟩ and ⟨Jᵀu, v⟩: they are the same sum in another order. */
const ROUNDING = 1e-10

const who = 'checkForwardMode'

/**
 * Holds Jv, by `jvp` along random directions v, to differences along v, element by element; and
 * ⟨u, Jv⟩ to ⟨Jᵀu, v⟩, by one backward pass, to 1e-10. Elements whose parts of ⟨u, Jv⟩ differ much
 * in size have directions of their own. float64 inputs are moved, int32 and bool ones passed along;
 * fn may return several tensors.
 *
 * Throws a CheckError ('forward mode', 'smoothness' where fn has no derivative along v, 'undecided'
 * where rounding hides it, 'nothing' where all is empty), a DTypeError where inputs or results are
 * no tensors, a ValueError for other wrong arguments.
 *
 * ```ts
 * checkForwardMode((x) => x.square().sum(), [tensor([1, 2], { dtype: 'float64' })])
 * ```
 */
export function checkForwardMode<const X extends readonly Tensor[]>(
  fn: Checked<X>,
  inputs: X,
  options: CheckForwardModeOptions = {},
): Report {
  const { seed = 0, rtol = 1e-6 } = requireOptions(who, options, ['seed', 'rtol'])
  requireWhole(who, 'seed', seed, 0)
  requireFraction(who, 'rtol', rtol)
  requireFunction(who, 'a function of tensors', fn)
  const generator = new Generator(seed)
  const point = new Point(fn as Checked, inputs, requireDifferentiable(who, inputs), who)
  const run = point.run()
  const [x, u] = [flatten(run.leaves), flatten(uneven(shapesOf(run.outputs), generator))]
  const gradient = flatten(pull(who, run, tensorsOf(u, shapesOf(run.outputs))))
  const report = {
    order: 1,
    mode: 'projected' as const,
    seed,
    comparisons: 0,
    worst: 0,
    at: null,
    undecided: 0,
  }
  if (u.length > 0)
    for (const direction of directionsAt(x, gradient, generator)) {
      const { comparisons, worst, undecided } = checkAlong(point, run, direction, {
        x,
        u,
        gradient,
        rtol,
      })
      report.comparisons += comparisons
      report.undecided += undecided
      report.worst = Math.max(report.worst, worst)
    }
  if (report.comparisons === 0) throw nothingCompared(who, 'derivatives', 0, report.undecided)
  return report
}

/** The value of each output, and its Jv. */
function jvps(
  point: Point,
  { leaves, outputs }: Run,
  direction: Float64Array,
): { value: Tensor; tangent: Tensor }[] {
  const tangents = tensorsOf(direction, shapesOf(leaves))
  return runPass(who, () =>
    outputs.map((_, k) =>
      jvp((...xs: Tensor[]) => point.results(point.argumentsWith(xs))[k], leaves, tangents),
    ),
  )
}

const tangentsOf = (products: readonly { tangent: Tensor }[]): Float64Array =>
  flatten(products.map(({ tangent }) => tangent))

/**
 * Compares Jv with differences along v and with the transpose: ⟨u, Jv⟩ = ⟨Jᵀu, v⟩. Throws a
 * CheckError.
 */
function checkAlong(
  point: Point,
  run: Run,
  direction: Float64Array,
  {
    x,
    u,
    gradient,
    rtol,
  }: { x: Float64Array; u: Float64Array; gradient: Float64Array; rtol: number },
): Pick<Report, 'comparisons' | 'worst' | 'undecided'> {
  const results = shapesOf(run.outputs)
  const centre = flatten(run.outputs)
  const products = jvps(point, run, direction)
  const at = (k: number) => {
    const { which, index } = locate(k, results)
    return { output: which, outputIndex: index }
  }
  const value = flatten(products.map((product) => product.value))
  const moved = firstChanged(centre, value)
  if (moved >= 0)
    throw new CheckError(
      `${who}: expected jvp to give the value of fn, ${centre[moved]}, got ${value[moved]}`,
      { check: 'forward mode', ...at(moved) },
    )
  const Jv = tangentsOf(products)

  const slopes = slopesAt(
    point.line(unflatten(direction, shapesOf(run.leaves))),
    centre,
    Jv,
    { unit: 1, least: leastOf(x, direction) },
    rtol,
  )
  let moves: Float64Array | null = null
  const change = (k: number): number => {
    moves ??= changes(Jv, SHAKEN, (factor) => {
      const shaken = direction.map((v) => v * factor())
      return tangentsOf(jvps(point, point.run(point.scaled(ulps(factor))), shaken))
    })
    return moves[k]
  }
  const rounding = new Set<number>()
  const counted = counting()
  Jv.forEach((a, k) => {
    const slope = slopes[k]
    const of = place('output', at(k).output, at(k).outputIndex)
    const error = relativeError(a, slope.value)
    const found = { analytic: a, numeric: slope.value, relativeError: error, ...at(k) }
    const verdict = count(counted, a, slope, { rtol, atol: 0 }, null, {
      change: () => change(k),
      again: () => slope,
      error: () =>
        slope.trouble === null
          ? new CheckError(
              `${who}: expected Jv to be ${digits(slope.value)} by differences, got ${digits(a)} ` +
                `by jvp for ${of} (relative error ${brief(error)})`,
              { check: 'forward mode', ...found },
            )
          : new CheckError(
              `${who}: expected fn to be differentiable at the inputs, got a kink, a jump or an ` +
                `edge of ${of} along a random direction: ${slope.trouble}`,
              { check: 'smoothness', ...at(k) },
            ),
      undecided: () =>
        new CheckError(
          `${who}: expected differences to decide Jv, ${digits(a)} by jvp, for ${of}, got ` +
            `${undecidedEstimate(a, slope, rtol)}`,
          { check: 'undecided', ...found },
        ),
    })
    if (counted.doubt !== null) throw counted.doubt
    if (verdict === 'undecided') rounding.add(k)
  })

  // Products that are only rounding error have no transpose to be compared with.
  const held = u.map((w, k) => (rounding.has(k) ? 0 : w))
  const raised = levelled(held, Jv) ?? (rounding.size > 0 ? held : null)
  const JTu = raised === null ? gradient : flatten(pull(who, run, tensorsOf(raised, results)))
  const [uJv, JTuv] = [dot(raised ?? u, Jv), dot(JTu, direction)]
  if (!(Math.abs(uJv.sum - JTuv.sum) <= ROUNDING * Math.max(uJv.size, JTuv.size)))
    throw new CheckError(
      `${who}: expected ⟨u, Jv⟩ = ⟨Jᵀu, v⟩, got ${digits(uJv.sum)} by jvp and ` +
        `${digits(JTuv.sum)} by the backward pass`,
      { check: 'forward mode', analytic: JTuv.sum, numeric: uJv.sum },
    )
  const { comparisons, worst, undecided } = counted
  return { comparisons: comparisons === 0 ? 0 : comparisons + 1, worst, undecided }
}

/** Σ ab, and Σ |ab|, to which its rounding is relative. */
function dot(a: Float64Array, b: Float64Array): { sum: number; size: number } {
  return a.reduce(
    ({ sum, size }, x, k) => {
      const term = x === 0 || b[k] === 0 ? 0 : x * b[k]
      return { sum: sum + term, size: size + Math.abs(term) }
    },
    { sum: 0, size: 0 },
  )
}
