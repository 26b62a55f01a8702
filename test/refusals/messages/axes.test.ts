// What ops refuse as axes, shapes and indices, with their messages.

import {
  cat,
  DTypeError,
  IndexError,
  type Shape,
  ShapeError,
  stack,
  type Tensor,
  type TensorOptions,
  tensor,
  ValueError,
  zeros as zerosOf,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { refusal, untyped } from '../../support/refusal.ts'

/** Of a shape that only the run time knows: the compiler would refuse most of what follows. */
const zeros = (shape: Shape, options?: TensorOptions): Tensor => zerosOf(shape, options)
const x = zeros([2, 3])

describe('axes, shapes and indices', () => {
  it('axes that do not exist', () => {
    expect(refusal(ShapeError, () => x.sum(2))).toMatchInlineSnapshot(
      `"sum: expected an axis in -2..1, got 2"`,
    )
    expect(refusal(ShapeError, () => x.mean([0, -3]))).toMatchInlineSnapshot(
      `"mean: expected an axis in -2..1, got -3"`,
    )
    expect(refusal(ShapeError, () => x.sum([0, -2]))).toMatchInlineSnapshot(
      `"sum: axes (0,-2) name one axis twice"`,
    )
    expect(refusal(ShapeError, () => tensor(1).softmax())).toMatchInlineSnapshot(
      `"softmax: expected a tensor with at least one axis, got shape ()"`,
    )
    expect(refusal(ShapeError, () => x.max(0.5))).toMatchInlineSnapshot(
      `"max: expected an axis in -2..1, got 0.5"`,
    )
    expect(refusal(ShapeError, () => x.sum(untyped('0')))).toMatchInlineSnapshot(
      `"sum: expected an axis or an array of axes, got "0""`,
    )
    expect(refusal(ShapeError, () => x.sum(untyped(null)))).toMatchInlineSnapshot(
      `"sum: expected an axis or an array of axes, got null"`,
    )
    expect(refusal(ShapeError, () => x.argmax(-3))).toMatchInlineSnapshot(
      `"argmax: expected an axis in -2..1, got -3"`,
    )
    expect(refusal(ShapeError, () => x.unsqueeze(3))).toMatchInlineSnapshot(
      `"unsqueeze: expected an axis in -3..2, got 3"`,
    )
    expect(refusal(ShapeError, () => x.transpose(0, 2))).toMatchInlineSnapshot(
      `"transpose: expected an axis in -2..1, got 2"`,
    )
    expect(refusal(ShapeError, () => zeros([1, 1, 1]).t())).toMatchInlineSnapshot(
      `"t: expected at most 2 axes, got (1, 1, 1): use transpose(axis0, axis1)"`,
    )
    expect(refusal(ShapeError, () => x.flip(5))).toMatchInlineSnapshot(
      `"flip: expected an axis in -2..1, got 5"`,
    )
    expect(refusal(ShapeError, () => x.slice(2, 0))).toMatchInlineSnapshot(
      `"slice: expected an axis in -2..1, got 2"`,
    )
    expect(refusal(ShapeError, () => cat([x, x], 2))).toMatchInlineSnapshot(
      `"cat: expected an axis in -2..1, got 2"`,
    )
    expect(refusal(ShapeError, () => cat([tensor(1), tensor(2)]))).toMatchInlineSnapshot(
      `"cat: expected a tensor with at least one axis, got shape ()"`,
    )
    expect(refusal(ShapeError, () => x.flatten(1, 0))).toMatchInlineSnapshot(
      `"flatten: expected start ≤ end, got axes 1 and 0 of (2, 3)"`,
    )
  })
  it('permutations', () => {
    expect(refusal(ShapeError, () => x.permute([0]))).toMatchInlineSnapshot(
      `"permute: expected each of the 2 axes of (2, 3) once, got (0)"`,
    )
    expect(refusal(ShapeError, () => x.permute([0, -2]))).toMatchInlineSnapshot(
      `"permute: expected each of the 2 axes of (2, 3) once, got (0, -2)"`,
    )
    expect(refusal(ShapeError, () => x.permute(untyped(1)))).toMatchInlineSnapshot(
      `"permute: expected an array of axes, got 1"`,
    )
  })
  it('reshapes', () => {
    expect(refusal(ShapeError, () => x.reshape([4]))).toMatchInlineSnapshot(
      `"reshape: cannot read (2, 3), 6 elements, as (4)"`,
    )
    expect(refusal(ShapeError, () => x.reshape([4, -1]))).toMatchInlineSnapshot(
      `"reshape: cannot read (2, 3), 6 elements, as (4, -1)"`,
    )
    expect(refusal(ShapeError, () => x.reshape([-1, -1] as number[]))).toMatchInlineSnapshot(
      `"reshape: expected at most one −1, got (-1, -1)"`,
    )
    expect(refusal(ShapeError, () => x.reshape(untyped(6)))).toMatchInlineSnapshot(
      `"reshape: expected a shape, an array of sizes, got 6"`,
    )
    expect(refusal(ShapeError, () => zeros([0]).reshape([0, -1]))).toMatchInlineSnapshot(
      `"reshape: cannot read (0), 0 elements, as (0, -1)"`,
    )
  })
  it('slices and chunks', () => {
    expect(refusal(ValueError, () => x.slice(0, 0, 2, -1))).toMatchInlineSnapshot(
      `"slice: expected a step ≥ 1, got -1: use flip() to reverse"`,
    )
    expect(refusal(ValueError, () => x.slice(0, 0.5))).toMatchInlineSnapshot(
      `"slice: expected start to be a whole number, got 0.5"`,
    )
    expect(refusal(ValueError, () => x.slice(0, untyped(undefined)))).toMatchInlineSnapshot(
      `"slice: expected start to be a whole number, got undefined"`,
    )
    expect(refusal(ValueError, () => x.slice(0, 0, NaN))).toMatchInlineSnapshot(
      `"slice: expected end to be a whole number, got NaN"`,
    )
    expect(refusal(ValueError, () => x.chunk(0))).toMatchInlineSnapshot(
      `"chunk: expected at least one chunk, got 0"`,
    )
    expect(refusal(ValueError, () => x.chunk(untyped(undefined)))).toMatchInlineSnapshot(
      `"chunk: expected at least one chunk, got undefined"`,
    )
    expect(refusal(IndexError, () => x.select(0, 2))).toMatchInlineSnapshot(
      `"select: index 2 is outside -2..1"`,
    )
    expect(refusal(IndexError, () => x.select(1, NaN))).toMatchInlineSnapshot(
      `"select: index NaN is outside -3..2"`,
    )
    expect(refusal(IndexError, () => zeros([0]).select(0, 0))).toMatchInlineSnapshot(
      `"select: index 0 is outside an empty axis"`,
    )
  })
  it('indices: which one, and where', () => {
    const index = (data: number[] | number[][]) => tensor(data, { dtype: 'int32' })
    expect(refusal(IndexError, () => x.indexSelect(0, index([0, 1, 2])))).toMatchInlineSnapshot(
      `"indexSelect: index 2 at [2] is outside 0..1"`,
    )
    expect(
      refusal(IndexError, () =>
        x.indexSelect(
          1,
          index([
            [0, 1],
            [2, -1],
          ]),
        ),
      ),
    ).toMatchInlineSnapshot(`"indexSelect: index -1 at [1, 1] is outside 0..2"`)
    expect(refusal(IndexError, () => x.gather(1, index([[0, 3]])))).toMatchInlineSnapshot(
      `"gather: index 3 at [0, 1] is outside 0..2"`,
    )
    expect(
      refusal(IndexError, () => zeros([0, 2]).indexSelect(0, index([0]))),
    ).toMatchInlineSnapshot(`"indexSelect: index 0 at [0] is outside an empty axis"`)
    expect(refusal(DTypeError, () => x.indexSelect(0, tensor([0, NaN])))).toMatchInlineSnapshot(
      `"indexSelect: expected an int32 index, got float32: convert with .to('int32')"`,
    )
    expect(refusal(DTypeError, () => x.gather(0, zeros([1, 1])))).toMatchInlineSnapshot(
      `"gather: expected an int32 index, got float32: convert with .to('int32')"`,
    )
    expect(refusal(DTypeError, () => tensor([0, NaN], { dtype: 'int32' }))).toMatchInlineSnapshot(
      `"tensor: expected int32 elements, got NaN as element 1"`,
    )
    expect(refusal(ShapeError, () => x.gather(0, index([0])))).toMatchInlineSnapshot(
      `"gather: expected an index that fits into (2, 3) except along axis 0, got (1)"`,
    )
    expect(refusal(ShapeError, () => x.gather(0, index([[0, 0, 0, 0]])))).toMatchInlineSnapshot(
      `"gather: expected an index that fits into (2, 3) except along axis 0, got (1, 4)"`,
    )
    expect(refusal(DTypeError, () => x.indexSelect(0, untyped([0])))).toMatchInlineSnapshot(
      `"indexSelect: expected a Tensor, got [0]: make one with tensor(…)"`,
    )
    expect(refusal(DTypeError, () => x.gather(0, untyped(undefined)))).toMatchInlineSnapshot(
      `"gather: expected a Tensor, got undefined: make one with tensor(…)"`,
    )
  })
  it('nothing to choose from', () => {
    expect(refusal(ShapeError, () => zeros([0]).max())).toMatchInlineSnapshot(
      `"max: expected at least one element to choose from, got shape (0)"`,
    )
    expect(refusal(ShapeError, () => zeros([2, 0]).argmax(1))).toMatchInlineSnapshot(
      `"argmax: expected at least one element to choose from, got shape (2, 0)"`,
    )
  })
  it('joins', () => {
    expect(refusal(ShapeError, () => cat([x, zeros([2, 4])]))).toMatchInlineSnapshot(
      `"cat: expected shapes that agree except along axis 0, got (2, 3) and (2, 4)"`,
    )
    expect(refusal(ShapeError, () => stack([x, zeros([3, 2])]))).toMatchInlineSnapshot(
      `"stack: expected equal shapes, got (2, 3) and (3, 2)"`,
    )
  })
  it('one number of many', () => {
    expect(refusal(ShapeError, () => x.item())).toMatchInlineSnapshot(
      `"item: expected one element, got shape (2, 3): use toArray()"`,
    )
    expect(refusal(ShapeError, () => zeros([0]).item())).toMatchInlineSnapshot(
      `"item: expected one element, got shape (0): use toArray()"`,
    )
  })
})
