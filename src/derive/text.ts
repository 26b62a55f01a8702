// Writes terms in a notation. It simplifies nothing.

import { sameShape } from '../tensor/internal.ts'
import type { Dim } from './dim.ts'
import { type Notation, TEXT } from './notation.ts'
import { isPart } from './select.ts'
import { isNumber, numberOf, type Term } from './term.ts'

/** How tightly parts of an expression hold together; a looser part stands in brackets. */
const [SUM, PRODUCT, CHAIN, POWER, ATOM] = [0, 1, 2, 3, 4]

/** The name of a symbol, or of a part of one. */
export type NameOf = (term: Term) => string

/** Whether a term is one place of another along an axis, without the axis. */
const isPlace = ({ op, args: [x], shape }: Term): boolean =>
  op === 'reshape' &&
  x.op === 'slice' &&
  !isPart(x) &&
  x.shape[x.attrs.axis ?? 0] === 1 &&
  sameShape(x.shape.toSpliced(x.attrs.axis ?? 0, 1), shape)

/** The axes of a part of joined ones: a number has none of its own. */
const dimsBeside = ({ dims, attrs }: Term, part: Term): readonly Dim[] =>
  part.dims.map((dim, i) => (i === attrs.axis ? dim : dims[i]))

export class Writer {
  readonly #notation: Notation
  readonly #nameOf: NameOf

  constructor(notation: Notation, nameOf: NameOf) {
    this.#notation = notation
    this.#nameOf = nameOf
  }

  write(term: Term, outer = SUM): string {
    const [text, own] = this.#written(term)
    return own < outer ? this.#notation.brackets(text) : text
  }

  /** The text, and how tightly it holds together. */
  #written(term: Term): readonly [string, number] {
    const { op, args, attrs, shape } = term
    const n = this.#notation
    const [x] = args
    if (op === 'leaf' || op === 'ref' || isPart(term)) return [n.name(this.#nameOf(term)), ATOM]
    switch (op) {
      case 'number': {
        const text = n.number(numberOf(term))
        return [text, numberOf(term) < 0 ? SUM : ATOM]
      }
      case 'size':
        return [n.name(String(term.of)), ATOM]
      case 'add':
        return [this.#sum(term), SUM]
      case 'mul':
        return this.#product(term)
      case 'inverse':
        return [n.over(n.number(1), this.write(x, POWER)), PRODUCT]
      case 'pow':
        return [this.#power(x, args[1]), POWER]
      case 'fn':
        return [n.call(attrs.fn ?? '', [this.write(x)]), ATOM]
      case 'compare':
        return [n.test(args.map((a) => this.write(a)).join(n.relation(attrs.relation ?? ''))), ATOM]
      case 'matmul':
        return [args.map((arg) => this.#factor(arg)).join(n.beside), CHAIN]
      case 't':
        return [n.transposed(this.write(x, ATOM)), POWER]
      case 'reduce':
        return this.#reduction(term)
      case 'slice':
        return [n.part(this.write(x, ATOM), this.#range(term)), ATOM]
      case 'reshape':
        if (!isPlace(term)) break
        return [n.part(this.write(x.args[0], ATOM), this.#range(x, true)), ATOM]
      case 'cat': {
        const rank = shape.length
        const isRow = attrs.axis === rank - 1
        if (!isRow && !(rank === 2 && attrs.axis === 0)) break
        return [
          n.joined(
            args.map((arg) => this.argument(arg, dimsBeside(term, arg))),
            isRow,
          ),
          ATOM,
        ]
      }
    }
    return [this.#call(term), ATOM]
  }

  #factor(term: Term): string {
    return isNumber(term) ? this.#full(term, term.dims) : this.write(term, POWER)
  }

  /** A number that stands for many has its shape with it. */
  argument(term: Term, dims = term.dims): string {
    return isNumber(term) && term.shape.length > 0 ? this.#full(term, dims) : this.write(term)
  }

  #full({ attrs }: Term, dims: readonly Dim[]): string {
    const n = this.#notation
    return n.call('full', [n.number(attrs.value ?? 0), ...this.#sizes(dims)])
  }

  /** The lengths of axes; neighbouring ones that are one axis are multiplied. */
  #sizes(dims: readonly Dim[]): string[] {
    const n = this.#notation
    return dims.map((dim) => String(dim).split(' ').map(n.name).join(n.beside))
  }

  #sum({ args, attrs }: Term): string {
    const n = this.#notation
    return args.reduce((text, arg, i) => {
      const coef = attrs.coefs?.[i] ?? 1
      const isNegative = coef < 0 || (isNumber(arg) && numberOf(arg) < 0)
      const size = Math.abs(coef)
      const number = isNumber(arg) ? n.number(Math.abs(numberOf(arg))) : null
      const own = number ?? this.#scaled(arg, size)
      if (i === 0) return (isNegative ? n.minus : '') + own
      return `${text} ${isNegative ? n.minus : '+'} ${own}`
    }, '')
  }

  #scaled(arg: Term, coef: number): string {
    const n = this.#notation
    if (coef === 1) return this.write(arg, PRODUCT)
    const isSum = arg.op === 'reduce' && arg.attrs.fn === 'sum'
    return n.number(coef) + n.beside + this.write(arg, isSum ? CHAIN : PRODUCT)
  }

  #product({ args, attrs }: Term): readonly [string, number] {
    const n = this.#notation
    const coef = attrs.coefs?.[0] ?? 1
    const above = args.filter(({ op }) => op !== 'inverse')
    const below = args.filter(({ op }) => op === 'inverse')
    const size = Math.abs(coef)
    const isAlone = args.length === 1
    const factors = above.map((arg) => this.write(arg, isAlone && size === 1 ? PRODUCT : CHAIN))
    const number = size === 1 && above.length > 0 ? '' : n.number(size)
    const front = number + (number !== '' && above.length > 0 ? n.beside : '')
    const start = front + factors.join(n.times)
    const text = below.reduce((left, { args: [x] }) => n.over(left, this.write(x, POWER)), start)
    return coef < 0 ? [n.minus + text, SUM] : [text, PRODUCT]
  }

  #power(base: Term, exponent: Term): string {
    const n = this.#notation
    const isPlain = isNumber(exponent) && numberOf(exponent) >= 0
    const by = isPlain ? n.number(numberOf(exponent)) : n.brackets(this.write(exponent))
    // tanh²(x), as it is spoken.
    if (base.op === 'fn' && base.attrs.fn !== 'stop' && (by === '2' || by === '3')) {
      const inside = n.call(base.attrs.fn ?? '', [this.write(base.args[0])])
      const at = inside.search(n === TEXT ? /\(/u : /\\left\(/u)
      return n.power(inside.slice(0, at), by) + inside.slice(at)
    }
    return n.power(this.write(base, ATOM), by)
  }

  #reduction(term: Term): readonly [string, number] {
    const n = this.#notation
    const { args, attrs } = term
    const [x] = args
    const axes = attrs.axes ?? []
    const rank = x.shape.length
    const isOne = rank > 1 && axes.length === 1
    const isRows = isOne && axes[0] === 0 && !attrs.keep && /^N\b/.test(String(x.dims[0]))
    const isRow = isOne && axes[0] === rank - 1 && attrs.keep
    const isAll = axes.length === rank && !attrs.keep
    if (attrs.fn === 'sum' && (isRows || isRow || isAll)) {
      const index = isAll ? '' : isRow ? 'ⱼ' : 'ₙ'
      return [`${n.sum(index)} ${this.write(x, PRODUCT)}`, PRODUCT]
    }
    const over = axes.join(', ')
    return [
      n.call(attrs.fn ?? '', [
        this.write(x),
        n.word(`axes ${over}`),
        ...(attrs.keep ? [n.word('keep')] : []),
      ]),
      ATOM,
    ]
  }

  /** `:, H:2H`, or of one place without its axis `:, 2` */
  #range({ attrs, shape, dims, args: [x] }: Term, isPlace = false): string {
    const axis = attrs.axis ?? 0
    const [from, to, step] = attrs.range ?? [0, 0, 1]
    const unit = String(dims[axis])
    const isEven = shape[axis] > 1 && /^[A-Z]$/u.test(unit)
    const place = (at: number): string => {
      const times = at / shape[axis]
      if (at === 0 || !isEven || !Number.isInteger(times)) return String(at)
      return `${times === 1 ? '' : times}${unit}`
    }
    const end = `:${place(to)}${step === 1 ? '' : `:${step}`}`
    const range = `${place(from)}${isPlace ? '' : end}`
    return x.shape.map((_, i) => (i === axis ? range : ':')).join(', ')
  }

  #call(term: Term): string {
    const { op, args, attrs, dims } = term
    const n = this.#notation
    const beside = (arg: Term) => (op === 'cat' ? dimsBeside(term, arg) : arg.dims)
    const written = args.map((arg) => this.argument(arg, beside(arg)))
    const sizes = this.#sizes(dims)
    if (op === 'expand') return n.call('broadcast', [...written, ...sizes])
    if (op === 'reshape') return n.call('reshape', [...written, ...sizes])
    if (op === 'permute' || op === 'flip')
      return n.call(op, [...written, n.word(`axes ${attrs.axes?.join(', ')}`)])
    if (op === 'cat' || op === 'stack')
      return n.call(op, [...written, n.word(`axis ${attrs.axis}`)])
    const params = (attrs.params ?? []).map((param) =>
      typeof param === 'number' ? n.number(param) : n.list(param.map(n.number)),
    )
    return n.call(attrs.fn ?? '', [...written, ...params])
  }
}
