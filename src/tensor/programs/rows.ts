// Rows of numbers in memory, as programs and products read and write them.

import type { Ptr } from '../../kernels/engine.ts'

/**
 * Row r at shift s begins at `at` + r·`step` + s·`move`, in bytes. Rows that move with the shift
 * are those of one step of many.
 */
export interface Rows {
  readonly at: Ptr
  readonly step: number
  readonly move: number
}

/** The address of row 0 at a shift. */
export const addressOf = ({ at, move }: Rows, shift: number): Ptr => at + shift * move
