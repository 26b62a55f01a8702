// What ops refuse, with their messages.

import {
  cat,
  DTypeError,
  defineOp,
  IndexError,
  ones,
  type Shape,
  ShapeError,
  stack,
  type Tensor,
  type TensorOptions,
  tensor,
  unary,
  ValueError,
  where,
  zeros as zerosOf,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { refusal, untyped } from '../../support/refusal.ts'

/** Of a shape that only the run time knows: the compiler would refuse most of what follows. */
const zeros = (shape: Shape, options?: TensorOptions): Tensor => zerosOf(shape, options)
const x = zeros([2, 3])

describe('operands', () => {
  it('mixed dtypes', () => {
    expect(
      refusal(DTypeError, () => x.add(zeros([2, 3], { dtype: 'float64' }))),
    ).toMatchInlineSnapshot(
      `"add: dtypes differ: float32 and float64: convert one with .to('float32')"`,
    )
    expect(
      refusal(DTypeError, () => x.mul(zeros([2, 3], { dtype: 'int32' }))),
    ).toMatchInlineSnapshot(
      `"mul: dtypes differ: float32 and int32: convert one with .to('float32')"`,
    )
    expect(
      refusal(DTypeError, () => zeros([1], { dtype: 'int32' }).lt(zeros([1]))),
    ).toMatchInlineSnapshot(
      `"lt: dtypes differ: int32 and float32: convert one with .to('float32')"`,
    )
    expect(
      refusal(DTypeError, () => x.matmul(zeros([3], { dtype: 'float64' }))),
    ).toMatchInlineSnapshot(
      `"matmul: dtypes differ: float32 and float64: convert one with .to('float32')"`,
    )
    expect(
      refusal(DTypeError, () => cat([x, zeros([2, 3], { dtype: 'int32' })])),
    ).toMatchInlineSnapshot(
      `"cat: dtypes differ: float32 and int32: convert one with .to('float32')"`,
    )
    expect(
      refusal(DTypeError, () => where(tensor(true), x, zeros([1], { dtype: 'float64' }))),
    ).toMatchInlineSnapshot(
      `"where: dtypes differ: float32 and float64: convert one with .to('float32')"`,
    )
  })
  it('numbers that the tensor’s dtype cannot hold', () => {
    expect(refusal(DTypeError, () => ones([1], { dtype: 'int32' }).add(0.5))).toMatchInlineSnapshot(
      `"add: expected a number that is an int32, got 0.5: convert the tensor with .to('float32')"`,
    )
    expect(refusal(DTypeError, () => tensor([true]).eq(2))).toMatchInlineSnapshot(
      `"eq: expected true or false, got 2: convert the tensor with .to('int32')"`,
    )
    expect(
      refusal(ValueError, () => ones([1], { dtype: 'int32' }).clamp(0.5)),
    ).toMatchInlineSnapshot(
      '"clamp: expected int32 bounds for an int32 tensor, got 0.5: convert the tensor with ' +
        `.to('float32')"`,
    )
  })
  it('ops that a dtype does not have', () => {
    expect(refusal(DTypeError, () => ones([1], { dtype: 'int32' }).div(2))).toMatchInlineSnapshot(
      `"div: expected float32 or float64, got int32: convert with .to('float32')"`,
    )
    expect(refusal(DTypeError, () => ones([1], { dtype: 'int32' }).exp())).toMatchInlineSnapshot(
      `"exp: expected float32 or float64, got int32: convert with .to('float32')"`,
    )
    expect(refusal(DTypeError, () => tensor([true]).add(true as never))).toMatchInlineSnapshot(
      `"add: expected numbers, got bool: convert with .to('int32') or .to('float32')"`,
    )
    expect(refusal(DTypeError, () => ones([1], { dtype: 'int32' }).mean())).toMatchInlineSnapshot(
      `"mean: expected float32 or float64, got int32: convert with .to('float32')"`,
    )
    expect(refusal(DTypeError, () => tensor([true]).max())).toMatchInlineSnapshot(
      `"max: expected numbers, got bool: convert with .to('int32')"`,
    )
    expect(
      refusal(DTypeError, () => ones([1], { dtype: 'int32' }).softmax()),
    ).toMatchInlineSnapshot(
      `"softmax: expected float32 or float64, got int32: convert with .to('float32')"`,
    )
    expect(
      refusal(DTypeError, () =>
        ones([1, 1], { dtype: 'int32' }).matmul(ones([1, 1], { dtype: 'int32' })),
      ),
    ).toMatchInlineSnapshot(
      `"matmul: expected float32 or float64, got int32: convert with .to('float32')"`,
    )
    expect(refusal(DTypeError, () => where(ones([2]), 1, x))).toMatchInlineSnapshot(
      `"where: expected a bool condition, got float32: compare it first, as in .ne(0)"`,
    )
  })
  it('no tensors', () => {
    expect(refusal(DTypeError, () => x.add(untyped('1')))).toMatchInlineSnapshot(
      `"add: expected a Tensor or a number, got "1""`,
    )
    expect(refusal(DTypeError, () => x.add(untyped(undefined)))).toMatchInlineSnapshot(
      `"add: expected a Tensor or a number, got undefined"`,
    )
    expect(refusal(DTypeError, () => x.mul(untyped([1, 2])))).toMatchInlineSnapshot(
      `"mul: expected a Tensor or a number, got [1, 2]"`,
    )
    expect(refusal(DTypeError, () => x.matmul(untyped(2)))).toMatchInlineSnapshot(
      `"matmul: expected a Tensor, got 2: make one with tensor(…)"`,
    )
    expect(refusal(DTypeError, () => where(tensor(true), 1, 2))).toMatchInlineSnapshot(
      `"where: expected a Tensor, got 1 and 2"`,
    )
    expect(refusal(DTypeError, () => where(untyped(true), x, x))).toMatchInlineSnapshot(
      `"where: expected a Tensor, got true: make one with tensor(…)"`,
    )
    expect(refusal(DTypeError, () => cat(untyped([x, 1])))).toMatchInlineSnapshot(
      `"cat: expected a Tensor, got 1: make one with tensor(…)"`,
    )
    expect(refusal(DTypeError, () => stack(untyped([undefined, x])))).toMatchInlineSnapshot(
      `"stack: expected a Tensor, got undefined: make one with tensor(…)"`,
    )
    expect(refusal(ValueError, () => cat([] as Tensor[]))).toMatchInlineSnapshot(
      `"cat: expected an array of at least one tensor, got an empty one"`,
    )
    expect(refusal(ValueError, () => stack(untyped(x)))).toMatchInlineSnapshot(
      `"stack: expected an array of at least one tensor, got Tensor (2, 3)"`,
    )
    expect(
      refusal(DTypeError, () =>
        unary('twice', { f: (v) => 2 * v, vjp: (g) => g.mul(2) })(untyped(3)),
      ),
    ).toMatchInlineSnapshot(`"twice: expected a Tensor, got 3: make one with tensor(…)"`)
    expect(
      refusal(DTypeError, () =>
        defineOp({ name: 'mine', forward: () => {}, vjp: (g) => [g] })(untyped([1])),
      ),
    ).toMatchInlineSnapshot(`"mine: expected a Tensor, got 1: make one with tensor(…)"`)
  })
  it('shapes that do not broadcast', () => {
    expect(refusal(ShapeError, () => x.add(zeros([4])))).toMatchInlineSnapshot(
      `"add: cannot broadcast (2, 3) with (4): axis -1 is 3 and 4"`,
    )
    expect(refusal(ShapeError, () => x.eq(zeros([3, 3])))).toMatchInlineSnapshot(
      `"eq: cannot broadcast (2, 3) with (3, 3): axis -2 is 2 and 3"`,
    )
    expect(refusal(ShapeError, () => where(tensor([true, false]), x, x))).toMatchInlineSnapshot(
      `"where: cannot broadcast (2) with (2, 3): axis -1 is 2 and 3"`,
    )
    expect(refusal(ShapeError, () => x.broadcastTo([3]))).toMatchInlineSnapshot(
      `"broadcastTo: cannot broadcast (2, 3) to (3)"`,
    )
    expect(refusal(ShapeError, () => x.broadcastTo([4, 3]))).toMatchInlineSnapshot(
      `"broadcastTo: cannot broadcast (2, 3) to (4, 3)"`,
    )
    expect(refusal(ShapeError, () => x.broadcastTo([-1, 3]))).toMatchInlineSnapshot(
      `"broadcastTo: expected sizes that are whole numbers ≥ 0, got (-1, 3)"`,
    )
  })
  it('products', () => {
    expect(
      refusal(ShapeError, () => zeros([32, 27]).matmul(zeros([28, 64]))),
    ).toMatchInlineSnapshot(`"matmul: inner sizes differ: (32, 27) @ (28, 64)"`)
    expect(refusal(ShapeError, () => x.matmul(zeros([2])))).toMatchInlineSnapshot(
      `"matmul: inner sizes differ: (2, 3) @ (2)"`,
    )
    expect(refusal(ShapeError, () => x.matmul(tensor(2)))).toMatchInlineSnapshot(
      `"matmul: expected at least one axis each, got (2, 3) @ (): use mul"`,
    )
    expect(
      refusal(ShapeError, () => zeros([2, 2, 3]).matmul(zeros([3, 3, 2]))),
    ).toMatchInlineSnapshot(
      `"matmul of (2, 2, 3) @ (3, 3, 2): cannot broadcast (2) with (3): axis -1 is 2 and 3"`,
    )
  })
  it('bounds', () => {
    expect(refusal(ValueError, () => x.clamp(NaN, 1))).toMatchInlineSnapshot(
      `"clamp: expected bounds that are numbers, got NaN"`,
    )
    expect(refusal(ValueError, () => x.clamp(untyped('0')))).toMatchInlineSnapshot(
      `"clamp: expected bounds that are numbers, got "0""`,
    )
  })
})

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
