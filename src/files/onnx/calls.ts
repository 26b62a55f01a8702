// A call of an op as it is written into a graph: the names of its operands, and the sizes of its
// shapes as they follow from named axes.

import { full, type Shape, type Tensor, ValueError } from '../../tensor/index.ts'
import { type Heard, sameShape, show } from '../../tensor/internal.ts'
import type { Graph } from './graph.ts'
import type { Size, Sizes } from './sizes.ts'
import { type Calls, sizeFrom } from './trace.ts'

const who = 'toOnnx'

/** What is written so far. */
export class Written {
  readonly graph: Graph
  readonly #sizes: Sizes
  /** By tensors of the first run. */
  readonly #names = new Map<Tensor, string>()

  constructor(graph: Graph, sizes: Sizes) {
    this.graph = graph
    this.#sizes = sizes
  }

  isWritten(t: Tensor): boolean {
    return this.#names.has(t)
  }

  name(t: Tensor, name: string): void {
    this.#names.set(t, name)
  }

  size(numbers: readonly number[]): Size {
    return sizeFrom(this.#sizes, numbers)
  }

  shape(shapes: readonly Shape[]): Size[] {
    return shapes[0].map((_, axis) => this.size(shapes.map((shape) => shape[axis])))
  }

  /** The name of what is this tensor in each run. What is not written is a constant. */
  nameOf(runs: readonly Tensor[]): string {
    const [first] = runs
    const known = this.#names.get(first)
    if (known !== undefined) return known
    if (runs.every((t) => t === first)) return this.graph.constant(first)
    const numbers = runs.map((t) => t.toTypedArray())
    const isSame = runs.every(
      (t, run) =>
        sameShape(t.shape, first.shape) &&
        numbers[run].every((x, i) => Object.is(x, numbers[0][i])),
    )
    if (isSame) return this.graph.constant(first)
    if (first.rank === 0) return this.#numberOf(runs)
    const [number] = numbers[0]
    if (numbers.some((own) => own.some((x) => !Object.is(x, number))))
      throw new ValueError(
        `${who}: expected the same constants in every run, got others of shape ` +
          `${show(first.shape)} made by ${first.storage.maker}: compute them from an input, or ` +
          'outside of the function',
      )
    const one = this.graph.constant(full([], number, { dtype: first.dtype }))
    return this.graph.emit('Expand', [one, this.graph.shape(this.shape(runs.map((t) => t.shape)))])
  }

  /** A number that differs from run to run as a size does, or as 1 divided by one. */
  #numberOf(runs: readonly Tensor[]): string {
    const [{ dtype }] = runs
    const numbers = runs.map((t) => Number(t.item()))
    const sizes = numbers.map((x) => Math.round(1 / x))
    const rounded = dtype === 'float32' ? Math.fround : (x: number) => x
    return numbers.every((x, run) => rounded(1 / sizes[run]) === x)
      ? this.graph.emit('Reciprocal', [this.graph.sizeAs(dtype, this.size(sizes))])
      : this.graph.sizeAs(dtype, this.size(numbers))
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

  size(of: (call: Heard & { attrs: A }) => number): Size {
    return this.#written.size(this.runs.map((call) => of(call as Heard & { attrs: A })))
  }

  shape(of: (call: Heard & { attrs: A }) => Shape): Size[] {
    return this.#written.shape(this.runs.map((call) => of(call as Heard & { attrs: A })))
  }
}
