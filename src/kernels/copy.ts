// Copies by their names: what the general strided copy is asked for again and again, in elements.
// The loops are the kernel's.

import { byteKernels, type Ptr } from './engine.ts'

type ItemSize = 1 | 4 | 8

/** Bytes that lie side by side. */
export const copyBytes = (to: Ptr, from: Ptr, bytes: number): void =>
  byteKernels.copyStrided(1, to, from, 1, 1, 1, bytes, 0, 0, 0, 1, 0, 0, 0, 1)

/**
 * (rows, cols), whose rows begin `toRow` and `fromRow` elements apart; a `fromRow` of 0 repeats one
 * row.
 */
export const copyMatrix = (
  size: ItemSize,
  to: Ptr,
  from: Ptr,
  [rows, cols]: readonly [rows: number, cols: number],
  toRow: number,
  fromRow: number,
): void =>
  byteKernels.copyStrided(size, to, from, 1, 1, rows, cols, 0, 0, toRow, 1, 0, 0, fromRow, 1)

/** `count` matrices (rows, cols) from as many whose rows are stored as columns. */
export function copyTransposed(
  size: ItemSize,
  to: Ptr,
  from: Ptr,
  count: number,
  rows: number,
  cols: number,
): void {
  const n = rows * cols
  byteKernels.copyStrided(size, to, from, 1, count, rows, cols, 0, n, cols, 1, 0, n, 1, rows)
}
