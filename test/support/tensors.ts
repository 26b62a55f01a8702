// Tensors as most tests want them: of float64, by their numbers or on the grid, and their numbers
// again. It checks nothing.

import { type DType, type NestedArray, type Shape, type Tensor, tensor } from 'tapegrad'
import { gridRow } from './numbers.ts'

export const float64 = { dtype: 'float64' } as const

/** Nested arrays, where `'1 2; 3 4'` is short for a matrix. */
export type Written = number | boolean | string | readonly Written[]

export const unfold = (x: Written): NestedArray =>
  typeof x === 'string'
    ? x.split(';').map((row) => row.trim().split(' ').map(Number))
    : Array.isArray(x)
      ? x.map(unfold)
      : (x as number | boolean)

export const d = (data: Written): Tensor => tensor(unfold(data), float64)

/** A leaf that requires a gradient. */
export const leaf = (data: Written, dtype: DType = 'float64'): Tensor =>
  tensor(unfold(data), { dtype, requiresGrad: true })

const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1)

/** A tensor of the numbers of `grid`. */
export const gridded = (shape: Shape, seed: number, dtype: DType = 'float64'): Tensor =>
  tensor(gridRow(sizeOf(shape), seed), { shape, dtype })

/** The same as a leaf that requires a gradient. */
export const gridLeaf = (shape: Shape, seed: number, dtype: DType = 'float64'): Tensor =>
  tensor(gridRow(sizeOf(shape), seed), { shape, dtype, requiresGrad: true })

export const numbersOf = (x: Tensor): number[] => Array.from(x.toTypedArray())
