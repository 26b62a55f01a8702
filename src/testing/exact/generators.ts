// Functions that are no polynomials, as free numbers: one at random for each different argument,
// and what is known between them. Their derivatives are those of ops/.

import { multipleOf, type Point, pointOf, turned } from './angles.ts'
import { broadcast, type ExactArray, free, mapped } from './array.ts'
import { Combinations, type Term } from './combinations.ts'
import { ofQuotients, totalOf } from './degree.ts'
import { Exponentials, type Relations } from './exponentials.ts'
import {
  addInto,
  copyInto,
  type Draws,
  elementOf,
  evenInto,
  type Field,
  fieldOf,
  isEqual,
  isZero,
  keyOf,
  mulInto,
  negInto,
  ONE,
  rootOf,
  setNumber,
  subInto,
} from './field.ts'
import { powerBy, Sizes } from './roots.ts'

/** Larger exponents are taken for any real number. */
const MOST = 64

/**
 * One table of values for each examined point: the same argument gets the same number wherever it
 * occurs, in the function, its derivatives and the formula.
 *
 * Free numbers know less of each other than the true ones: what holds for them holds for these, but
 * not the other way round. `isRelated` tells more: eᵃ⁺ᵇ = eᵃ·eᵇ, log ab = log a + log b, the angle
 * sums of sin and cos, aᵇ = e to b·log a, and roots are roots where the field has one.
 */
export class Generators implements Relations {
  readonly isRelated: boolean
  /** What numbers are made of; told where `isRelated`. */
  readonly sums = new Combinations(true)
  readonly products = new Combinations(false)
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
  /** The highest multiple of an angle. */
  #turns = 1
  readonly sizes: Sizes
  readonly #draws: Draws
  readonly #others = new Map<string, Field>()
  readonly #exponentials: Exponentials

  /** `sizes` are those that an evaluation at the same point has noted; more are added to them. */
  constructor(draws: Draws, isRelated: boolean, sizes = new Sizes()) {
    this.#draws = draws
    this.sizes = sizes
    this.isRelated = isRelated
    this.#exponentials = new Exponentials(() => this.#draw(), this)
  }

  /** How many pairs of numbers could be equal at this point by chance. */
  get pairs(): number {
    return (
      (this.count * (this.count - 1)) / 2 + 2 * this.#exponentials.searched + this.sizes.searched
    )
  }

  tanh(a: ExactArray): ExactArray {
    const u = fieldOf(1)
    return this.#mapped('tanh', a, (out, k) => {
      addInto(u, 0, a.numbers, k, a.numbers, k)
      if (this.isRelated) this.sums.note(u, 0, [{ value: elementOf(a.numbers, k), times: 2 }])
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
    return this.#circle(a, true)
  }

  cos(a: ExactArray): ExactArray {
    return this.#circle(a, false)
  }

  sqrt(a: ExactArray): ExactArray {
    return this.#mapped('sqrt', a, (out, k) =>
      copyInto(out, k, this.rootOf(elementOf(a.numbers, k)), 0),
    )
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
    const own = Math.max(1, degreeOf(a)) + degreeOf(b)
    const y = this.#mapped('pow', a, (out, k) => {
      const x = floats(k)
      const value = fieldOf(1)
      setNumber(value, 0, x)
      const isKnown = Math.abs(x) <= MOST && isEqual(value, 0, b.numbers, k)
      if (isKnown && Number.isInteger((this.isRelated ? 8 : 2) * x)) {
        most = Math.max(most, Math.abs(x))
        copyInto(out, k, this.#power(a.numbers, k, x), 0)
      } else copyInto(out, k, this.#anyPower(a.numbers, k, b.numbers, k, own), 0)
    })
    const degree = (most + 4) * Math.max(1, degreeOf(a))
    return { ...y, degree: ofQuotients(degree, sizeOf(a)) }
  }

  /** Tells that e to the power v is e. */
  noteExp(v: ExactArray, e: ExactArray): void {
    for (let k = 0; k < v.numbers.length / 3; k++)
      if (!this.knowsExp(v, k)) this.#exponentials.note(v.numbers, k, e.numbers, k, degreeOf(e))
  }

  /** Tells that y are the quotients a / b. */
  noteQuotients(y: ExactArray, a: ExactArray, b: ExactArray): void {
    if (!this.isRelated) return
    const below = broadcast(b, y.shape).numbers
    for (let k = 0; k < sizeOf(y); k++)
      this.products.note(y.numbers, k, [
        { value: elementOf(a.numbers, k), times: 1 },
        { value: elementOf(below, k), times: -1 },
      ])
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

  #circle(a: ExactArray, isSine: boolean): ExactArray {
    this.#turns = 1
    const y = this.#mapped('sin, cos', a, (out, k) =>
      this.#circleInto(out, k, a.numbers, k, isSine),
    )
    return { ...y, degree: ofQuotients(2 * this.#turns, sizeOf(a)) }
  }

  /** The free number of a text. */
  #other(key: string): Field {
    const known = this.#others.get(key) ?? this.#draw()
    this.#others.set(key, known)
    return known
  }

  #circleInto(out: Field, k: number, a: Field, i: number, isSine: boolean): void {
    const u = fieldOf(1)
    const isNegative = evenInto(u, a, i)
    const terms = this.isRelated && !isZero(u, 0) ? this.sums.of(u, 0) : [{ value: u, times: 1 }]
    const turns = terms.reduce((n, { times }) => n + Math.abs(8 * times), 0)
    this.#turns = Math.max(this.#turns, this.isRelated ? turns : 1)
    const { cos, sin } = terms.map((term) => this.#arc(term)).reduce(turned)
    copyInto(out, k, isSine ? sin : cos, 0)
    if (isSine && isNegative) negInto(out, k, out, k)
  }

  /** The point at a multiple of an angle: with relations by its eighth. */
  #arc({ value, times }: Term): Point {
    if (isZero(value, 0)) return { cos: ONE, sin: value }
    const point = pointOf(this.#other(`circle ${keyOf(value, 0)}`))
    if (!this.isRelated) return point
    return multipleOf(point, 8 * times)
  }

  /** A root; with relations that of a known square, or by those of its factors: √x² is |x|. */
  rootOf(a: Field): Field {
    if (isZero(a, 0) || isEqual(a, 0, ONE, 0)) return a
    const size = this.isRelated ? this.sizes.rootOf(a) : null
    if (size !== null) return size
    const terms = this.isRelated ? this.products.of(a, 0) : []
    if (terms.length === 0 || terms.some(({ times }) => !Number.isInteger(times)))
      return this.#rootOfOne(a)
    const out = ONE.slice()
    for (const { value, times } of terms) {
      const power = this.#power(value, 0, Math.floor(times / 2))
      mulInto(out, 0, out, 0, power, 0)
      if (times % 2 !== 0) mulInto(out, 0, out, 0, this.#rootOfOne(value), 0)
    }
    return out
  }

  #rootOfOne(a: Field): Field {
    const key = `root ${keyOf(a, 0)}`
    const known = this.#others.get(key)
    if (known !== undefined) return known
    const half = this.isRelated ? this.#exponentials.rootOf(a) : null
    if (half !== null) return half
    const root = this.isRelated ? rootOf(a, 0) : null
    if (root === null) {
      this.missing++
      return this.#other(key)
    }
    // Its sign is chosen: that of other numbers of which it is the size may be the opposite one.
    this.roots++
    this.names.add('sqrt')
    this.#others.set(key, root)
    return root
  }

  #power(a: Field, i: number, n: number): Field {
    return powerBy(a, i, n, (root) => this.rootOf(root))
  }

  /**
   * Powers whose exponents differ by a whole number are known of each other. `degree` is that of
   * base and exponent together.
   */
  #anyPower(a: Field, i: number, b: Field, j: number, degree: number): Field {
    const base = keyOf(a, i)
    const [step, exponent] = [fieldOf(1), fieldOf(1)]
    for (const n of [0, 1, -1, 2, -2, 3, -3, 4, -4]) {
      setNumber(step, 0, n)
      addInto(exponent, 0, b, j, step, 0)
      const known = this.#others.get(`power ${base} ${keyOf(exponent, 0)}`)
      if (known === undefined) continue
      const y = this.#power(a, i, -n)
      mulInto(y, 0, y, 0, known, 0)
      return this.isRelated ? this.#exponential(a, i, b, j, degree, y) : y
    }
    const key = `power ${base} ${keyOf(b, j)}`
    if (!this.isRelated) return this.#other(key)
    this.#others.set(key, this.#exponential(a, i, b, j, degree))
    return this.#other(key)
  }

  /** e to b·log a, which is y where that is given. */
  #exponential(a: Field, i: number, b: Field, j: number, degree: number, y?: Field): Field {
    const [u, e] = [fieldOf(1), fieldOf(1)]
    this.#exponentials.logInto(u, 0, a, i, degree)
    mulInto(u, 0, u, 0, b, j)
    if (y !== undefined && !this.#exponentials.knows(u, 0))
      this.#exponentials.note(u, 0, y, 0, 5 * degree) // a⁻⁴ and a free number at most
    this.#exponentials.expInto(e, 0, u, 0, 2 * degree)
    return e
  }
}

const degreeOf = ({ degree }: ExactArray): number => totalOf(degree)
const sizeOf = ({ numbers }: ExactArray): number => numbers.length / 3

/** The free numbers of a shape. */
export const drawn = (shape: readonly number[], draws: Draws, n: number): ExactArray =>
  free(shape, draws.elements(n))
