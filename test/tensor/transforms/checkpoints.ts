// What the tests of checkpoint() share: a function with and without it, side by side.

import { checkpoint, type Tensor } from 'tapegrad'
import { expect } from 'vitest'

/** A way to call a function: as it is, or checkpointed. */
export type Way = <Args extends readonly unknown[], R>(
  fn: (...args: Args) => R,
) => (...args: Args) => R
export const plainly: Way = (fn) => fn
/** The numbers of `compute`'s tensors without and with checkpoints. */
export function bothWays(compute: (way: Way) => readonly (Tensor | null)[]): void {
  const numbers = (way: Way) => compute(way).map((t) => (t === null ? null : t.toTypedArray()))
  expect(numbers(checkpoint)).toEqual(numbers(plainly))
}
