// eᵘ, σ(u) and logarithms of single numbers: free numbers that know each other. generators.ts makes
// arrays of them.

import {
  addInto,
  copyInto,
  elementOf,
  evenInto,
  type Field,
  fieldOf,
  HALF,
  inversesOf,
  isEqual,
  isZero,
  keyOf,
  mulInto,
  NONE,
  ONE,
  quotientOf,
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

export class Exponentials {
  readonly #draw: () => Field
  readonly #isRelated: boolean
  readonly #curves = new Map<string, Curve>()
  readonly #logs = new Map<string, Known>()
  /** The logarithms that were drawn. */
  readonly #drawn = new Set<string>()
  /** The highest degree since it was last set to 0. */
  degree = 0

  /** `isRelated`: eᵘ is the square of e to u / 2. */
  constructor(draw: () => Field, isRelated: boolean) {
    this.#draw = draw
    this.#isRelated = isRelated
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
  }

  logInto(out: Field, k: number, a: Field, i: number, degree: number): void {
    if (isZero(a, i)) {
      copyInto(out, k, NONE, 0)
      return
    }
    const key = keyOf(a, i)
    const found = this.#logs.get(key)
    const known = found ?? {
      value: isEqual(a, i, ONE, 0) ? fieldOf(1) : this.#draw(),
      degree: 1,
    }
    copyInto(out, k, known.value, 0)
    this.degree = Math.max(this.degree, known.degree)
    if (found !== undefined) return
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
      if (this.#isRelated) this.#relate(u)
      else this.#curves.set(key, { isSigmoid, value: this.#draw(), degree: 1 })
    }
    const known = this.#curves.get(key) as Curve
    this.degree = Math.max(this.degree, (known.isSigmoid === isSigmoid ? 1 : 2) * known.degree)
    return known
  }

  /** eᵘ by e to u / 2 where that is known, or else by e to u / 8. */
  #relate(u: Field): void {
    const v = u.slice()
    mulInto(v, 0, v, 0, HALF, 0)
    if (this.knows(v, 0)) {
      const e = fieldOf(1)
      this.expInto(e, 0, v, 0, 1)
      mulInto(e, 0, e, 0, e, 0)
      this.note(u, 0, e, 0, 2 * this.degree)
      return
    }
    for (let i = 0; i < 2; i++) mulInto(v, 0, v, 0, HALF, 0)
    const e = this.#draw()
    for (const degree of [1, 2, 4, 8]) {
      this.note(v, 0, e, 0, degree)
      mulInto(e, 0, e, 0, e, 0)
      addInto(v, 0, v, 0, v, 0)
    }
  }
}
