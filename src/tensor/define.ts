// Ops of a caller's own: made as the built-in ones are (op.ts), but on copies of what they are called with.

import { copied } from './copy.ts'
import { defineOp as defineOwn, type Op, type OpCall } from './op.ts'

/**
 * Makes an op from its record, as the built-in ones are made. Forward sees numbers; the derivative sees Tensors and is written with
 * recorded operations, so that derivatives of every order follow. Arrays, typed arrays and plain objects among the attributes are
 * copied at every call, as is the list of inputs: changing them afterwards changes no derivative.
 *
 * ```ts
 * const cube = defineOp({
 *   name: 'cube',
 *   forward: (out, [x]) => x.data.forEach((v, i) => { out.data[i] = v ** 3 }),
 *   vjp: (g, y, [x]) => [g.mul(x.square()).mul(3)],
 * })
 * const x = tensor([2], { requiresGrad: true })
 * cube([x]) // [8]
 * grad(cube([x]), x) // [12]
 * ```
 */
// @__NO_SIDE_EFFECTS__
export function defineOp<A = void>(op: Op<A>): OpCall<A> {
  const call = defineOwn(op)
  return (inputs, attrs) => call(copied(inputs), copied(attrs))
}
