// fuse: functions that need care one by one, and where fused functions are called.

import {
  detectAnomaly,
  fuse,
  grad,
  Linear,
  Module,
  noGrad,
  ones,
  type Tensor,
  tensor,
  unary,
  where,
  zeros,
} from 'tapegrad'
import { expect, test } from 'vitest'
import { expectClose, sizes } from '../../support/numbers.ts'
import { d, gridded, leaf, numbersOf } from '../../support/tensors.ts'
import {
  argumentsOf,
  cubed,
  distance,
  expectSame,
  type Function_,
  orders,
  scaled,
} from './fused.ts'

/** A row, a column, a 0-d tensor and a condition beside each other. */
const various = () => argumentsOf([[3, 40], [40], [3, 1], [], [3, 1]], { bools: [4] })

test.each<[string, Function_]>([
  [
    'ops of one number for a row',
    (x, r, c, n, b) => where(b, x.mul(c.exp()).add(n.tanh()), r.sigmoid()).add(c.square().sqrt()),
  ],
  [
    'comparisons of numbers for a row',
    (x, r, c, n, b) =>
      where(c.gt(n), x, r)
        .add(where(n.lt(0), c, 2))
        .add(where(b, n, c)),
  ],
  [
    'functions of numbers for a row',
    (x, r, c, n, b) =>
      where(b, cubed(c).add(distance(c, n)), distance(x, c))
        .add(r.sin())
        .add(c.clamp(-1, 0.5)),
  ],
])('%s', (_, f) => {
  expectSame(f, various)
})

test.each<[string, Function_]>([
  ['identity', (x) => x],
  ['a copy', (x) => x.clone().mul(2)],
  ['a reshape that changes nothing', (x) => x.reshape([...x.shape]).exp()],
  ['constants of 0 and −0', (x) => x.mul(-0).reciprocal().add(x.mul(0).reciprocal())],
  ['infinite constants', (x) => x.mul(Number.POSITIVE_INFINITY)],
  ['NaN', (x) => where(x.gt(0), x, Number.NaN)],
  ['one place of every number of a tensor', (x) => x.mul(ones([...x.shape], { dtype: x.dtype }))],
  ['a number that float32 rounds', (x) => distance(x.mul(0.1), 0.1).add(scaled(x, 0.1))],
  ['other attributes of one op', (x) => x.pow(2).add(x.pow(3)).add(scaled(x, 2)).sub(scaled(x, 3))],
  ['a product with 0', (x) => x.exp().mul(0)],
  ['one value many times', (x) => x.exp().add(x.exp()).mul(x.exp())],
])('functions of one argument: %s', (_, f) => {
  const numbers = [Number.NaN, -0, 0, 1, -1.5, Number.POSITIVE_INFINITY, 0.1]
  for (const dtype of ['float32', 'float64'] as const) {
    const x = tensor(numbers, { dtype })
    expect(numbersOf(fuse(f)(x))).toEqual(numbersOf(f(x)))
    const slopes = [fuse(f), f].map((one) => {
      const own = leaf([0.5, -1.5, 2, 0.1], dtype)
      return numbersOf(grad(one(own).sum(), own))
    })
    expect(slopes[0]).toEqual(slopes[1])
  }
})

test('hundreds of steps, and of values at a time', () => {
  const chain: Function_ = (x) => {
    let y = x
    for (let i = 0; i < 200; i++) y = y.mul(0.9).add(x.tanh())
    return y
  }
  const many: Function_ = (x, row) =>
    Array.from({ length: 500 }, (_, i) => x.add(i / 256).exp())
      .reduceRight((a, b) => a.mul(0.5).add(b))
      .add(row.exp())
  const custom: Function_ = (x, row) =>
    Array.from({ length: 80 }, (_, i) => cubed(x.add(i / 256)))
      .reduceRight((a, b) => a.mul(0.5).add(b))
      .add(row)
  expectSame(chain, () => argumentsOf([[1100]]))
  expectSame(many, () => argumentsOf([[2, 1100], [1100]]), 1e-11)
  expectSame(
    many,
    () =>
      argumentsOf([
        [2, 40],
        [2, 1],
      ]),
    1e-11,
  )
  expectSame(custom, () => argumentsOf([[2, 1100], [1100]]), 1e-11)
})

test('attributes that are functions, or objects of classes', () => {
  class Share {
    readonly by: number
    constructor(by: number) {
      this.by = by
    }
  }
  const [half, third] = [new Share(1 / 2), new Share(1 / 3)]
  const applied = unary<{ f: (x: number) => number; share: Share }>('applied', {
    f: (x, { f, share }) => f(x) * share.by,
    vjp: (g) => g,
  })
  const f: Function_ = (x) =>
    applied(x, { f: Math.sin, share: half })
      .add(applied(x, { f: Math.cos, share: half }).mul(2))
      .add(applied(x, { f: Math.cos, share: third }).mul(3))
  const x = d([0.5, 1])
  expect(numbersOf(fuse(f)(x))).toEqual(numbersOf(f(x)))
})

test('a fused function in another one', () => {
  const square = fuse((x: Tensor) => x.mul(x))
  const inner = fuse((x: Tensor, b: Tensor) => square(x).add(b.exp()))
  const f = (x: Tensor, b: Tensor) => inner(x.tanh(), b).mul(square(b))
  const plain = (x: Tensor, b: Tensor) => {
    const t = x.tanh()
    return t.mul(t).add(b.exp()).mul(b.mul(b))
  }
  const both = [fuse(f as Function_), plain as Function_].map((one) =>
    orders(one, () =>
      argumentsOf([
        [3, 40],
        [3, 1],
      ]),
    ),
  )
  expect(both[0]?.value).toEqual(both[1]?.value)
  expectClose(both[0]?.derivatives, both[1]?.derivatives, 1e-12)
})

test('in the forward of a module', () => {
  class Net extends Module {
    readonly linear = new Linear(3, 4, { dtype: 'float64' })
    readonly act = fuse((x: Tensor) => x.mul(x.mul(1.702).sigmoid()))
    forward(x: Tensor): Tensor {
      return this.act(this.linear.forward(x as never) as Tensor)
    }
  }
  const net = new Net()
  const x = gridded([5, 3], 2)
  net.forward(x).sum().backward()
  const z = net.linear.forward(x as never) as Tensor
  const expected = grad(z.mul(z.mul(1.702).sigmoid()).sum(), net.linear.weight)
  expectClose(numbersOf(net.linear.weight.grad as Tensor), numbersOf(expected), 1e-14)
})

test('an anomaly names the op in it', () => {
  const f = fuse((x: Tensor) => x.add(1).log().mul(2))
  const x = leaf([-2])
  expect(() => detectAnomaly(() => f(x))).toThrow(/log/)
})

test('other dtypes, with and without gradients, one after the other', () => {
  let calls = 0
  const f = fuse((x: Tensor, y: Tensor) => {
    calls++
    return where(x.gt(0), x.mul(y), y)
  })
  const plain: Function_ = (x, y) => where(x.gt(0), x.mul(y), y)
  for (const dtype of ['float64', 'float32', 'float64', 'float32'] as const)
    for (const requiresGrad of [false, true]) {
      const args = [1, 2].map((seed) => gridded([2, 3], seed, dtype))
      for (const t of args) t.requiresGrad = requiresGrad
      const [x, y] = args as [Tensor, Tensor]
      expect(f(x, y).dtype).toBe(dtype)
      expect(numbersOf(f(x, y))).toEqual(numbersOf(plain(x, y)))
      if (requiresGrad)
        expect(numbersOf(grad(f(x, y).sum(), x))).toEqual(numbersOf(grad(plain(x, y).sum(), x)))
    }
  expect(calls).toBe(4)
})

test('gradients for one argument, then for the other, by one fused function', () => {
  const f: Function_ = (a, b) => a.mul(2).add(b.mul(3))
  const fused = fuse(f)
  for (const requires of [
    [true, false],
    [false, true],
    [true, true],
  ]) {
    const args = [1, 2].map((seed) => gridded([5], seed))
    requires.forEach((needed, i) => {
      ;(args[i] as Tensor).requiresGrad = needed
    })
    const targets = args.filter((_, i) => requires[i])
    const gradients = grad(fused(...args).sum(), targets).map((t) => t.toArray())
    expect(gradients).toEqual([2, 3].filter((_, i) => requires[i]).map((x) => Array(5).fill(x)))
  }
})

test('where no result depends on the argument that requires a gradient', () => {
  const f = fuse((x: Tensor, y: Tensor) => where(x.gt(0), y, y.neg()))
  const x = leaf([1, -1])
  const y = f(x, d([3, 4]))
  expect(numbersOf(grad(y.sum(), x, { allowUnused: true }))).toEqual([0, 0])
  const recorded = grad(f(x, d([3, 4])).sum(), x, { allowUnused: true, createGraph: true })
  expect(numbersOf(recorded)).toEqual([0, 0])
})

test('the arguments and their numbers stay as they are', () => {
  const x = leaf('1 2; 3 4')
  const y = fuse((t: Tensor) => t)(x)
  expect(y).not.toBe(x)
  noGrad(() => y.detach())
  expect(numbersOf(x)).toEqual([1, 2, 3, 4])
  expect(fuse((t: Tensor) => t.exp())(zeros(sizes(0, 3))).shape).toEqual([0, 3])
})
