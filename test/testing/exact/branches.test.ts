// checkExactly on derivatives that branch: by the cotangent's sign and size, and at kinks that are
// in the derivative, the formula or the other function alone.

import { type Tensor, unary, where } from 'tapegrad'
import { checkExactly } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { d } from '../../support/tensors.ts'
import { errorOf } from './errorOf.ts'

const x = [d([1, 2])] as const
const squared = { ops: { sq: (x: Tensor) => x.square() } }
const square = (x: number): number => x * x
const same = (x: number): number => x
const squareWith = (vjp: (g: Tensor, y: Tensor, x: Tensor) => Tensor) =>
  unary('sq', { f: square, vjp })

describe('finds derivatives that are not linear in the cotangent', () => {
  const bent = (f: (x: number) => number, vjp: (g: Tensor, y: Tensor, x: Tensor) => Tensor) =>
    unary('bent', { f, vjp })
  test.each<[string, number[], (x: Tensor) => Tensor, (x: Tensor) => Tensor]>([
    ['its size', [1], bent(square, (g, _, x) => g.abs().mul(x).mul(2)), (x) => x.square()],
    ['clamped', [1], bent(same, (g) => g.clamp(-1, 1)), (x) => x.clone()],
    ['clamped at much', [1], bent(same, (g) => g.clamp(-1e5, 1e5)), (x) => x.clone()],
    ['clamped at little', [1], bent(same, (g) => g.clamp(1e-5, Infinity)), (x) => x.clone()],
    [
      'guided backpropagation',
      [1],
      bent(
        (x) => Math.max(x, 0),
        (g, _, x) => where(x.gt(0), g.relu(), 0),
      ),
      (x) => x.relu(),
    ],
    ['its square', [1, 2], bent(same, (g) => g.square()), (x) => x.clone()],
  ])('%s', (_, at, op, is) => {
    for (const seed of [0, 1, 2, 3, 4, 5, 6, 7]) {
      const options = { ops: { bent: is }, seed }
      const check = () => checkExactly(op, [d(at)], options)
      const error = errorOf(check)
      expect(error).toMatchObject({ check: 'derivative', op: 'bent' })
      expect(error.message).toMatch(
        /the op bent of \(\d\) is off by itself: its derivative is not linear in its cotangent$/,
      )
    }
  })

  test('in a formula', () => {
    const check = () =>
      checkExactly((x) => x.square(), [d([1])], {
        gradients: ([x], [u]) => [(u as Tensor).abs().mul(x).mul(2)],
      })
    const error = errorOf(check)
    expect(error).toMatchObject({ check: 'formula' })
    expect(error.message).toContain('so the formula is off: it is not linear in its cotangent')
  })

  test('and says so of no other one, however wrong', () => {
    for (const wrong of [2, -1, 1 + 2 ** -40]) {
      const off = bent(square, (g, _, x) => g.mul(x.abs()).mul(wrong))
      const error = errorOf(() => checkExactly(off, x, { ops: { bent: (x) => x.square() } }))
      expect(error.message).toContain('bent of (2) is off by itself')
      expect(error.message).not.toContain('linear')
    }
  })

  test('of the second order', () => {
    const bent = unary('bent', { f: same, vjp: (g) => g.abs().mul(g.sign()) })
    const slope = unary('slope', { f: (x) => 2 * x, vjp: (g) => g.abs().mul(2) })
    const sq = squareWith((g, _, x) => g.mul(slope(x)))
    const ops = {
      ...squared.ops,
      slope: (x: Tensor) => x.mul(2),
    }
    const check = () => checkExactly((x) => sq(x), x, { ops, order: 2 })
    expect(errorOf(check)).toMatchObject({ order: 2, op: 'slope' })
    checkExactly((x) => bent(x), x, { ops: { bent: (x: Tensor) => x.clone() } })
  })
})

describe('looks at both sides of a kink that fn has not', () => {
  test('in the derivative of an op', () => {
    const sq = squareWith((g, _, x) => g.mul(x.abs()).mul(2))
    expect(errorOf(() => checkExactly((x) => sq(x), x, squared))).toMatchObject({ op: 'sq' })
    const far = squareWith((g, _, x) => g.mul(x.clamp(-1e6, 1e6)).mul(2))
    expect(errorOf(() => checkExactly((x) => far(x), x, squared))).toMatchObject({ op: 'sq' })
    const near = squareWith((g, _, x) => g.mul(where(x.abs().gt(1e-6), x, 0)).mul(2))
    expect(errorOf(() => checkExactly((x) => near(x), x, squared))).toMatchObject({ op: 'sq' })
  })

  test.each([10, 1e6, 1e12])('in a formula, at %d', (bound) => {
    for (const seed of [0, 1, 2, 3]) {
      const check = () =>
        checkExactly((x) => x.square(), x, {
          gradients: ([x], [u]) => [(u as Tensor).mul(x.clamp(-bound, bound)).mul(2)],
          seed,
        })
      expect(errorOf(check)).toMatchObject({ check: 'formula' })
    }
  })

  test('in the other function', () => {
    const check = () => checkExactly((x) => x.square(), x, { equals: (x) => x.mul(x.abs()) })
    expect(errorOf(check)).toMatchObject({ check: 'equals' })
  })

  test('and counts those of which one side was seen, each once', () => {
    const equals = (x: Tensor): Tensor => x.square().add(x.square().add(1).relu().mul(0))
    expect(checkExactly((x) => x.square(), x, { equals }).oneSided).toBe(2)
    const other = (x: Tensor): Tensor => x.square().maximum(-1).maximum(-1)
    expect(checkExactly((x) => x.square().maximum(-1), x, { equals: other }).oneSided).toBe(2)
    const clamped = checkExactly((x) => x.clamp(-1e6, 1e6).add(x.clamp(-1e6, 1e6)), x)
    expect(clamped.oneSided).toBe(0)
    expect(checkExactly((x) => x.where(x.lt(Infinity), 0).relu(), x).oneSided).toBe(0)
  })
})
