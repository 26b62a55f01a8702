// In-place changes: assign_(), and the updates of optimisers. They are never recorded, and graphs
// that saved the old numbers then refuse a backward pass.

import { now } from '../../autograd/index.ts'
import { memory } from '../../kernels/engine.ts'
import { moveBytes, viewOf } from '../../kernels/memory/views.ts'
import { ARRAYS, BYTES, requireSame } from '../core/dtype.ts'
import { noteEffect } from '../core/effects.ts'
import { ShapeError, TapeError } from '../core/errors.ts'
import { kernelsOf } from '../core/kernels.ts'
import { discard } from '../core/scopes.ts'
import { lastSwapped, sameShape, show } from '../core/shape.ts'
import { requireTensor, Tensor } from '../core/tensor.ts'
import { writeTransposed } from '../core/transposed.ts'

/** In-place changes of a tensor. */
export interface Assignment {
  /**
   * Overwrites the numbers in place; it is never recorded. Every view of them changes too
   * (`select`, `slice`, `t`, … say when they are views). A graph that saved the old numbers allows
   * no backward pass any more. Throws a TapeError for the result of an op (`detach()` it first),
   * and for a copy that a shape op made, where the change would be lost; a ShapeError or DTypeError
   * when `value` does not fit.
   *
   * ```ts
   * const x = zeros([2, 2])
   * x.select(0, 1).assign_(tensor([1, 2])) // [1, 2]
   * x // [[0, 0], [1, 2]]
   * x.select(1, 0).assign_(tensor([5, 6])) // TapeError: assign_: expected numbers of its own…
   * ```
   */
  assign_(value: Tensor): this
}

/**
 * Throws a TapeError for a tensor that must not be changed in place: the result of an op, and a
 * copy, because its source would not change.
 */
export function requireChangeable(who: string, tensor: Tensor): void {
  if (!tensor.isLeaf)
    throw new TapeError(
      `${who}: expected a leaf, got the result of ${tensor.node?.rule?.name}: use detach() or a ` +
        'new tensor',
    )
  if (!tensor.storage.copied) return
  throw new TapeError(
    `${who}: expected numbers of its own or a view, got a copy that ${tensor.storage.maker} ` +
      'made: change its source, or clone() it first',
  )
}

export const isChangeable = (tensor: Tensor): boolean => tensor.isLeaf && !tensor.storage.copied

/**
 * Changes a tensor's numbers in place. `write` gets their address, in row-major order. The storage
 * notes the change, so that graphs which saved the old numbers refuse to use them.
 */
export function changing<T extends Tensor>(who: string, tensor: T, write: (to: number) => void): T {
  requireChangeable(who, tensor)
  noteEffect(`changes numbers in place, by ${who}`)
  const { storage, byteOffset, shape, dtype } = tensor
  if (tensor.transposed) {
    const copy = new Tensor(storage, byteOffset, shape, dtype, true).materialize()
    write(copy.address())
    writeTransposed(tensor.storedAddress(), copy.address(), lastSwapped(shape), dtype)
    discard(copy.storage)
  } else write(tensor.address())
  storage.changed(now())
  return tensor
}

export const assignment: Assignment & ThisType<Tensor> = {
  assign_(value) {
    requireTensor('assign_', this)
    requireTensor('assign_', value)
    if (!sameShape(value.shape, this.shape))
      throw new ShapeError(`assign_: expected shape ${show(this.shape)}, got ${show(value.shape)}`)
    requireSame('assign_', this.dtype, value.dtype)
    return changing('assign_', this, (to) =>
      moveBytes(memory, to, value.address(), this.size * BYTES[this.dtype]),
    )
  },
}

/**
 * Brings the tensors into the kernels' memory, so that changing them in place cannot fail. Throws a
 * TapeError for a tensor whose numbers were recycled.
 */
export function bringIn(tensors: readonly Tensor[]): void {
  for (const tensor of tensors) tensor.address()
}

/** dst ← a·dst + b·src. */
export function axpby_(dst: Tensor, src: Tensor, a: number, b: number): void {
  changing('axpby_', dst, (to) => {
    kernelsOf(dst).axpby(to, src.address(), dst.size, a, b)
  })
}

/** dst ← a·dst. */
export function scale_(dst: Tensor, a: number): void {
  axpby_(dst, dst, 0, a)
}

/** dst ← min(max(dst, −limit), limit). */
export function clamp_(dst: Tensor, limit: number): void {
  changing('clamp_', dst, (to) => {
    const numbers = viewOf(memory, ARRAYS[dst.dtype], to, dst.size)
    for (let i = 0; i < numbers.length; i++)
      numbers[i] = Math.min(Math.max(numbers[i], -limit), limit)
  })
}

/** Adam's hyper-parameters in the paper's letters; `t` counts steps from 1. */
export interface AdamStep {
  lr: number
  beta1: number
  beta2: number
  eps: number
  weightDecay: number
  /** Whether the weights decay by themselves (AdamW) or through the gradient (Adam). */
  decoupled: boolean
  t: number
}

/**
 * One step of Adam (Kingma & Ba 2015, algorithm 1) in one pass over a parameter p, its gradient g
 * and its moments m and v.
 */
export function adamStep_(
  p: Tensor,
  g: Tensor,
  m: Tensor,
  v: Tensor,
  { lr, beta1, beta2, eps, weightDecay, decoupled, t }: AdamStep,
): void {
  changing('adamStep_', p, (pp) => {
    const [gp, mp, vp] = [g.address(), m.address(), v.address()]
    const stepSize = lr / (1 - beta1 ** t)
    const rootCorrection = Math.sqrt(1 - beta2 ** t)
    const [coupledDecay, shrink] = decoupled ? [0, 1 - lr * weightDecay] : [weightDecay, 1]
    kernelsOf(p).adam(
      pp,
      gp,
      mp,
      vp,
      p.size,
      beta1,
      beta2,
      eps,
      stepSize,
      rootCorrection,
      coupledDecay,
      shrink,
    )
  })
}

/** Removes the gradient and recycles its numbers. */
export function clearGrad(parameter: Tensor): void {
  parameter.ownGrad(null)
}
