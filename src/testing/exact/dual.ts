// Dual numbers over the field, a + b·ε with ε² = 0: arrays with their derivative along one
// direction. The ops' definitions (ops/) are written with these.

import type { Shape } from '../../tensor/index.ts'
import { sameShape } from '../../tensor/internal.ts'
import type { ExactArray } from './array.ts'
import * as array from './array.ts'

/** The numbers, and their derivative; null for none, as constants have. */
export interface Dual {
  readonly v: ExactArray
  readonly d: ExactArray | null
}

export const constant = (v: ExactArray): Dual => ({ v, d: null })
export const number = (x: number): Dual => constant(array.number(x))

/** f is linear: it moves numbers, or adds some up. */
export const linear = ({ v, d }: Dual, f: (a: ExactArray) => ExactArray): Dual => ({
  v: f(v),
  d: d && f(d),
})

const plus = (a: ExactArray | null, b: ExactArray | null, shape: Shape): ExactArray | null => {
  if (a === null || b === null) return a === null && b === null ? null : spread(a ?? b, shape)
  return array.add(a, b)
}
const spread = (a: ExactArray | null, shape: Shape): ExactArray | null =>
  a && (sameShape(a.shape, shape) ? a : array.broadcast(a, shape))

export function add(a: Dual, b: Dual): Dual {
  const v = array.add(a.v, b.v)
  return { v, d: plus(a.d, b.d, v.shape) }
}

export const neg = (a: Dual): Dual => linear(a, array.neg)
export const sub = (a: Dual, b: Dual): Dual => add(a, neg(b))

/** A product of any kind that is linear in both factors. */
export function bilinear(a: Dual, b: Dual, f: (a: ExactArray, b: ExactArray) => ExactArray): Dual {
  const v = f(a.v, b.v)
  return { v, d: plus(a.d && f(a.d, b.v), b.d && f(a.v, b.d), v.shape) }
}

export const mul = (a: Dual, b: Dual): Dual => bilinear(a, b, array.mul)
export const scale = (a: Dual, factor: number): Dual => mul(a, number(factor))

/** The values y of a function of a, and its slope: the derivative by a. */
export const chained = (a: Dual, y: ExactArray, slope: () => ExactArray): Dual => ({
  v: y,
  d: a.d && array.mul(slope(), a.d),
})

export function inverse(a: Dual): Dual {
  const y = array.inverse(a.v)
  return chained(a, y, () => array.neg(array.mul(y, y)))
}

export const div = (a: Dual, b: Dual): Dual => mul(a, inverse(b))

/** aⁿ for a whole number n. */
export function power(a: Dual, n: number): Dual {
  if (n < 0) return inverse(power(a, -n))
  let out = constant(array.constant(a.v.shape, new Float64Array(a.v.numbers.length / 3).fill(1)))
  for (const digit of n.toString(2)) {
    out = mul(out, out)
    if (digit === '1') out = mul(out, a)
  }
  return out
}

/** a where `isFirst(k)`, else b. */
export function chosen(shape: Shape, a: Dual, b: Dual, isFirst: (k: number) => boolean): Dual {
  const choose = (x: ExactArray, y: ExactArray) => array.chosen(shape, x, y, isFirst)
  const v = choose(a.v, b.v)
  if (a.d === null && b.d === null) return constant(v)
  return { v, d: choose(a.d ?? array.zeros(a.v.shape), b.d ?? array.zeros(b.v.shape)) }
}

/** Sums over the last axis, which stays with size 1. */
export function sumLast(a: Dual): Dual {
  const n = a.v.shape.at(-1) as number
  const outer = a.v.shape.slice(0, -1).reduce((x, y) => x * y, 1)
  const shape = a.v.shape.with(-1, 1)
  return linear(a, (x) => array.sum(x, { outer, n, inner: 1, shape }))
}
