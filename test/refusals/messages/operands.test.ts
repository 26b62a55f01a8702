// What ops refuse as operands, with their messages.

import {
  cat,
  DTypeError,
  defineOp,
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
