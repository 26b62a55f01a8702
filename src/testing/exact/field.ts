// Integers modulo p = 2⁶¹ − 1, many in one array: sums, products, inverses. It knows no shapes and
// no derivatives.

/**
 * Three limbs for each element: lo + mid·2²¹ + hi·2⁴², with lo, mid < 2²¹ and hi < 2¹⁹, each
 * element in its only form from 0 to p − 1. Products of limbs fit into doubles, which are
 * much faster than BigInts. An element whose limbs are NaN is no number of the field (an
 * infinity, a NaN, a quotient by 0); whatever is computed from it is none either.
 */
export type Field = Float64Array

const LIMB = 2 ** 21
const TOP = 2 ** 19
/** How many products of limbs can be added up before their sum leaves the doubles. */
const RUN = 256

export const fieldOf = (n: number): Field => new Float64Array(3 * n)

/** out[k] ← c0 + c1·2²¹ + c2·2⁴², for whole numbers ≥ 0 below 2⁵². 2⁶¹ is 1. */
function reduceInto(out: Field, k: number, c0: number, c1: number, c2: number): void {
  let lo = c0
  let mid = c1
  let hi = c2
  do {
    let carry = Math.floor(lo / LIMB)
    lo -= carry * LIMB
    mid += carry
    carry = Math.floor(mid / LIMB)
    mid -= carry * LIMB
    hi += carry
    carry = Math.floor(hi / TOP)
    hi -= carry * TOP
    lo += carry
  } while (lo >= LIMB)
  if (lo === LIMB - 1 && mid === LIMB - 1 && hi === TOP - 1) lo = mid = hi = 0
  out[3 * k] = lo
  out[3 * k + 1] = mid
  out[3 * k + 2] = hi
}

export function addInto(out: Field, k: number, a: Field, i: number, b: Field, j: number): void {
  reduceInto(out, k, a[3 * i] + b[3 * j], a[3 * i + 1] + b[3 * j + 1], a[3 * i + 2] + b[3 * j + 2])
}

export function negInto(out: Field, k: number, a: Field, i: number): void {
  reduceInto(out, k, LIMB - 1 - a[3 * i], LIMB - 1 - a[3 * i + 1], TOP - 1 - a[3 * i + 2])
}

export function subInto(out: Field, k: number, a: Field, i: number, b: Field, j: number): void {
  const b0 = LIMB - 1 - b[3 * j]
  const b1 = LIMB - 1 - b[3 * j + 1]
  const b2 = TOP - 1 - b[3 * j + 2]
  reduceInto(out, k, a[3 * i] + b0, a[3 * i + 1] + b1, a[3 * i + 2] + b2)
}

export function mulInto(out: Field, k: number, a: Field, i: number, b: Field, j: number): void {
  const a0 = a[3 * i]
  const a1 = a[3 * i + 1]
  const a2 = a[3 * i + 2]
  const b0 = b[3 * j]
  const b1 = b[3 * j + 1]
  const b2 = b[3 * j + 2]
  reduceInto(
    out,
    k,
    a0 * b0 + 4 * (a1 * b2 + a2 * b1),
    a0 * b1 + a1 * b0 + 4 * a2 * b2,
    a0 * b2 + a1 * b1 + a2 * b0,
  )
}

/** out[k] ← Σ a[i + t·di]·b[j + t·dj] for t < n. */
export function dotInto(
  out: Field,
  k: number,
  n: number,
  a: Field,
  i: number,
  di: number,
  b: Field,
  j: number,
  dj: number,
): void {
  let c0 = 0
  let c1 = 0
  let c2 = 0
  for (let t = 0, x = 3 * i, y = 3 * j; t < n; t++, x += 3 * di, y += 3 * dj) {
    const a0 = a[x]
    const a1 = a[x + 1]
    const a2 = a[x + 2]
    const b0 = b[y]
    const b1 = b[y + 1]
    const b2 = b[y + 2]
    c0 += a0 * b0 + 4 * (a1 * b2 + a2 * b1)
    c1 += a0 * b1 + a1 * b0 + 4 * a2 * b2
    c2 += a0 * b2 + a1 * b1 + a2 * b0
    if (t % RUN === RUN - 1) {
      reduceInto(out, k, c0, c1, c2)
      c0 = out[3 * k]
      c1 = out[3 * k + 1]
      c2 = out[3 * k + 2]
    }
  }
  reduceInto(out, k, c0, c1, c2)
}

export function copyInto(out: Field, k: number, a: Field, i: number): void {
  out[3 * k] = a[3 * i]
  out[3 * k + 1] = a[3 * i + 1]
  out[3 * k + 2] = a[3 * i + 2]
}

export const isZero = (a: Field, i: number): boolean =>
  a[3 * i] === 0 && a[3 * i + 1] === 0 && a[3 * i + 2] === 0

export const isNone = (a: Field, i: number): boolean => Number.isNaN(a[3 * i])

/** What is no number equals nothing. */
export const isEqual = (a: Field, i: number, b: Field, j: number): boolean =>
  a[3 * i] === b[3 * j] && a[3 * i + 1] === b[3 * j + 1] && a[3 * i + 2] === b[3 * j + 2]

/** A text for each number, by which tables find it. */
export const keyOf = (a: Field, i: number): string =>
  `${a[3 * i + 2] * LIMB + a[3 * i + 1]}.${a[3 * i]}`

/**
 * out[0] ← a[i] or −a[i], whichever is even: exactly one is, as p is odd. True for −a[i], which
 * counts as negative.
 */
export function evenInto(out: Field, a: Field, i: number): boolean {
  const isNegative = a[3 * i] % 2 === 1
  if (isNegative) negInto(out, 0, a, i)
  else copyInto(out, 0, a, i)
  return isNegative
}

/** One element by itself. */
export const elementOf = (a: Field, i: number): Field => a.slice(3 * i, 3 * i + 3)

/** A float as the fraction that it is, m·2ᵉ. 2⁶¹ is 1, so e counts modulo 61. */
export function setNumber(out: Field, k: number, x: number): void {
  if (!Number.isFinite(x)) {
    out.fill(NaN, 3 * k, 3 * k + 3)
    return
  }
  let [m, e] = [Math.abs(x), 0]
  for (; m < 2 ** 53 && !Number.isInteger(m); m *= 2) e--
  for (; m >= 2 ** 53; m /= 2) e++
  reduceInto(out, k, m % LIMB, Math.floor(m / LIMB) % LIMB, Math.floor(m / LIMB ** 2))
  const power = ((e % 61) + 61) % 61
  if (power > 0) {
    const two = fieldOf(1)
    const limb = Math.min(2, Math.floor(power / 21))
    two[limb] = 2 ** (power - 21 * limb)
    mulInto(out, k, out, k, two, 0)
  }
  if (x < 0) negInto(out, k, out, k)
}

/** Inverses of n elements by one power and 3n products (Montgomery's trick); none for 0. */
export function inversesOf(a: Field, n: number): Field {
  const out = fieldOf(n)
  const products = fieldOf(n + 1)
  products[0] = 1
  const isLeftOut = (i: number): boolean => isZero(a, i) || isNone(a, i)
  for (let i = 0; i < n; i++)
    if (isLeftOut(i)) copyInto(products, i + 1, products, i)
    else mulInto(products, i + 1, products, i, a, i)
  // p − 2 in binary.
  const inverse = powerOf(products, n, `${'1'.repeat(59)}01`)
  for (let i = n - 1; i >= 0; i--)
    if (isLeftOut(i)) out.fill(NaN, 3 * i, 3 * i + 3)
    else {
      mulInto(out, i, inverse, 0, products, i)
      mulInto(inverse, 0, inverse, 0, a, i)
    }
  return out
}

/** The quotient of two elements by themselves. */
export function quotientOf(a: Field, b: Field): Field {
  const out = inversesOf(b, 1)
  mulInto(out, 0, out, 0, a, 0)
  return out
}

/** a[i] to a power that is given by its binary digits. */
export function powerOf(a: Field, i: number, digits: string): Field {
  const out = fieldOf(1)
  out[0] = 1
  for (const digit of digits) {
    mulInto(out, 0, out, 0, out, 0)
    if (digit === '1') mulInto(out, 0, out, 0, a, i)
  }
  return out
}

/** A root of a[i], its power (p + 1)/4, as p is 3 modulo 4; null where the field has none. */
export function rootOf(a: Field, i: number): Field | null {
  const root = powerOf(a, i, `1${'0'.repeat(59)}`)
  const square = fieldOf(1)
  mulInto(square, 0, root, 0, root, 0)
  return isEqual(square, 0, a, i) ? root : null
}

export const NONE: Field = fieldOf(1).fill(NaN)
export const ONE: Field = Float64Array.of(1, 0, 0)
export const HALF: Field = fieldOf(1)
setNumber(HALF, 0, 0.5)

/** Random elements, the same for the same seed (Marsaglia, "Xorshift RNGs", 2003). */
export class Draws {
  #x: number
  #y = 362436069
  #z = 521288629
  #w = 88675123

  constructor(seed: number) {
    this.#x = (seed ^ Math.floor(seed / 2 ** 32) ^ 123456789) | 0
    for (let i = 0; i < 20; i++) this.#next()
  }

  #next(): number {
    const t = this.#x ^ (this.#x << 11)
    this.#x = this.#y
    this.#y = this.#z
    this.#z = this.#w
    this.#w = this.#w ^ (this.#w >>> 19) ^ t ^ (t >>> 8)
    return this.#w >>> 0
  }

  /** From 0 to 1, without 1. */
  fraction(): number {
    return this.#next() / 2 ** 32
  }

  /** n elements from 0 to p − 1. */
  elements(n: number): Field {
    const out = fieldOf(n)
    for (let k = 0; k < n; k++)
      reduceInto(out, k, this.#next() >>> 11, this.#next() >>> 11, this.#next() >>> 13)
    return out
  }
}
