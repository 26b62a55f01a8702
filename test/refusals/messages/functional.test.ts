// What valueAndGrad, vjp, jvp, jacobian, hessian and hvp refuse, word for word; afterwards
// everything is as before.

import {
  DTypeError,
  grad,
  hessian,
  hvp,
  jacobian,
  jvp,
  MemoryError,
  ShapeError,
  TapeError,
  type Tensor,
  tensor,
  ValueError,
  valueAndGrad,
  vjp,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { refusal, untyped } from '../../support/refusal.ts'
import { d } from '../../support/tensors.ts'

const square = (x: Tensor): Tensor => x.square()
const product = (x: Tensor, w: Tensor): Tensor => x.matmul(w)

describe('refusals', () => {
  const x = d([1, 2])
  it('a function that is none, or does not return a float tensor', () => {
    expect(refusal(ValueError, () => jvp(untyped(x), x, x))).toMatchInlineSnapshot(
      `"jvp: expected a function of tensors, got Tensor (2)"`,
    )
    expect(
      refusal(DTypeError, () =>
        valueAndGrad(
          untyped(() => undefined),
          x,
        ),
      ),
    ).toMatchInlineSnapshot(`"valueAndGrad: expected fn to return a Tensor, got undefined"`)
    expect(
      refusal(DTypeError, () =>
        jacobian(
          untyped((x: Tensor) => [x]),
          x,
        ),
      ),
    ).toMatchInlineSnapshot(`"jacobian: expected fn to return a Tensor, got [Tensor (2)]"`)
    expect(
      refusal(DTypeError, () =>
        vjp(
          untyped(async (x: Tensor) => x),
          x,
        ),
      ),
    ).toMatchInlineSnapshot(`"vjp: expected fn to return a Tensor, got Promise"`)
    expect(refusal(MemoryError, () => jacobian((y) => y, zeros([1e5])))).toMatch(
      /^jacobian: expected room for \(100000, 100000\) float32, 38147 MiB, got none: the heap \(at /,
    )
    expect(refusal(MemoryError, () => hessian((y) => y.square().sum(), zeros([1e5])))).toMatch(
      /^hessian: expected room for \(100000, 100000\) float32/,
    )
    expect(refusal(DTypeError, () => jacobian((x) => x.gt(0), x))).toMatchInlineSnapshot(
      `"jacobian: expected fn to return float32 or float64, got bool: it has no derivative"`,
    )
  })
  it('more than one number where one is expected', () => {
    expect(refusal(ShapeError, () => valueAndGrad(square, x))).toMatchInlineSnapshot(
      '"valueAndGrad: expected fn to return one number, got shape (2): reduce it with sum() or ' +
        'mean(), or use jacobian or vjp"',
    )
    expect(refusal(ShapeError, () => hessian(square, x))).toMatchInlineSnapshot(
      '"hessian: expected fn to return one number, got shape (2): reduce it with sum() or ' +
        'mean(), or use jacobian or vjp"',
    )
    expect(refusal(ShapeError, () => hvp(square, x, x))).toMatchInlineSnapshot(
      '"hvp: expected fn to return one number, got shape (2): reduce it with sum() or mean(), ' +
        'or use jacobian or vjp"',
    )
  })
  it('inputs that are no float tensors', () => {
    expect(refusal(DTypeError, () => vjp(square, untyped(2)))).toMatchInlineSnapshot(
      `"vjp: expected a Tensor or an array of them as inputs, got 2"`,
    )
    expect(refusal(DTypeError, () => vjp(square, [x, untyped('x')]))).toMatchInlineSnapshot(
      `"vjp: expected a Tensor, got "x": make one with tensor(…)"`,
    )
    expect(
      refusal(DTypeError, () => hessian((a) => a.sum(), [x, tensor([1], { dtype: 'int32' })])),
    ).toMatchInlineSnapshot(
      `"hessian: expected input 1 to be float32 or float64, got int32: let fn capture it instead"`,
    )
  })
  it('tangents and cotangents that do not fit', () => {
    expect(refusal(ValueError, () => jvp(square, x, untyped([x])))).toMatchInlineSnapshot(
      `"jvp: expected tangents like the inputs, one tensor, got an array of 1"`,
    )
    expect(refusal(ValueError, () => jvp(product, [x, x], [x]))).toMatchInlineSnapshot(
      `"jvp: expected tangents like the inputs, an array of 2, got an array of 1"`,
    )
    expect(refusal(ValueError, () => hvp(product, x, untyped(undefined)))).toMatchInlineSnapshot(
      `"hvp: expected tangents like the inputs, one tensor, got undefined"`,
    )
    expect(refusal(ShapeError, () => jvp(square, x, d([1])))).toMatchInlineSnapshot(
      `"jvp: expected a tangent of shape (2), got (1)"`,
    )
    expect(
      refusal(ShapeError, () => hvp(product, [x, x], [x, d([1, 2, 3])])),
    ).toMatchInlineSnapshot(`"hvp: expected tangent 1 of shape (2), got (3)"`)
    expect(refusal(DTypeError, () => jvp(square, x, tensor([1, 2])))).toMatchInlineSnapshot(
      `"jvp: dtypes differ: float64 and float32: convert one with .to('float64')"`,
    )
    const { pullback } = vjp(square, x)
    expect(refusal(ShapeError, () => pullback(d(1)))).toMatchInlineSnapshot(
      `"vjp: expected a cotangent of shape (2), got ()"`,
    )
    expect(refusal(DTypeError, () => pullback(untyped(undefined)))).toMatchInlineSnapshot(
      `"vjp: expected a Tensor, got undefined: make one with tensor(…)"`,
    )
    expect(pullback(x).toArray()).toEqual([2, 8])
  })
  it('before fn is run', () => {
    let ran = 0
    const counted = (x: Tensor): Tensor => {
      ran++
      return x.sum()
    }
    expect(() => jvp(counted, x, d([1]))).toThrow(ShapeError)
    expect(() => hvp(counted, x, untyped([x]))).toThrow(ValueError)
    expect(ran).toBe(0)
  })
  it('a graph that was walked before', () => {
    const w = tensor([1, 2], { dtype: 'float64', requiresGrad: true })
    const h = w.square()
    h.sum().backward()
    // By x alone nothing behind h matters; by w everything.
    expect(valueAndGrad((t) => t.mul(h).sum(), x).grad.toArray()).toEqual([1, 4])
    expect(refusal(TapeError, () => grad(w.mul(h).sum(), w))).toMatchInlineSnapshot(
      '"backward: this graph goes on from one that was already walked (square (2)): detach() ' +
        'what is carried over, a state with detachState(state), or pass { retainGraph: true } ' +
        'to the first backward()"',
    )
  })
})
