// Runs of a fused function: on tensors that broadcast along several axes, and backward for some of
// its arguments.

import { fuse, grad, type Tensor, unary } from 'tapegrad'
import { expect, test } from 'vitest'
import { d, gridded, gridLeaf, numbersOf } from '../../support/tensors.ts'

const f = (a: Tensor, b: Tensor): Tensor => a.mul(b).tanh().add(a.square())

test.each([
  [
    [4, 1, 64],
    [1, 3, 64],
  ],
  [
    [4, 1, 5],
    [1, 3, 1],
  ],
  [
    [2, 1, 4, 1],
    [1, 3, 1, 5],
  ],
  // As many columns as examples have.
  [[3], [1]],
])('%s and %s', (...shapes) => {
  const fused = fuse(f)
  const [a, b] = shapes.map((shape, i) => gridLeaf(shape, i)) as [Tensor, Tensor]
  const [y, expected] = [fused(a, b), f(a, b)]
  expect(y.shape).toEqual(expected.shape)
  const gradOutputs = gridded(y.shape, 5)
  const all = [y, expected].map((one) => [one, ...grad(one, [a, b], { gradOutputs })])
  const [own, others] = all.map((ts) => ts.map((t) => numbersOf(t).map((v) => v.toFixed(10))))
  expect(own).toEqual(others)
})

test('the gradient by one argument, then by the other, of calls that record both', () => {
  const fused = fuse((a: Tensor, b: Tensor) => a.mul(b).add(a))
  const [a, b] = [gridLeaf([5], 1), gridLeaf([5], 2)]
  const by = (t: Tensor): number[] => numbersOf(grad(fused(a, b).sum(), t))
  expect(by(a)).toEqual(numbersOf(b).map((v) => v + 1))
  expect(by(b)).toEqual(numbersOf(a))
  expect(by(a)).toEqual(numbersOf(b).map((v) => v + 1))
})

test('a derivative with numbers of its own', () => {
  // The gradient by element i is i times what it should be.
  const ramp = unary('ramp', {
    f: (x) => x,
    vjp: (g) => g.mul(d(Array.from({ length: g.size }, (_, i) => i)).reshape([...g.shape])),
  })
  const fused = fuse((a: Tensor) => ramp(a).mul(2))
  const a = gridLeaf([4], 1)
  expect(numbersOf(grad(fused(a).sum(), a))).toEqual([0, 2, 4, 6])
})
