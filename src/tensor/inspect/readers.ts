// Methods that return a tensor's numbers as copies: item, toArray and toTypedArray. Text is
// format.ts.

import type { TypedArray } from '../core/dtype.ts'
import { ShapeError } from '../core/errors.ts'
import { copyOut } from '../core/outOfMemory.ts'
import { type Shape, show } from '../core/shape.ts'
import { requireTensor, type Tensor } from '../core/tensor.ts'
import { noteRead } from '../define/record.ts'
import type { Item } from '../types/results.ts'
import type { Implemented, Refusal } from '../types/shapes.ts'
import { type NestedArray, toNested } from './format.ts'

/** Methods that read a tensor's numbers. */
export interface Readers {
  /**
   * The one number of a tensor of size 1. Throws a ShapeError for any other size.
   * `tensor([[7]]).item() // 7`
   */
  item<A extends Shape>(this: Tensor<A> & Refusal<Item<A>>): number
  /**
   * The numbers as nested arrays (a bare number when 0-d); bools as true and false.
   * `eye(2).toArray() // [[1, 0], [0, 1]]`
   */
  toArray(): NestedArray
  /**
   * A copy of the numbers in row-major order, in an array of the dtype (bools as 0 and 1), or a
   * MemoryError. `eye(2).toTypedArray() // [1, 0, 0, 1]`
   */
  toTypedArray(): TypedArray
}

export const readers: Implemented<Readers> & ThisType<Tensor> = {
  item() {
    if (this.size !== 1)
      throw new ShapeError(
        `item: expected one element, got shape ${show(this.shape)}: use toArray()`,
      )
    requireTensor('item', this)
    noteRead('item', this)
    return this.elements()[0] as number
  },
  toArray() {
    requireTensor('toArray', this)
    noteRead('toArray', this)
    return toNested(this.elements(), this.shape, this.dtype === 'bool')
  },
  toTypedArray() {
    requireTensor('toTypedArray', this)
    noteRead('toTypedArray', this)
    return copyOut('toTypedArray', this.elements(), this.shape, this.dtype)
  },
}
