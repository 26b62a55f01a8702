// What the definition of an op in the field is given, and how it decides between branches.

import type { Shape, Tensor, TypedArray } from '../../../tensor/index.ts'
import { sizeOf } from '../../../tensor/internal.ts'
import { broadcast, placesOf, stridesTo, sub } from '../array.ts'
import type { Dual } from '../dual.ts'
import { evenInto, fieldOf, isEqual, isNone, keyOf } from '../field.ts'
import type { Generators } from '../generators.ts'
import type { Side } from '../sides.ts'

/** A call of an op. */
export interface Site {
  readonly op: string
  readonly attrs: unknown
  readonly tensors: readonly Tensor[]
  readonly out: Tensor
  readonly generators: Generators
  /** How a tensor was computed: the op's name and inputs; null for one that no op made. */
  madeBy(t: Tensor): { readonly op: string; readonly inputs: readonly Tensor[] } | null
  valueOf(t: Tensor): Dual
  /** Notes on which side of a kink element k lies. */
  noteSide(k: number, side: Pick<Side, 'identity' | 'isTurned' | 'isAbove' | 'floats'>): void
}

/** An op's definition. */
export type Definition = (inputs: readonly Dual[], site: Site) => Dual

/**
 * Thrown where the point cannot be used: it lies on a kink, or outside of the domain. Another point
 * is drawn then.
 */
export class Unusable extends Error {
  override name = 'Unusable'
}

/** The numbers of a tensor, as the function itself has computed them. */
export const floatsOf = (t: Tensor): TypedArray => t.toTypedArray()

/** What is compared: an array, and the same as floats. */
export interface Operand {
  readonly exact: Dual
  readonly shape: Shape
  readonly floats: ArrayLike<number>
}

/**
 * −1, 0 or 1 for each element of `shape`: a is below b, equal or above. What is equal in the field
 * is equal; else the floats decide: which branch a number takes is the business of the point,
 * not of the derivative.
 */
export function compared(site: Site, shape: Shape, a: Operand, b: Operand): Int8Array {
  const places = [a, b].map((side) => placesOf(shape, stridesTo(side.shape, shape)))
  const [x, y] = [a, b].map(({ exact }) => broadcast(exact.v, shape).numbers)
  return Int8Array.from({ length: sizeOf(shape) }, (_, k) => {
    if (isEqual(x, k, y, k)) return 0
    const [p, q] = [a.floats[places[0][k]], b.floats[places[1][k]]]
    if (p === q && Number.isFinite(p))
      throw new Unusable(`${site.op} gets equal numbers that need not be equal: a kink`)
    if (Number.isNaN(p) || Number.isNaN(q)) throw new Unusable(`${site.op} gets NaN`)
    return Math.sign(p - q) || 0
  })
}

/** Notes the sides of what was compared, but for what is equal and for infinities. */
export function noteSides(
  site: Site,
  shape: Shape,
  signs: Int8Array,
  a: Operand,
  b: Operand,
  first = 0,
): Int8Array {
  const difference = sub(broadcast(a.exact.v, shape), broadcast(b.exact.v, shape)).numbers
  const places = [a, b].map((side) => placesOf(shape, stridesTo(side.shape, shape)))
  const even = fieldOf(1)
  signs.forEach((sign, k) => {
    if (sign === 0 || isNone(difference, k)) return
    const isTurned = evenInto(even, difference, k)
    const floats = [a.floats[places[0][k]], b.floats[places[1][k]]] as const
    site.noteSide(first + k, { identity: keyOf(even, 0), isTurned, isAbove: sign > 0, floats })
  })
  return signs
}

/** An input of the op, to be compared. */
export const sideOf = (site: Site, inputs: readonly Dual[], i: number): Operand => ({
  exact: inputs[i],
  shape: site.tensors[i].shape,
  floats: floatsOf(site.tensors[i]),
})
