// How a backward pass keeps the cotangents of tensors: what fits, what may be changed in place, and
// when it is freed. The pass is autograd's.

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
 * The error for a node that an earlier pass has used up: of the very outputs, or of something that
 * they were computed from.
 */
function alreadyWalked({ rule, output }: Node<Tensor>, outputs: readonly Tensor[]): Error {
  const what = `${rule?.name} ${show(output.shape)}`
  return new TapeError(
    outputs.some(({ node }) => node === output.node)
      ? `backward: this graph was already walked (${what}): pass { retainGraph: true } to the ` +
          'first backward() to walk it again'
      : `backward: this graph goes on from one that was already walked (${what}): detach() what ` +
          'is carried over, a state with detachState(state), or pass ' +
          '{ retainGraph: true } to the first backward()',
  )
}

/** Whether the pass made `v`, holds it in one place, and has shown it to nobody. */
export const alone = ({ storage }: Tensor): boolean =>
  storage.temporary && storage.refs === 1 && !storage.pinned

/**
 * How cotangents are kept: freed as soon as they are used up, or, where the pass itself is
 * recorded, left to the new graph.
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
    // Every cotangent passes through hold() while anomalies are looked for.
    return origins === null && alone(v)
  }
  hold(v: Tensor, of: Tensor, rule: Rule<Tensor> | null): Tensor {
    const who = rule === null ? 'backward' : `the derivative of ${rule.name}`
    requireFit(who, 'a gradient', v, of)
    if (origins !== null && rule !== null) inspectCotangent(v)
    // A derivative refuses to read what was changed since its op was recorded: cotangents are no
    // such values.
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

/** The same numbers, of which nothing is recorded. Unlike detach() it does not keep them. */
const offTheTape = ({ storage, byteOffset, shape, dtype, transposed }: Tensor): Tensor =>
  new Tensor(storage, byteOffset, shape, dtype, transposed)
