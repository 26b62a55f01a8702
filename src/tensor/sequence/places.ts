// The rows that a step's programs and products read and write, by the numbers of their operands.
// Those of all steps move with the packed row that a step begins with.

import type { Ptr } from '../../kernels/engine.ts'
import { BYTES } from '../core/dtype.ts'
import type { Tensor } from '../core/tensor.ts'
import type { Code } from '../programs/code.ts'
import type { Lowered } from '../programs/lowered.ts'
import { addressOf, type Rows } from '../programs/rows.ts'
import type { StateLayout } from './layout.ts'
import type { Repeats } from './repeats.ts'

interface Place extends Rows {
  at: Ptr
  step: number
  move: number
}

/** Rows that a step reads besides x: the same at every step (N, …), or those of each (R, …). */
export interface Mask {
  readonly mask: Tensor
  readonly isFixed: boolean
}

/** What is saved for backward besides inputs and result. */
export interface Saved {
  /** The rows of products with x, which programs have overwritten in part, by product. */
  readonly products: readonly (Tensor | null)[]
  /** The rows of states that the result does not have, N + R of each. */
  readonly states: readonly (Tensor | null)[]
  readonly factors: readonly Tensor[]
  readonly own: readonly Tensor[]
  readonly repeats: Repeats | null
}

/** The rows of a product, and of what it multiplies. */
interface Multiplied {
  readonly from: Rows
  readonly to: Rows
}

/** It is made once for a step, and every call sets its addresses anew. */
export class Places {
  readonly rows: readonly Place[]
  /** Of the products: forward, and back from their cotangents to those of what they multiplied. */
  readonly products: readonly Multiplied[]
  readonly dProducts: readonly Multiplied[]
  /** Operands and widths of cotangents that are multiplied, or added up, some rows at a time. */
  readonly blocks: readonly (readonly [operand: number, width: number])[]
  readonly #lowered: Lowered
  readonly #bytes: number
  readonly #before: readonly Place[]
  readonly #after: readonly Place[]
  /** The rows by which the states before a step lie behind the packed row of the step. */
  #offset = 0

  constructor(lowered: Lowered) {
    const { plan, operands, states } = lowered
    this.#lowered = lowered
    this.#bytes = BYTES[plan.dtype]
    const rows = Array.from({ length: operands.count }, () => ({ at: 0, step: 0, move: 0 }))
    this.rows = rows
    this.products = plan.products.map(({ input, operand }) => ({
      from: rows[input],
      to: rows[operand],
    }))
    const widths = new Map(plan.products.map(({ width }, i) => [operands.dProducts[i], width]))
    for (const [source, own] of operands.dVectors) widths.set(own, plan.sources[source].width)
    this.blocks = [...widths]
    this.dProducts = plan.products.map(({ input }, i) => {
      const source = plan.sources[input]
      const [from, dx] = [rows[operands.dProducts[i]], rows[operands.dx]]
      if (source.kind === 'state') return { from, to: rows[operands.dStates[source.state]] }
      return { from, to: source.kind === 'factor' ? rows[operands.dFactors[source.factor]] : dx }
    })
    this.#before = states.map((operand) => this.rows[operand])
    this.#after = operands.after.map((operand) => this.rows[operand])
  }

  /** Rows of `width` numbers; where they move, packed row 0 is at `at`. */
  set(operand: number, at: Ptr, width: number, moves: boolean): void {
    const place = this.rows[operand]
    place.at = at
    place.step = width * this.#bytes
    place.move = moves ? place.step : 0
  }

  /** Sets all sources but states, and the rows that are saved for backward. */
  setSources(
    x: Tensor,
    masks: readonly Mask[],
    outside: readonly Tensor[],
    saved: Saved,
    passing: readonly (Tensor | null)[],
  ): void {
    const { plan, operands } = this.#lowered
    plan.sources.forEach((source, operand) => {
      const { width } = source
      if (source.kind === 'x') this.set(operand, x.address(), width, true)
      else if (source.kind === 'mask') {
        const { mask, isFixed } = masks[source.mask]
        this.set(operand, mask.address(), width, !isFixed)
      } else if (source.kind === 'product') {
        const kept = saved.products[source.product]
        const rows = kept ?? passing[source.product]
        if (rows) this.set(operand, rows.address(), width, kept !== null)
      } else if (source.kind === 'vector')
        this.set(operand, outside[source.outside].address(), 0, false)
      else if (source.kind === 'factor')
        this.set(operand, saved.factors[source.factor].address(), width, true)
    })
    operands.saved.forEach(([operand, width], i) => {
      this.set(operand, saved.own[i].address(), width, true)
    })
  }

  /** The states, each with N first rows at its origin, and those after every step behind them. */
  setStates(states: readonly StateLayout[], origins: readonly Ptr[], N: number): void {
    this.#offset = 0
    states.forEach(({ width }, k) => {
      const row = width * this.#bytes
      const [before, after] = [this.#before[k], this.#after[k]]
      before.at = origins[k]
      after.at = origins[k] + N * row
      before.step = before.move = after.step = after.move = row
    })
  }

  /**
   * Says that the states before the present step lie `offset` rows behind its own packed row, and
   * whether that is something new.
   */
  moveBefore(offset: number): boolean {
    const rows = offset - this.#offset
    if (rows === 0) return false
    for (const place of this.#before) place.at += rows * place.step
    this.#offset = offset
    return true
  }

  /** The address of the rows of state k before, or after, a step. */
  stateBefore(k: number, shift: number): Ptr {
    return addressOf(this.#before[k], shift)
  }

  stateAfter(k: number, shift: number): Ptr {
    return addressOf(this.#after[k], shift)
  }

  /** Tells the code where all operands lie. */
  tell(codes: readonly (Code | null)[]): void {
    for (const code of codes) code?.place(this.rows)
  }
}

/**
 * How many rows behind its own packed row the states before step t lie: they are among the rows
 * after the step before, which has more sequences.
 */
export const offsetBefore = (sizes: readonly number[], t: number, N: number): number =>
  t === 0 ? 0 : N - sizes[t - 1]
