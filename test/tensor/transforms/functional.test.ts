// The transforms valueAndGrad, vjp, jvp, jacobian, hessian and hvp: known values, and the shapes
// they promise.

import {
  hessian,
  hvp,
  jacobian,
  jvp,
  LSTM,
  ones,
  randn,
  type Tensor,
  tensor,
  valueAndGrad,
  vjp,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { weightsLike } from '../../support/derivatives.ts'
import { expectClose } from '../../support/numbers.ts'
import { d, leaf, numbersOf } from '../../support/tensors.ts'

const square = (x: Tensor): Tensor => x.square()
const product = (x: Tensor, w: Tensor): Tensor => x.matmul(w)

describe('known values', () => {
  const x = d([1, 2])
  const A = d('1 2; 3 4; 5 6')

  it('valueAndGrad', () => {
    const { value, grad: slope } = valueAndGrad((x) => x.pow(3).sum(), x)
    expect([value.item(), slope.toArray()]).toEqual([9, [3, 12]])
  })

  it('vjp, as often as it is asked', () => {
    const { value, pullback } = vjp((x) => A.matmul(x), x)
    expect(value.toArray()).toEqual([5, 11, 17])
    for (let k = 0; k < 3; k++) expect(pullback(d([1, 10, 100])).toArray()).toEqual([531, 642])
    expect(pullback(d([0, 0, 1])).toArray()).toEqual([5, 6])
  })

  it('jvp', () => {
    const { value, tangent } = jvp((x) => A.matmul(x).square(), x, d([1, -1]))
    expect(value.toArray()).toEqual([25, 121, 289])
    expect(tangent.toArray()).toEqual([-10, -22, -34])
  })

  it('jacobian: [...y.shape, ...x.shape]', () => {
    expect(jacobian((x) => A.matmul(x), x).toArray()).toEqual(A.toArray())
    const J = jacobian((x) => x.unsqueeze(1).mul(x), x)
    expect(J.shape).toEqual([2, 2, 2])
    expect(J.toArray()).toEqual(d(['2 0; 2 1', '2 1; 0 4']).toArray())
    expect(jacobian((x) => x.sum(), x).toArray()).toEqual([1, 1])
    expect(jacobian(square, d(3)).toArray()).toBe(6)
  })

  it('hessian: [...x.shape, ...x.shape], and hvp', () => {
    const f = (x: Tensor): Tensor => x.select(0, 0).square().mul(x.select(0, 1))
    expect(hessian(f, x).toArray()).toEqual(d('4 2; 2 0').toArray())
    expect(hvp(f, x, d([10, 1])).toArray()).toEqual([42, 20])
    expect(hessian((X) => X.square().sum(), zeros([2, 3])).shape).toEqual([2, 3, 2, 3])
  })

  it('of a function that returns its input, or a tensor it captured', () => {
    expect(jvp((x) => x, x, d([3, 4])).tangent.toArray()).toEqual([3, 4])
    expect(
      vjp((x) => x, x)
        .pullback(d([3, 4]))
        .toArray(),
    ).toEqual([3, 4])
    expect(jvp(() => A, x, x).tangent.toArray()).toEqual(zeros([3, 2]).toArray())
    const w = leaf([7, 8])
    expect(
      vjp(() => w, x)
        .pullback(d([3, 4]))
        .toArray(),
    ).toEqual([0, 0])
  })
})

describe('inputs and results', () => {
  const [X, W] = [d('1 2 3; 4 5 6'), d('1 0; 0 1; 2 2')]

  it('an array gives arrays, one tensor one', () => {
    const u = ones([2, 2], { dtype: 'float64' })
    expect(
      vjp(product, [X, W])
        .pullback(u)
        .map((g) => g.shape),
    ).toEqual([
      [2, 3],
      [3, 2],
    ])
    expect(vjp((x) => product(x, W), [X]).pullback(u)).toHaveLength(1)
    expect(jacobian(product, [X, W]).map((J) => J.shape)).toEqual([
      [2, 2, 2, 3],
      [2, 2, 3, 2],
    ])
    const scalar = (x: Tensor, w: Tensor): Tensor => product(x, w).square().sum()
    expect(valueAndGrad(scalar, [X, W]).grad.map((g) => g.shape)).toEqual([
      [2, 3],
      [3, 2],
    ])
    expect(hvp(scalar, [X, W], [X, W]).map((g) => g.shape)).toEqual([
      [2, 3],
      [3, 2],
    ])
    expect(hessian(scalar, [X, W]).map((row) => row.map((H) => H.shape))).toEqual([
      [
        [2, 3, 2, 3],
        [2, 3, 3, 2],
      ],
      [
        [3, 2, 2, 3],
        [3, 2, 3, 2],
      ],
    ])
    expect(jvp(product, [X, W], [X, W]).tangent.toArray()).toEqual(product(X, W).mul(2).toArray())
  })

  it('one tensor given twice is two inputs', () => {
    const x = leaf([2, 3])
    expect(valueAndGrad((a, b) => a.mul(b).sum(), [x, x]).grad.map((g) => g.toArray())).toEqual([
      [2, 3],
      [2, 3],
    ])
    const { grad: slopes } = valueAndGrad((a, b) => a.square().mul(b).sum(), [x, x])
    expect(slopes.map((g) => g.toArray())).toEqual([
      [8, 18],
      [4, 9],
    ])
  })

  it('an unused input gets zeros, of every order', () => {
    const x = d([1, 2])
    const f = (a: Tensor): Tensor => a.square().sum()
    expect(valueAndGrad(f, [x, W]).grad[1].toArray()).toEqual(zeros([3, 2]).toArray())
    expect(jacobian(square, [x, W])[1].toArray()).toEqual(zeros([2, 3, 2]).toArray())
    expect(hessian(f, [x, W])[0][1].toArray()).toEqual(zeros([2, 3, 2]).toArray())
    expect(hessian(f, [x, W])[1][1].toArray()).toEqual(zeros([3, 2, 3, 2]).toArray())
    expect(hvp(f, [x, W], [x, W])[1].toArray()).toEqual(zeros([3, 2]).toArray())
    expect(jvp(square, [x, W], [d([0, 0]), W]).tangent.toArray()).toEqual([0, 0])
    expect(hessian((a) => a.sum(), x).toArray()).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  it('0-d, empty and float32', () => {
    expect(hessian((x) => x.exp().sum(), zeros([0])).shape).toEqual([0, 0])
    expect(jacobian((x) => x.slice(0, 0, 0), d([1, 2])).shape).toEqual([0, 2])
    expect(jvp(square, zeros([0, 3]), zeros([0, 3])).tangent.shape).toEqual([0, 3])
    expect(valueAndGrad((x) => x.mul(x), d(3)).grad.item()).toBe(6)
    const single = tensor([1, 2])
    const found = [
      jvp(square, single, single).tangent,
      jacobian(square, single),
      hvp((x) => x.pow(3).sum(), single, single),
      vjp(square, single).value,
    ]
    expect(found.map((t) => t.dtype)).toEqual(found.map(() => 'float32'))
    expect(jacobian((x) => x.to('float64'), single).dtype).toBe('float32')
  })

  it('of a flipped input, and of a layer', () => {
    expect(jacobian((x) => x.sum(0), X.t()).toArray()).toEqual(
      d(['1 0; 1 0; 1 0', '0 1; 0 1; 0 1']).toArray(),
    )
    const model = new LSTM(2, 3, { dtype: 'float64' })
    const x = randn([1, 2, 2], { dtype: 'float64' })
    const run = (x: Tensor): Tensor => model.forward(x).output
    const v = weightsLike(x, 1)
    const { tangent } = jvp(run, x, v)
    expectClose(
      numbersOf(jacobian(run, x).reshape([6, 4]).matmul(v.flatten())),
      numbersOf(tangent),
      1e-12,
    )
  })

  it('leave inputs, captured tensors and their gradients alone', () => {
    const [x, w] = [leaf([1, 2]), leaf([3, 4])]
    const f = (x: Tensor): Tensor => x.mul(w).square().sum()
    valueAndGrad(f, x)
    hvp(f, x, d([1, 1]))
    hessian(f, d([1, 1]))
    expect([x.grad, w.grad, x.isLeaf, x.toArray(), w.toArray()]).toEqual([
      null,
      null,
      true,
      [1, 2],
      [3, 4],
    ])
    const plain = d([1, 2])
    jvp(square, plain, plain)
    expect(plain.requiresGrad).toBe(false)
  })
})
