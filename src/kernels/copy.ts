// Names for the copies that are made most often, each a call of the general strided one. The loops
// are the kernel's.

import { byteKernels, type Ptr } from './engine.ts'

/** Bytes of an element. */
type ItemSize = 1 | 4 | 8

/** Contiguous bytes; moveBytes is for those that overlap. */
export const copyBytes = (to: Ptr, from: Ptr, bytes: number): void =>
  byteKernels.copyStrided(1, to, from, 1, 1, 1, bytes, 0, 0, 0, 1, 0, 0, 0, 1)

/** A contiguous matrix (rows, cols), to where its rows begin `toRow` elements apart. */
export const copyMatrix = (
  size: ItemSize,
  to: Ptr,
  from: Ptr,
  rows: number,
  cols: number,
  toRow: number,
): void => byteKernels.copyStrided(size, to, from, 1, 1, rows, cols, 0, 0, toRow, 1, 0, 0, cols, 1)

/** A matrix (rows, cols) of one row (cols), again and again. */
export const repeatRow = (size: ItemSize, to: Ptr, row: Ptr, rows: number, cols: number): void =>
  byteKernels.copyStrided(size, to, row, 1, 1, rows, cols, 0, 0, cols, 1, 0, 0, 0, 1)

/** `count` matrices (rows, cols) from as many that are stored transposed. */
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
