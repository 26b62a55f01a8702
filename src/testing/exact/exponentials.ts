// eᵘ, σ(u) and logarithms of single numbers: free numbers that know each other. generators.ts makes
// arrays of them.

import type { Combinations, Term } from './combinations.ts'
import {
  addInto,
  copyInto,
  elementOf,
  evenInto,
  type Field,
  fieldOf,
  inversesOf,
  isEqual,
  isNone,
  isZero,
  keyOf,
  mulInto,
  NONE,
  negInto,
  ONE,
  powerOf,
  quotientOf,
  setNumber,
  subInto,
} from './field.ts'

/** A number, and a bound of its degree; it is 1 for a free number, which has no denominator. */
interface Known {
  readonly value: Field
  readonly degree: number
}

/** eᵘ or σ(u) of one even u: whichever was asked for first is free, the other follows. */
interface Curve extends Known {
  readonly isSigmoid: boolean
}

/** What is known of other numbers than exponentials, if anything is to be. */
export interface Relations {
  readonly isRelated: boolean
  readonly sums: Combinations
  readonly products: Combinations
  rootOf(a: Field): Field
}

export class Exponentials {
  readonly #draw: () => Field
  readonly #relations: Relations
  readonly #curves = new Map<string, Curve>()
  readonly #logs = new Map<string, Known>()
  /** The logarithms that were drawn. */
  readonly #drawn = new Set<string>()
  /** e to an eighth of numbers that are no sums. */
  readonly #bases = new Map<string, Known>()
  /** The exponents of results. */
  readonly #exponents = new Map<string, Field>()
  /** Numbers that are no products, and have a logarithm. */
  readonly #arguments: { readonly value: Field; readonly inverse: Field; readonly log: Field }[] =
    []
  /** How many numbers were compared with others in search of a logarithm. */
  searched = 0
  /** The highest degree since it was last set to 0. */
  degree = 0

  constructor(draw: () => Field, relations: Relations) {
    this.#draw = draw
    this.#relations = relations
    if (relations.isRelated) this.#logs.set(keyOf(ONE, 0), { value: fieldOf(1), degree: 1 })
    this.#curves.set(keyOf(fieldOf(1), 0), { isSigmoid: false, value: ONE, degree: 1 })
  }

  sigmoidInto(out: Field, k: number, a: Field, i: number): void {
    const u = fieldOf(1)
    const isNegative = evenInto(u, a, i)
    const { isSigmoid, value } = this.#curve(u, true)
    // e / (1 + e)
    const below = fieldOf(1)
    addInto(below, 0, ONE, 0, value, 0)
    copyInto(out, k, isSigmoid ? value : quotientOf(value, below), 0)
    if (isNegative) subInto(out, k, ONE, 0, out, k)
    if (!isSigmoid) this.#noteExponent(value, u, this.degree)
  }

  /** The degree of `a`, which is the logarithm of the result. */
  expInto(out: Field, k: number, a: Field, i: number, degree: number): void {
    const u = fieldOf(1)
    const isNegative = evenInto(u, a, i)
    const { isSigmoid, value } = this.#curve(u, false)
    // σ / (1 − σ)
    const below = fieldOf(1)
    subInto(below, 0, ONE, 0, value, 0)
    const e = isSigmoid ? quotientOf(value, below) : value
    if (isNegative) this.degree = Math.max(this.degree, 2)
    copyInto(out, k, isNegative ? inversesOf(e, 1) : e, 0)
    const key = keyOf(out, k)
    if (!this.#logs.has(key)) this.#logs.set(key, { value: elementOf(a, i), degree })
    this.#noteExponent(elementOf(out, k), elementOf(a, i), degree)
  }

  /** Tells that log e is u, and that of 1 / e is −u. */
  #noteExponent(e: Field, u: Field, degree: number): void {
    if (!this.#relations.isRelated || isNone(e, 0)) return
    const [inverse, minus] = [inversesOf(e, 1), fieldOf(1)]
    negInto(minus, 0, u, 0)
    this.#exponents.set(keyOf(e, 0), u)
    this.#exponents.set(keyOf(inverse, 0), minus)
    for (const [of, value] of [
      [e, u],
      [inverse, minus],
    ] as const)
      if (!this.#logs.has(keyOf(of, 0))) this.#logs.set(keyOf(of, 0), { value, degree })
  }

  logInto(out: Field, k: number, a: Field, i: number, degree: number): void {
    if (isZero(a, i)) {
      copyInto(out, k, NONE, 0)
      return
    }
    const key = keyOf(a, i)
    const found = this.#logs.get(key)
    const isRelated = this.#relations.isRelated
    const known = found ??
      (isRelated ? this.#relateLog(elementOf(a, i), degree) : null) ?? {
        value: isEqual(a, i, ONE, 0) ? fieldOf(1) : this.#draw(),
        degree: 1,
      }
    copyInto(out, k, known.value, 0)
    this.degree = Math.max(this.degree, known.degree)
    if (found !== undefined || isRelated) return
    this.#logs.set(key, known)
    this.note(known.value, 0, a, i, degree)
    this.#drawn.add(keyOf(known.value, 0))
  }

  /** Tells that e to the power v is e, which has this degree. */
  note(v: Field, k: number, e: Field, i: number, degree: number): void {
    const u = fieldOf(1)
    const isNegative = evenInto(u, v, k)
    const value = elementOf(e, i)
    this.#curves.set(keyOf(u, 0), {
      isSigmoid: false,
      value: isNegative ? inversesOf(value, 1) : value,
      degree,
    })
  }

  knows(v: Field, k: number): boolean {
    const u = fieldOf(1)
    evenInto(u, v, k)
    return this.#curves.has(keyOf(u, 0))
  }

  /** Whether a number was drawn as a logarithm. */
  isLogarithm(v: Field, k: number): boolean {
    return this.#drawn.has(keyOf(v, k))
  }

  #curve(u: Field, isSigmoid: boolean): Curve {
    const key = keyOf(u, 0)
    if (!this.#curves.has(key)) {
      if (this.#relations.isRelated) this.#relate(u)
      else this.#curves.set(key, { isSigmoid, value: this.#draw(), degree: 1 })
    }
    const known = this.#curves.get(key) as Curve
    this.degree = Math.max(this.degree, (known.isSigmoid === isSigmoid ? 1 : 2) * known.degree)
    return known
  }

  /** eᵘ by the exponentials of what u is a sum of. */
  #relate(u: Field): void {
    const product = ONE.slice()
    let degree = 0
    for (const term of this.#relations.sums.of(u, 0)) {
      const power = this.#powerOf(term)
      mulInto(product, 0, product, 0, power.value, 0)
      degree += power.degree
    }
    this.note(u, 0, product, 0, degree)
  }

  /** e to a multiple of a number that is no sum: of its eighth, unless it is a logarithm. */
  #powerOf({ value, times }: Term): Known {
    const key = keyOf(value, 0)
    const curve = this.#bases.has(key) ? undefined : this.#curves.get(key)
    if (curve !== undefined && Number.isInteger(8 * times)) {
      let [root, n] = [curve.value, times]
      for (; !Number.isInteger(n); n *= 2) root = this.#relations.rootOf(root)
      return powered({ value: root, degree: curve.degree }, n)
    }
    if (curve !== undefined) return this.#powerOf(scaled(value, times))
    const base = this.#bases.get(key) ?? { value: this.#draw(), degree: 1 }
    this.#bases.set(key, base)
    return powered(base, 8 * times)
  }

  /** The logarithm of a number that is no product, by another one where their quotient is known. */
  #logarithmOf(a: Field): Field {
    const key = keyOf(a, 0)
    const known = this.#logs.get(key)
    if (known !== undefined) return known.value
    const log = this.#found(a) ?? this.#draw()
    this.#logs.set(key, { value: log, degree: 1 })
    this.#arguments.push({ value: a, inverse: inversesOf(a, 1), log })
    return log
  }

  #found(a: Field): Field | null {
    const other = fieldOf(1)
    this.searched += 2 * this.#arguments.length
    for (const { value, inverse, log } of this.#arguments) {
      mulInto(other, 0, a, 0, inverse, 0)
      const quotient = this.#logs.get(keyOf(other, 0))
      mulInto(other, 0, a, 0, value, 0)
      const product = quotient ?? this.#logs.get(keyOf(other, 0))
      if (product === undefined) continue
      if (quotient !== undefined) addInto(other, 0, log, 0, quotient.value, 0)
      else subInto(other, 0, product.value, 0, log, 0)
      return other
    }
    return null
  }

  /** log a by those of its factors. */
  #relateLog(a: Field, degree: number): Known {
    const terms = this.#relations.products
      .of(a, 0)
      .map(({ value, times }) => ({ value: this.#logarithmOf(value), times }))
    const sum = fieldOf(1)
    for (const { value, times } of terms) addInto(sum, 0, sum, 0, multiple(value, times), 0)
    const known = { value: sum, degree: 1 }
    this.#logs.set(keyOf(a, 0), known)
    this.#relations.sums.note(sum, 0, terms)
    this.note(sum, 0, a, 0, degree)
    return known
  }

  /** e to u / 2 for a number that is eᵘ; null for others. */
  rootOf(e: Field): Field | null {
    const u = this.#exponents.get(keyOf(e, 0))
    if (u === undefined) return null
    const [root, half] = [fieldOf(1), multiple(u, 0.5)]
    this.#relations.sums.note(half, 0, [{ value: u, times: 0.5 }])
    this.expInto(root, 0, half, 0, 1)
    return root
  }
}

function multiple(a: Field, times: number): Field {
  const out = fieldOf(1)
  setNumber(out, 0, times)
  mulInto(out, 0, out, 0, a, 0)
  return out
}

/** A multiple as a number of its own. */
function scaled(value: Field, times: number): Term {
  const even = fieldOf(1)
  return { times: evenInto(even, multiple(value, times), 0) ? -1 : 1, value: even }
}

function powered({ value, degree }: Known, n: number): Known {
  const y = powerOf(value, 0, Math.abs(n).toString(2))
  return { value: n < 0 ? inversesOf(y, 1) : y, degree: degree * Math.abs(n) }
}
