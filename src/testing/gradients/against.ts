// checkAgainst: a model's gradients held to formulas derived by hand, over random inputs.

import fc from 'fast-check'
import {
  checkFunction,
  checkOptions,
  Generator,
  grad,
  isFloat,
  isOptions,
  type NestedArray,
  noTensor,
  rand,
  sameShape,
  show,
  shown,
  Tensor,
  tensor,
  ValueError,
} from '../../tensor/index.ts'
import { checkArbitrary, checkFraction, checkWhole } from '../checks.ts'
import { brief, CheckError, digits, relativeError, unravel } from '../report.ts'
import { requireSeed, walking } from './point.ts'

/** What is examined: named inputs in, one tensor out. */
export type Model = (inputs: Record<string, Tensor>) => Tensor

/**
 * The formulas: from the same inputs as nested arrays and the cotangent of the output, the gradient of every input it names, as nested arrays;
 * under the name `value`, the output itself.
 */
export type Reference = (inputs: Record<string, NestedArray>, cotangent: NestedArray) => Record<string, NestedArray>

/** How much is compared, and how closely. */
export interface CheckAgainstOptions {
  /** How many random inputs; default 100. */
  numRuns?: number | undefined
  /** Of inputs and cotangents; a random one by default, and in every message. */
  seed?: number | undefined
  /** a and e agree when |a − e| ≤ rtol · max(1, |a|, |e|); default 1e-10, which is for float64. */
  rtol?: number | undefined
}

/** What `checkAgainst` returns when everything agrees. */
export interface AgainstReport {
  /** The same one gives the same inputs. */
  readonly seed: number
  /** How many random inputs were tried. */
  readonly runs: number
  /** How many numbers were compared. */
  readonly comparisons: number
  /** The largest relative error among them. */
  readonly worst: number
}

const who = 'checkAgainst'

/** Inputs that print themselves in counterexamples as one would write them. */
class Drawn {
  readonly inputs: Record<string, Tensor>
  constructor(inputs: Record<string, Tensor>) {
    this.inputs = inputs
  }
  [fc.toStringMethod](): string {
    const written = Object.entries(this.inputs).map(([name, x]) => `${name}: ${fc.stringify(x.toArray())} as ${x.dtype} ${show(x.shape)}`)
    return `{ ${written.join(', ')} }`
  }
}

/**
 * Holds the gradients of Σ u·model(inputs) to those of `reference`, for inputs drawn from `arbitrary` and a random, uneven cotangent u. Float inputs are given to the model
 * as leaves, others as they are. Differences prove that forward and backward agree with each other; a reference proves that they are what the paper says.
 *
 * Throws a CheckError ('reference', 'shape', 'tape', or 'error' when the model throws) with fast-check's report: the seed, and the smallest inputs that fail.
 *
 * ```ts
 * // y = tanh(x·w): dx = u·(1 − y²)·w
 * checkAgainst(
 *   ({ x, w }) => x.mul(w).tanh(),
 *   ({ x, w }, u) => ({ x: Number(u) * (1 - Math.tanh(Number(x) * Number(w)) ** 2) * Number(w) }), // a bare number for no axes
 *   fc.record({ x: tensorOf({ shape: [], dtype: 'float64' }), w: tensorOf({ shape: [], dtype: 'float64' }) }),
 * )
 * ```
 */
export function checkAgainst(
  model: Model,
  reference: Reference,
  arbitrary: fc.Arbitrary<Record<string, Tensor>>,
  options: CheckAgainstOptions = {},
): AgainstReport {
  const { numRuns = 100, seed = Math.floor(Math.random() * 2 ** 31), rtol = 1e-10 } = checkOptions(who, options, ['numRuns', 'seed', 'rtol'])
  requireSeed(who, seed)
  checkFraction(who, 'rtol', rtol)
  checkWhole(who, 'numRuns', numRuns, 1)
  checkFunction(who, 'model to be a function', model)
  checkFunction(who, 'reference to be a function', reference)
  checkArbitrary(who, 'inputs', arbitrary)
  const report = { seed, runs: 0, comparisons: 0, worst: 0 }
  const property = fc.property(
    arbitrary.map((inputs) => new Drawn(inputs)),
    ({ inputs }) => {
      // The same cotangent for the same shape, so that a failure can shrink.
      const compared = compare(model, reference, inputs, new Generator(seed), rtol)
      report.runs++
      report.comparisons += compared.comparisons
      report.worst = Math.max(report.worst, compared.worst)
    },
  )
  const details = fc.check(property, { numRuns, seed })
  if (!details.failed) return report
  const told = fc.defaultReportMessage(details)
  const cause = details.errorInstance
  if (cause instanceof CheckError) throw new CheckError(`${cause.message}\n${told}`, cause, { cause })
  const got = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
  throw new CheckError(`${who}: expected model and reference to run, got ${got}\n${told}`, { check: 'error' }, { cause })
}

/** One draw: throws a CheckError for the first number that disagrees. */
function compare(model: Model, reference: Reference, inputs: Record<string, Tensor>, generator: Generator, rtol: number) {
  if (!isOptions(inputs)) throw new ValueError(`${who}: expected inputs to be tensors by name, got ${shown(inputs)}`)
  const names = Object.keys(inputs)
  for (const name of names)
    if (!(inputs[name] instanceof Tensor)) throw new ValueError(`${who}: expected input ${name} to be a Tensor, got ${noTensor(inputs[name])}`)
  const leaves = Object.fromEntries(names.map((name) => [name, leafOf(inputs[name])]))
  const moved = names.filter((name) => isFloat(inputs[name].dtype))
  const y = model(leaves)
  if (!(y instanceof Tensor)) throw new ValueError(`${who}: expected model to return a Tensor, got ${noTensor(y)}`)
  if (!y.requiresGrad)
    throw new CheckError(`${who}: expected a result that the tape leads back from, got none: look for detach(), noGrad() or numbers read out of tensors`, {
      check: 'tape',
    })
  const u = cotangentLike(y, generator)
  const arrays = Object.fromEntries(names.map((name) => [name, inputs[name].toArray()]))
  const expected = reference(arrays, u.toArray())
  if (!isOptions(expected)) throw new ValueError(`${who}: expected reference to return numbers by name, got ${shown(expected)}`)
  const value = y.detach()
  const targets = moved.map((name) => leaves[name])
  const gradients = walking(who, () => grad(y, targets, { gradOutputs: u, allowUnused: true }))
  const counted = { comparisons: 0, worst: 0 }
  for (const [name, nested] of Object.entries(expected)) {
    const input = moved.indexOf(name)
    if (name !== 'value' && input < 0) throw new ValueError(`${who}: expected reference to name float inputs (${moved.join(', ')}) or value, got '${name}'`)
    const actual = name === 'value' ? value : gradients[input]
    const wanted = tensor(nested, { dtype: 'float64' })
    const what = name === 'value' ? 'the value' : `the gradient of ${name}`
    const at = (index: readonly number[]) => (name === 'value' ? { output: 0, outputIndex: index } : { input: names.indexOf(name), index })
    if (!sameShape(actual.shape, wanted.shape))
      throw new CheckError(`${who}: expected ${what} of shape ${show(wanted.shape)}, got ${show(actual.shape)}`, { check: 'shape', ...at([]) })
    const [found, formula] = [actual.toTypedArray(), wanted.toTypedArray()]
    for (let k = 0; k < formula.length; k++) {
      const [analytic, numeric] = [found[k], formula[k]]
      const error = relativeError(analytic, numeric, 1)
      if (error > rtol) {
        const index = unravel(k, wanted.shape)
        throw new CheckError(
          `${who}: expected ${what}${index.length === 0 ? '' : ` at [${index.join(', ')}]`} to be ${digits(numeric)}, got ${digits(analytic)} (relative error ${brief(error)})`,
          { check: 'reference', analytic, numeric, relativeError: error, ...at(index) },
        )
      }
      counted.comparisons++
      counted.worst = Math.max(counted.worst, error)
    }
  }
  return counted
}

const leafOf = (x: Tensor): Tensor => (isFloat(x.dtype) ? tensor(x.toTypedArray(), { shape: x.shape, dtype: x.dtype, requiresGrad: true }) : x)

/** Uneven numbers from −1.5 to 1.5 on a grid of sixteenths, none 0: readable when a reference is worked through by hand. */
function cotangentLike(y: Tensor, generator: Generator): Tensor {
  const drawn = rand(y.shape, { dtype: 'float64', generator }).toTypedArray()
  const numbers = Float64Array.from(drawn, (r) => {
    const k = Math.floor(48 * r) - 24
    return (k < 0 ? k : k + 1) / 16
  })
  return tensor(numbers, { shape: y.shape, dtype: y.dtype })
}
