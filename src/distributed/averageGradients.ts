// The mean of the gradients of all ranks. It moves no parameter.

import { requireTensors } from '../optim/internal.ts'
import { DTypeError, noGrad, type Tensor, ValueError } from '../tensor/index.ts'
import {
  axpby_,
  bringIn,
  creation,
  type FloatDType,
  isChangeable,
  isFloat,
  requireOptions,
  requireWhole,
  show,
  shown,
} from '../tensor/internal.ts'
import type { Call, Exchange } from './exchange.ts'
import { abandonedOnFailure, type Group, PIECE, requireGroup } from './group.ts'

/** How gradients are averaged. */
export interface AverageOptions {
  /**
   * The number of examples behind this rank's gradients, 1 by default: for a loss that is a mean
   * over the elements that count, their number. 0 leaves this rank out.
   */
  weight?: number | undefined
  /** The largest piece that is sent at once, in bytes; 4 MB by default. */
  bucketBytes?: number | undefined
}

/**
 * Replaces each gradient by its mean over the ranks, weighted by their examples:
 * Σ weight·g / Σ weight. With losses that are means over a rank's part of a batch, and its number
 * of examples as weight, this is the gradient of the whole batch. Call it between `backward()` and
 * clipping or `step()`, on all ranks, with the same parameters in the same order.
 *
 * A parameter without a gradient counts as zeros; without one on any rank it stays without. All
 * ranks get the same bits, in every run with the same number of ranks. A gradient that is recorded
 * (`createGraph`) is replaced by one that is not. In a group of one nothing changes.
 *
 * Throws a GroupError like the group's own calls, a ValueError unless the weights are finite, not
 * negative, of a finite sum and not all 0, and a MemoryError where there is no room for a second
 * copy of the gradients; they are all unchanged then.
 *
 * ```ts
 * const group = await joinGroup()
 * const model = new Linear(3, 1)
 * const x = randn([5, 3])
 * model.forward(x).square().mean().backward()
 * averageGradients(model.parameters(), group, { weight: x.shape[0] })
 * clipGradNorm(model.parameters(), 1)
 * ```
 */
export function averageGradients(
  parameters: readonly Tensor[],
  group: Group,
  options: AverageOptions = {},
): void {
  const who = 'averageGradients'
  const list = [...new Set(requireTensors(who, parameters))]
  const exchange = requireGroup(who, group)
  const { weight = 1, bucketBytes = PIECE } = requireOptions(who, options, [
    'weight',
    'bucketBytes',
  ])
  if (!(typeof weight === 'number' && weight >= 0 && Number.isFinite(weight)))
    throw new ValueError(`${who}: expected weight to be a number ≥ 0, got ${shown(weight)}`)
  requireWhole(who, 'bucketBytes', bucketBytes, 8, 2 ** 30)
  const what = list.map((p) => `${p.dtype} ${show(p.shape)}`).join(', ')
  const wrong = list.find(({ dtype }) => !isFloat(dtype))
  if (wrong !== undefined)
    throw new DTypeError(`${who}: expected floats, got ${wrong.dtype} ${show(wrong.shape)}`)
  if (exchange === null) return
  noGrad(() => {
    const packed = (['float32', 'float64'] as const).flatMap((dtype) => {
      const params = list.filter((p) => p.dtype === dtype)
      return params.length === 0 ? [] : [new Packed(dtype, params)]
    })
    bringIn(list.flatMap(({ grad }) => grad ?? []))
    const pieces = bucketBytes === PIECE ? '' : ` in pieces of ${bucketBytes} bytes`
    const call = { name: who, what: `[${what}]${pieces}` }
    const weights = exchange.agree(call, weight)
    const total = weights.reduce((sum, w) => sum + w, 0)
    if (total === 0)
      throw new ValueError(`${who}: expected weights above 0, got 0 on all ranks: skip this step`)
    if (total === Infinity)
      throw new ValueError(`${who}: expected weights of a finite sum, got ${weights.join(', ')}`)
    for (const part of packed) part.sum(exchange, call, weight / total, bucketBytes)
    const changes = packed.flatMap((part) => part.unpacked())
    for (const change of changes) change()
  })
}

/** The gradients of some parameters behind each other, and for each whether it is there. */
class Packed {
  readonly #params: readonly Tensor[]
  readonly #flat: Tensor
  /** The parts of the gradients. */
  readonly #parts: readonly Tensor[]
  readonly #isThere: Tensor

  constructor(dtype: FloatDType, params: readonly Tensor[]) {
    const size = params.reduce((sum, p) => sum + p.size, 0)
    this.#params = params
    this.#flat = creation([size + params.length], dtype, 'averageGradients')
    let end = 0
    this.#parts = params.map((p) => {
      end += p.size
      return this.#flat.slice(0, end - p.size, end)
    })
    this.#isThere = this.#flat.slice(0, end)
  }

  sum(exchange: Exchange, call: Call, scale: number, pieceBytes: number): void {
    const isThere = this.#params.map(({ grad }, k) => {
      // What weighs nothing may be NaN, and stays out.
      const counts = grad !== null && scale > 0
      if (counts) axpby_(this.#parts[k], grad, 0, scale)
      else this.#parts[k].elements().fill(0)
      return counts ? 1 : 0
    })
    this.#isThere.elements().set(isThere)
    const { size, dtype } = this.#flat
    const at = this.#flat.address()
    abandonedOnFailure(at, () => exchange.sum(call, at, size, dtype as FloatDType, pieceBytes))
  }

  /** What each gradient is to become; makes room for it. */
  unpacked(): (() => void)[] {
    const isThere = this.#isThere.elements()
    return this.#params.flatMap((p, k) => {
      if (isThere[k] === 0) return []
      const [{ grad }, part] = [p, this.#parts[k]]
      if (grad !== null && isChangeable(grad)) return () => axpby_(grad, part, 0, 1)
      const copy = part.reshape(p.shape).clone()
      return () => p.ownGrad(copy)
    })
  }
}
