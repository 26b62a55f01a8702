// How a backward pass keeps the cotangents of tensors: what fits, what may be changed in place, and when it is freed. The pass is autograd's.

import type { Node, Rule, Space } from '../autograd/index.ts'
import { inspectCotangent, origins } from './anomaly.ts'
import { requireSame } from './dtype.ts'
import { ShapeError, TapeError } from './errors.ts'
import { consume, Derivatives, hold, release } from './lifetime.ts'
import { addSumInto } from './op.ts'
import { copy } from './ops/convert.ts'
import { sameShape, show } from './shape.ts'
import { requireTensor, type Tensor } from './tensor.ts'

/** Throws a ShapeError or DTypeError unless `g` can be a cotangent of `of`. */
export function requireFit(who: string, g: Tensor, of: Tensor): void {
  if (!sameShape(g.shape, of.shape)) throw new ShapeError(`${who}: expected a gradient of shape ${show(of.shape)}, got ${show(g.shape)}`)
  requireSame(who, of.dtype, g.dtype)
}

const alreadyWalked = (node: Node<Tensor>): Error =>
  new TapeError(
    `backward: this graph was already walked (${node.rule?.name} ${show(node.output.shape)}): pass { retainGraph: true } to the first backward() to walk it again`,
  )

/** Whether the pass made `v`, holds it in one place, and has shown it to nobody. */
export const alone = ({ storage }: Tensor): boolean => storage.transient && storage.holds === 1 && !storage.kept

/** How cotangents are kept: freed as soon as they are used up, or, where the pass itself is recorded, left to the new graph. */
export class Cotangents implements Space<Tensor> {
  readonly #recorded: boolean
  readonly #derivatives: Derivatives
  readonly alreadyWalked = alreadyWalked
  readonly consume = consume

  constructor(recorded: boolean) {
    this.#recorded = recorded
    this.#derivatives = new Derivatives(!recorded)
  }
  add(a: Tensor, b: Tensor): Tensor {
    return a.add(b)
  }
  addInto(sum: Tensor, b: Tensor): void {
    addSumInto(sum, b)
  }
  exclusive(v: Tensor): boolean {
    return origins === null && alone(v) // Every cotangent passes through hold() while anomalies are looked for.
  }
  hold(v: Tensor, of: Tensor, rule: Rule<Tensor> | null): Tensor {
    const who = rule === null ? 'backward' : `the derivative of ${rule.name}`
    requireTensor(who, v)
    requireFit(who, v, of)
    if (origins !== null && rule !== null) inspectCotangent(v)
    // A derivative refuses to read what was changed since its op was recorded: cotangents are no such values.
    const g = v.storage.changedAt === 0 ? v : copy([v])
    if (this.#recorded) return g
    const straight = g.straight()
    hold(straight.storage)
    return straight
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
