// Tensors with room for numbers that are still to be written: what ops and creations begin with.

import { allocate } from '../../kernels/memory/heap.ts'
import { BYTES, type DType } from './dtype.ts'
import { refuseInForward } from './forward.ts'
import { outOfMemory } from './outOfMemory.ts'
import { noteMade } from './scopes.ts'
import { type Shape, sizeOf } from './shape.ts'
import { Tensor } from './tensor.ts'

/**
 * A tensor with arbitrary contents. Call it before reading any `ptr`. Throws a MemoryError when
 * there is no room, a TapeError inside an op's forward.
 */
export function blank(shape: Shape, dtype: DType, maker: string, creation: boolean): Tensor {
  refuseInForward(maker)
  const storage = allocate(sizeOf(shape) * BYTES[dtype], maker, (held) =>
    outOfMemory(maker, shape, dtype, held),
  )
  noteMade(storage, creation)
  return new Tensor(storage, 0, shape, dtype, false)
}
