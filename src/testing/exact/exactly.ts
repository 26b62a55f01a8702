// checkExactly: gradients are compared in a finite field, where equal is equal, and the op is named
// whose own derivative is off.

import { DTypeError, Tensor, ValueError } from '../../tensor/index.ts'
import {
  isFloat,
  isOptions,
  noTensor,
  requireFlag,
  requireFunction,
  requireOptions,
  requireWhole,
  show,
  shown,
} from '../../tensor/internal.ts'
import type { Checked } from '../gradients/point.ts'
import { CheckError, place } from '../report.ts'
import { culprit } from './culprit.ts'
import { type Fraction, roundedIn } from './fractions.ts'
import { isLinear } from './linear.ts'
import { type Examined, examine, type Failure } from './points.ts'
import type { CheckExactlyOptions, ExactOps, ExactReport } from './settings.ts'
import { who } from './tape.ts'

/**
 * Holds the gradients of `fn` to its derivative without any tolerance: both are computed from the
 * recorded ops, over the integers modulo the prime 2⁶¹ − 1, at a random point. There every number
 * is exact, so equal is equal. A wrong gradient agrees with probability degree / 2⁶¹ at most
 * (Schwartz, "Fast probabilistic algorithms for verification of polynomial identities", 1980); the
 * report has both.
 *
 * The derivative is that of dual numbers. `gradients` are formulas to compare with as well, and
 * `equals` is another function. Parameters that fn uses are differentiated like its float inputs,
 * of either dtype. Results of exp, tanh, log and the like are free numbers, one for each different
 * argument, with the derivatives that these functions have, and with the identities that products,
 * sums, powers and multiples have in log, exp, roots, sin and cos. Other identities are not known:
 * of multiples that are no eighths (sin x by sin x/3), of sums that can be factored (log(x³ + 3x² +
 * 3x + 1); but √(x² + 2x + 1) is |x + 1| where that is computed), log(1 − tanh² x), and where a
 * float stands for π or log 2. The error says so. Which branch abs, max, relu, clamp and where take
 * is decided by fn's own numbers: fn runs at up to 38 points on lines through kinks, of those in
 * derivatives and formulas too, and with cotangents of both signs; the report says how many
 * combinations of sides were tried. Floats are the fractions that they are: 1/3 is none. fn must
 * not change numbers in place, nor read those that depend on what is differentiated, by item() or
 * toArray(): no gradient goes through them.
 *
 * Throws a CheckError: 'derivative' with the element, and the op whose derivative is off by itself;
 * 'formula' or 'equals' for the first element that is another; 'ops' where an op computes other
 * numbers than `ops` says; 'nothing' where all is empty; 'kernels' or 'ties' with the op, if these
 * are examined; 'inexpressible' for an op that computes with numbers, unless `ops` says what it
 * computes: checkGradients is for these; 'reads' where numbers are read, of fn, `equals`,
 * `gradients` or `ops`; 'mutation', 'tape', 'shape', 'error'; 'undecided' where no
 * point can be examined. Throws a DTypeError where inputs or results are no tensors, a ValueError
 * for other wrong arguments.
 *
 * ```ts
 * const tanh = (x: Tensor) => x.mul(2).sigmoid().mul(2).sub(1)
 * const x = tensor([0.5, 1])
 * const { bound } = checkExactly(tanh, [x], {
 *   equals: (x) => x.tanh(),
 *   gradients: ([x], [u]) => [x.tanh().square().neg().add(1).mul(u)],
 *   order: 3,
 * })
 * bound < 1e-14 // true
 * ```
 */
export function checkExactly<const X extends readonly Tensor[]>(
  fn: Checked<X>,
  inputs: X,
  options: CheckExactlyOptions<X> = {},
): ExactReport {
  const {
    order = 1,
    seed = 0,
    gradients,
    equals,
    kernels = false,
    ops = {},
  } = requireOptions(who, options, ['order', 'seed', 'gradients', 'equals', 'kernels', 'ops'])
  if (![1, 2, 3].includes(order))
    throw new ValueError(`${who}: expected order to be 1, 2 or 3, got ${shown(order)}`)
  requireWhole(who, 'seed', seed, 0)
  requireFunction(who, 'a function of tensors', fn)
  for (const [name, f] of Object.entries({ gradients, equals }))
    if (f !== undefined) requireFunction(who, `${name} to be a function of tensors`, f)
  requireFlag(who, 'kernels', kernels)
  requireOps(ops)
  requireInputs(inputs)
  const settings = {
    order,
    seed,
    ops,
    kernels,
    equals: equals as Checked | undefined,
    gradients: gradients as CheckExactlyOptions['gradients'],
    isWhole: true,
  }
  const result = examine(fn as Checked, inputs, settings)
  if (!('difference' in result)) return result
  throw errorOf(result, inputs, settings)
}

function requireInputs(inputs: readonly Tensor[]): void {
  if (!Array.isArray(inputs))
    throw new ValueError(`${who}: expected an array of tensors as inputs, got ${shown(inputs)}`)
  inputs.forEach((x: unknown, i) => {
    if (!(x instanceof Tensor))
      throw new DTypeError(`${who}: expected input ${i} to be a Tensor, got ${noTensor(x)}`)
    if (x.node !== null && x.node.rule !== null)
      throw new ValueError(
        `${who}: expected input ${i} to be a leaf, got the result of an op: detach() it`,
      )
  })
}

function requireOps(ops: ExactOps): void {
  if (!isOptions(ops))
    throw new ValueError(`${who}: expected ops to be functions by name, got ${shown(ops)}`)
  for (const [name, op] of Object.entries(ops))
    requireFunction(
      who,
      `ops.${name} to be a function of tensors, or { slope }`,
      typeof op === 'function' ? op : isOptions(op) && 'slope' in op ? op.slope : op,
    )
}

/** A differentiated tensor: its number, counted on behind the inputs, and its name. */
function tensorAt({ recording, difference }: Failure, inputs: readonly Tensor[]) {
  const { args, levels, parameters } = recording
  const { which, index } = difference.at
  const t = levels[Math.max(0, difference.order - 1)].by[which]
  const position = args.indexOf(t)
  if (position >= 0) return { number: position, words: place('input', position, index) }
  const number = inputs.length + which - args.filter((x) => isFloat(x.dtype)).length
  const parameter = parameters.indexOf(t)
  const kind = parameter >= 0 ? `parameter ${parameter}` : 'cotangent'
  return {
    number,
    words: `the ${kind} ${show(t.shape)}${index.length === 0 ? '' : ` at [${index.join(', ')}]`}`,
  }
}

const WHERE = 'at a random point modulo 2⁶¹ − 1'

const BENT = 'is not linear in its cotangent'

/** What a difference is not certain for: a constant that is rounded, or identities. */
function unless(free: readonly string[], rounded: Fraction | null): string {
  if (rounded !== null) {
    const { float, above, below } = rounded
    return (
      `. They are equal if ${float} stands for ${above}/${below}, which floats do not have: ` +
      `divide by ${below}`
    )
  }
  return free.length === 0
    ? ''
    : `. They are not equal for free values of ${free.join(', ')}: equal only if an identity of ` +
        'theirs holds that checkExactly does not know: check with checkGradients or checkAgainst'
}

function errorOf(
  failure: Failure,
  inputs: readonly Tensor[],
  { seed, ops, gradients }: Examined,
): CheckError {
  const { kind, order, at, of, isDoubtful, free } = failure.difference
  if (isDoubtful)
    return new CheckError(
      `${who}: expected a point at which the field has all roots, got none: undecided: take ` +
        'smaller inputs',
      { check: 'undecided' },
    )
  const rounded = roundedIn(failure, seed)
  if (kind === 'value')
    return new CheckError(
      `${who}: expected the results of both functions to be equal, got another ` +
        `${place('output', at.which, at.index)} ${WHERE}${unless(free, rounded)}`,
      { check: 'equals', output: at.which, outputIndex: at.index },
    )
  const { number, words } = tensorAt(failure, inputs)
  const finding = { order, input: number, index: at.index }
  if (kind !== 'derivative') {
    const isFormula = kind === 'formula'
    const { args, levels } = failure.recording
    const [{ cotangents, results }] = levels
    const isBent =
      isFormula &&
      gradients !== undefined &&
      !isLinear((us) => gradients(args as Tensor[], us, results), cotangents, seed)
    const isCertain = isFormula && (isBent || (free.length === 0 && rounded === null))
    return new CheckError(
      `${who}: expected the gradient ${isFormula ? 'by the formula' : 'of the other function'} ` +
        `with respect to ${words} to be the tape's, got another ${WHERE}: the tape's is the ` +
        `derivative of fn${isCertain ? ', so the formula is off' : ''}` +
        (isBent ? `: it ${BENT}` : unless(free, rounded)),
      { check: isFormula ? 'formula' : 'equals', ...finding },
    )
  }
  const found = culprit(failure, seed, ops)
  const ordinal = order === 1 ? '' : ` of order ${order}`
  const output = of === null ? 'fn' : place('output', of.which, of.index)
  const remedy =
    found === null
      ? 'every recorded op is right by itself: look for detach(), noGrad(), and numbers read out ' +
        'of tensors'
      : `${found.words} is off by itself${found.isLinear ? '' : `: its derivative ${BENT}`}`
  return new CheckError(
    `${who}: expected the derivative${ordinal} of ${output} by ${words} to be that of dual ` +
      `numbers, got another by the tape ${WHERE}: ${remedy}` +
      (found?.isLinear === false ? '' : unless(found?.free ?? free, rounded)),
    {
      check: 'derivative',
      ...finding,
      ...(of === null ? {} : { output: of.which, outputIndex: of.index }),
      ...(found === null ? {} : { op: found.op }),
    },
  )
}
