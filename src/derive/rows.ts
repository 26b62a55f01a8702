// Rows of several axes: x (N, T, D) that an op takes as (N T, D) is written with the axes it has,
// where nothing else has rows of its own.

import type { Shape } from '../tensor/index.ts'
import { sameShape, sizeOf } from '../tensor/internal.ts'
import { Blocks } from './blocks.ts'
import type { Dim } from './dim.ts'
import { dimsIn } from './matrices.ts'
import { broadcastShape, isNumber, numberOf, type Term } from './term.ts'

/** Calls of each element, and of each row. */
const BY_ROW: readonly string[] = ['clamp', 'max', 'min', 'softmax', 'onehot']

export class Rows extends Blocks {
  /** Whether rows are written with the axes they have. */
  readonly #areOpen: boolean
  /** Whether something met such rows that has no axes for them. */
  isMixed = false

  constructor(areOpen: boolean) {
    super()
    this.#areOpen = areOpen
  }

  /** Whether a term is another one with its first axes as one. */
  isFlat(x: Term): boolean {
    return this.leadOf(x) > 0
  }

  /** A term with the axes of its rows. */
  opened(x: Term): Term {
    return this.isFlat(x) ? x.args[0] : x
  }

  /** Whether a shape of a term has its rows as one axis, of several longer than 1. */
  areRows(x: Term, shape: Shape): boolean {
    const flat = this.reshape(x, shape)
    return this.isFlat(flat) && flat.args[0].shape.slice(0, this.leadOf(flat)).every((n) => n > 1)
  }

  protected override leadOf({ op, args: [x], shape }: Term): number {
    if (!this.#areOpen || op !== 'reshape' || (shape[0] ?? 1) === 1) return 0
    const lead = x.shape.length - shape.length + 1
    if (isNarrow(x, lead)) return 0
    const isSame = lead > 1 && sameShape(x.shape.slice(lead), shape.slice(1))
    return isSame && sizeOf(x.shape.slice(0, lead)) === shape[0] ? lead : 0
  }

  /** An operand whose rows have these axes; null for one that has others. */
  #open(x: Term, lead: Shape, rank: number): Term | null {
    const { op, args, shape } = x
    const open = [...lead, ...shape.slice(1)]
    if (shape.length < rank) return x
    if (isNumber(x)) return shape[0] === 1 ? x : this.number(numberOf(x), open)
    if (this.isFlat(x)) return sameShape(args[0].shape, open) ? args[0] : null
    if (shape[0] === 1) return this.reshape(x, shape.slice(1))
    const isRepeated = op === 'expand' && (args[0].shape.length < rank || args[0].shape[0] === 1)
    const row = isRepeated ? this.#open(args[0], lead, rank) : null
    return row && this.fit(row, open)
  }

  /** What is computed row by row, with the axes of the rows; null where they have but one. */
  #openly(args: readonly Term[], build: (args: readonly Term[]) => Term): Term | null {
    const rank = Math.max(0, ...args.map(({ shape }) => shape.length))
    const flat = args.find((arg) => this.isFlat(arg) && arg.shape.length === rank)
    if (flat === undefined) return null
    const lead = flat.args[0].shape.slice(0, this.leadOf(flat))
    const open = args.map((arg) => this.#open(arg, lead, rank))
    this.isMixed ||= open.includes(null)
    if (open.includes(null)) return null
    const built = build(open as Term[])
    return this.reshape(built, [flat.shape[0], ...built.shape.slice(lead.length)])
  }

  protected override apart(
    args: readonly Term[],
    build: (parts: readonly Term[]) => Term,
  ): Term | null {
    return this.#openly(args, build) ?? super.apart(args, build)
  }

  override reshape(x: Term, shape: Shape): Term {
    const n = this.#areOpen && !isNumber(x) && shape[0] !== 1 ? x.shape.length : 0
    const long = (sizes: Shape): Shape => sizes.filter((size) => size !== 1)
    for (let lead = 2; lead <= n && shape.length > 0; lead++) {
      const [front, rest] = [x.shape.slice(0, lead), shape.slice(1)]
      if (sizeOf(front) !== shape[0] || !sameShape(long(x.shape.slice(lead)), long(rest))) continue
      if (x.op === 'reshape' || isNarrow(x, lead)) break
      if (front.at(-1) === 1 && !sameShape(x.shape.slice(lead), rest)) break
      const open = super.reshape(x, [...front, ...rest])
      const dims = dimsIn(open, shape)
      return this.make('reshape', [open], shape, {}, (axis) => dims[axis])
    }
    return super.reshape(x, shape)
  }

  override matmul(a: Term, b: Term): Term {
    const isOfMatrices = a.shape.length === 2 && b.shape.length === 2
    if (isOfMatrices && a.op === 't') {
      const flat = [a.args[0], b].find((x) => this.isFlat(x))
      const lead = flat?.args[0].shape.slice(0, -1) ?? []
      const [x, y] = [a.args[0], b].map((arg) => flat && this.#open(arg, lead, 2))
      const axes = [...lead.keys()].slice(0, -1)
      if (x && y) return this.reduce('sum', super.matmul(this.transpose(x), y), axes, false)
    }
    if (isOfMatrices && this.isFlat(a))
      return this.reshape(this.matmul(a.args[0], b), [a.shape[0], b.shape[1]])
    const isLost = (x: Term): boolean => this.isFlat(x.op === 't' ? x.args[0] : x)
    this.isMixed ||= isOfMatrices && (isLost(a) || isLost(b))
    return super.matmul(a, b)
  }

  override reduce(fn: string, x: Term, axes: readonly number[], keep: boolean): Term {
    const lead = this.leadOf(x)
    if (lead === 0 || axes.length === 0) return super.reduce(fn, x, axes, keep)
    const all = axes.flatMap((axis) => (axis === 0 ? [...Array(lead).keys()] : [axis + lead - 1]))
    const sizes = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    const shape = keep ? sizes : x.shape.filter((_, axis) => !axes.includes(axis))
    return this.reshape(this.reduce(fn, x.args[0], all, keep && !axes.includes(0)), shape)
  }

  override call(
    fn: string,
    args: readonly Term[],
    params: readonly (number | readonly number[])[],
    shape: Shape,
    dims?: (axis: number) => Dim | undefined,
  ): Term {
    const open = (own: readonly Term[]): Term => {
      const all = broadcastShape(own.map((arg) => arg.shape))
      if (fn !== 'onehot') return super.call(fn, own, params, all, this.alongside(own, all))
      const [{ dims: front }, { of }] = own
      return super.call(fn, own, params, [...all, shape[1]], (i) => front[i] ?? of)
    }
    const isByRow = BY_ROW.includes(fn) && (fn !== 'softmax' || shape.length > 1)
    const opened = isByRow ? this.#openly(args, open) : null
    return opened ?? super.call(fn, args, params, shape, dims)
  }

  override cat(parts: readonly Term[], axis: number): Term {
    const rank = parts[0].shape.length
    // A reshape takes joined parts with such axes apart.
    const isOfOne = parts.some((x) =>
      this.opened(x)
        .shape.slice(0, 1 - rank)
        .includes(1),
    )
    if (axis === 0 || isOfOne) return super.cat(parts, axis)
    const open = (own: readonly Term[]) => super.cat(own, axis + own[0].shape.length - rank)
    return this.#openly(parts, open) ?? super.cat(parts, axis)
  }
}

/** Ops that leave axes of length 1, which are no axes of rows. */
const NARROWING: readonly string[] = ['slice', 'reduce', 'cat', 'expand', 'reshape']
const isNarrow = ({ op, shape }: Term, lead: number): boolean =>
  shape.slice(0, lead).includes(1) && (lead === shape.length || NARROWING.includes(op))
