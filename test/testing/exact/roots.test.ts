// checkExactly on roots of perfect squares, roots of roots, and constants that floats round.

import { type Tensor, tensor, unary, where } from 'tapegrad'
import { checkExactly } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { d } from '../../support/tensors.ts'
import { errorOf } from './errorOf.ts'

const S = d([0.3, -1.2, 0.7])
const P = d([0.3, 1.2, 0.7])
const one = (x: Tensor): Tensor => x.square().add(x.mul(2)).add(1).sqrt()

describe('roots', () => {
  test.each<[string, Tensor[], (...x: Tensor[]) => Tensor, (...x: Tensor[]) => Tensor]>([
    ['x² + 2x + 1', [S], one, (x) => x.add(1).abs()],
    ['x² + 2x + 1 where x + 1 is positive', [P], one, (x) => x.add(1)],
    [
      'x² − 2xy + y²',
      [P, S],
      (x, y) => x.square().sub(x.mul(y).mul(2)).add(y.square()).sqrt(),
      (x, y) => x.sub(y).abs(),
    ],
    [
      'the deviation of two numbers',
      [d([0.3, 1.2])],
      (x) => x.sub(x.mean()).square().mean().sqrt(),
      (x) => x.select(0, 0).sub(x.select(0, 1)).abs().div(2),
    ],
    ['x to ¼, squared', [P], (x) => x.pow(0.25).square(), (x) => x.sqrt()],
    ['x to ¾', [P], (x) => x.pow(0.75), (x) => x.sqrt().mul(x.sqrt().sqrt())],
    ['x to −⅛', [P], (x) => x.pow(-0.125), (x) => x.log().div(-8).exp()],
  ])('%s', (_, inputs, fn, equals) => {
    checkExactly(fn, inputs, { equals })
  })

  test('by a formula, with its sign', () => {
    const by =
      (f: (x: Tensor) => Tensor) =>
      ([x]: readonly Tensor[], [u]: readonly Tensor[]): Tensor[] => [u.mul(f(x))]
    checkExactly(one, [S], { gradients: by((x) => x.add(1).sign()) })
    const error = errorOf(() => checkExactly(one, [S], { gradients: by((x) => x.sign()) }))
    expect(error).toMatchObject({ check: 'formula' })
  })

  test('a root of the other sign is another number', () => {
    const check = () => checkExactly(one, [d([-3])], { equals: (x) => x.add(1) })
    expect(errorOf(check)).toMatchObject({ check: 'equals' })
  })

  test('nor does a product with it pass by chance', () => {
    const fn = (x: Tensor): Tensor => one(x).mul(x)
    const equals = (x: Tensor): Tensor => x.square().add(x)
    for (let seed = 0; seed < 8; seed++)
      expect(errorOf(() => checkExactly(fn, [d([-3])], { equals, seed })).message).toMatch(
        /not equal for free values of [a-z, ]*sqrt/,
      )
  })

  test('where a sign was chosen nothing is certain', () => {
    // (x + 1)² (x + 2), of which no root is computed by name
    const cubic = (x: Tensor): Tensor => x.pow(3).add(x.square().mul(4)).add(x.mul(5)).add(2).sqrt()
    const equals = (x: Tensor): Tensor => x.add(2).sqrt().mul(x.add(1))
    const error = errorOf(() => checkExactly(cubic, [P], { equals: (x) => equals(x).add(0) }))
    expect(error.message).toMatch(/not equal for free values of [a-z, ]*sqrt/)
    const gradients = ([x]: readonly Tensor[], [u]: readonly Tensor[]): Tensor[] => [
      u.mul(x.sqrt().reciprocal()),
    ]
    const formula = errorOf(() => checkExactly((x) => x.sqrt(), [P], { gradients }))
    expect(formula.message).not.toContain('so the formula is off')
  })
})

describe('a constant that floats round', () => {
  const mean = (x: Tensor): Tensor => x.mean()
  const by = (f: (u: Tensor) => Tensor) => ({
    gradients: (_: readonly Tensor[], [u]: readonly Tensor[]) => [f(u).broadcastTo([3])],
  })
  test.each([S, tensor([1, 2, 3])])('1/3 for a third', (x) => {
    checkExactly(
      mean,
      [x],
      by((u) => u.div(3)),
    )
    const { message } = errorOf(() =>
      checkExactly(
        mean,
        [x],
        by((u) => u.mul(1 / 3)),
      ),
    )
    expect(message).toMatch(/equal if 0\.3333\d* stands for 1\/3, which .*: divide by 3$/)
    expect(message).not.toContain('off')
  })
  test('is no excuse for other differences', () => {
    const { message } = errorOf(() =>
      checkExactly(
        mean,
        [S],
        by((u) => u.mul(2 / 3)),
      ),
    )
    expect(message).toMatch(/so the formula is off$/)
  })
})

describe('an op of one’s own near a kink', () => {
  const elu = (f: (x: number) => number) =>
    unary('elu', { f, vjp: (g, y, x) => g.mul(where(x.gt(0), y.mul(0).add(1), y.add(1))) })
  const ops = { elu: (x: Tensor) => where(x.gt(0), x, x.exp().sub(1)) }
  test.each(['float32', 'float64'] as const)('ELU in %s', (dtype) => {
    for (const f of [(x: number) => Math.exp(x) - 1, Math.expm1]) {
      const own = elu((x) => (x > 0 ? x : f(x)))
      checkExactly((x) => own(x), [S.to(dtype)], { ops })
    }
  })
  test('which computes something else', () => {
    const own = elu((x) => (x > 0 ? x : x))
    const error = errorOf(() => checkExactly((x) => own(x), [S], { ops }))
    expect(error).toMatchObject({ check: 'ops', op: 'elu' })
    expect(error.message).toContain('without differences of numbers that are nearly equal')
  })
})
