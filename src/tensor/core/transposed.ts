// Tensors that are stored with their last two axes the other way round, and the copies by which
// they are read in order. Who keeps those is tensor.ts's.

import { copyTransposed } from '../../kernels/copy.ts'
import { allocateBeside, bytesOf, census } from '../../kernels/memory/heap.ts'
import { Storage } from '../../kernels/memory/storage.ts'
import { BYTES, type DType } from './dtype.ts'
import { runningForward } from './forward.ts'
import { outOfMemory } from './outOfMemory.ts'
import { type Shape, sizeOf } from './shape.ts'

const MAKER = 'reading a transpose'

/** A tensor, as far as it is read here. */
interface Transpose {
  readonly shape: Shape
  readonly dtype: DType
  readonly size: number
  readonly storage: Storage
  readonly byteOffset: number
  storedAddress(): number
}

/** Writes matrices, stacked to `shape`, in order, whose rows are stored as columns. */
export function writeTransposed(to: number, from: number, shape: Shape, dtype: DType): void {
  const [rows, cols] = shape.slice(-2)
  const n = rows * cols
  const count = n === 0 ? 0 : sizeOf(shape) / n
  copyTransposed(BYTES[dtype] as 1 | 4 | 8, to, from, count, rows, cols)
}

/**
 * A transpose's numbers in a storage of their own, in the order of the shape. Moves no other.
 */
export function copyInOrder(tensor: Transpose): Storage {
  const { shape, dtype, size } = tensor
  if (runningForward !== null) return copyOutsideMemory(tensor)
  const storage = allocateBeside(size * BYTES[dtype], MAKER)
  if (storage === null) throw outOfMemory(MAKER, shape, dtype, census())
  writeTransposed(storage.start, tensor.storedAddress(), shape, dtype)
  return storage
}

/**
 * The same outside the kernels' memory: that may not grow in the middle of a forward, whose views
 * of it would be detached.
 */
function copyOutsideMemory({ storage, byteOffset, shape, dtype, size }: Transpose): Storage {
  const [rows, cols] = shape.slice(-2)
  const bytes = BYTES[dtype]
  const from = bytesOf(storage)
  const copy = new Storage(size * bytes, MAKER)
  let numbers: Uint8Array
  try {
    numbers = new Uint8Array(copy.bytes)
  } catch {
    throw outOfMemory(MAKER, shape, dtype, census())
  }
  copy.evacuated = numbers
  for (let i = 0; i < size; i++) {
    const [row, col] = [Math.floor(i / cols) % rows, i % cols]
    const at = byteOffset + (i - row * cols - col + col * rows + row) * bytes
    numbers.set(from.subarray(at, at + bytes), i * bytes)
  }
  return copy
}
