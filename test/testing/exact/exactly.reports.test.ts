// checkExactly itself: both sides of kinks, what it refuses, ops of the caller's, and its report.

import { fuse, LSTMCell, noGrad, type Tensor, unary, zeros } from 'tapegrad'
import { checkExactly } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { d, float64, gridded, gridLeaf } from '../../support/tensors.ts'
import { cube, errorOf, isCube } from './errorOf.ts'

describe('looks at both sides of a kink', () => {
  const relu = (isOff: 'above' | 'below' | null) =>
    unary('ramp', {
      f: (x) => Math.max(x, 0),
      vjp: (g, _, x) =>
        g
          .where(x.gt(0), isOff === 'below' ? 1 : 0)
          .mul(isOff === 'above' ? x.gt(0).to('float64').add(1) : 1),
    })
  const ops = { ramp: (x: Tensor) => x.relu() }
  test.each(['above', 'below'] as const)('%s', (side) => {
    for (const at of [-1, 1])
      expect(
        errorOf(() => checkExactly((x) => relu(side)(x), [d([at, at])], { ops })),
      ).toMatchObject({ op: 'ramp' })
  })
  test('and tells how many elements were on one side alone', () => {
    const { points, oneSided } = checkExactly((x) => x.square().relu().add(x.abs()), [d([1, 2, 3])])
    expect(oneSided).toBe(3)
    expect(points).toBeGreaterThan(8)
    expect(points).toBeLessThanOrEqual(38)
    expect(checkExactly((x) => relu(null)(x), [d([1])], { ops }).oneSided).toBe(0)
  })
  test('a point on a kink is left', () => {
    checkExactly((x) => x.relu(), [d([0, 0])])
    const bias = gridLeaf([1], 1)
    noGrad(() => bias.assign_(zeros([1], float64)))
    expect(errorOf(() => checkExactly((x) => bias.relu().add(x), [d([1])]))).toMatchObject({
      check: 'undecided',
    })
  })
})

describe('refuses', () => {
  test('ops that compute with numbers, and says what to do', () => {
    const error = errorOf(() => checkExactly((x) => cube(x), [d([1, 2])]))
    expect(error.message).toBe(
      'checkExactly: expected ops that are made of built-in ones, got cube of (2), which ' +
        'computes with numbers: check it with checkGradients, or say what it computes with ' +
        'tensors, { ops: { cube: (x) => … } }',
    )
    expect(error).toMatchObject({ check: 'inexpressible', op: 'cube' })
  })

  test('numbers that are changed in place, before they are', () => {
    const x = d([1, 2])
    const error = errorOf(() =>
      checkExactly(
        (y) => {
          noGrad(() => x.assign_(d([3, 4])))
          return y.mul(x)
        },
        [d([5, 6])],
      ),
    )
    expect(error).toMatchObject({ check: 'mutation' })
    expect(x.toArray()).toEqual([1, 2])
  })

  test('a result that is not recorded', () => {
    expect(errorOf(() => checkExactly((x) => x.detach(), [d([1])]))).toMatchObject({
      check: 'tape',
    })
  })

  test('infinities and quotients by 0', () => {
    expect(errorOf(() => checkExactly((x) => x.mul(Infinity), [d([1])]))).toMatchObject({
      check: 'undecided',
    })
    expect(errorOf(() => checkExactly((x) => x.div(x.sub(x)), [d([1])])).message).toContain(
      'a quotient by 0',
    )
    checkExactly((x) => x.where(x.lt(Infinity), Infinity), [d([1])])
  })
})

describe('ops of the caller', () => {
  test('by their slope: a function that nothing else is known of', () => {
    // Lambert's W: w·eʷ = x, w′ = w / (x·(1 + w)).
    const solve = (x: number): number => {
      let w = Math.log1p(x)
      for (let i = 0; i < 50; i++) w -= (w * Math.exp(w) - x) / (Math.exp(w) * (w + 1))
      return w
    }
    const w = (isRight: boolean) =>
      unary('W', {
        f: solve,
        vjp: (g, y, x) => g.mul(y).div(x.mul(isRight ? y.add(1) : y)),
      })
    const ops = { W: { slope: (x: Tensor, y: Tensor) => y.div(x.add(x.mul(y))) } }
    checkExactly((x) => w(true)(x).tanh(), [d([1, 2])], { ops, order: 3 })
    expect(errorOf(() => checkExactly((x) => w(false)(x), [d([1, 2])], { ops }))).toMatchObject({
      op: 'W',
    })
  })

  test('in a fused function', () => {
    const f = (x: Tensor): Tensor => cube(x).tanh().mul(x)
    checkExactly(fuse(f), [d([1, 2])], { ops: isCube, equals: f, order: 2 })
  })
})

describe('the report', () => {
  test('is the same for the same seed, and changes nothing', () => {
    const cell = new LSTMCell(2, 3, float64)
    const before = JSON.stringify(cell.stateDict())
    const check = (seed: number) =>
      checkExactly((x) => cell.forward(x).h, [gridded([2, 2], 1)], { seed })
    expect(check(3)).toEqual(check(3))
    expect(JSON.stringify(cell.stateDict())).toBe(before)
    expect(cell.weight_ih.grad).toBeNull()
  })

  test('has a degree and a bound that follow from the polynomials', () => {
    const report = checkExactly((x) => x.square(), [d([1, 2])])
    // ⟨u, 2·x·v⟩: three factors.
    expect(report).toEqual({
      order: 1,
      seed: 0,
      points: 1,
      ops: 3,
      comparisons: 1,
      free: 0,
      degree: 3,
      bound: 3 / 2 ** 61,
      oneSided: 0,
      combinations: 1,
      untried: 0,
    })
    const tanh = checkExactly((x) => x.tanh(), [d([1, 2])])
    expect(tanh.free).toBe(2)
    expect(tanh.degree).toBe(4 + 1)
  })

  test('adds points where the degree is high', () => {
    const powers = (x: Tensor): Tensor => {
      let y = x
      for (let i = 0; i < 6; i++) y = y.pow(64)
      return y
    }
    const { degree, bound, comparisons } = checkExactly(powers, [d([1.5])])
    expect(degree).toBeGreaterThan(64 ** 6)
    expect(degree / 2 ** 61).toBeGreaterThan(1e-9)
    expect(bound).toBeCloseTo((degree / 2 ** 61) ** 2, 30)
    expect(comparisons).toBe(2)
  })

  test('sums of quotients have a common denominator', () => {
    const normalised = (x: Tensor): Tensor => {
      let y = x
      for (let i = 0; i < 4; i++) y = y.div(y.square().sum().add(1).sqrt()).tanh().add(x)
      return y
    }
    const { degree, free } = checkExactly(normalised, [d([1, 2, 3, 4, 5, 6, 7, 8])])
    expect(free).toBe(36)
    expect(degree).toBeLessThan(2000)
  })

  test('is below 10⁻⁹ for a long recurrence', () => {
    const cell = new LSTMCell(2, 3, float64)
    const { bound } = checkExactly(
      (x) => {
        let state = cell.forward(x.select(0, 0))
        for (let t = 1; t < 20; t++) state = cell.forward(x.select(0, t), state)
        return state.h
      },
      [gridded([20, 2, 2], 1)],
    )
    expect(bound).toBeLessThan(1e-9)
  })
})
