// New tensors of numbers at equal distances; they know no data.

import type { DType } from '../core/dtype.ts'
import { shown, ValueError } from '../core/errors.ts'
import { requireNumbers, requireOptions } from '../core/require.ts'
import type { Tensor } from '../core/tensor.ts'
import { create, requireElement, type TensorOptions } from './creation.ts'

/** The number that a tensor of the dtype holds for x. */
const rounded = (x: number, dtype: DType): number => (dtype === 'float32' ? Math.fround(x) : x)

/**
 * start, start + step, … without `end`, and without numbers that the dtype rounds to it. With one
 * argument, 0 to that number. Throws a ValueError when step does not lead to `end`.
 * `arange(0, 1, 0.25) // [0, 0.25, 0.5, 0.75]`
 */
export function arange(start: number, end?: number, step = 1, given: TensorOptions = {}): Tensor {
  const options = requireOptions('arange', given, ['dtype', 'requiresGrad'])
  const [from, to] = end === undefined ? [0, start] : [start, end]
  for (const x of [from, to, step])
    if (typeof x !== 'number')
      throw new ValueError(
        'arange: expected numbers start, end and step, got ' +
          `${[start, end, step].map(shown).join(', ')}`,
      )
  let n = Math.ceil((to - from) / step)
  if (!Number.isFinite(n) || n < 0)
    throw new ValueError(`arange: expected a step that leads from ${from} to ${to}, got ${step}`)
  const { dtype = 'float32' } = options
  // Rounding may turn the last numbers into the end: in float32 more than one.
  const atEnd = (x: number): boolean => {
    const held = rounded(x, dtype)
    const end = held === x ? to : rounded(to, dtype)
    return step > 0 ? held >= end : held <= end
  }
  while (n > 0 && atEnd(from + (n - 1) * step)) n--
  return filled('arange', n, options, (i) => from + i * step)
}

/**
 * `steps` numbers at equal distances, both ends included. Throws a ValueError unless steps is a
 * whole number ≥ 0. `linspace(0, 1, 3) // [0, 0.5, 1]`
 */
export function linspace(
  start: number,
  end: number,
  steps: number,
  given: TensorOptions = {},
): Tensor {
  const options = requireOptions('linspace', given, ['dtype', 'requiresGrad'])
  requireNumbers('linspace', { start, end })
  if (!Number.isInteger(steps) || steps < 0)
    throw new ValueError(`linspace: expected a whole number of steps, got ${shown(steps)}`)
  const last = Math.max(steps - 1, 1)
  const width = end - start
  // Computed from the nearer end, so that rounding leads beyond neither.
  const fromEnd = (i: number): number =>
    2 * i < steps ? start + (width * i) / last : end - (width * (last - i)) / last
  /** For ends so far apart that the width overflows. */
  const mixed = (i: number): number => start * ((last - i) / last) + end * (i / last)
  return filled('linspace', steps, options, Number.isFinite(width * last) ? fromEnd : mixed)
}

/** A tensor (n) of `at(i)`. Throws a DTypeError for a number that the dtype cannot hold. */
function filled(who: string, n: number, options: TensorOptions, at: (i: number) => number): Tensor {
  const { dtype = 'float32' } = options
  return create(who, [n], options, (out) => {
    for (let i = 0; i < n; i++) {
      const x = at(i)
      requireElement(who, x, i, dtype)
      out[i] = x
    }
  })
}
