// Numbers as ops and callers see them: typed arrays in memory, and nested ones; no tape, no
// storage.

import type { DType, TypedArray } from './dtype.ts'
import type { Shape } from './shape.ts'

/** What an op's forward sees of a tensor: numbers in memory, never the tape. */
export interface Numbers {
  /** The size of each axis; empty for a 0-d tensor. */
  readonly shape: Shape
  /** 'float32', 'float64', 'int32' or 'bool'. */
  readonly dtype: DType
  /** Number of elements. */
  readonly size: number
  /**
   * Where the numbers begin in the kernels' memory, contiguous in row-major order. Valid until the
   * op returns.
   */
  readonly ptr: number
  /** The numbers themselves, no copy. Valid until the op returns. */
  readonly data: TypedArray
}

/** A number, or numbers nested in arrays as deep as there are axes; for bool true and false. */
export type NestedArray = number | boolean | readonly NestedArray[]
/** What a tensor is made of: a number, a typed array, or either nested in arrays. */
export type TensorData = number | boolean | ArrayBufferView | readonly TensorData[]
