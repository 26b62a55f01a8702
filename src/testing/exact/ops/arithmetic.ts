// The elementwise ops of two tensors in the field, comparisons, and where.

import * as array from '../array.ts'
import { add, chosen, constant, type Dual, div, mul, scale, sub } from '../dual.ts'
import { isZero } from '../field.ts'
import { log } from './elementwise.ts'
import { compared, type Definition, floatsOf, noteSides, type Site, sideOf } from './op.ts'

/** −1, 0 or 1 for each element of the result. */
function orders(inputs: readonly Dual[], site: Site, hasSides = true): Int8Array {
  const { shape } = site.out
  const [a, b] = [0, 1].map((i) => sideOf(site, inputs, i))
  const list = compared(site, shape, a, b)
  return hasSides ? noteSides(site, shape, list, a, b) : list
}

const comparison =
  (holds: (order: number) => boolean, hasSides = true): Definition =>
  (inputs, site) => {
    const list = orders(inputs, site, hasSides)
    return constant(
      array.constant(
        site.out.shape,
        list.map((order) => Number(holds(order))),
      ),
    )
  }

/** Equal operands share the derivative. */
const extremum =
  (sign: 1 | -1): Definition =>
  (inputs, site) => {
    const [a, b] = inputs
    const { shape } = site.out
    const list = orders(inputs, site)
    const other = chosen(shape, scale(add(a, b), 0.5), b, (k) => list[k] === 0)
    return chosen(shape, a, other, (k) => list[k] * sign > 0)
  }

/** aᵇ, by a: b·aᵇ⁻¹, and by b: aᵇ·log a, or 0 where a = 0 and b ≥ 0. */
function pow([a, b]: readonly Dual[], site: Site): Dual {
  const { generators, tensors, out } = site
  const [x, y] = [a.v, b.v].map((t) => array.broadcast(t, out.shape))
  const list = floatsOf(tensors[1])
  const places = array.placesOf(out.shape, array.stridesTo(tensors[1].shape, out.shape))
  const floats = (k: number): number => list[places[k]]
  const v = generators.pow(x, y, floats)
  const byBase = (): array.ExactArray => {
    const lower = generators.pow(x, array.sub(y, array.number(1)), (k) => floats(k) - 1)
    const isNone = (k: number): boolean => isZero(y.numbers, k)
    return array.chosen(out.shape, array.zeros([]), array.mul(y, lower), isNone)
  }
  const one = a.d && array.mul(byBase(), a.d)
  const byExponent = (): array.ExactArray => {
    const isNone = (k: number): boolean => isZero(x.numbers, k) && floats(k) >= 0
    const logarithm = log(constant(x), site).v
    return array.chosen(out.shape, array.zeros([]), array.mul(v, logarithm), isNone)
  }
  const other = b.d && array.mul(byExponent(), b.d)
  return { v, d: one && other ? array.add(one, other) : (one ?? other) }
}

export const arithmetic = {
  add: ([a, b]) => add(a, b),
  sub: ([a, b]) => sub(a, b),
  mul: ([a, b]) => mul(a, b),
  div: ([a, b]) => div(a, b),
  pow,
  maximum: extremum(1),
  minimum: extremum(-1),
  eq: comparison((order) => order === 0, false),
  ne: comparison((order) => order !== 0, false),
  lt: comparison((order) => order < 0),
  le: comparison((order) => order <= 0),
  gt: comparison((order) => order > 0),
  ge: comparison((order) => order >= 0),
  where: ([c, a, b], { out }) => chosen(out.shape, a, b, (k) => !isZero(c.v.numbers, k)),
} satisfies Record<string, Definition>
