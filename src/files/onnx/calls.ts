// A call of an op as it is written into a graph: the names of its operands, and the sizes of its
// shapes as they follow from named axes.

import { type DType, full, type Shape, type Tensor, ValueError } from '../../tensor/index.ts'
import { type Heard, sameShape, show } from '../../tensor/internal.ts'
import type { Graph } from './graph.ts'
import type { Size, Sizes } from './sizes.ts'
import type { Calls } from './trace.ts'

const who = 'toOnnx'

/** What is written so far. */
export class Written {
  readonly graph: Graph
  readonly #sizes: Sizes
  /** By tensors of the first run. */
  readonly #names = new Map<Tensor, string>()
  /** The call that is being written, for messages. */
  #call: Heard | null = null

  constructor(graph: Graph, sizes: Sizes) {
    this.graph = graph
    this.#sizes = sizes
  }

  begin(call: Heard): void {
    this.#call = call
  }

  isWritten(t: Tensor): boolean {
    return this.#names.has(t)
  }

  name(t: Tensor, name: string): void {
    this.#names.set(t, name)
  }

  /** Throws a ValueError, which says in which call something is not the same at any size. */
  refuse(expected: string, got: string): never {
    const call = this.#call
    const where = call === null ? '' : ` in ${call.rule.name} ${show(call.out.shape)}`
    throw new ValueError(
      `${who}: expected ${expected}, got ${got}${where}: give one of the named axes a number in ` +
        'the place of its name',
    )
  }

  /** The size that is these numbers in the runs. Throws a ValueError where it is none. */
  size(numbers: readonly number[]): Size {
    return (
      this.#sizes.find(numbers) ??
      this.refuse(
        'numbers that are the same at any size, or sums of products of named axes',
        `${numbers.slice(0, 6).join(', ')}${numbers.length > 6 ? ', …' : ''} in runs`,
      )
    )
  }

  /** The sizes of all axes; null for one that is no sum of products, as a least of two is none. */
  sizes(shapes: readonly Shape[]): (Size | null)[] {
    const [first] = shapes
    const other = shapes.find((shape) => shape.length !== first.length)
    if (other !== undefined)
      this.refuse('as many axes at any size', `${show(first)}, and ${show(other)} in another run`)
    return first.map((_, axis) => this.#sizes.find(shapes.map((shape) => shape[axis])))
  }

  shape(shapes: readonly Shape[]): Size[] {
    return this.sizes(shapes).map(
      (size, axis) => size ?? this.size(shapes.map((shape) => shape[axis])),
    )
  }

  /** The name of what is this tensor in each run. What is not written is a constant. */
  nameOf(runs: readonly Tensor[]): string {
    const [first] = runs
    const known = this.#names.get(first)
    if (known !== undefined) return known
    const { graph } = this
    if (runs.every((t) => t === first)) return graph.constant(first)
    const numbers = runs.map((t) => t.toTypedArray())
    const isSame = runs.every(
      (t, run) =>
        sameShape(t.shape, first.shape) &&
        numbers[run]?.every((x, i) => Object.is(x, numbers[0]?.[i])),
    )
    if (isSame) return graph.constant(first)
    const uniform = numbers.map((own) => (own.every((x) => Object.is(x, own[0])) ? own[0] : null))
    const shapes = runs.map((t) => t.shape)
    if (uniform.every((x) => x !== null)) {
      const filled = uniform.map((x) => x ?? uniform.find((n) => n !== undefined) ?? 0)
      const number = this.number(filled, first.dtype)
      if (first.rank === 0) return number
      return graph.emit('Expand', [number, graph.shape(this.shape(shapes))])
    }
    return this.#range(runs, numbers)
  }

  /** A number that differs from run to run as a size does, or as 1 divided by one. */
  number(runs: readonly number[], dtype: DType): string {
    const { graph } = this
    const [first] = runs
    if (runs.every((x) => Object.is(x, first))) return graph.constant(full([], first, { dtype }))
    const sizes = runs.map((x) => Math.round(1 / x))
    const rounded = dtype === 'float32' ? Math.fround : (x: number) => x
    return runs.every((x, run) => rounded(1 / sizes[run]) === x)
      ? graph.emit('Reciprocal', [graph.sizeAs(dtype, this.size(sizes))])
      : graph.sizeAs(dtype, this.size(runs))
  }

  /** Numbers 0, 1, 2, … or others at equal distances, as many as a size says. */
  #range(runs: readonly Tensor[], numbers: readonly ArrayLike<number>[]): string {
    const { dtype, rank, shape, storage } = runs[0]
    const longest = numbers.reduce((a, b) => (b.length > a.length ? b : a))
    const start = longest[0]
    const step = longest[1] - start
    const isRange = (own: ArrayLike<number>): boolean =>
      Array.from(own).every((x, i) => x === start + i * step)
    if (rank !== 1 || dtype === 'bool' || !numbers.every(isRange))
      this.refuse(
        'the same constants in every run',
        `others of shape ${show(shape)} made by ${storage.maker}`,
      )
    const { graph } = this
    const whole = (n: number): string => graph.constant(full([], n, { dtype }))
    const count = graph.sizeAs(dtype, this.size(runs.map((t) => t.size)))
    const length = graph.emit('Mul', [count, whole(step)])
    return graph.emit('Range', [
      whole(start),
      graph.emit('Add', [whole(start), length]),
      whole(step),
    ])
  }
}

/** A call of a built-in op as its row sees it. `A` are the op's attributes. */
export class Call<A = unknown> {
  readonly #written: Written
  readonly runs: Calls
  /** Of the first run. */
  readonly inputs: readonly Tensor[]
  readonly out: Tensor
  readonly attrs: A
  /** The names of the inputs. */
  readonly names: readonly string[]

  constructor(written: Written, runs: Calls) {
    this.#written = written
    this.runs = runs
    const [{ inputs, out, attrs }] = runs
    this.inputs = inputs
    this.out = out
    this.attrs = attrs as A
    this.names = inputs.map((_, i) => written.nameOf(runs.map((call) => call.inputs[i])))
  }

  /** A tensor among the attributes. */
  name(of: (attrs: A) => Tensor): string {
    return this.#written.nameOf(this.runs.map((call) => of(call.attrs as A)))
  }

  /** What is the same in every run, such as an axis. Throws a ValueError where it is not. */
  fixed<T extends number | string | readonly number[]>(of: (attrs: A) => T): T {
    const all = this.runs.map((call) => of(call.attrs as A))
    const [first] = all
    const other = all.find((one) => String(one) !== String(first))
    if (other !== undefined)
      this.#written.refuse('the same axes and steps in every run', `${first}, and ${other}`)
    return first
  }

  /** A number among the attributes, without an axis. */
  number(of: (attrs: A) => number): string {
    return this.#written.number(
      this.runs.map((call) => of(call.attrs as A)),
      this.out.dtype,
    )
  }

  size(of: (attrs: A) => number): Size {
    return this.#written.size(this.runs.map((call) => of(call.attrs as A)))
  }

  shape(of: (call: Heard) => Shape): Size[] {
    return this.#written.shape(this.runs.map(of))
  }

  /** The same, with null where a size is none. */
  sizes(of: (call: Heard) => Shape): (Size | null)[] {
    return this.#written.sizes(this.runs.map(of))
  }
}
