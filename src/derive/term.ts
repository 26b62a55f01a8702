// Terms: expressions of named tensors, each made once; equal ones are one object.

import type { Shape, Tensor } from '../tensor/index.ts'
import { sameShape, show } from '../tensor/internal.ts'
import { Dim } from './dim.ts'

export type Relation = '=' | '≠' | '<' | '≤' | '>' | '≥'

/** A tensor that has a name: given from outside, or computed on a line of its own. */
export interface Quantity {
  readonly kind:
    | 'input'
    | 'parameter'
    | 'constant'
    | 'seed'
    | 'direction'
    | 'forward'
    | 'backward'
    | 'second'
  /** What a caller calls it. */
  label: string | null
  /** Its name in the equations; '' while it has none. */
  name: string
  /** The op that computed it, or the maker of its numbers. */
  readonly maker: string
  /** The tensor from outside; for a cotangent, the tensors whose cotangent it is. */
  readonly tensors: readonly Tensor[]
}

/** What a term does to its arguments; each op uses some of these. */
export interface Attrs {
  /** number: its value. */
  readonly value?: number
  /** add: the number before each argument; mul: the number before the product. */
  readonly coefs?: readonly number[]
  /** fn, call, reduce: the function. */
  readonly fn?: string
  readonly relation?: Relation
  /** The axes that are summed, or the order of a permutation. */
  readonly axes?: readonly number[]
  readonly keep?: boolean
  readonly axis?: number
  /** slice: from, to and step. */
  readonly range?: readonly [number, number, number]
  /** call: what follows the arguments. */
  readonly params?: readonly (number | readonly number[])[]
}

export type TermOp =
  | 'leaf'
  | 'ref'
  | 'number'
  | 'size'
  | 'add'
  | 'mul'
  | 'inverse'
  | 'pow'
  | 'fn'
  | 'compare'
  | 'matmul'
  | 't'
  | 'reduce'
  | 'reshape'
  | 'expand'
  | 'permute'
  | 'flip'
  | 'slice'
  | 'cat'
  | 'stack'
  | 'call'

export interface Term {
  readonly id: number
  readonly op: TermOp
  /** Of a `ref`: its definition. */
  readonly args: readonly Term[]
  readonly attrs: Attrs
  readonly shape: Shape
  readonly dims: readonly Dim[]
  /** Of a `leaf` and a `ref`. */
  readonly symbol: Quantity | null
  /** Of a `size`: the axis whose length it is. */
  readonly of: Dim | null
}

const NONE: Attrs = {}

/** The sizes that both have when one is repeated as NumPy does. */
export function broadcastShape(shapes: readonly Shape[]): Shape {
  const rank = Math.max(0, ...shapes.map(({ length }) => length))
  return Array.from({ length: rank }, (_, i) =>
    shapes.reduce((n, shape) => {
      const own = shape[i - rank + shape.length] ?? 1
      return n === 1 ? own : n
    }, 1),
  )
}

export class Terms {
  readonly #known = new Map<string, Term>()
  readonly #sizes = new Map<Dim, Term>()
  #count = 0

  /** The term of this op; `dims` makes its axes where it is new. */
  protected make(
    op: TermOp,
    args: readonly Term[],
    shape: Shape,
    attrs: Attrs,
    dims: (axis: number) => Dim | undefined,
    symbol: Quantity | null = null,
  ): Term {
    const key = `${op} ${args.map(({ id }) => id)} ${show(shape)} ${JSON.stringify(attrs)}`
    const known = symbol === null ? this.#known.get(key) : undefined
    if (known !== undefined) return known
    const own = shape.map((size, axis) => dims(axis) ?? new Dim(size))
    const term: Term = { id: ++this.#count, op, args, attrs, shape, dims: own, symbol, of: null }
    if (symbol === null) this.#known.set(key, term)
    return term
  }

  leaf(symbol: Quantity, shape: Shape, letters: readonly (string | undefined)[] = []): Term {
    const dims = (i: number) => new Dim(shape[i], letters[i] ?? null)
    return this.make('leaf', [], shape, NONE, dims, symbol)
  }

  /** A term that may get a line of its own. */
  ref(definition: Term, symbol: Quantity): Term {
    const { shape, dims } = definition
    return this.make('ref', [definition], shape, NONE, (i) => dims[i], symbol)
  }

  /** One number, or many equal ones. */
  number(value: number, shape: Shape = []): Term {
    // JSON knows neither infinities nor −0.
    return this.make('number', [], shape, { value, fn: String(value) }, () => undefined)
  }

  /** The length of an axis. */
  size(of: Dim): Term {
    const known = this.#sizes.get(of.root)
    if (known !== undefined) return known
    const attrs = { value: of.size }
    const term: Term = { ...this.number(of.size), id: ++this.#count, op: 'size', attrs, of }
    this.#sizes.set(of.root, term)
    return term
  }

  /** The axes of an elementwise op; those of its arguments become one. */
  protected alongside(args: readonly Term[], shape: Shape): (axis: number) => Dim | undefined {
    return (axis) => {
      let found: Dim | undefined
      for (const { op, dims } of args) {
        const dim = op === 'number' ? undefined : dims[axis - shape.length + dims.length]
        if (dim === undefined || dim.size !== shape[axis] || dim.size === 1) continue
        if (found === undefined) found = dim
        else found.unify(dim)
      }
      return found
    }
  }
}

export const isNumber = (term: Term, value?: number): boolean =>
  term.op === 'number' && (value === undefined || term.attrs.value === value)

export const numberOf = (term: Term): number => term.attrs.value as number

/** The term itself, or the definition behind its name. */
export const behind = (term: Term): Term => (term.op === 'ref' ? behind(term.args[0]) : term)

export const isShaped = (term: Term, shape: Shape): boolean => sameShape(term.shape, shape)
