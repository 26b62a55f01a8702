// How a lack of memory is told: what was asked for, and what holds the rest.

import { blockBytes, type Census, census } from '../../kernels/memory/heap.ts'
import { BYTES, type DType, type TypedArray } from './dtype.ts'
import { MemoryError } from './errors.ts'
import { type Shape, show, sizeOf } from './shape.ts'

/** The error of `who` that found no room for a tensor. */
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
  const asked = sizeOf(shape) * BYTES[dtype]
  // Blocks come in a few sizes: where the bytes alone would have found room, it is what is added to
  // them that did not.
  const block =
    bytes + asked <= limit && mib(blockBytes(asked)) !== mib(asked)
      ? ` in a block of ${mib(blockBytes(asked))}`
      : ''
  return new MemoryError(
    `${who}: expected room for ${show(shape)} ${dtype}, ${mib(asked)}${block}, got none: the ` +
      `heap (at most ${mib(limit)}) holds ` +
      `${mib(bytes)}${holders.length === 0 ? '' : ` (${holders.join(', ')})`}`,
  )
}

/** Throws a MemoryError for a result of `who` that no heap can hold, before it is worked for. */
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
