// A caller's own ops. They are made as the built-in ones (op.ts), but copy the inputs and
// attributes of every call.

import { deepCopy } from '../core/deepCopy.ts'
import { shown, ValueError } from '../core/errors.ts'
import { numbersOf } from '../core/numbers.ts'
import { requireSync } from '../core/require.ts'
import { Tensor } from '../core/tensor.ts'
import {
  type Binary,
  binary as builtInBinary,
  unary as builtInUnary,
  type Unary,
} from './elementwise.ts'
import type { BuiltInOp } from './names.ts'
import { callOf, type Op, type OpCall } from './op.ts'
import { asTensors, type Operand } from './operand.ts'

/**
 * Makes an op from its record. Its forward gets numbers. Its derivative gets Tensors and is written
 * with recorded operations, so that derivatives of every order follow. Every call copies the list
 * of inputs, and arrays, typed arrays and plain objects among the attributes: changing them
 * afterwards changes no derivative.
 *
 * ```ts
 * const cube = defineOp({
 *   name: 'cube',
 *   forward: (out, [x]) => x.data.forEach((v, i) => { out.data[i] = v ** 3 }),
 *   vjp: (g, { inputs: [x] }) => [g.mul(x.square()).mul(3)],
 * })
 * const x = tensor([2], { requiresGrad: true })
 * cube([x]) // [8]
 * grad(cube([x]), x) // [12]
 * ```
 */
// @__NO_SIDE_EFFECTS__
export function defineOp<A = void>(op: Op<A>): OpCall<A> {
  const forward: Op<A, Tensor>['forward'] = (out, inputs, attrs) => {
    const given: unknown = op.forward(numbersOf(out), inputs.map(numbersOf), attrs)
    if (given !== undefined) requireNoResult(op.name, given)
  }
  const call = callOf(op, forward, true)
  return (inputs, attrs) => call(deepCopy(inputs), deepCopy(attrs))
}

/** Throws where a forward gives its result, or a Promise of it, in place of writing it. */
function requireNoResult(name: string, given: unknown): void {
  requireSync(name, given)
  if (Array.isArray(given) || given instanceof Tensor)
    throw new ValueError(
      `${name}: expected forward to write into out.data, got one that returns ${shown(given)}`,
    )
}

/**
 * An elementwise op of one tensor; the result has its shape and dtype. A call throws a DTypeError
 * unless it gets a float tensor (or int32, where `exact`).
 *
 * ```ts
 * const cube = unary('cube', { f: (x) => x ** 3, vjp: (g, y, x) => g.mul(x.square()).mul(3) })
 * cube(tensor([1, 2])) // [1, 8]
 * ```
 */
// @__NO_SIDE_EFFECTS__
export const unary = <A = void>(
  name: string,
  definition: Unary<A>,
): ((x: Tensor, attrs: A) => Tensor) => builtInUnary(name as BuiltInOp, definition, true)

/**
 * An elementwise op of two tensors (or a tensor and a number) with NumPy's broadcasting; the
 * derivative of broadcasting, a sum, is added here. A number reaches the derivatives as a tensor of
 * this call alone. A call throws a ShapeError when the shapes do not broadcast, a DTypeError when
 * the dtypes differ or are no floats (or int32, where `exact`).
 *
 * ```ts
 * const hypot = binary('hypot', {
 *   f: Math.hypot,
 *   vjp: [(g, y, a) => g.mul(a).div(y), (g, y, a, b) => g.mul(b).div(y)],
 * })
 * hypot(tensor([3, 6]), tensor([4, 8])) // [5, 10]
 * ```
 */
// @__NO_SIDE_EFFECTS__
export function binary(name: string, definition: Binary): (a: Operand, b: Operand) => Tensor {
  const call = builtInBinary(name as BuiltInOp, definition, true)
  return (a, b) => call(...asTensors(name, a, b, true))
}
