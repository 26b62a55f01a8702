// A run of a function with its recorded derivatives of every order, and the tensors that are
// differentiated: inputs, and parameters that the function uses. It evaluates nothing.

import {
  DTypeError,
  enableGrad,
  grad,
  Tensor,
  tensor,
  ValueError,
  zeros,
} from '../../tensor/index.ts'
import { isFloat, noTensor, sameShape, show } from '../../tensor/internal.ts'
import { type Checked, runPass } from '../gradients/point.ts'
import { CheckError } from '../report.ts'
import { Draws } from './field.ts'
import type { CheckExactlyOptions, ExactOps } from './settings.ts'
import { Tape, who } from './tape.ts'

/** The derivatives of one order: Σ u·results, by the tensors `by`, are `gradients`. */
export interface Level {
  readonly order: number
  readonly results: readonly Tensor[]
  readonly cotangents: readonly Tensor[]
  readonly by: readonly Tensor[]
  readonly gradients: readonly Tensor[]
  /** Those of another function. */
  readonly others: {
    readonly results: readonly Tensor[]
    readonly gradients: readonly Tensor[]
  } | null
}

export interface Recording {
  readonly tape: Tape
  /** The arguments of fn. */
  readonly args: readonly Tensor[]
  readonly levels: readonly Level[]
  /** By formulas: of each argument, or null. */
  readonly formulas: readonly (Tensor | null)[] | null
  readonly parameters: readonly Tensor[]
}

/**
 * The floats of cotangents decide between branches only: they have both signs and all sizes. Where
 * they do decide, the same point is looked at again with the opposite signs and sizes in order 1,
 * so that products with those of higher orders have the opposite signs as well.
 */
export interface Cotangents {
  readonly draws: Draws
  readonly scale: number
  readonly isOpposite: boolean
}

/** Cotangents are from 2⁻⁸ to 2⁸. */
const SIZES = 8

/** A float that requires a gradient already is used as it is, as the parameters of modules are. */
const isOwnLeaf = (t: Tensor): boolean => t.node !== null && t.node.rule === null

/** Arguments of a run: leaves at which the function may be looked at. */
function argumentsBy(
  inputs: readonly Tensor[],
  draws: Draws,
  f: (value: number, r: number, k: number) => number,
): Tensor[] {
  let count = 0
  return inputs.map((x) => {
    if (!isFloat(x.dtype) || isOwnLeaf(x)) return x
    const numbers = Float64Array.from(x.toTypedArray(), (v) =>
      f(v, draws.fraction() - 0.5, count++),
    )
    return tensor(numbers, { shape: x.shape, dtype: x.dtype, requiresGrad: true })
  })
}

/** Next to the caller's numbers, so that nothing is equal by accident. */
export const argumentsNear = (inputs: readonly Tensor[], draws: Draws): Tensor[] =>
  argumentsBy(inputs, draws, (value, r) => value + r * 2 ** -10 * Math.max(1, Math.abs(value)))

/** Far from the caller's numbers, of either sign. */
export const argumentsFar = (inputs: readonly Tensor[], draws: Draws): Tensor[] =>
  argumentsBy(inputs, draws, (value, r) => (value || 1) * Math.sign(r) * (0.5 + 3 * Math.abs(r)))

/**
 * At a position on a line through the caller's numbers: the first also goes through 0; along the
 * others half of the elements grow while the rest fall, which are told apart by a bit of their
 * index, so that two of them come to have all signs. `draws` are the same for all of a line.
 */
export const argumentsOn = (
  inputs: readonly Tensor[],
  line: number,
  at: number,
  draws: Draws,
): Tensor[] =>
  argumentsBy(inputs, draws, (value, r, k) => {
    const size = Math.max(1, Math.abs(value))
    if (line === 0) return at * ((value || Math.sign(r)) + r * 2 ** -10 * size)
    const sign = ((k >> (line - 1)) & 1) === Number(value < 0) ? 1 : -1
    return value + at * size * sign * (0.5 + Math.abs(r))
  })

const resultsOf = (what: string, result: unknown): Tensor[] => {
  const list: readonly unknown[] = Array.isArray(result) ? result : [result]
  return list.filter((y): y is Tensor => {
    if (!(y instanceof Tensor))
      throw new DTypeError(
        `${who}: expected ${what} to return a Tensor or an array of them, got ${noTensor(y)}`,
      )
    return isFloat(y.dtype)
  })
}

/** The leaves that require a gradient among the inputs of ops behind the results. */
function parametersBehind(
  tape: Tape,
  results: readonly Tensor[],
  args: readonly Tensor[],
): Tensor[] {
  const used = tape.behind(results).flatMap(({ inputs }) => inputs)
  return [...new Set([...used, ...results])].filter(
    (t) => isOwnLeaf(t) && isFloat(t.dtype) && !args.includes(t),
  )
}

export function recordingOf(
  fn: Checked,
  args: readonly Tensor[],
  order: number,
  ops: ExactOps,
  { equals, gradients }: Pick<CheckExactlyOptions, 'equals' | 'gradients'>,
  signs: Cotangents = { draws: new Draws(0), scale: 1, isOpposite: false },
): Recording {
  const tape = new Tape(ops, true)
  const results = tape.hear(() => enableGrad(() => resultsOf('fn', fn(...args))), 'fn')
  const parameters = parametersBehind(tape, results, args)
  const by = [...args.filter(isOwnLeaf), ...parameters]
  if (!results.some((y) => y.requiresGrad))
    throw new CheckError(
      `${who}: expected a float result that is recorded, got none: look for detach(), noGrad() ` +
        'or numbers read out of tensors',
      { check: 'tape' },
    )
  const other =
    equals === undefined
      ? null
      : tape.hear(() => enableGrad(() => resultsOf('equals', equals(...args))), 'equals')
  if (other !== null) requireLike('equals', results, other)
  const levels = [levelOf(tape, 1, results, by, other, signs)]
  while (levels.length < order) {
    const { gradients, cotangents, by, others } = levels[levels.length - 1]
    levels.push(
      levelOf(
        tape,
        levels.length + 1,
        gradients,
        [...by, ...cotangents],
        others?.gradients ?? null,
        signs,
      ),
    )
  }
  const formulas =
    gradients === undefined
      ? null
      : tape.hear(() => enableGrad(() => formulasOf(gradients, args, levels[0])), 'gradients')
  return { tape, args, levels, formulas, parameters }
}

function levelOf(
  tape: Tape,
  order: number,
  results: readonly Tensor[],
  by: readonly Tensor[],
  others: readonly Tensor[] | null,
  { draws, scale, isOpposite }: Cotangents,
): Level {
  const isTurned = isOpposite && order === 1
  const cotangents = results.map(({ shape, dtype, size }) => {
    const numbers = Float64Array.from({ length: size }, () => {
      const sign = draws.fraction() < 0.5 === isTurned ? 1 : -1
      const exponent = SIZES * (2 * draws.fraction() - 1)
      return sign * 2 ** (isTurned ? -exponent : exponent) * scale
    })
    return tensor(numbers, { shape, dtype, requiresGrad: true })
  })
  const pull = (of: readonly Tensor[]): Tensor[] => {
    const recorded = of.flatMap((y, k) => (y.requiresGrad ? [k] : []))
    if (recorded.length === 0) return by.map(({ shape, dtype }) => zeros(shape, { dtype }))
    return grad(
      recorded.map((k) => of[k]),
      by,
      {
        gradOutputs: recorded.map((k) => cotangents[k]),
        createGraph: true,
        allowUnused: true,
      },
    )
  }
  const gradients = runPass(who, () => tape.hear(() => enableGrad(() => pull(results))))
  const other = others && runPass(who, () => tape.hear(() => enableGrad(() => pull(others))))
  return {
    order,
    results,
    cotangents,
    by,
    gradients,
    others: others && other && { results: others, gradients: other },
  }
}

function requireLike(what: string, wanted: readonly Tensor[], got: readonly Tensor[]): void {
  const shapes = [wanted, got].map(
    (list) => list.map(({ shape }) => show(shape)).join(', ') || 'nothing',
  )
  if (shapes[0] !== shapes[1])
    throw new CheckError(`${who}: expected ${what} to give ${shapes[0]}, got ${shapes[1]}`, {
      check: 'shape',
    })
}

/** The formulas' gradients, one for each argument. */
function formulasOf(
  formula: Exclude<CheckExactlyOptions['gradients'], undefined>,
  args: readonly Tensor[],
  { cotangents, results }: Level,
): (Tensor | null)[] {
  const list: unknown = formula(args as Tensor[], cotangents, results)
  if (!Array.isArray(list) || list.length !== args.length)
    throw new ValueError(
      `${who}: expected gradients to give an array of ${args.length}, a tensor or null for each ` +
        `input, got ${
          list instanceof Tensor
            ? 'a tensor: return [it]'
            : Array.isArray(list)
              ? `one of ${list.length}`
              : noTensor(list)
        }`,
    )
  return list.map((g: unknown, i) => {
    if (g === null) return null
    if (!(g instanceof Tensor) || !sameShape(g.shape, args[i].shape))
      throw new CheckError(
        `${who}: expected the formula's gradient of input ${i} to be ${show(args[i].shape)}, got ` +
          `${g instanceof Tensor ? show(g.shape) : noTensor(g)}`,
        { check: 'shape', input: i },
      )
    return g
  })
}
