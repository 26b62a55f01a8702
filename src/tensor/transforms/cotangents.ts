// How a backward pass stores the cotangents of tensors: which ones fit, which may be changed in
// place, and when they are freed. The pass is autograd's.

import type { Node, Rule, Space } from '../../autograd/index.ts'
import { requireSame } from '../core/dtype.ts'
import { ShapeError, TapeError } from '../core/errors.ts'
import { consume } from '../core/lifetime.ts'
import { DerivativeScopes, hold, release } from '../core/scopes.ts'
import { sameShape, show } from '../core/shape.ts'
import { requireTensor, Tensor } from '../core/tensor.ts'
import { addSumInto } from '../define/elementwise.ts'
import { inspectCotangent, origins } from '../inspect/anomaly.ts'
import { copy } from '../ops/convert.ts'

/** Throws a ShapeError or DTypeError unless `given` is a tensor with the shape and dtype of `x`. */
export function requireFit(who: string, what: string, given: Tensor, x: Tensor): void {
  requireTensor(who, given)
  if (!sameShape(given.shape, x.shape))
    throw new ShapeError(
      `${who}: expected ${what} of shape ${show(x.shape)}, got ${show(given.shape)}`,
    )
  requireSame(who, x.dtype, given.dtype)
}

/**
 * The error for a node that an earlier pass has released: the node of an output, or an older one of
 * its graph.
 */
function alreadyWalked({ rule, output }: Node<Tensor>, outputs: readonly Tensor[]): Error {
  const op = `${rule?.name} ${show(output.shape)}`
  return new TapeError(
    outputs.some(({ node }) => node === output.node)
      ? `backward: this graph was already walked (${op}): pass { retainGraph: true } to the ` +
          'first backward() to walk it again'
      : `backward: this graph goes on from one that was already walked (${op}): detach() what ` +
          'is carried over, a state with detachState(state), or pass ' +
          '{ retainGraph: true } to the first backward()',
  )
}

/** Whether only the pass holds `v`, in one place: no other tensor and no hook has its numbers. */
export const isExclusive = ({ storage }: Tensor): boolean =>
  storage.temporary && storage.refs === 1 && !storage.pinned

/**
 * The cotangents of a pass. They are freed after their last use, or belong to the new graph if the
 * pass is recorded.
 */
export class Cotangents implements Space<Tensor> {
  readonly #recorded: boolean
  readonly #derivatives: DerivativeScopes
  readonly #outputs: readonly Tensor[]
  readonly consume = consume

  constructor(recorded: boolean, outputs: readonly Tensor[]) {
    this.#recorded = recorded
    this.#outputs = outputs
    this.#derivatives = new DerivativeScopes(!recorded)
  }
  alreadyWalked(node: Node<Tensor>): Error {
    return alreadyWalked(node, this.#outputs)
  }
  add(a: Tensor, b: Tensor): Tensor {
    return a.add(b)
  }
  addInto(sum: Tensor, b: Tensor): void {
    addSumInto(sum, b)
  }
  exclusive(v: Tensor): boolean {
    // detectAnomaly() inspects cotangents in hold(), so none may be added to in place.
    return origins === null && isExclusive(v)
  }
  hold(v: Tensor, of: Tensor, rule: Rule<Tensor> | null): Tensor {
    const who = rule === null ? 'backward' : `the derivative of ${rule.name}`
    requireFit(who, 'a gradient', v, of)
    if (origins !== null && rule !== null) inspectCotangent(v)
    // A derivative refuses numbers that were changed after its op was recorded. That rule is for
    // saved values: a cotangent that the caller had changed earlier is copied.
    const same = v.storage.changedAt === 0 ? v : copy([v])
    if (this.#recorded) return same
    const g = (same.node === null ? same : offTheTape(same)).materialize()
    hold(g.storage)
    return g
  }
  release(v: Tensor): void {
    if (!this.#recorded) release(v.storage)
  }
  enter(node: Node<Tensor> | null): void {
    this.#derivatives.begin(node)
  }
  leave(): void {
    this.#derivatives.end()
  }
}

/** The same numbers without a graph. Unlike detach() it does not protect them from recycling. */
const offTheTape = ({ storage, byteOffset, shape, dtype, transposed }: Tensor): Tensor =>
  new Tensor(storage, byteOffset, shape, dtype, transposed)
