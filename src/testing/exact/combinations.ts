// Which numbers of the field are sums of multiples of others, or products of powers: what is known
// of exponentials, logarithms, roots and angles between free numbers. It computes no function.

import { elementOf, evenInto, type Field, fieldOf, isNone, isZero, keyOf } from './field.ts'

/** A multiple in a sum, a power in a product. */
export interface Term {
  readonly value: Field
  readonly times: number
}

/** Sums of more terms, and multiples that are no eighths, are taken as numbers of their own. */
const MOST_TERMS = 64
const MOST_TIMES = 64
const isTaken = (times: number): boolean =>
  Number.isInteger(8 * times) && Math.abs(times) <= MOST_TIMES

export class Combinations {
  readonly #isSum: boolean
  readonly #known = new Map<string, readonly Term[]>()
  /** Numbers that others were traced back to. */
  readonly #ends = new Set<string>()

  /** Of sums, in which −x is x times −1; or of products. */
  constructor(isSum: boolean) {
    this.#isSum = isSum
  }

  /** What element i is made of; each value of a sum is even. */
  of(a: Field, i: number): readonly Term[] {
    const [value, times] = this.#normal(a, i)
    const key = keyOf(value, 0)
    const known = this.#known.get(key)
    if (known === undefined) this.#ends.add(key)
    return (known ?? [{ value, times: 1 }]).map((one) => ({ ...one, times: times * one.times }))
  }

  /** Tells that element i is made of these. */
  note(a: Field, i: number, parts: readonly Term[]): void {
    const [value, sign] = this.#normal(a, i)
    const key = keyOf(value, 0)
    const isLeftOut = (x: Field): boolean => isZero(x, 0) || isNone(x, 0)
    if (isLeftOut(value) || parts.some((part) => isLeftOut(part.value))) return
    if (this.#known.has(key) || this.#ends.has(key)) return
    const terms = new Map<string, Term>()
    for (const part of parts)
      for (const { value, times } of this.of(part.value, 0)) {
        const end = keyOf(value, 0)
        const sum = (terms.get(end)?.times ?? 0) + sign * part.times * times
        terms.set(end, { value, times: sum })
      }
    const list = [...terms.values()].filter(({ times }) => times !== 0)
    if (terms.has(key) || list.length === 0 || list.length > MOST_TERMS) return
    if (list.every(({ times }) => isTaken(times))) this.#known.set(key, list)
  }

  #normal(a: Field, i: number): [Field, 1 | -1] {
    if (!this.#isSum) return [elementOf(a, i), 1]
    const even = fieldOf(1)
    return [even, evenInto(even, a, i) ? -1 : 1]
  }
}
