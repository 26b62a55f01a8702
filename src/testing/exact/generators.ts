// Functions that are no polynomials, as free numbers: one at random for each different argument,
// and what is known between them. Their derivatives are those of ops/.

import { type ExactArray, free, mapped } from './array.ts'
import { ofQuotients, totalOf } from './degree.ts'
import { Exponentials } from './exponentials.ts'
import {
  addInto,
  copyInto,
  type Draws,
  elementOf,
  evenInto,
  type Field,
  fieldOf,
  inversesOf,
  isEqual,
  isZero,
  keyOf,
  mulInto,
  negInto,
  ONE,
  powerOf,
  quotientOf,
  rootOf,
  setNumber,
  subInto,
} from './field.ts'

/** Larger exponents are taken for any real number. */
const MOST = 64

/**
 * One table of values for each examined point: the same argument gets the same number wherever it
 * occurs, in the function, its derivatives and the formula.
 *
 * Free numbers know less of each other than the true ones: what holds for them holds for these, but
 * not the other way round. `isRelated` tells more: eᵃ⁺ᵇ = eᵃ·eᵇ, and roots are roots where the
 * field has one.
 */
export class Generators {
  readonly isRelated: boolean
  /** How many free numbers were drawn. */
  count = 0
  /** The highest degree of an argument. */
  degree = 1
  /** How many roots are roots, and how many are free numbers, for the field has none. */
  roots = 0
  missing = 0
  /** The functions that free numbers were drawn for: identities of theirs may be unknown. */
  readonly names = new Set<string>()
  #name = ''
  readonly #draws: Draws
  readonly #others = new Map<string, Field>()
  readonly #exponentials: Exponentials

  constructor(draws: Draws, isRelated: boolean) {
    this.#draws = draws
    this.isRelated = isRelated
    this.#exponentials = new Exponentials(() => this.#draw(), isRelated)
  }

  tanh(a: ExactArray): ExactArray {
    const u = fieldOf(1)
    return this.#mapped('tanh', a, (out, k) => {
      addInto(u, 0, a.numbers, k, a.numbers, k)
      this.#exponentials.sigmoidInto(out, k, u, 0)
      addInto(out, k, out, k, out, k)
      subInto(out, k, out, k, ONE, 0)
    })
  }

  sigmoid(a: ExactArray): ExactArray {
    return this.#mapped('sigmoid', a, (out, k) =>
      this.#exponentials.sigmoidInto(out, k, a.numbers, k),
    )
  }

  exp(a: ExactArray): ExactArray {
    const degree = degreeOf(a)
    return this.#mapped('exp', a, (out, k) =>
      this.#exponentials.expInto(out, k, a.numbers, k, degree),
    )
  }

  log(a: ExactArray): ExactArray {
    const degree = degreeOf(a)
    return this.#mapped('log', a, (out, k) =>
      this.#exponentials.logInto(out, k, a.numbers, k, degree),
    )
  }

  sin(a: ExactArray): ExactArray {
    const y = this.#mapped('sin, cos', a, (out, k) => this.#circleInto(out, k, a.numbers, k, true))
    return { ...y, degree: ofQuotients(2, sizeOf(a)) }
  }

  cos(a: ExactArray): ExactArray {
    const y = this.#mapped('sin, cos', a, (out, k) => this.#circleInto(out, k, a.numbers, k, false))
    return { ...y, degree: ofQuotients(2, sizeOf(a)) }
  }

  sqrt(a: ExactArray): ExactArray {
    return this.#mapped('sqrt', a, (out, k) => copyInto(out, k, this.#root(a.numbers, k), 0))
  }

  /** A function that nothing is known of. */
  named(name: string, a: ExactArray): ExactArray {
    return this.#mapped(name, a, (out, k) =>
      copyInto(out, k, this.#other(`${name} ${keyOf(a.numbers, k)}`), 0),
    )
  }

  /** aᵇ; `floats` are the exponents as floats: whole ones are powers. */
  pow(a: ExactArray, b: ExactArray, floats: (k: number) => number): ExactArray {
    let most = 1
    const y = this.#mapped('pow', a, (out, k) => {
      const x = floats(k)
      const value = fieldOf(1)
      setNumber(value, 0, x)
      const isKnown = Math.abs(x) <= MOST && isEqual(value, 0, b.numbers, k)
      if (isKnown && Number.isInteger(2 * x)) {
        most = Math.max(most, Math.abs(x))
        copyInto(out, k, this.#power(a.numbers, k, x), 0)
      } else copyInto(out, k, this.#anyPower(a.numbers, k, b.numbers, k), 0)
    })
    const degree = (most + 4) * Math.max(1, degreeOf(a))
    return { ...y, degree: ofQuotients(degree, sizeOf(a)) }
  }

  /** Tells that e to the power v is e. */
  noteExp(v: ExactArray, e: ExactArray): void {
    for (let k = 0; k < v.numbers.length / 3; k++)
      if (!this.knowsExp(v, k)) this.#exponentials.note(v.numbers, k, e.numbers, k, degreeOf(e))
  }

  knowsExp(v: ExactArray, k: number): boolean {
    return this.#exponentials.knows(v.numbers, k)
  }

  /** Whether a number was drawn as a logarithm. */
  isLogarithm(v: ExactArray, k: number): boolean {
    return this.#exponentials.isLogarithm(v.numbers, k)
  }

  #mapped(name: string, a: ExactArray, f: (out: Field, k: number) => void): ExactArray {
    this.#name = name
    this.degree = Math.max(this.degree, degreeOf(a))
    this.#exponentials.degree = 0
    const y = mapped(a, f)
    const { degree } = this.#exponentials
    return degree > 1 ? { ...y, degree: ofQuotients(degree, sizeOf(a)) } : y
  }

  #draw(): Field {
    this.count++
    this.names.add(this.#name)
    return this.#draws.elements(1)
  }

  /** The free number of a text. */
  #other(key: string): Field {
    const known = this.#others.get(key) ?? this.#draw()
    this.#others.set(key, known)
    return known
  }

  /** (2t, 1 − t²) / (1 + t²), a point of the circle. */
  #circleInto(out: Field, k: number, a: Field, i: number, isSine: boolean): void {
    const u = fieldOf(1)
    const isNegative = evenInto(u, a, i)
    const t = isZero(u, 0) ? u : this.#other(`circle ${keyOf(u, 0)}`)
    const [square, above, below] = [fieldOf(1), fieldOf(1), fieldOf(1)]
    mulInto(square, 0, t, 0, t, 0)
    addInto(below, 0, ONE, 0, square, 0)
    if (isSine) addInto(above, 0, t, 0, t, 0)
    else subInto(above, 0, ONE, 0, square, 0)
    copyInto(out, k, quotientOf(above, below), 0)
    if (isSine && isNegative) negInto(out, k, out, k)
  }

  #root(a: Field, i: number): Field {
    if (isZero(a, i) || isEqual(a, i, ONE, 0)) return elementOf(a, i)
    const key = `root ${keyOf(a, i)}`
    const known = this.#others.get(key)
    if (known !== undefined) return known
    const root = this.isRelated ? rootOf(a, i) : null
    if (root !== null) this.roots++
    else this.missing++
    if (root === null) return this.#other(key)
    this.#others.set(key, root)
    return root
  }

  /** a to a power that is a whole number, or one and a half. */
  #power(a: Field, i: number, n: number): Field {
    const whole = Math.floor(n)
    const y = powerOf(a, i, Math.abs(whole).toString(2))
    const out = whole < 0 ? inversesOf(y, 1) : y
    if (whole !== n) mulInto(out, 0, out, 0, this.#root(a, i), 0)
    return out
  }

  /** Powers whose exponents differ by a whole number are known of each other. */
  #anyPower(a: Field, i: number, b: Field, j: number): Field {
    const base = keyOf(a, i)
    const [step, exponent] = [fieldOf(1), fieldOf(1)]
    for (const n of [0, 1, -1, 2, -2, 3, -3, 4, -4]) {
      setNumber(step, 0, n)
      addInto(exponent, 0, b, j, step, 0)
      const known = this.#others.get(`power ${base} ${keyOf(exponent, 0)}`)
      if (known === undefined) continue
      const y = this.#power(a, i, -n)
      mulInto(y, 0, y, 0, known, 0)
      return y
    }
    return this.#other(`power ${base} ${keyOf(b, j)}`)
  }
}

const degreeOf = ({ degree }: ExactArray): number => totalOf(degree)
const sizeOf = ({ numbers }: ExactArray): number => numbers.length / 3

/** The free numbers of a shape. */
export const drawn = (shape: readonly number[], draws: Draws, n: number): ExactArray =>
  free(shape, draws.elements(n))
