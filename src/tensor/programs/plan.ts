// The plan of a recurrence's step: products with matrices, and programs between them. A step is
// recorded for an example; nothing here depends on a batch or on the numbers of the weights.

import type { FloatDType } from '../core/dtype.ts'
import { show } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import { isNumber } from '../define/operand.ts'
import type { Heard } from '../define/record.ts'
import { constantNumber } from './derivative.ts'
import { columnsOf, type GraphNode, graphOf, merged, NoProgram, readNodes } from './graph.ts'
import { lower, type Segment } from './lower.ts'
import { argsOf, type Value, type Values } from './values.ts'

/**
 * A step as it was recorded: x (rows, D), the states before and after, and the calls between. Masks
 * have no gradient: they are the same at every step, or of one step each.
 */
export interface Recorded {
  readonly x: Tensor
  readonly before: readonly Tensor[]
  readonly masks: readonly Tensor[]
  readonly after: readonly Tensor[]
  readonly calls: readonly Heard[]
}

/** Rows that programs read, by the number of an operand. */
export type Source =
  | { readonly kind: 'x'; readonly width: number }
  | { readonly kind: 'state'; readonly state: number; readonly width: number }
  /** Of level `level`, where the last product is added to it. */
  | {
      readonly kind: 'product'
      readonly product: number
      readonly width: number
      readonly level: number
    }
  | { readonly kind: 'mask'; readonly mask: number; readonly width: number }
  /** One row for the whole batch: outside tensor `outside`. */
  | { readonly kind: 'vector'; readonly outside: number; readonly width: number }
  /** A computed value that is multiplied by a matrix. */
  | { readonly kind: 'factor'; readonly factor: number; readonly width: number }

/** A product of rows with a matrix: op(weight) is (input's columns, width). */
export interface PlannedProduct {
  /** The number of its own operand, and of the one that it multiplies. */
  readonly operand: number
  readonly input: number
  readonly weight: number
  readonly bias: number | null
  /** Whether the weight is (width, input's columns), as in `affine`. */
  readonly transposed: boolean
  readonly width: number
  /** The program before which it is computed in a step; 0 for a product with x, of all steps. */
  readonly level: number
  /** Whether it is added to another product's rows. */
  readonly isOnto: boolean
}

/** Rows that are given values, segment by segment. */
export interface Written {
  readonly operand: number
  readonly segments: readonly Segment[]
}

export interface Plan {
  readonly dtype: FloatDType
  readonly values: Values
  readonly sources: readonly Source[]
  readonly products: readonly PlannedProduct[]
  /** The states after the step, and the factors of products. */
  readonly after: readonly (readonly Segment[])[]
  readonly factors: readonly (Written & { readonly level: number })[]
  /** The number of programs of a step; `levelOf` tells which one computes a value. */
  readonly levels: number
  readonly levelOf: (value: Value) => number
  readonly nodes: readonly GraphNode[]
  readonly recorded: Recorded
  /**
   * What is no rows: weights, biases and vectors, each once, in order of use. It is one tensor, or
   * the sum of several biases.
   */
  readonly outside: readonly (readonly Tensor[])[]
  /** The numbers of tensors that stand for one. */
  readonly numbers: ReadonlyMap<Tensor, number>
}

/** A step of more ops is long enough to run op by op; what is made of them is walked in depth. */
const MOST_CALLS = 1000

/** Throws NoProgram for a step that is not made of products, elementwise ops and sums of rows. */
export function planOf(recorded: Recorded, values: Values, dtype: FloatDType): Plan {
  return new Planner(recorded, values, dtype).plan()
}

class Planner {
  readonly #recorded: Recorded
  readonly #values: Values
  readonly #dtype: FloatDType
  readonly #sources: Source[] = []
  readonly #operands = new Map<Tensor, number>()
  readonly #outside: (readonly Tensor[])[] = []
  readonly #products: PlannedProduct[] = []
  readonly #factors: (Written & { level: number })[] = []
  readonly #levels = new Map<Value, number>()
  readonly #numbers = new Map<Tensor, number>()

  constructor(recorded: Recorded, values: Values, dtype: FloatDType) {
    this.#recorded = recorded
    this.#values = values
    this.#dtype = dtype
  }

  plan(): Plan {
    const { x, before, masks, after, calls } = this.#recorded
    const starts = [x, ...before, ...masks]
    this.#operand(x, { kind: 'x', width: columnsOf(x) })
    before.forEach((t, state) => {
      this.#operand(t, { kind: 'state', state, width: columnsOf(t) })
    })
    masks.forEach((t, mask) => {
      this.#operand(t, { kind: 'mask', mask, width: columnsOf(t) })
    })
    if (calls.length > MOST_CALLS) throw new NoProgram(`calls ${calls.length} ops`)
    const nodes = merged(readNodes(graphOf(calls, starts), after), x, after)
    const segments = lower(nodes, starts, this.#values, {
      part: (t, from, width) =>
        this.#values.part(this.#operands.get(t) as number, from, width, t.dtype === 'bool'),
      outside: (t, out, from, width) => this.#fromOutside(t, out, from, width),
      product: (node, input) => this.#product(node, input),
    })
    const results = after.map((t) => segments.get(t) ?? this.#constantRows(t))
    const all = [...results, ...this.#factors.map((factor) => factor.segments)].flat()
    return {
      dtype: this.#dtype,
      values: this.#values,
      sources: this.#sources,
      products: this.#products,
      after: results,
      factors: this.#factors,
      levels: 1 + Math.max(...all.map(({ value }) => this.#level(value))),
      levelOf: (value) => this.#level(value),
      nodes,
      recorded: this.#recorded,
      outside: this.#outside,
      numbers: this.#numbers,
    }
  }

  #operand(t: Tensor, source: Source): number {
    const operand = this.#sources.push(source) - 1
    this.#operands.set(t, operand)
    return operand
  }

  #outsideIndex(...summed: readonly Tensor[]): number {
    const known = placeOutside(this.#outside, summed)
    return known < 0 ? this.#outside.push(summed) - 1 : known
  }

  /** A state that does not depend on anything. */
  #constantRows(t: Tensor): readonly Segment[] {
    const number = constantNumber(t)
    if (number === undefined)
      throw new NoProgram(`gives a state ${show(t.shape)} that depends on no argument`)
    return [{ from: 0, width: columnsOf(t), value: this.#number(t, number) }]
  }

  #number(t: Tensor, number: number): Value {
    this.#numbers.set(t, number)
    return this.#values.constant(number, t.dtype === 'bool')
  }

  /** A number, or a row for the whole batch. */
  #fromOutside(t: Tensor, out: Tensor, from: number, width: number): Value {
    const isBool = t.dtype === 'bool'
    if (isNumber(t)) return this.#number(t, Number(t.item()))
    const [rows] = out.shape
    if (t.rank === out.rank && t.shape[0] === rows) {
      const number = constantNumber(t)
      if (number === undefined)
        throw new NoProgram(`uses numbers ${show(t.shape)} of its own for each row`)
      return this.#number(t, number)
    }
    if (isBool || (t.size !== 1 && t.size !== columnsOf(out)))
      throw new NoProgram(`uses a tensor ${show(t.shape)} that is no row`)
    const known = this.#operands.get(t)
    const source = { kind: 'vector', outside: this.#outsideIndex(t), width: t.size } as const
    const operand = known ?? this.#operand(t, source)
    return t.size === 1 ? this.#values.part(operand, 0, 1) : this.#values.part(operand, from, width)
  }

  #product(node: GraphNode & { kind: 'product' }, input: readonly Segment[]): void {
    const { weight, biases, transposed, out } = node
    const width = columnsOf(out)
    const from = this.#inputOf(node.inputs[0], input)
    const source = this.#sources[from]
    const level =
      source.kind === 'x'
        ? 0
        : 1 + (source.kind === 'factor' ? this.#factors[source.factor].level : 0)
    const product = this.#products.length
    const base = node.onto === undefined ? undefined : this.#operands.get(node.onto)
    const operand = base ?? this.#operand(out, { kind: 'product', product, width, level })
    if (base !== undefined) {
      this.#operands.set(out, base)
      this.#sources[base] = { ...this.#sources[base], level } as Source
    }
    this.#products.push({
      operand,
      input: from,
      weight: this.#outsideIndex(weight),
      bias: biases.length === 0 ? null : this.#outsideIndex(...biases),
      transposed,
      width,
      level,
      isOnto: base !== undefined,
    })
  }

  /** The operand that a product multiplies: x or a state as it is, else a factor. */
  #inputOf(t: Tensor, segments: readonly Segment[]): number {
    const known = this.#operands.get(t)
    if (known !== undefined && ['x', 'state'].includes(this.#sources[known].kind)) return known
    const level = Math.max(...segments.map(({ value }) => this.#level(value)))
    const factor = this.#factors.length
    const operand = this.#sources.push({ kind: 'factor', factor, width: columnsOf(t) }) - 1
    this.#factors.push({ operand, segments, level })
    return operand
  }

  /** The number of products of this step, one behind the other, that a value needs. */
  #level(value: Value): number {
    const known = this.#levels.get(value)
    if (known !== undefined) return known
    let level = Math.max(0, ...argsOf(value).map((arg) => this.#level(arg)))
    if (value.kind === 'part') {
      const source = this.#sources[value.operand]
      if (source.kind === 'product') level = source.level
    }
    this.#levels.set(value, level)
    return level
  }
}

/** The place of a tensor, or of a sum of these, among those from outside; −1 where it has none. */
export const placeOutside = (
  outside: readonly (readonly Tensor[])[],
  summed: readonly Tensor[],
): number =>
  outside.findIndex(
    (known) => known.length === summed.length && known.every((t, i) => t === summed[i]),
  )
