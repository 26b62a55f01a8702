// Tensors whose numbers are still to be written: results of ops, and creations.

import { allocate } from '../../kernels/memory/heap.ts'
import { BYTES, type DType } from './dtype.ts'
import { refuseInForward } from './forward.ts'
import { outOfMemory } from './outOfMemory.ts'
import { noteMade } from './scopes.ts'
import { type Shape, sizeOf } from './shape.ts'
import { Tensor } from './tensor.ts'

/**
 * An op's result, with arbitrary contents. Make it before any address is read: it may move all
 * numbers. Throws a MemoryError when there is no room, a TapeError inside the forward of an op.
 */
export const result = (shape: Shape, dtype: DType, maker: string): Tensor =>
  blank(shape, dtype, maker, false)

/** A tensor that no op computes, with arbitrary contents; otherwise as `result`. */
export const creation = (shape: Shape, dtype: DType, maker: string): Tensor =>
  blank(shape, dtype, maker, true)

function blank(shape: Shape, dtype: DType, maker: string, isCreation: boolean): Tensor {
  refuseInForward(maker)
  const storage = allocate(sizeOf(shape) * BYTES[dtype], maker, (held) =>
    outOfMemory(maker, shape, dtype, held),
  )
  noteMade(storage, isCreation)
  return new Tensor(storage, 0, shape, dtype, false)
}
