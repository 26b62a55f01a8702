// The laws that every derivative of every function keeps: checked before any derivative is compared
// with differences, which gradients.ts does.

import type { Generator, Tensor } from '../../tensor/index.ts'
import { sameShape, show } from '../../tensor/internal.ts'
import { CheckError, type Finding, locate, place } from '../report.ts'
import { type Factor, firstApart, firstChanged } from '../verdict.ts'
import { flatten, type Point, pull, type Run, scaled, shapesOf, uneven } from './point.ts'

/** The tolerance for sums of the same terms in another order, relative to the sum or the terms. */
const ROUNDING = 1e-10

/** The first element whose bits have changed, with its numbers; null for none. */
function changeIn(
  before: Float64Array,
  tensors: readonly Tensor[],
): { which: number; index: number[]; from: number; to: number } | null {
  const after = flatten(tensors)
  const k = firstChanged(before, after)
  return k < 0 ? null : { ...locate(k, shapesOf(tensors)), from: before[k], to: after[k] }
}

/** Throws a CheckError when one of the tensors has changed since `before`. */
function checkUnchanged(
  who: string,
  by: string,
  what: string,
  before: Float64Array,
  tensors: readonly Tensor[],
  isInput: boolean,
): void {
  const found = changeIn(before, tensors)
  if (found === null) return
  const { which, index, from, to } = found
  throw new CheckError(
    `${who}: expected ${by} to leave ${place(what, which, index)} as it was, ${from}, got ` +
      `${to}: write into a copy`,
    { check: 'mutation', ...(isInput ? { input: which } : { output: which }), index },
  )
}

/**
 * Throws a CheckError unless the gradients are the wanted ones: to the bit, or, with `recompute`,
 * up to the rounding of a few sums. `recompute` gives the wanted ones where inputs and cotangents
 * are multiplied by factors.
 */
function checkEqual(
  who: string,
  expected: string,
  actual: readonly Tensor[],
  wanted: Float64Array,
  point: Point,
  finding: Finding,
  recompute?: (factor: Factor) => Float64Array,
): void {
  const got = flatten(actual)
  // Numbers that are not finite are compared with differences only.
  const finite = (numbers: Float64Array): Float64Array =>
    numbers.map((x, i) => (Number.isFinite(wanted[i]) ? x : 0))
  const k = recompute
    ? firstApart(finite(got), finite(wanted), ROUNDING, recompute)
    : firstChanged(wanted, got)
  if (k < 0) return
  const { which, index } = locate(k, shapesOf(actual))
  const input = point.moved[which]
  throw new CheckError(
    `${who}: expected ${expected}, got ${got[k]} instead of ${wanted[k]} for ` +
      `${place('input', input, index)}`,
    { ...finding, input, index, analytic: got[k], numeric: wanted[k] },
  )
}

/**
 * Two runs of fn: its results are float64, finite, recorded and repeatable, its inputs unchanged.
 */
function checkForward(who: string, point: Point): Run {
  const before = flatten(point.inputs)
  const run = point.run()
  checkUnchanged(who, 'fn', 'input', before, run.args, true)
  const { outputs } = run
  outputs.forEach((y, k) => {
    if (y.dtype !== 'float64')
      throw new CheckError(
        `${who}: expected float64 results, got ${y.dtype} as output ${k}: keep everything ` +
          'inside fn in float64',
        { check: 'dtype', output: k },
      )
  })
  const values = flatten(outputs)
  const odd = values.findIndex((x) => !Number.isFinite(x))
  if (odd >= 0) {
    const { which, index } = locate(odd, shapesOf(outputs))
    throw new CheckError(
      `${who}: expected finite results, got ${values[odd]} in ${place('output', which, index)}: ` +
        'choose inputs where fn is defined',
      { check: 'finite', output: which, outputIndex: index },
    )
  }
  if (!outputs.some((y) => y.requiresGrad))
    throw new CheckError(
      `${who}: expected a float result that is recorded, got none: look for detach(), noGrad() ` +
        'or numbers read out of tensors',
      { check: 'tape' },
    )
  const again = point.run().outputs
  const found =
    again.length === outputs.length && again.every((y, k) => sameShape(y.shape, outputs[k].shape))
      ? changeIn(values, again)
      : { which: 0, index: [], from: Number.NaN, to: Number.NaN }
  if (found !== null)
    throw new CheckError(
      `${who}: expected fn to give the same twice, got ${found.from} and then ${found.to} in ` +
        `${place('output', found.which, found.index)}: fn is random or keeps a state: seed it ` +
        'inside fn',
      { check: 'deterministic', output: found.which, outputIndex: found.index },
    )
  return run
}

/**
 * Holds a point to every law but the values of its derivatives. Returns the run that was
 * differentiated. Throws a CheckError.
 */
export function checkLaws(who: string, point: Point, generator: Generator): Run {
  const run = checkForward(who, point)
  const { outputs, leaves, args } = run
  const [u, v] = [uneven(shapesOf(outputs), generator), uneven(shapesOf(outputs), generator)]
  const [inputsBefore, uBefore, outputsBefore] = [flatten(args), flatten(u), flatten(outputs)]
  const first = pull(who, run, u)
  first.forEach((g, k) => {
    const x = leaves[k]
    if (!sameShape(g.shape, x.shape))
      throw new CheckError(
        `${who}: expected a gradient of shape ${show(x.shape)} for input ${point.moved[k]}, got ` +
          `${show(g.shape)}`,
        { check: 'shape' },
      )
    if (g.dtype !== x.dtype)
      throw new CheckError(
        `${who}: expected a ${x.dtype} gradient for input ${point.moved[k]}, got ${g.dtype}`,
        { check: 'dtype' },
      )
  })
  const gu = flatten(first)
  checkUnchanged(who, 'the derivative', 'input', inputsBefore, args, true)
  checkUnchanged(who, 'the derivative', 'the cotangent of output', uBefore, u, false)
  checkUnchanged(who, 'the derivative', 'output', outputsBefore, outputs, false)
  checkEqual(who, 'the same bits by a second backward pass', pull(who, run, u), gu, point, {
    check: 'repeatable',
  })
  const gv = flatten(pull(who, run, v))
  /** A law about sums: `both` makes the wanted gradient of those by u and by v. */
  const law = (
    name: 'linear' | 'accumulation',
    expected: string,
    actual: readonly Tensor[],
    both: (a: number, b: number) => number,
  ): void =>
    checkEqual(
      who,
      expected,
      actual,
      gu.map((g, k) => both(g, gv[k])),
      point,
      { check: name },
      (factor) => {
        const other = point.run(point.scaled(factor))
        const [a, b] = [u, v].map((cotangents) =>
          flatten(pull(who, other, scaled(cotangents, factor))),
        )
        return a.map((g, k) => both(g, b[k]))
      },
    )
  const mixed = u.map((g, k) => g.mul(3).sub(v[k].mul(0.5)))
  law(
    'linear',
    'a derivative linear in the cotangent',
    pull(who, run, mixed),
    (a, b) => 3 * a - 0.5 * b,
  )
  // Two uses of each input in one pass: the second cotangent is added into the first in place.
  const twice = { leaves, outputs: [...outputs, ...point.results(args)] }
  law(
    'accumulation',
    'the gradients of two uses to add up',
    pull(who, twice, [...u, ...v]),
    (a, b) => a + b,
  )
  return run
}
