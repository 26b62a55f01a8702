// checkExactly at several kinks: every combination of their sides along lines through the inputs,
// wherever the kinks are, and on whichever side of a comparison the bound stands.

import { type Tensor, unary, where } from 'tapegrad'
import { checkExactly } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { d } from '../../support/tensors.ts'
import { errorOf } from './errorOf.ts'

const SEEDS = [0, 1, 2, 3]
/** 1 where it holds. */
const one = (t: Tensor): Tensor => t.to('float64')
/** x², with a slope that something is added to. */
const squareWith = (off: (x: Tensor) => Tensor) =>
  unary('sq', { f: (x) => x * x, vjp: (g, _, x) => g.mul(x.mul(2).add(off(x))) })
const ops = { sq: (x: Tensor) => x.square() }

test.each([
  [0, 1],
  [1, 1.01],
  [-3, -2.99],
  [1e6, 1.001e6],
  [-1e-6, 1e-6],
  [5, 1e9],
])('a slope that is off between %d and %d alone', (from, to) => {
  const off = squareWith((x) => one(x.gt(from)).mul(one(x.lt(to))))
  for (const at of [[0.5], [1, 2], [-1, 3, 7]])
    for (const seed of SEEDS)
      expect(errorOf(() => checkExactly(off, [d(at)], { ops, seed }))).toMatchObject({ op: 'sq' })
})

test.each<[string, (x: Tensor) => Tensor]>([
  ['minimum, left', (x) => x.minimum(1e6)],
  ['minimum, right', (x) => d(1e6).minimum(x)],
  ['maximum, right', (x) => d(-1e9).maximum(x)],
  ['a comparison, left', (x) => where(x.gt(1e6), 0, x)],
  ['a comparison, right', (x) => where(d(1e6).lt(x), 0, x)],
  ['a comparison of near 0, right', (x) => where(d(1e-6).gt(x.abs()), 0, x)],
  ['a square, right', (x) => where(d(1e8).lt(x.square()), 0, x)],
])('a far bound: %s', (_, bounded) => {
  for (const seed of SEEDS) {
    const gradients = ([x]: [Tensor], [u]: readonly Tensor[]) => [
      bounded(x)
        .mul(2)
        .mul(u as Tensor),
    ]
    const check = () => checkExactly((x) => x.square(), [d([1, 2])], { gradients, seed })
    expect(errorOf(check)).toMatchObject({ check: 'formula' })
  }
})

test('a far bound of the cotangent, on the right', () => {
  const gradients = ([x]: [Tensor], [u]: readonly Tensor[]) => [
    d(1e9)
      .minimum(u as Tensor)
      .mul(x)
      .mul(2),
  ]
  for (const seed of SEEDS)
    expect(
      errorOf(() => checkExactly((x) => x.square(), [d([3])], { gradients, seed })).message,
    ).toContain('it is not linear in its cotangent')
})

describe('kinks of several inputs', () => {
  const product = (x: Tensor, y: Tensor): Tensor => x.mul(y)
  test.each<[string, (x: Tensor, y: Tensor) => Tensor]>([
    ['x > 0, y > 0', (x, y) => one(x.gt(0)).mul(one(y.gt(0)))],
    ['x > 0, y < 0', (x, y) => one(x.gt(0)).mul(one(y.lt(0)))],
    ['x < 0, y > 0', (x, y) => one(x.lt(0)).mul(one(y.gt(0)))],
    ['x < 0, y < 0', (x, y) => one(x.lt(0)).mul(one(y.lt(0)))],
    ['x > 10⁶ y', (x, y) => one(x.gt(y.mul(1e6)))],
    ['x·y > 10⁸', (x, y) => one(x.mul(y).gt(1e8))],
  ])('a slope that is off where %s', (_, off) => {
    for (const seed of SEEDS)
      for (const signs of [1, -1])
        expect(
          errorOf(() =>
            checkExactly(product, [d([1]), d([2 * signs])], {
              gradients: ([x, y], [u]) => [y.add(off(x, y)).mul(u as Tensor), x.mul(u as Tensor)],
              seed,
            }),
          ),
        ).toMatchObject({ check: 'formula', input: 0 })
  })
})

describe('the report', () => {
  test('has the combinations of one input, all of them tried', () => {
    const { combinations, untried, oneSided } = checkExactly(
      (x) => x.clamp(-1, 1).add(x.relu()),
      [d([0.5])],
    )
    expect([combinations, untried, oneSided]).toEqual([4, 0, 0])
  })
  test('says how many are left', () => {
    const steps = (x: Tensor): Tensor =>
      Array.from({ length: 30 }, (_, k) => x.sub(k).relu()).reduce((a, b) => a.add(b))
    const { combinations, untried } = checkExactly(steps, [d([0.5])])
    expect(combinations).toBe(12)
    expect(combinations + untried).toBe(31)
  })
  test('has one without kinks', () => {
    expect(checkExactly((x) => x.square(), [d([0.5])])).toMatchObject({
      combinations: 1,
      untried: 0,
    })
  })
})
