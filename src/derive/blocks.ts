// Parts of tensors: those of a packed weight are found behind every op, so that each gate has
// equations of its own, and what is joined again is taken apart.

import type { Shape } from '../tensor/index.ts'
import type { Part } from './algebra.ts'
import { Dim } from './dim.ts'
import { Matrices } from './matrices.ts'
import { behind, broadcastShape, isNumber, numberOf, type Relation, type Term } from './term.ts'

const ELEMENTWISE: readonly string[] = ['add', 'mul', 'inverse', 'pow', 'fn', 'compare']
const shapesOf = (terms: readonly Term[]): Shape[] => terms.map(({ shape }) => shape)

/** The axis of an argument that becomes this axis of a result of that rank; −1 for none. */
const axisIn = (arg: Term, axis: number, rank: number): number => axis - rank + arg.shape.length

export abstract class Blocks extends Matrices {
  /** Terms that stay whole, since something in them is summed along their rows. */
  readonly whole = new Set<Term>()
  /** Whether all calls are taken over: what has a name by now is no longer taken apart. */
  isTraced = false

  /** Every `step`-th element along an axis, from `from` to before `to`. */
  slice(x: Term, axis: number, from: number, to: number, step = 1): Term {
    if (from === 0 && to === x.shape[axis] && step === 1) return x
    const pushed = step === 1 ? this.#part(x, axis, from, to) : null
    if (pushed !== null) return pushed
    this.#keepWhole(x)
    return this.#slice(x, axis, from, to, step)
  }

  #keepWhole(x: Term): void {
    if (x.op === 'ref') this.whole.add(x)
  }

  #slice(x: Term, axis: number, from: number, to: number, step: number): Term {
    const shape = x.shape.with(axis, Math.max(0, Math.ceil((to - from) / step)))
    const cut = new Dim(shape[axis])
    const attrs = { axis, range: [from, to, step] as const }
    const term = this.make('slice', [x], shape, attrs, (i) => (i === axis ? cut : x.dims[i]))
    if (step === 1 && from % shape[axis] === 0) x.dims[axis].cutInto(term.dims[axis])
    return term
  }

  /** How many axes a term has as rows; 0 for none. */
  protected abstract leadOf(x: Term): number

  /** The part of a term as a term of parts; null where it is not made of parts. */
  #part(x: Term, axis: number, from: number, to: number): Term | null {
    const { op, args, shape } = x
    const rank = shape.length
    if (from === 0 && to === shape[axis]) return x
    if (isNumber(x)) return this.number(numberOf(x), shape.with(axis, to - from))
    if (op === 'leaf') return this.#slice(x, axis, from, to, 1)
    if (op === 'ref') return this.#isWhole(x) ? null : this.#part(args[0], axis, from, to)
    if (op === 'slice') {
      const [start, , step] = x.attrs.range ?? [0, 0, 1]
      if (x.attrs.axis === axis && step === 1 && args[0].op === 'leaf')
        return this.#slice(args[0], axis, start + from, start + to, 1)
      return null
    }
    if (op === 'cat' && x.attrs.axis === axis) return this.#partOfJoined(x, axis, from, to)
    if (ELEMENTWISE.includes(op)) {
      const parts = args.map((arg) => this.#along(arg, axisIn(arg, axis, rank), from, to))
      return parts.includes(null) ? null : this.remade(x, parts as Term[])
    }
    if (op === 'expand') {
      const own = axisIn(args[0], axis, rank)
      const part =
        own < 0 || args[0].shape[own] === 1 ? args[0] : this.#part(args[0], own, from, to)
      return part && this.fit(part, shape.with(axis, to - from))
    }
    if (op === 't' && axis >= rank - 2) {
      const part = this.#part(args[0], axis === rank - 1 ? rank - 2 : rank - 1, from, to)
      return part && this.transpose(part)
    }
    const lead = axis === 0 ? 0 : this.leadOf(x)
    if (lead > 0) {
      const part = this.#part(args[0], axis + lead - 1, from, to)
      return part && this.reshape(part, shape.with(axis, to - from))
    }
    if (op === 'matmul' && (rank === 2 || axis === rank - 1)) {
      const at = axis === rank - 1 ? args.length - 1 : 0
      const part = this.#part(args[at], axis - rank + args[at].shape.length, from, to)
      return part && args.with(at, part).reduce((a, b) => this.matmul(a, b))
    }
    return null
  }

  #isWhole(ref: Term): boolean {
    return this.isTraced || this.whole.has(ref) || (ref.symbol?.label ?? null) !== null
  }

  #partOfJoined(x: Term, axis: number, from: number, to: number): Term | null {
    const parts: Term[] = []
    let at = 0
    for (const arg of x.args) {
      const n = arg.shape[axis]
      const [start, end] = [Math.max(from - at, 0), Math.min(to - at, n)]
      if (start < end) {
        const part = this.#part(arg, axis, start, end)
        if (part === null) return null
        parts.push(part)
      }
      at += n
    }
    return this.cat(parts, axis)
  }

  /** The part of an operand that may be repeated along the axis. */
  #along(arg: Term, axis: number, from: number, to: number): Term | null {
    if (axis < 0) return arg
    // What was summed over the row belongs to all of it: then the row stays whole.
    if (arg.shape[axis] === 1) return behind(arg).op === 'leaf' ? arg : null
    return this.#part(arg, axis, from, to)
  }

  /** Tensors side by side along an axis. */
  cat(given: readonly Term[], axis: number): Term {
    const parts: Term[] = []
    for (const part of given.flatMap((x) =>
      x.op === 'cat' && x.attrs.axis === axis ? x.args : [x],
    )) {
      const last = parts.at(-1)
      const joined = last === undefined ? null : this.#joined(last, part, axis)
      if (part.shape[axis] === 0) continue
      if (joined === null) parts.push(part)
      else parts[parts.length - 1] = joined
    }
    if (parts.length === 0) return given[0]
    if (parts.length === 1) return parts[0]
    const [first] = parts
    const total = parts.reduce((n, { shape }) => n + shape[axis], 0)
    const whole = new Dim(total)
    const others = this.alongside(
      parts.filter((part) => !isNumber(part)),
      first.shape.with(axis, -1),
    )
    const shape = first.shape.with(axis, total)
    const term = this.make('cat', parts, shape, { axis }, (i) => (i === axis ? whole : others(i)))
    const unit = parts.find((part) => !isNumber(part))?.dims[axis]
    if (unit !== undefined && parts.every((part) => part.shape[axis] % unit.size === 0))
      term.dims[axis].cutInto(unit)
    return term
  }

  /** Two neighbours as one, where they are equal numbers or parts of one tensor. */
  #joined(a: Term, b: Term, axis: number): Term | null {
    const size = a.shape[axis] + b.shape[axis]
    if (isNumber(a) && isNumber(b, numberOf(a)))
      return this.number(numberOf(a), a.shape.with(axis, size))
    if (a.op !== 'slice' || b.op !== 'slice' || a.args[0] !== b.args[0]) return null
    const [from, to, step] = a.attrs.range ?? [0, 0, 0]
    const [start, end, other] = b.attrs.range ?? [0, 0, 0]
    if (a.attrs.axis !== axis || b.attrs.axis !== axis || to !== start || step + other !== 2)
      return null
    return this.slice(a.args[0], axis, from, end)
  }

  /** An elementwise op on the parts of joined arguments; null where that cannot be. */
  protected apart(args: readonly Term[], build: (parts: readonly Term[]) => Term): Term | null {
    const joined = args.find(({ op }) => op === 'cat')
    if (joined === undefined) return null
    const shape = broadcastShape(shapesOf(args))
    const rank = shape.length
    const axis = (joined.attrs.axis ?? 0) + rank - joined.shape.length
    const cuts = new Set<number>([0])
    for (const arg of args) {
      if (arg.op !== 'cat' || axisIn(arg, axis, rank) !== arg.attrs.axis) continue
      arg.args.reduce((at, part) => {
        const end = at + part.shape[arg.attrs.axis ?? 0]
        cuts.add(end)
        return end
      }, 0)
    }
    const bounds = [...cuts].sort((a, b) => a - b)
    if (bounds.at(-1) !== shape[axis]) return null
    const parts: Term[] = []
    for (let k = 1; k < bounds.length; k++) {
      const own = args.map((arg) => {
        const at = axisIn(arg, axis, rank)
        if (at < 0 || arg.shape[at] === 1) return arg
        return this.#part(arg, at, bounds[k - 1], bounds[k])
      })
      if (own.includes(null)) return null
      const size = shape.with(axis, bounds[k] - bounds[k - 1])
      parts.push(this.fit(build(own as Term[]), size))
    }
    return this.cat(parts, axis)
  }

  override sum(parts: readonly Part[]): Term {
    const terms = parts.map(([, term]) => term)
    return (
      this.apart(terms, (own) => this.sum(own.map((term, i) => [parts[i][0], term]))) ??
      super.sum(parts)
    )
  }

  override product(factors: readonly Term[], coef = 1): Term {
    return this.apart(factors, (own) => this.product(own, coef)) ?? super.product(factors, coef)
  }

  override inverse(term: Term): Term {
    return this.apart([term], ([own]) => this.inverse(own)) ?? super.inverse(term)
  }

  override fn(name: string, x: Term): Term {
    return this.apart([x], ([own]) => this.fn(name, own)) ?? super.fn(name, x)
  }

  override compare(relation: Relation, a: Term, b: Term): Term {
    return (
      this.apart([a, b], ([x, y]) => this.compare(relation, x, y)) ?? super.compare(relation, a, b)
    )
  }

  override power(base: Term, exponent: number | Term): Term {
    const by = typeof exponent === 'number' ? this.number(exponent) : exponent
    return this.apart([base, by], ([x, y]) => this.power(x, y)) ?? super.power(base, by)
  }

  override matmul(a: Term, b: Term): Term {
    const rank = a.shape.length
    if (a.op === 'cat' && a.attrs.axis === rank - 2)
      return this.cat(
        a.args.map((part) => this.matmul(part, b)),
        rank - 2,
      )
    if (b.op === 'cat' && b.attrs.axis === b.shape.length - 1)
      return this.cat(
        b.args.map((part) => this.matmul(a, part)),
        rank - 1,
      )
    const inner = rank === 2 && b.shape.length === 2 ? this.#inner(a, b) : null
    return inner ?? super.matmul(a, b)
  }

  /** The sum of the products of parts, where one operand is joined along the inner axis. */
  #inner(a: Term, b: Term): Term | null {
    const joined = a.op === 'cat' ? a : b.op === 'cat' ? b : null
    if (joined === null) return null
    let at = 0
    const products: Term[] = []
    for (const part of joined.args) {
      const [from, to] = [at, at + part.shape[joined.attrs.axis ?? 0]]
      at = to
      const other = joined === a ? this.#part(b, 0, from, to) : this.#part(a, 1, from, to)
      if (other === null) return null
      products.push(joined === a ? this.matmul(part, other) : this.matmul(other, part))
    }
    return this.add(...products)
  }

  override transpose(x: Term): Term {
    const axis = x.attrs.axis ?? 0
    const rank = x.shape.length
    if (x.op !== 'cat' || axis < rank - 2) return super.transpose(x)
    return this.cat(
      x.args.map((part) => this.transpose(part)),
      axis === rank - 1 ? rank - 2 : rank - 1,
    )
  }

  override reduce(fn: string, x: Term, axes: readonly number[], keep: boolean): Term {
    if (x.op !== 'cat' || fn !== 'sum') return super.reduce(fn, x, axes, keep)
    const axis = x.attrs.axis ?? 0
    const parts = x.args.map((part) => this.reduce(fn, part, axes, keep))
    if (axes.includes(axis)) return this.add(...parts)
    return this.cat(parts, keep ? axis : axis - axes.filter((other) => other < axis).length)
  }

  override reshape(x: Term, shape: Shape): Term {
    const axis = x.attrs.axis ?? 0
    const long = shape.flatMap((size, i) => (size === 1 ? [] : [i]))
    const before = x.shape.flatMap((size, i) => (size === 1 ? [] : [i]))
    const to = long[before.indexOf(axis)]
    const isSame =
      x.op === 'cat' &&
      long.length === before.length &&
      long.every((place, k) => shape[place] === x.shape[before[k]])
    if (!isSame || to === undefined) return super.reshape(x, shape)
    return this.cat(
      x.args.map((part) => this.reshape(part, shape.with(to, part.shape[axis]))),
      to,
    )
  }
}
