// An ONNX graph as it is written: nodes, initial values, and sizes that are computed where the
// model runs. It knows no ops of ours.

import type { DType, Tensor } from '../../tensor/index.ts'
import { type Field, message, type Value } from './protobuf.ts'
import { type Size, type Term, textOf } from './sizes.ts'

/** ONNX's numbers of the dtypes. */
export const ELEMENT = { float32: 1, int32: 6, bool: 9, float64: 11 } as const satisfies Record<
  DType,
  number
>
const INT64 = 7

/** The values of attributes: numbers are whole, and a list of fields is a graph. */
export type Attribute =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | { readonly graph: readonly Field[] }

const isNumbers = (value: readonly unknown[]): value is readonly number[] =>
  value.every((n) => typeof n === 'number')

function attribute(name: string, value: Attribute): Field {
  const [fields, type]: [Field[], number] =
    typeof value === 'number'
      ? [[[3, value]], 2]
      : typeof value === 'string'
        ? [[[4, value]], 3]
        : 'graph' in value
          ? [[[6, value.graph]], 5]
          : isNumbers(value)
            ? [value.map((n): Field => [8, n]), 7]
            : [value.map((text): Field => [9, text]), 8]
  return [5, [[1, name], ...fields, [20, type]]]
}

/** The type of an input or output; shapes and sizes are left out where they are not known. */
export function valueInfo(name: string, dtype: DType, shape?: readonly (Size | null)[]): Field[] {
  const dimension = (size: Size | null): Field =>
    size === null ? [1, []] : typeof size === 'number' ? [1, [[1, size]]] : [1, [[2, textOf(size)]]]
  const type: Field[] = [[1, ELEMENT[dtype]]]
  if (shape !== undefined) type.push([2, shape.map(dimension)])
  return [
    [1, name],
    [2, [[1, type]]],
  ]
}

export class Graph {
  readonly #initializers: Field[] = []
  #nodes: Field[] = []
  readonly #constants = new Map<Tensor, string>()
  readonly #known = new Map<string, string>()
  #count = 0

  /** A name that no other value has. A name of the caller's has no such sign. */
  fresh(): string {
    this.#count++
    return `#${this.#count}`
  }

  /** Adds a node, and returns the names of its outputs. */
  emitAll(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: number,
  ): string[] {
    const names = Array.from({ length: outputs }, () => this.fresh())
    this.#nodes.push(this.#node(op, inputs, attributes, names))
    return names
  }

  /** Adds a node with one output, and returns its name. */
  emit(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    return this.emitAll(op, inputs, attributes, 1)[0]
  }

  /** Gives a value another name, that of an output. */
  rename(from: string, to: string): void {
    this.#nodes.push(this.#node('Identity', [from], {}, [to]))
  }

  /** The nodes that `fn` emits, for a graph within this one. It may read values of this one. */
  nested(fn: () => void): readonly Field[] {
    const outer = this.#nodes
    const inner: Field[] = []
    this.#nodes = inner
    try {
      fn()
    } finally {
      this.#nodes = outer
    }
    return inner
  }

  /** A tensor's numbers. */
  constant(t: Tensor): string {
    const known = this.#constants.get(t)
    if (known !== undefined) return known
    const { buffer, byteOffset, byteLength } = t.toTypedArray()
    const bytes = new Uint8Array(buffer, byteOffset, byteLength)
    const name = this.#initializer(ELEMENT[t.dtype], t.shape, bytes)
    this.#constants.set(t, name)
    return name
  }

  /** Whole numbers as a vector; one number without an axis. */
  ints(numbers: number | readonly (number | bigint)[]): string {
    const list = typeof numbers === 'number' ? [numbers] : numbers
    const key = `${typeof numbers === 'number' ? 'int' : 'ints'} ${list}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const bytes = new Uint8Array(BigInt64Array.from(list, BigInt).buffer)
    const name = this.#initializer(INT64, typeof numbers === 'number' ? [] : [list.length], bytes)
    this.#known.set(key, name)
    return name
  }

  /** Sizes as a vector of whole numbers. */
  shape(sizes: readonly Size[]): string {
    if (sizes.every((size) => typeof size === 'number')) return this.ints(sizes)
    return this.#once(`shape ${sizes.map(textOf)}`, () => {
      const parts = sizes.map((size) => this.#size(size))
      return parts.length === 1 ? parts[0] : this.emit('Concat', parts, { axis: 0 })
    })
  }

  /** A size as a number of this dtype, without an axis. */
  sizeAs(dtype: DType, size: Size): string {
    return this.#once(`as ${dtype} ${textOf(size)}`, () => {
      const scalar = this.emit('Squeeze', [this.#size(size), this.ints([0])])
      return this.emit('Cast', [scalar], { to: ELEMENT[dtype] })
    })
  }

  /** The bytes of the model with these inputs and outputs. */
  model(inputs: readonly Field[][], outputs: readonly Field[][]): Uint8Array<ArrayBuffer> {
    const graph: Field[] = [
      ...this.#nodes,
      [2, 'tapegrad'],
      ...this.#initializers,
      ...inputs.map((info): Field => [11, info]),
      ...outputs.map((info): Field => [12, info]),
    ]
    const OPSET: Value = [[2, 17]]
    return message([
      [1, 8],
      [2, 'tapegrad'],
      [7, graph],
      [8, OPSET],
    ])
  }

  /** A size as a vector of one. */
  #size(size: Size): string {
    if (typeof size === 'number') return this.ints([size])
    return this.#once(`size ${textOf(size)}`, () =>
      size.map((term) => this.#term(term)).reduce((a, b) => this.emit('Add', [a, b])),
    )
  }

  #term({ axes, times }: Term): string {
    const factors = axes.map(({ input, axis }) =>
      this.#once(`dim ${axis} ${input}`, () =>
        this.emit('Shape', [input], { start: axis, end: axis + 1 }),
      ),
    )
    if (times !== 1 || factors.length === 0) factors.push(this.ints([times]))
    return factors.reduce((a, b) => this.emit('Mul', [a, b]))
  }

  /** What `make` emits, where it is not there yet. A graph within this one reads no sizes. */
  #once(key: string, make: () => string): string {
    const name = this.#known.get(key) ?? make()
    this.#known.set(key, name)
    return name
  }

  #initializer(type: number, shape: readonly number[], bytes: Uint8Array): string {
    const name = this.fresh()
    const fields: Field[] = [
      [1, { packed: shape }],
      [2, type],
      [8, name],
      [9, bytes],
    ]
    this.#initializers.push([5, fields])
    return name
  }

  #node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputs: readonly string[],
  ): Field {
    return [
      1,
      [
        ...inputs.map((name): Field => [1, name]),
        ...outputs.map((name): Field => [2, name]),
        [3, `${op} ${outputs[0]}`],
        [4, op],
        ...Object.entries(attributes).map(([name, value]) => attribute(name, value)),
      ],
    ]
  }
}
