// Tensors stored with their last two axes exchanged, and copies of them in the order of their
// shape. tensor.ts keeps these copies.

import { copyTransposed } from '../../kernels/copy.ts'
import { allocateBeside, bytesOf, census } from '../../kernels/memory/heap.ts'
import { Storage } from '../../kernels/memory/storage.ts'
import { BYTES, type DType } from './dtype.ts'
import { runningForward } from './forward.ts'
import { outOfMemory } from './outOfMemory.ts'
import { type Shape, sizeOf } from './shape.ts'

const MAKER = 'reading a transpose'

/** The fields of a transposed tensor that are read here. */
interface Transpose {
  readonly shape: Shape
  readonly dtype: DType
  readonly size: number
  readonly storage: Storage
  readonly byteOffset: number
  storedAddress(): number
}

/** Writes a stack of matrices of `shape` in order; the rows at `from` are stored as columns. */
export function writeTransposed(to: number, from: number, shape: Shape, dtype: DType): void {
  const [rows, cols] = shape.slice(-2)
  const n = rows * cols
  const count = n === 0 ? 0 : sizeOf(shape) / n
  copyTransposed(BYTES[dtype] as 1 | 4 | 8, to, from, count, rows, cols)
}

/** Copies a transpose's numbers to a new storage, in the order of the shape; moves no others. */
export function copyInOrder(tensor: Transpose): Storage {
  const { shape, dtype, size } = tensor
  if (runningForward !== null) return copyOutsideMemory(tensor)
  const storage = allocateBeside(size * BYTES[dtype], MAKER)
  if (storage === null) throw outOfMemory(MAKER, shape, dtype, census())
  writeTransposed(storage.start, tensor.storedAddress(), shape, dtype)
  return storage
}

/**
 * The same outside the kernels' memory, for a running forward: its views would be detached if the
 * memory grew.
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
    const row = Math.floor(i / cols) % rows
    const col = i % cols
    const at = byteOffset + (i - row * cols - col + col * rows + row) * bytes
    numbers.set(from.subarray(at, at + bytes), i * bytes)
  }
  return copy
}
