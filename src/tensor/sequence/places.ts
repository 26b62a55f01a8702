// The addresses that a step's programs and products read and write, by the numbers of their
// operands. Those of rows that belong to a step move along with it.

import type { Ptr } from '../../kernels/engine.ts'
import { BYTES } from '../core/dtype.ts'
import type { Tensor } from '../core/tensor.ts'
import type { Rows } from '../programs/interpret.ts'
import type { Saved, SequenceCall } from './call.ts'
import type { StateLayout } from './layout.ts'

/** The address of the first row of the present step, and the bytes from row to row. */
interface Place extends Rows {
  at: Ptr
  step: number
}

export class Places {
  readonly rows: Place[]
  readonly #bytes: number
  readonly #moving: Place[] = []
  readonly #origins: Ptr[] = []

  constructor({ lowered: { plan, operands } }: SequenceCall) {
    this.#bytes = BYTES[plan.dtype]
    this.rows = []
    for (let i = 0; i < operands.count; i++) this.rows.push({ at: 0, step: 0 })
  }

  /** Rows of `width` numbers; where they move, packed row 0 is at `at`. */
  set(operand: number, at: Ptr, width: number, moves: boolean): Place {
    const place = this.rows[operand]
    place.at = at
    place.step = width * this.#bytes
    if (moves) {
      this.#moving.push(place)
      this.#origins.push(at)
    }
    return place
  }

  /** Goes to the step whose first packed row is `at`. */
  moveTo(at: number): void {
    for (let i = 0; i < this.#moving.length; i++)
      this.#moving[i].at = this.#origins[i] + at * this.#moving[i].step
  }

  /** Sets all sources but states, and the rows that are saved for backward. */
  setSources(
    { lowered: { plan, operands }, masks }: SequenceCall,
    x: Tensor,
    outside: readonly Tensor[],
    saved: Saved,
    passing: readonly (Tensor | null)[],
  ): void {
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

  /** The states before and after the steps, as they go. */
  states(call: SequenceCall, states: readonly StateLayout[], origins: readonly Ptr[]): StatePlaces {
    const { states: sources, operands } = call.lowered
    const before = sources.map((operand) => this.rows[operand])
    const after = operands.after.map((operand) => this.rows[operand])
    states.forEach(({ width }, k) => {
      before[k].step = after[k].step = width * this.#bytes
    })
    return { before, after, origins }
  }
}

/** The rows of states; those before and after every step lie from `origins` on. */
export interface StatePlaces {
  readonly before: readonly Place[]
  readonly after: readonly Place[]
  readonly origins: readonly Ptr[]
}

/** Goes to a step: the states before it are rows from `from` on, those after it from `to` on. */
export function moveStates(
  { before, after, origins }: StatePlaces,
  from: number,
  to: number,
): void {
  for (let k = 0; k < origins.length; k++) {
    before[k].at = origins[k] + from * before[k].step
    after[k].at = origins[k] + to * after[k].step
  }
}
