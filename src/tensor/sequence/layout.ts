// Where the rows of a recurrence lie: of each step among the packed rows, and of each state in the
// op's result.

import type { Shape } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import type { Lowered } from '../programs/lowered.ts'

/**
 * The rows of one step in packed sequences: `n` rows from row `at` on. The last `ended` sequences
 * end after this step.
 */
export interface StepLayout {
  readonly n: number
  readonly at: number
  readonly ended: number
}

export function stepsOf(sizes: readonly number[]): StepLayout[] {
  let at = 0
  return sizes.map((n, t) => {
    const step = { n, at, ended: n - (sizes[t + 1] ?? 0) }
    at += n
    return step
  })
}

/** A state in the result, in elements from its start. */
export interface StateLayout {
  readonly width: number
  /** The first state (N) and the state after every step (R); null where the result has no such. */
  readonly rows: number | null
  /** The state after each sequence's last step (N). */
  readonly last: number
}

/**
 * The states in the result; only the first one has rows, unless `every`. The result is a matrix
 * where all states have one size, else a vector.
 */
export function layoutOf(
  { widths }: Lowered,
  N: number,
  R: number,
  every: boolean,
): { states: readonly StateLayout[]; shape: Shape } {
  let size = 0
  const states: StateLayout[] = []
  for (let k = 0; k < widths.length; k++) {
    const width = widths[k]
    const hasRows = k === 0 || every
    states.push({
      width,
      rows: hasRows ? size : null,
      last: size + (hasRows ? (N + R) * width : 0),
    })
    size = states[k].last + N * width
  }
  const [width] = widths
  const isEven = width > 0 && widths.every((other) => other === width)
  return { states, shape: isEven ? [size / width, width] : [size] }
}

/** `rows` rows of `width` numbers from element `at` of a result on. */
export const rowsIn = (y: Tensor, at: number, rows: number, width: number): Tensor =>
  y.rank === 2
    ? y.slice(0, at / width, at / width + rows)
    : y.slice(0, at, at + rows * width).reshape([rows, width])
