// Tensors that count, and the place in them that every element of a result was read from.

import { type Tensor, tensor } from 'tapegrad'
import { expect } from 'vitest'
import { anyShape, indices, ranked, type Shape, sizeOf } from '../../support/cases.ts'

export const offset = (at: readonly number[], shape: Shape): number =>
  shape.reduce((sum, n, axis) => sum * n + (at[axis] as number), 0)
/** 0, 1, 2, …: each number says where it stood. */
export const counting = (shape: Shape): Tensor =>
  tensor(
    Array.from({ length: sizeOf(shape) }, (_, k) => k),
    { shape, dtype: 'int32' },
  )

/** Expects element `at` of the result to be element `source(at)` of a tensor that counts. */
export function expectRead(
  result: Tensor,
  from: Shape,
  shape: Shape,
  source: (at: number[]) => number[],
): void {
  expect(result.shape).toEqual(shape)
  expect([...result.toTypedArray()]).toEqual(indices(shape).map((at) => offset(source(at), from)))
}
export const some = ranked(anyShape)
