// Functions that are no polynomials, as free numbers: one at random for each different argument,
// and what is known between them. Their derivatives are those of ops/.

import { type ExactArray, free, mapped } from './array.ts'
import {
  addInto,
  copyInto,
  type Draws,
  type Field,
  fieldOf,
  inversesOf,
  isEqual,
  isOdd,
  isZero,
  keyOf,
  mulInto,
  negInto,
  powerOf,
  rootOf,
  setNumber,
} from './field.ts'

/** eᵘ or σ(u) of one u: whichever was asked for first is free, the other follows. */
interface Curve {
  readonly isSigmoid: boolean
  readonly value: Field
}

const one = fieldOf(1)
setNumber(one, 0, 1)
const half = fieldOf(1)
setNumber(half, 0, 0.5)
/** Larger exponents are taken for any real number. */
const MOST = 64

/**
 * One table of values for each examined point: the same argument gets the same number wherever it
 * occurs, in the function, its derivatives and the formula.
 *
 * Free numbers know less of each other than the true ones: what holds for them holds for these, but
 * not the other way round. `isRelated` tells more: eᵃ⁺ᵇ = eᵃ·eᵇ, and roots are roots where the field
 * has one.
 */
export class Generators {
  readonly isRelated: boolean
  /** How many free numbers were drawn. */
  count = 0
  /** The highest degree of an argument. */
  degree = 1
  /** How many roots are roots, and how many are not, for the field has none. */
  roots = 0
  missing = 0
  readonly #draws: Draws
  readonly #curves = new Map<string, Curve>()
  readonly #logs = new Map<string, Field>()
  /** The arguments of logarithms, by the logarithms. */
  readonly #logged = new Map<string, Field>()
  readonly #others = new Map<string, Field>()
  /** Whether the last array has quotients in it. */
  #hasQuotients = false

  constructor(draws: Draws, isRelated: boolean) {
    this.#draws = draws
    this.isRelated = isRelated
    this.#curves.set(keyOf(fieldOf(1), 0), { isSigmoid: false, value: one })
  }

  tanh(a: ExactArray): ExactArray {
    const u = fieldOf(1)
    return this.#mapped(a, (out, k) => {
      addInto(u, 0, a.numbers, k, a.numbers, k)
      this.#sigmoid(out, k, u, 0)
      addInto(out, k, out, k, out, k)
      minusInto(out, k, out, k, one, 0)
    })
  }

  sigmoid(a: ExactArray): ExactArray {
    return this.#mapped(a, (out, k) => this.#sigmoid(out, k, a.numbers, k))
  }

  exp(a: ExactArray): ExactArray {
    return this.#mapped(a, (out, k) => this.#exp(out, k, a.numbers, k))
  }

  log(a: ExactArray): ExactArray {
    return this.#mapped(a, (out, k) => this.#log(out, k, a.numbers, k))
  }

  sin(a: ExactArray): ExactArray {
    return this.#mapped(a, (out, k) => this.#circle(out, k, a.numbers, k, true))
  }

  cos(a: ExactArray): ExactArray {
    return this.#mapped(a, (out, k) => this.#circle(out, k, a.numbers, k, false))
  }

  sqrt(a: ExactArray): ExactArray {
    return this.#mapped(a, (out, k) => copyInto(out, k, this.#root(a.numbers, k), 0))
  }

  /** A function that nothing is known of. */
  named(name: string, a: ExactArray): ExactArray {
    return this.#mapped(a, (out, k) =>
      copyInto(out, k, this.#other(`${name} ${keyOf(a.numbers, k)}`), 0),
    )
  }

  /** aᵇ; `floats` are the exponents as floats: whole ones are powers. */
  pow(a: ExactArray, b: ExactArray, floats: (k: number) => number): ExactArray {
    let most = 1
    const y = this.#mapped(a, (out, k) => {
      const x = floats(k)
      const value = fieldOf(1)
      setNumber(value, 0, x)
      const isKnown = Math.abs(x) <= MOST && isEqual(value, 0, b.numbers, k)
      if (isKnown && Number.isInteger(2 * x)) {
        most = Math.max(most, Math.abs(x))
        copyInto(out, k, this.#power(a.numbers, k, x), 0)
      } else copyInto(out, k, this.#anyPower(a.numbers, k, b.numbers, k), 0)
    })
    const degree = (most + 3) * (a.above + a.below) + 1
    return { ...y, above: degree, below: degree }
  }

  /** Tells that e to the power v is e. */
  noteExp(v: ExactArray, e: ExactArray): void {
    for (let k = 0; k < v.numbers.length / 3; k++)
      if (!this.knowsExp(v, k)) this.#setExp(v.numbers, k, e.numbers, k)
  }

  knowsExp(v: ExactArray, k: number): boolean {
    const u = fieldOf(1)
    absInto(u, v.numbers, k)
    return this.#curves.has(keyOf(u, 0))
  }

  /** Whether a number is the logarithm of another. */
  isLogarithm(v: ExactArray, k: number): boolean {
    return this.#logged.has(keyOf(v.numbers, k))
  }

  #mapped(a: ExactArray, f: (out: Field, k: number) => void): ExactArray {
    this.degree = Math.max(this.degree, a.above + a.below)
    this.#hasQuotients = false
    const y = mapped(a, f)
    const power = this.isRelated ? 16 : 2
    return this.#hasQuotients ? { ...y, above: power, below: power } : y
  }

  #draw(): Field {
    this.count++
    return this.#draws.elements(1)
  }

  /** The free number of a text. */
  #other(key: string): Field {
    const known = this.#others.get(key) ?? this.#draw()
    this.#others.set(key, known)
    return known
  }

  /** Of an even u. */
  #curve(u: Field, isSigmoid: boolean): Curve {
    const key = keyOf(u, 0)
    if (!this.#curves.has(key)) {
      if (this.isRelated) this.#relate(u)
      else this.#curves.set(key, { isSigmoid, value: this.#draw() })
    }
    const known = this.#curves.get(key) as Curve
    if (known.isSigmoid !== isSigmoid || this.isRelated) this.#hasQuotients = true
    return known
  }

  /** eᵘ as the square of e to u / 2, where that is known, or else as a power of e to u / 8. */
  #relate(u: Field): void {
    const v = u.slice()
    mulInto(v, 0, v, 0, half, 0)
    const isKnown = this.#curves.has(keyOf(evenOf(v), 0))
    for (let i = 0; i < 2 && !isKnown; i++) mulInto(v, 0, v, 0, half, 0)
    const e = isKnown ? fieldOf(1) : this.#draw()
    if (isKnown) this.#exp(e, 0, v, 0)
    for (let i = isKnown ? 1 : 3; i > 0; i--) {
      if (!isKnown) this.#setExp(v, 0, e, 0)
      mulInto(e, 0, e, 0, e, 0)
      addInto(v, 0, v, 0, v, 0)
    }
    this.#setExp(v, 0, e, 0)
  }

  #sigmoid(out: Field, k: number, a: Field, i: number): void {
    const u = fieldOf(1)
    const isNegative = absInto(u, a, i)
    const { isSigmoid, value } = this.#curve(u, true)
    // e / (1 + e)
    const other = fieldOf(1)
    addInto(other, 0, one, 0, value, 0)
    copyInto(out, k, isSigmoid ? value : quotient(value, other), 0)
    if (isNegative) minusInto(out, k, one, 0, out, k)
  }

  #exp(out: Field, k: number, a: Field, i: number): void {
    const u = fieldOf(1)
    const isNegative = absInto(u, a, i)
    const { isSigmoid, value } = this.#curve(u, false)
    // σ / (1 − σ)
    const other = fieldOf(1)
    minusInto(other, 0, one, 0, value, 0)
    const e = isSigmoid ? quotient(value, other) : value
    if (isNegative) this.#hasQuotients = true
    copyInto(out, k, isNegative ? inversesOf(e, 1) : e, 0)
    if (!this.#logs.has(keyOf(out, k))) this.#logs.set(keyOf(out, k), a.slice(3 * i, 3 * i + 3))
  }

  #setExp(v: Field, k: number, e: Field, i: number): void {
    const u = fieldOf(1)
    const value = e.slice(3 * i, 3 * i + 3)
    const isNegative = absInto(u, v, k)
    this.#curves.set(keyOf(u, 0), {
      isSigmoid: false,
      value: isNegative ? inversesOf(value, 1) : value,
    })
    this.#logs.set(keyOf(value, 0), v.slice(3 * k, 3 * k + 3))
  }

  #log(out: Field, k: number, a: Field, i: number): void {
    const key = keyOf(a, i)
    const known = this.#logs.get(key)
    const value = known ?? (isEqual(a, i, one, 0) ? fieldOf(1) : this.#draw())
    copyInto(out, k, value, 0)
    if (known !== undefined) return
    this.#setExp(value, 0, a, i)
    this.#logged.set(keyOf(value, 0), a.slice(3 * i, 3 * i + 3))
  }

  /** (2t, 1 − t²) / (1 + t²), a point of the circle. */
  #circle(out: Field, k: number, a: Field, i: number, isSine: boolean): void {
    const u = fieldOf(1)
    const isNegative = absInto(u, a, i)
    const t = isZero(u, 0) ? u : this.#other(`circle ${keyOf(u, 0)}`)
    const [square, above, below] = [fieldOf(1), fieldOf(1), fieldOf(1)]
    mulInto(square, 0, t, 0, t, 0)
    addInto(below, 0, one, 0, square, 0)
    if (isSine) addInto(above, 0, t, 0, t, 0)
    else minusInto(above, 0, one, 0, square, 0)
    this.#hasQuotients = true
    copyInto(out, k, quotient(above, below), 0)
    if (isSine && isNegative) negInto(out, k, out, k)
  }

  #root(a: Field, i: number): Field {
    if (isZero(a, i) || isEqual(a, i, one, 0)) return a.slice(3 * i, 3 * i + 3)
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

/** The free numbers of a shape. */
export const drawn = (shape: readonly number[], draws: Draws, n: number): ExactArray =>
  free(shape, draws.elements(n))

function minusInto(out: Field, k: number, a: Field, i: number, b: Field, j: number): void {
  const negative = fieldOf(1)
  negInto(negative, 0, b, j)
  addInto(out, k, a, i, negative, 0)
}

/** out[0] ← ±a[i], the even one of both; true for −a[i]. */
function absInto(out: Field, a: Field, i: number): boolean {
  const isNegative = isOdd(a, i)
  if (isNegative) negInto(out, 0, a, i)
  else copyInto(out, 0, a, i)
  return isNegative
}

function evenOf(a: Field): Field {
  const out = fieldOf(1)
  absInto(out, a, 0)
  return out
}

function quotient(a: Field, b: Field): Field {
  const out = inversesOf(b, 1)
  mulInto(out, 0, out, 0, a, 0)
  return out
}
