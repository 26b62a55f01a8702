// Numbers as the forward of an op sees them: addresses and typed arrays in memory, while it runs.
// It knows no tape.

import type { DType, TypedArray } from './dtype.ts'
import { forwardCall, requireForward } from './forward.ts'
import type { Shape } from './shape.ts'
import type { Tensor } from './tensor.ts'

/** A tensor's shape and dtype, without its numbers. */
export interface Described {
  /** The size of each axis; empty for a 0-d tensor. */
  readonly shape: Shape
  /** 'float32', 'float64', 'int32' or 'bool'. */
  readonly dtype: DType
  /** Number of elements. */
  readonly size: number
}

/**
 * The inputs and the result of an op as its forward sees them: numbers in memory, never the tape.
 * Made for one call of the op: outside of its forward, `ptr` and `data` throw a TapeError.
 */
export interface Numbers extends Described {
  /** Where the numbers begin in the kernels' memory, contiguous in row-major order. */
  readonly ptr: number
  /**
   * The numbers themselves, not a copy: those of inputs to read, those of `out` to write. The array
   * is good until the forward returns: copy what is kept for the derivative.
   */
  readonly data: TypedArray
}

/** A tensor as a forward sees it, at its present address. */
class NumbersOf implements Numbers {
  readonly shape: Shape
  readonly dtype: DType
  readonly size: number
  readonly tensor: Tensor
  readonly address: number
  readonly call: number
  elements: TypedArray | null = null

  constructor(tensor: Tensor) {
    this.shape = tensor.shape
    this.dtype = tensor.dtype
    this.size = tensor.size
    this.tensor = tensor
    this.address = tensor.address()
    this.call = forwardCall
  }

  get ptr(): number {
    requireForward('ptr', this.call)
    return this.address
  }

  get data(): TypedArray {
    requireForward('data', this.call)
    this.elements ??= this.tensor.elements()
    return this.elements
  }
}

/** A tensor as the forward of an op sees it. Moves its numbers into the memory. */
export const numbersOf = (tensor: Tensor): Numbers => new NumbersOf(tensor)
