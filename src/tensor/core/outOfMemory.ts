// MemoryErrors: each names the bytes required and the largest holders of the rest; nothing is
// freed.

import { blockBytes, type Census, census } from '../../kernels/memory/heap.ts'
import { BYTES, type DType, type TypedArray } from './dtype.ts'
import { MemoryError } from './errors.ts'
import { type Shape, show, sizeOf } from './shape.ts'

/** The MemoryError of `who` for a tensor that could not be allocated. */
export function outOfMemory(
  who: string,
  shape: Shape,
  dtype: DType,
  { bytes, limit, makers }: Census,
): MemoryError {
  const mib = (n: number): string => `${(n / 2 ** 20).toFixed(n < 2 ** 20 ? 3 : 0)} MiB`
  const holders = makers
    .slice(0, 3)
    .map((row) => `${mib(row.bytes)} in ${row.count} × ${row.maker}`)
  const required = sizeOf(shape) * BYTES[dtype]
  // Blocks come in a few sizes. Where the bytes alone would fit, the larger block is the reason.
  const block =
    bytes + required <= limit && mib(blockBytes(required)) !== mib(required)
      ? ` in a block of ${mib(blockBytes(required))}`
      : ''
  return new MemoryError(
    `${who}: expected room for ${show(shape)} ${dtype}, ${mib(required)}${block}, got none: the ` +
      `heap (at most ${mib(limit)}) holds ` +
      `${mib(bytes)}${holders.length === 0 ? '' : ` (${holders.join(', ')})`}`,
  )
}

/** Throws a MemoryError if no heap can hold a result of `who`; called before the work begins. */
export function requireRoom(who: string, shape: Shape, dtype: DType): void {
  const held = census()
  if (sizeOf(shape) * BYTES[dtype] > held.limit) throw outOfMemory(who, shape, dtype, held)
}

/** A copy outside the heap, for `who`. Throws a MemoryError when there is no room for it. */
export function copyOut(who: string, numbers: TypedArray, shape: Shape, dtype: DType): TypedArray {
  try {
    return numbers.slice()
  } catch {
    throw outOfMemory(who, shape, dtype, census())
  }
}
