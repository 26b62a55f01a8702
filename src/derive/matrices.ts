// Products, transposes, sums over axes and shapes of terms: what is not done element by element.

import type { Shape } from '../tensor/index.ts'
import { sameShape } from '../tensor/internal.ts'
import { Algebra } from './algebra.ts'
import { Dim } from './dim.ts'
import { isNumber, numberOf, type Relation, type Term } from './term.ts'

const none = (): undefined => undefined

/** The axes that a term has in another shape: what it keeps, and what becomes one axis. */
export function dimsIn({ shape: own, dims }: Term, shape: Shape): (Dim | undefined)[] {
  const found: (Dim | undefined)[] = shape.map(() => undefined)
  let [i, j] = [0, 0]
  while (i < own.length && j < shape.length) {
    const [from, to] = [i, j]
    let [a, b] = [own[i++], shape[j++]]
    while (a !== b && (i < own.length || j < shape.length))
      if (a < b && i < own.length) a *= own[i++]
      else if (j < shape.length) b *= shape[j++]
      else break
    if (a !== b) return found
    const long = [...shape.keys()].slice(to, j).filter((k) => shape[k] !== 1)
    const whole = dims.slice(from, i).filter(({ size }) => size !== 1)
    const parts = whole.length === 1 ? whole[0].factors : whole
    if (long.length === 1) found[long[0]] = Dim.product(whole)
    else if (parts.length === long.length && parts.every((d, k) => d.size === shape[long[k]]))
      for (const [k, place] of long.entries()) found[place] = parts[k]
  }
  return found
}

export abstract class Matrices extends Algebra {
  /** Every `step`-th element along an axis, from `from` to before `to`. */
  abstract slice(x: Term, axis: number, from: number, to: number, step?: number): Term
  /** Tensors side by side along an axis. */
  abstract cat(parts: readonly Term[], axis: number): Term

  /** The product of matrices, or of stacks of them. */
  matmul(a: Term, b: Term): Term {
    const shape = [...a.shape.slice(0, -1), b.shape.at(-1) as number]
    if (isNumber(a, 0) || isNumber(b, 0)) return this.number(0, shape)
    const [[p, left], [q, right]] = [this.scaled(a), this.scaled(b)]
    if (p * q !== 1) return this.product([this.matmul(left, right)], p * q)
    ;(a.dims.at(-1) as Dim).unify(b.dims.at(-2) as Dim)
    const isChain = ({ op, shape }: Term): boolean => op === 'matmul' && shape.length === 2
    const args = [a, b].flatMap((x) => (isChain(x) ? x.args : x))
    const dims = [...a.dims.slice(0, -1), b.dims.at(-1)]
    return this.make('matmul', args, shape, {}, (i) => dims[i])
  }

  /** The last two axes the other way round. */
  transpose(x: Term): Term {
    if (x.op === 't') return x.args[0]
    const shape = [...x.shape.slice(0, -2), x.shape.at(-1) as number, x.shape.at(-2) as number]
    if (isNumber(x)) return this.number(numberOf(x), shape)
    const [coef, rest] = this.scaled(x)
    if (coef !== 1) return this.product([this.transpose(rest)], coef)
    if (x.op === 'matmul' && x.args.every((arg) => arg.shape.length === shape.length)) {
      const [last, ...others] = [...x.args].reverse().map((arg) => this.transpose(arg))
      return others.reduce((product, arg) => this.matmul(product, arg), last)
    }
    const dims = [...x.dims.slice(0, -2), x.dims.at(-1), x.dims.at(-2)]
    return this.make('t', [x], shape, {}, (i) => dims[i])
  }

  /** The sum, or the extreme, over some axes, which stay with length 1 where they are kept. */
  reduce(fn: string, x: Term, axes: readonly number[], keep: boolean): Term {
    const left = x.shape.map((size, i) => (axes.includes(i) ? (keep ? 1 : null) : size))
    const shape = left.filter((size) => size !== null)
    const n = axes.reduce((product, axis) => product * x.shape[axis], 1)
    if (isNumber(x)) return this.number(fn === 'sum' ? numberOf(x) * n : numberOf(x), shape)
    if (axes.length === 0) return x
    const order = x.op === 'permute' ? (x.attrs.axes ?? []) : []
    const others = order.filter((_, i) => !axes.includes(i))
    if (order.length > 0 && others.every((axis, i) => i === 0 || axis > others[i - 1])) {
      const own = axes.map((axis) => order[axis]).sort((a, b) => a - b)
      return this.reshape(this.reduce(fn, x.args[0], own, false), shape)
    }
    const [coef, rest] = this.scaled(x)
    if (fn === 'sum' && coef !== 1) return this.product([this.reduce(fn, rest, axes, keep)], coef)
    const kept = x.dims.filter((_, i) => keep || !axes.includes(i))
    const dims = (i: number) => (keep && axes.includes(i) ? undefined : kept[i])
    return this.make('reduce', [x], shape, { fn, axes, keep }, dims)
  }

  reshape(x: Term, shape: Shape): Term {
    if (sameShape(x.shape, shape)) return x
    if (isNumber(x)) return this.number(numberOf(x), shape)
    const [source] = x.args
    if (x.op === 'expand' && source.shape.every((size) => size === 1))
      return this.fit(this.reshape(source, []), shape)
    if (x.op === 'reshape') return this.reshape(x.args[0], shape)
    const { fn = '', axes = [], keep } = x.attrs
    const isDropped = sameShape(
      x.shape.filter((_, i) => !axes.includes(i)),
      shape,
    )
    if (x.op === 'reduce' && keep && isDropped) return this.reduce(fn, x.args[0], axes, false)
    const dims = dimsIn(x, shape)
    return this.make('reshape', [x], shape, {}, (i) => dims[i])
  }

  permute(x: Term, axes: readonly number[]): Term {
    const shape = axes.map((axis) => x.shape[axis])
    if (isNumber(x)) return this.number(numberOf(x), shape)
    if (axes.every((axis, i) => axis === i)) return x
    const r = axes.length
    if (axes.every((axis, i) => axis === (i < r - 2 ? i : i === r - 2 ? r - 1 : r - 2)))
      return this.transpose(x)
    return this.make('permute', [x], shape, { axes }, (i) => x.dims[axes[i]])
  }

  flip(x: Term, axes: readonly number[]): Term {
    if (isNumber(x) || axes.length === 0) return x
    return this.make('flip', [x], x.shape, { axes }, (i) => x.dims[i])
  }

  /** Any other function, of whole tensors. */
  call(
    fn: string,
    args: readonly Term[],
    params: readonly (number | readonly number[])[],
    shape: Shape,
    dims: (axis: number) => Dim | undefined = none,
  ): Term {
    return this.make('call', args, shape, { fn, params }, dims)
  }

  /** The same op on other arguments. */
  remade(x: Term, args: readonly Term[]): Term {
    const { op, attrs, shape } = x
    const [a, b] = args
    switch (op) {
      case 'add':
        return this.sum(args.map((arg, i) => [attrs.coefs?.[i] ?? 1, arg]))
      case 'mul':
        return this.product(args, attrs.coefs?.[0])
      case 'inverse':
        return a === x.args[0] ? x : this.inverse(a)
      case 'pow':
        return this.power(a, b)
      case 'fn':
        return this.fn(attrs.fn ?? '', a)
      case 'compare':
        return this.compare(attrs.relation as Relation, a, b)
      case 'matmul':
        return args.reduce((left, right) => this.matmul(left, right))
      case 't':
        return this.transpose(a)
      case 'reduce':
        return this.reduce(attrs.fn ?? '', a, attrs.axes ?? [], attrs.keep ?? false)
      case 'reshape':
        return this.reshape(a, shape)
      case 'expand':
        return this.fit(a, shape)
      case 'permute':
        return this.permute(a, attrs.axes ?? [])
      case 'flip':
        return this.flip(a, attrs.axes ?? [])
      case 'slice':
        return this.slice(a, attrs.axis ?? 0, ...(attrs.range ?? [0, 0, 1]))
      case 'cat':
        return this.cat(args, attrs.axis ?? 0)
      case 'call':
      case 'stack':
        return this.make(op, args, shape, attrs, (i) => x.dims[i])
      default:
        return x
    }
  }

  /** Side by side along a new axis. */
  stack(args: readonly Term[], axis: number): Term {
    const shape = args[0].shape.toSpliced(axis, 0, args.length)
    return this.make('stack', args, shape, { axis }, () => undefined)
  }

  /** Zeros with a term at some places along an axis. */
  placed(x: Term, axis: number, from: number, size: number): Term {
    const zeros = (n: number): Term => this.number(0, x.shape.with(axis, n))
    const rest = size - from - x.shape[axis]
    return this.cat([zeros(from), x, zeros(rest)], axis)
  }
}
