// named(): the name of an intermediate result, for messages and pictures; it computes nothing.

import { shown, ValueError } from '../core/errors.ts'
import { requireTensor, type Tensor } from '../core/tensor.ts'

/**
 * Gives a tensor a name, and returns it. `tape(t)`, `detectAnomaly`, `checkGradients` and `derive`
 * of tapegrad/derive use the name; numbers, gradients and speed stay as they are. Of two names for
 * one tensor the last counts. Throws a ValueError unless the name is text that is not empty, a
 * DTypeError for a value that is no tensor.
 *
 * ```ts
 * const x = tensor([1, 2], { requiresGrad: true })
 * const y = named('p', x.sigmoid()).mul(2)
 * String(tape(y, { names: { x, y } }))
 * // tape of y: 2 ops
 * //   x               (2) float32  parameter
 * //
 * //   p = sigmoid(x)  (2) float32
 * //   y = mul(p, 2)   (2) float32
 * ```
 */
export function named<T extends Tensor>(name: string, t: T): T {
  if (typeof name !== 'string' || name === '')
    throw new ValueError(`named: expected a name, as in named('i', t), got ${shown(name)}`)
  requireTensor('named', t)
  t.label = name
  return t
}

/** ` 'i'` for a tensor with that name, else nothing. */
export const labelled = (t: Tensor): string => (t.label === null ? '' : ` '${t.label}'`)
