// Makes terms of terms, and simplifies them as a person would: sums and products are flat, numbers
// stand in front, zeros vanish. It knows no tensors and no names.

import type { Shape } from '../tensor/index.ts'
import { sameShape } from '../tensor/internal.ts'
import { folded, holds, OPPOSITE } from './numbers.ts'
import {
  type Attrs,
  broadcastShape,
  isNumber,
  numberOf,
  type Relation,
  type Term,
  type TermOp,
  Terms,
} from './term.ts'

export type Part = readonly [coef: number, term: Term]

const shapesOf = (terms: readonly Term[]): Shape[] => terms.map(({ shape }) => shape)

export class Algebra extends Terms {
  /** The term repeated to this shape, where it does not have it. */
  fit(term: Term, shape: Shape): Term {
    if (sameShape(term.shape, shape)) return term
    if (isNumber(term)) return this.number(numberOf(term), shape)
    if (term.op === 'expand') return this.fit(term.args[0], shape)
    return this.make('expand', [term], shape, {}, this.alongside([term], shape))
  }

  /** Arguments that an elementwise op repeats anyway, without saying so. */
  #bare(args: readonly Term[], shape: Shape): Term[] {
    const bare = [...args]
    bare.forEach((arg, i) => {
      if (arg.op !== 'expand') return
      const others = bare.with(i, arg.args[0])
      if (sameShape(broadcastShape(shapesOf(others)), shape)) bare[i] = arg.args[0]
    })
    return bare
  }

  /** The sum of terms, each times a number. */
  sum(parts: readonly Part[]): Term {
    const shape = broadcastShape(parts.map(([, { shape }]) => shape))
    const coefs = new Map<Term, number>()
    let constant = 0
    const add = (coef: number, term: Term): void => {
      if (term.op === 'add') {
        for (const [i, arg] of term.args.entries()) add(coef * (term.attrs.coefs?.[i] ?? 1), arg)
      } else if (isNumber(term)) constant += coef * numberOf(term)
      else {
        const [own, rest] = this.scaled(term)
        if (own !== 1) add(coef * own, rest)
        else coefs.set(term, (coefs.get(term) ?? 0) + coef)
      }
    }
    for (const [coef, term] of parts) add(coef, term)
    const kept = [...coefs].filter(([, coef]) => coef !== 0)
    if (kept.length === 0) return this.number(constant, shape)
    const terms = kept.map(([term]) => term)
    const factored = constant === 0 && kept.length === 2 ? this.#factored(kept) : null
    if (factored !== null) return this.fit(factored, shape)
    if (constant === 0 && terms.length === 1) {
      const [[only, coef]] = kept
      return this.fit(coef === 1 ? only : this.product([only], coef), shape)
    }
    const numbers = kept.map(([, coef]) => coef)
    if (constant !== 0) {
      const isFirst = numbers.every((coef) => coef < 0)
      terms.splice(isFirst ? 0 : terms.length, 0, this.number(constant))
      numbers.splice(isFirst ? 0 : numbers.length, 0, 1)
    } else {
      // What is added comes before what is subtracted.
      const first = numbers.findIndex((coef) => coef > 0)
      if (first > 0) {
        terms.unshift(...terms.splice(first, 1))
        numbers.unshift(...numbers.splice(first, 1))
      }
    }
    const own = broadcastShape(shapesOf(terms))
    const args = this.#bare(terms, own)
    const total = this.make('add', args, own, { coefs: numbers }, this.alongside(args, own))
    return this.fit(total, shape)
  }

  /** a − a ⊙ b as a ⊙ (1 − b), a ⊙ b + a ⊙ c as a ⊙ (b + c); null for other sums of two terms. */
  #factored(parts: readonly (readonly [term: Term, coef: number])[]): Term | null {
    const [[a, p], [b, q]] = parts
    const factors = [a, b].map((term) => (term.op === 'mul' ? term.args : [term]))
    const common = factors[0].filter((term) => factors[1].includes(term))
    if (common.length === 0 || !sameShape(a.shape, b.shape)) return null
    const [left, right] = factors.map((own) => own.filter((term) => !common.includes(term)))
    const isWhole = sameShape(this.product(common).shape, a.shape)
    const rest = (own: readonly Term[]): Term =>
      own.length === 0 ? this.number(1) : this.product(own)
    if (!isWhole) return null
    return this.product([
      ...common,
      this.sum([
        [p, rest(left)],
        [q, rest(right)],
      ]),
    ])
  }

  add(...terms: readonly Term[]): Term {
    return this.sum(terms.map((term) => [1, term]))
  }

  /** 1 − term */
  complement(term: Term): Term {
    return this.sum([
      [1, this.number(1)],
      [-1, term],
    ])
  }

  /** The product element by element, times a number. */
  product(factors: readonly Term[], coef = 1): Term {
    const shape = broadcastShape(shapesOf(factors))
    const powers = new Map<Term, number>()
    let number = coef
    const multiply = (term: Term): void => {
      if (isNumber(term)) number *= numberOf(term)
      else if (term.op === 'mul') {
        number *= term.attrs.coefs?.[0] ?? 1
        for (const factor of term.args) multiply(factor)
      } else if (term.op === 'pow' && isNumber(term.args[1]) && numberOf(term.args[1]) === 2)
        powers.set(term.args[0], (powers.get(term.args[0]) ?? 0) + 2)
      else powers.set(term, (powers.get(term) ?? 0) + 1)
    }
    for (const factor of factors) multiply(factor)
    if (number === 0 || powers.size === 0) return this.number(number, shape)
    const args = [...powers].map(([term, n]) => (n === 1 ? term : this.power(term, n)))
    const [only] = args
    if (args.length === 1 && number === 1) return this.fit(only, shape)
    if (args.length === 1 && number === -1 && only.op === 'add')
      return this.fit(this.sum([[-1, only]]), shape)
    const own = broadcastShape(shapesOf(args))
    const bare = this.#bare(args, own)
    const all = this.make('mul', bare, own, { coefs: [number] }, this.alongside(bare, own))
    return this.fit(all, shape)
  }

  mul(...factors: readonly Term[]): Term {
    return this.product(factors)
  }

  /** The number before a product, and the product without it. */
  protected scaled(term: Term): Part {
    const coef = term.op === 'mul' ? (term.attrs.coefs?.[0] ?? 1) : 1
    return [coef, coef === 1 ? term : this.product(term.args)]
  }

  /** 1 / term */
  inverse(term: Term): Term {
    if (term.op === 'inverse') return term.args[0]
    if (isNumber(term)) return this.number(1 / numberOf(term), term.shape)
    const [coef, rest] = this.scaled(term)
    // Of a power of 2 the inverse is exact.
    if (coef !== 1 && Number.isInteger(Math.log2(Math.abs(coef))))
      return this.product([this.inverse(rest)], 1 / coef)
    const { shape, dims } = term
    return this.make('inverse', [term], shape, {}, (i) => dims[i])
  }

  /** a / b; x / 3 stays as it is, since 1 / 3 has no end. */
  divided(a: Term, b: Term): Term {
    if (isNumber(a) || !isNumber(b) || isNumber(b, 1)) return this.mul(a, this.inverse(b))
    const shape = broadcastShape(shapesOf([a, b]))
    const third = this.make('inverse', [this.number(numberOf(b))], [], {}, () => undefined)
    return this.fit(this.mul(a, third), shape)
  }

  power(base: Term, exponent: number | Term): Term {
    const by = typeof exponent === 'number' ? this.number(exponent) : exponent
    const shape = broadcastShape(shapesOf([base, by]))
    if (isNumber(by, 1)) return this.fit(base, shape)
    if (isNumber(by, 0)) return this.number(1, shape)
    if (isNumber(base) && isNumber(by)) return this.number(numberOf(base) ** numberOf(by), shape)
    const [coef, rest] = this.scaled(base)
    if (coef !== 1 && isNumber(by) && Number.isInteger(numberOf(by)))
      return this.product([this.power(rest, by)], coef ** numberOf(by))
    if (isNumber(by, -1)) return this.fit(this.inverse(base), shape)
    return this.#fitted('pow', [base, by], shape, {})
  }

  /** An op of numbers without shapes and of terms, repeated to its shape. */
  #fitted(op: TermOp, given: readonly Term[], shape: Shape, attrs: Attrs): Term {
    const args = given.map((arg) => (isNumber(arg) ? this.number(numberOf(arg)) : arg))
    const own = broadcastShape(shapesOf(args))
    return this.fit(this.make(op, args, own, attrs, this.alongside(args, own)), shape)
  }

  /** A function of each element. */
  fn(name: string, x: Term): Term {
    const value = isNumber(x) ? folded(name, numberOf(x)) : undefined
    if (value !== undefined) return this.number(value, x.shape)
    return this.make('fn', [x], x.shape, { fn: name }, (i) => x.dims[i])
  }

  /** 1 where the relation holds, else 0. */
  compare(relation: Relation, a: Term, b: Term): Term {
    const shape = broadcastShape(shapesOf([a, b]))
    const value = holds(
      relation,
      isNumber(a) ? numberOf(a) : null,
      isNumber(b) ? numberOf(b) : null,
    )
    if (value !== null) return this.number(value, shape)
    return this.#fitted('compare', this.#bare([a, b], shape), shape, { relation })
  }

  /** a where the condition is 1, b where it is 0. */
  choose(condition: Term, a: Term, b: Term): Term {
    const shape = broadcastShape(shapesOf([condition, a, b]))
    if (isNumber(condition)) return this.fit(numberOf(condition) === 0 ? b : a, shape)
    if (a === b || (isNumber(a) && isNumber(b, numberOf(a)))) return this.fit(a, shape)
    const { op, attrs, args } = condition
    const other =
      op === 'compare'
        ? this.compare(OPPOSITE[attrs.relation as Relation], args[0], args[1])
        : this.complement(condition)
    return this.fit(this.add(this.mul(condition, a), this.mul(other, b)), shape)
  }
}
