// One draw of checkAgainst: the numbers of the model and those of the reference, not yet compared.

import {
  DTypeError,
  Generator,
  grad,
  type NestedArray,
  rand,
  Tensor,
  tensor,
  ValueError,
} from '../../tensor/index.ts'
import { isFloat, isOptions, noTensor, shown } from '../../tensor/internal.ts'
import { CheckError } from '../report.ts'
import type { Factor } from '../verdict.ts'
import { runPass } from './point.ts'

export const who = 'checkAgainst'

/** A function under examination: named inputs in, one tensor out. */
export type Model = (inputs: Record<string, Tensor>) => Tensor

/**
 * The formulas: from the same inputs as nested arrays and the cotangent of the output, the gradient
 * of every input it names, as nested arrays; under the name `value`, the output itself.
 */
export type Reference = (
  inputs: Record<string, NestedArray>,
  cotangent: NestedArray,
) => Record<string, NestedArray>

/**
 * Gradients by name and, if the reference has it, the value: of the model, and of the reference.
 */
export interface Draw {
  /** The cotangent. */
  readonly u: Tensor
  readonly found: Record<string, Tensor>
  readonly expected: Record<string, Tensor>
}

/** Runs both on inputs, each number times a factor, with the cotangent that belongs to the seed. */
export function evaluate(
  model: Model,
  reference: Reference,
  inputs: Record<string, Tensor>,
  seed: number,
  factor: Factor = () => 1,
): Draw {
  const names = Object.keys(inputs)
  const leaves = Object.fromEntries(names.map((name) => [name, leafOf(inputs[name], factor)]))
  const moved = names.filter((name) => isFloat(inputs[name].dtype))
  const y = model(leaves)
  if (!(y instanceof Tensor))
    throw new DTypeError(`${who}: expected model to return a Tensor, got ${noTensor(y)}`)
  if (!y.requiresGrad)
    throw new CheckError(
      `${who}: expected a result that is recorded, got none: look for detach(), noGrad() or ` +
        'numbers read out of tensors',
      { check: 'tape' },
    )
  // The same cotangent for the same shape, so that a failure can shrink.
  const u = cotangentLike(y, new Generator(seed), factor)
  const arrays = Object.fromEntries(names.map((name) => [name, leaves[name].toArray()]))
  const formulas = reference(arrays, u.toArray())
  if (!isOptions(formulas))
    throw new ValueError(
      `${who}: expected reference to return numbers by name, got ${shown(formulas)}`,
    )
  if (Object.keys(formulas).length === 0)
    throw new ValueError(
      `${who}: expected reference to name gradients of ${moved.join(', ')} or value, got {}: ` +
        'nothing would be compared',
    )
  const unknown = Object.keys(formulas).find((name) => name !== 'value' && !moved.includes(name))
  if (unknown !== undefined)
    throw new ValueError(
      `${who}: expected reference to name float inputs (${moved.join(', ')}) or value, got ` +
        `'${unknown}'`,
    )
  const targets = moved.map((name) => leaves[name])
  const value = y.detach()
  const gradients = runPass(who, () => grad(y, targets, { gradOutputs: u, allowUnused: true }))
  const found = Object.fromEntries(
    Object.keys(formulas).map((name) => [
      name,
      name === 'value' ? value : gradients[moved.indexOf(name)],
    ]),
  )
  const expected = Object.fromEntries(
    Object.entries(formulas).map(([name, nested]) => [name, tensor(nested, { dtype: 'float64' })]),
  )
  return { u, found, expected }
}

const leafOf = (x: Tensor, factor: Factor): Tensor =>
  isFloat(x.dtype)
    ? tensor(
        x.toTypedArray().map((value) => value * factor()),
        { shape: x.shape, dtype: x.dtype, requiresGrad: true },
      )
    : x

/**
 * Uneven numbers from −1.5 to 1.5 on a grid of sixteenths, none 0: easy to compute with by hand.
 */
function cotangentLike(y: Tensor, generator: Generator, factor: Factor): Tensor {
  const drawn = rand(y.shape, { dtype: 'float64', generator }).toTypedArray()
  const numbers = Float64Array.from(drawn, (r) => {
    const k = Math.floor(48 * r) - 24
    return (factor() * (k < 0 ? k : k + 1)) / 16
  })
  return tensor(numbers, { shape: y.shape, dtype: y.dtype })
}
