// The laws that hold for every derivative, whatever it is of: checked before any value is compared.
// Differences are taken in gradients.ts.

import type { Generator, Tensor } from '../../tensor/index.ts'
import { sameShape, show } from '../../tensor/internal.ts'
import { CheckError, type Finding, locate, place } from '../report.ts'
import { firstApart, firstChanged } from '../verdict.ts'
import { flatten, type Point, pull, type Run, scaled, shapesOf, uneven } from './point.ts'

/**
 * How far sums of the same terms in another order may differ, relative to each, or to the terms
 * where these cancel.
 */
const ROUNDING = 1e-10

/** The first element that is not the same to the bit, as a message's words; null when all are. */
function changed(
  before: Float64Array,
  tensors: readonly Tensor[],
): { which: number; index: number[]; from: number; to: number } | null {
  const after = flatten(tensors)
  const k = firstChanged(before, after)
  return k < 0 ? null : { ...locate(k, shapesOf(tensors)), from: before[k], to: after[k] }
}

/** Throws a CheckError when one of the tensors has changed since `before`. */
function unchanged(
  who: string,
  by: string,
  what: string,
  before: Float64Array,
  tensors: readonly Tensor[],
  isInput: boolean,
): void {
  const found = changed(before, tensors)
  if (found === null) return
  const { which, index, from, to } = found
  throw new CheckError(
    `${who}: expected ${by} to leave ${place(what, which, index)} as it was, ${from}, got ` +
      `${to}: write into a copy`,
    {
      check: 'mutation',
      ...(isInput ? { input: which } : { output: which }),
      index,
    },
  )
}

/**
 * Throws a CheckError unless both sets of gradients agree: up to the rounding of a few sums, or to
 * the bit, without `changed`: what is wanted where inputs and cotangents are multiplied by factors.
 */
function same(
  who: string,
  expected: string,
  actual: readonly Tensor[],
  wanted: Float64Array,
  point: Point,
  finding: Finding,
  changed?: (factor: () => number) => Float64Array,
): void {
  const got = flatten(actual)
  // Numbers that are not finite are left to the check of the values.
  const finite = (numbers: Float64Array): Float64Array =>
    numbers.map((x, i) => (Number.isFinite(wanted[i]) ? x : 0))
  const k = changed
    ? firstApart(finite(got), finite(wanted), ROUNDING, changed)
    : firstChanged(wanted, got)
  if (k < 0) return
  const { which, index } = locate(k, shapesOf(actual))
  const input = point.moved[which]
  throw new CheckError(
    `${who}: expected ${expected}, got ${got[k]} instead of ${wanted[k]} for ` +
      `${place('input', input, index)}`,
    {
      ...finding,
      input,
      index,
      analytic: got[k],
      numeric: wanted[k],
    },
  )
}

/**
 * Two runs forward: results that are float64, finite, recorded, the same twice; inputs untouched.
 */
function forward(who: string, point: Point): Run {
  const before = flatten(point.inputs)
  const run = point.run()
  unchanged(who, 'fn', 'input', before, run.given, true)
  const { outputs } = run
  outputs.forEach((y, k) => {
    if (y.dtype !== 'float64')
      throw new CheckError(
        `${who}: expected float64 results, got ${y.dtype} as output ${k}: keep everything ` +
          'inside fn in float64',
        {
          check: 'dtype',
          output: k,
        },
      )
  })
  const values = flatten(outputs)
  const odd = values.findIndex((x) => !Number.isFinite(x))
  if (odd >= 0) {
    const { which, index } = locate(odd, shapesOf(outputs))
    throw new CheckError(
      `${who}: expected finite results, got ${values[odd]} in ${place('output', which, index)}: ` +
        'choose inputs where fn is defined',
      {
        check: 'finite',
        output: which,
        outputIndex: index,
      },
    )
  }
  if (!outputs.some((y) => y.requiresGrad))
    throw new CheckError(
      `${who}: expected a float result that the tape leads back from, got none: look for ` +
        'detach(), noGrad() or numbers read out of tensors',
      {
        check: 'tape',
      },
    )
  const again = point.run().outputs
  const found =
    again.length === outputs.length && again.every((y, k) => sameShape(y.shape, outputs[k].shape))
      ? changed(values, again)
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
 * Holds a point to every law but the values of its derivatives, and returns the run that was
 * walked. Throws a CheckError.
 */
export function checkLaws(who: string, point: Point, generator: Generator): Run {
  const run = forward(who, point)
  const { outputs, leaves, given } = run
  const [u, v] = [uneven(shapesOf(outputs), generator), uneven(shapesOf(outputs), generator)]
  const [inputsBefore, uBefore, outputsBefore] = [flatten(given), flatten(u), flatten(outputs)]
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
  unchanged(who, 'the derivative', 'input', inputsBefore, given, true)
  unchanged(who, 'the derivative', 'the cotangent of output', uBefore, u, false)
  unchanged(who, 'the derivative', 'output', outputsBefore, outputs, false)
  same(who, 'the same bits when the graph is walked again', pull(who, run, u), gu, point, {
    check: 'repeatable',
  })
  const gv = flatten(pull(who, run, v))
  /**
   * Both gradients as one number each, also where inputs and cotangents are multiplied by factors.
   */
  const law = (
    name: 'linear' | 'accumulation',
    expected: string,
    actual: readonly Tensor[],
    both: (a: number, b: number) => number,
  ): void =>
    same(
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
  // Two uses of each input in one walk: the second cotangent is added into the first in place.
  const twice = { leaves, outputs: [...outputs, ...point.results(given)] }
  law(
    'accumulation',
    'the gradients of two uses to add up',
    pull(who, twice, [...u, ...v]),
    (a, b) => a + b,
  )
  return run
}
