// checkAgainst: a model's gradients are compared with formulas derived by hand, over random inputs.

import fc from 'fast-check'
import { DTypeError, Tensor, ValueError } from '../../tensor/index.ts'
import {
  isOptions,
  noTensor,
  requireFraction,
  requireFunction,
  requireOptions,
  requireWhole,
  sameShape,
  show,
  shown,
} from '../../tensor/internal.ts'
import { requireArbitrary } from '../arbitraries/choice.ts'
import {
  brief,
  CheckError,
  digits,
  largest,
  nothingCompared,
  relativeError,
  unravel,
} from '../report.ts'
import { compare, judgeSums, termSizes } from '../verdict.ts'
import { evaluate, type Model, type Reference, who } from './evaluation.ts'

/** The number of random inputs, their seed, and the tolerance. */
export interface CheckAgainstOptions {
  /** How many random inputs; default 100. */
  numRuns?: number | undefined
  /** The seed of inputs and cotangents; a random one by default. Every message quotes it. */
  seed?: number | undefined
  /**
   * a and e agree when |a − e| ≤ rtol · max(|a|, |e|), see `undecided`; default 1e-10, which is for
   * float64.
   */
  rtol?: number | undefined
}

/** The report of `checkAgainst` when everything agrees. */
export interface AgainstReport {
  /** The seed: the same one gives the same inputs. */
  readonly seed: number
  /** How many random inputs were tried. */
  readonly runs: number
  /** How many numbers were compared. */
  readonly comparisons: number
  /** The largest relative error among them. */
  readonly worst: number
  /**
   * How many numbers rounding hides: sums whose terms cancel until less than rtol of the terms is
   * left (displaced inputs show the size of the terms), and numbers that differ by no more than the
   * rounding of the draw's largest gradient or cotangent. Of every name at least as many hold.
   */
  readonly undecided: number
}

/**
 * A gradient may be off by this many roundings of the draw's largest gradient or cotangent, as that
 * of a saturated unit is.
 */
const ROUNDINGS = 16

/** Inputs that counterexamples print as one would write them. */
class Drawn {
  readonly inputs: Record<string, Tensor>
  constructor(inputs: Record<string, Tensor>) {
    this.inputs = inputs
  }
  [fc.toStringMethod](): string {
    const written = Object.entries(this.inputs).map(
      ([name, x]) => `${name}: ${fc.stringify(x.toArray())} as ${x.dtype} ${show(x.shape)}`,
    )
    return `{ ${written.join(', ')} }`
  }
}

/**
 * Holds the gradients of Σ u·model(inputs) to those of `reference`, for inputs drawn from
 * `arbitrary` and a random, uneven cotangent u. The model gets float inputs as leaves, others as
 * they are. Differences prove that forward and backward agree with each other; a reference proves
 * that both agree with the paper.
 *
 * Throws a CheckError ('reference', 'shape', 'tape', 'nothing' where a name has no number that can
 * be compared, or 'error' when the model throws) with fast-check's report: the seed, and the
 * smallest inputs that fail; a ValueError for wrong arguments.
 *
 * ```ts
 * // y = tanh(x·w): dx = u·(1 − y²)·w
 * const scalar = tensorOf({ shape: [], dtype: 'float64' })
 * checkAgainst(
 *   ({ x, w }) => x.mul(w).tanh(),
 *   // a bare number for no axes
 *   ({ x, w }, u) => ({ x: Number(u) * (1 - Math.tanh(Number(x) * Number(w)) ** 2) * Number(w) }),
 *   fc.record({ x: scalar, w: scalar }),
 * )
 * ```
 */
export function checkAgainst(
  model: Model,
  reference: Reference,
  arbitrary: fc.Arbitrary<Record<string, Tensor>>,
  options: CheckAgainstOptions = {},
): AgainstReport {
  const {
    numRuns = 100,
    seed = Math.floor(Math.random() * 2 ** 31),
    rtol = 1e-10,
  } = requireOptions(who, options, ['numRuns', 'seed', 'rtol'])
  requireWhole(who, 'seed', seed, 0)
  requireFraction(who, 'rtol', rtol)
  requireWhole(who, 'numRuns', numRuns, 1)
  requireFunction(who, 'model to be a function', model)
  requireFunction(who, 'reference to be a function', reference)
  requireArbitrary(who, 'inputs', arbitrary)
  const report = { seed, runs: 0, comparisons: 0, worst: 0, undecided: 0 }
  const totals = new Map<string, { held: number; undecided: number; zeros: number }>()
  const property = fc.property(
    arbitrary.map((inputs) => new Drawn(inputs)),
    ({ inputs }) => {
      // The same cotangent for the same shape, so that a failure can shrink.
      const compared = checkDraw(model, reference, inputs, seed, rtol)
      report.runs++
      for (const { name, held, zeros, undecided, worst } of compared) {
        const total = totals.get(name) ?? { held: 0, undecided: 0, zeros: 0 }
        totals.set(name, {
          held: total.held + held,
          undecided: total.undecided + undecided,
          zeros: total.zeros + zeros,
        })
        report.comparisons += held + zeros
        report.undecided += undecided
        report.worst = Math.max(report.worst, worst)
      }
    },
  )
  const details = fc.check(property, { numRuns, seed })
  if (!details.failed) {
    for (const [name, { held, undecided, zeros }] of totals)
      if (held < undecided || held + zeros === 0)
        throw nothingCompared(
          who,
          `more numbers of ${name} in ${report.runs} runs`,
          held,
          undecided,
        )
    return report
  }
  const shrunk = fc.defaultReportMessage(details)
  const cause = details.errorInstance
  if (cause instanceof CheckError)
    throw new CheckError(`${cause.message}\n${shrunk}`, cause, { cause })
  const got = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
  throw new CheckError(
    `${who}: expected model and reference to run, got ${got}\n${shrunk}`,
    { check: 'error' },
    { cause },
  )
}

/** The numbers of one name in one draw. */
interface Compared {
  readonly name: string
  /** How many hold, but for zeros. */
  readonly held: number
  /** How many hold and are 0, which says little. */
  readonly zeros: number
  readonly undecided: number
  readonly worst: number
}

/** Compares one draw. Throws a CheckError for the first number that differs. */
function checkDraw(
  model: Model,
  reference: Reference,
  inputs: Record<string, Tensor>,
  seed: number,
  rtol: number,
): Compared[] {
  if (!isOptions(inputs))
    throw new ValueError(`${who}: expected inputs to be tensors by name, got ${shown(inputs)}`)
  const names = Object.keys(inputs)
  for (const name of names)
    if (!(inputs[name] instanceof Tensor))
      throw new DTypeError(
        `${who}: expected input ${name} to be a Tensor, got ${noTensor(inputs[name])}`,
      )
  const { u, found, expected } = evaluate(model, reference, inputs, seed)
  const gradients = [found, expected].flatMap((all) =>
    Object.entries(all).flatMap(([name, t]) => (name === 'value' ? [] : largest(t.toTypedArray()))),
  )
  const steepest = Math.max(...gradients.filter(Number.isFinite), largest(u.toTypedArray()))
  const rounding =
    steepest * Math.min(rtol, ROUNDINGS * (u.dtype === 'float32' ? 2 ** -23 : 2 ** -52))
  return Object.entries(expected).map(([name, wanted]) => {
    const what = name === 'value' ? 'the value' : `the gradient of ${name}`
    const at = (index: readonly number[]) =>
      name === 'value' ? { output: 0, outputIndex: index } : { input: names.indexOf(name), index }
    if (!sameShape(found[name].shape, wanted.shape))
      throw new CheckError(
        `${who}: expected ${what} of shape ${show(wanted.shape)}, got ${show(found[name].shape)}`,
        { check: 'shape', ...at([]) },
      )
    const [got, formula] = [
      Float64Array.from(found[name].toTypedArray()),
      Float64Array.from(wanted.toTypedArray()),
    ]
    let sizes: Float64Array | null = null
    /** The size of the terms that element k is the sum of, in the model or in the reference. */
    const termSize = (k: number): number => {
      sizes ??= termSizes([...got, ...formula], rtol, (factor) => {
        const other = evaluate(model, reference, inputs, seed, factor)
        return [...other.found[name].toTypedArray(), ...other.expected[name].toTypedArray()]
      })
      return Math.max(sizes[k], sizes[formula.length + k])
    }
    const boundOf = (k: number): number =>
      Math.max(name === 'value' ? 0 : rounding, rtol * termSize(k))
    const { verdicts, first, worst } = compare(got, formula, judgeSums(rtol, boundOf))
    if (first >= 0) {
      const [analytic, numeric] = [got[first], formula[first]]
      const [error, index] = [relativeError(analytic, numeric), unravel(first, wanted.shape)]
      throw new CheckError(
        `${who}: expected ${what}${index.length === 0 ? '' : ` at [${index.join(', ')}]`} to ` +
          `be ${digits(numeric)}, got ${digits(analytic)} (relative error ${brief(error)})`,
        { check: 'reference', analytic, numeric, relativeError: error, ...at(index) },
      )
    }
    const undecided = verdicts.filter((verdict) => verdict === 'undecided').length
    const zeros = verdicts.filter((verdict, k) => verdict === 'holds' && formula[k] === 0).length
    return { name, held: verdicts.length - undecided - zeros, zeros, undecided, worst }
  })
}
