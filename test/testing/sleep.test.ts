// Wrong derivatives where a tolerance could swallow them: in small units, beside large terms, in one
// of many parts. Every checker rejects them, and accepts the right ones there; what compares nothing
// is refused.

import fc from 'fast-check'
import { type Tensor, tensor, unary } from 'tapegrad'
import * as testing from 'tapegrad/testing'
import { CheckError, checkAgainst, checkForwardMode, checkGradients } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { d } from './plant.ts'

const float64 = { dtype: 'float64' } as const
const cubic = (factor: number) =>
  unary('cube', { f: (x) => x ** 3, vjp: (g, _, x) => g.mul(x.square()).mul(factor) })
const [right, wrong] = [cubic(3), cubic(4.5)]

function rejection(check: () => unknown): CheckError {
  try {
    check()
  } catch (error) {
    if (error instanceof CheckError) return error
    throw error
  }
  return expect.fail('expected a CheckError, got none')
}

type Hidden = (cube: (x: Tensor) => Tensor) => (x: Tensor) => Tensor | Tensor[]
const hidden: Record<string, Hidden> = {
  'behind mul(1e-9)': (cube) => (x) => cube(x).mul(1e-9),
  'behind mul(1e-30)': (cube) => (x) => cube(x).mul(1e-30),
  'beside terms of 1e11': (cube) => (x) => cube(x).add(1e11),
  'in 1e-9, beside 1': (cube) => (x) => cube(x).mul(1e-9).add(1),
  'beside an output of 1e11': (cube) => (x) => [cube(x), x.sin().mul(1e11)],
  'in an output of 1e-9 beside others': (cube) => (x) => [cube(x).mul(1e-9), x.sin()],
  'for one element beside a slope of 1e11': (cube) => (x) =>
    cube(x.slice(0, 0, 1))
      .sum()
      .add(x.slice(0, 1).sum().mul(1e11)),
}
const at = () => [d([0.5, -1.25, 2])]

describe.each(Object.entries(hidden))('x1.5 %s', (_, fn) => {
  it.each(['full', 'projected'] as const)('in mode %s', (mode) => {
    const { check, op, relativeError } = rejection(() => checkGradients(fn(wrong), at(), { mode }))
    expect({ check, op }).toEqual({ check: 'derivative', op: 'cube' })
    expect(relativeError).toBeGreaterThan(0)
    expect(checkGradients(fn(right), at(), { mode }).worst).toBeLessThan(1e-6)
  })

  it('forward', () => {
    expect(rejection(() => checkForwardMode(fn(wrong), at())).check).toBe('forward mode')
    checkForwardMode(fn(right), at())
  })

  it('to the second order', () => {
    const slope = (factor: number) =>
      unary('slope', { f: (x) => 3 * x * x, vjp: (h, _, x) => h.mul(x).mul(factor) })
    const second = (factor: number) =>
      unary('cube', { f: (x) => x ** 3, vjp: (g, _, x) => g.mul(slope(factor)(x)) })
    expect(rejection(() => checkGradients(fn(second(9)), at(), { order: 2 }))).toMatchObject({
      check: 'derivative',
      op: 'slope',
      order: 2,
    })
    checkGradients(fn(second(6)), at(), { order: 2 })
  })
})

it('what rounding hides and the ops settle is counted as undecided, and as nothing else', () => {
  const { comparisons, undecided } = checkGradients((x) => x.sin().add(1e11), [d([0.5])])
  expect({ comparisons, undecided }).toEqual({ comparisons: 0, undecided: 1 })
  const cut = (x: Tensor): Tensor => x.sin().add(x.detach()).add(1e11)
  expect(rejection(() => checkGradients(cut, [d([0.5])]))).toMatchObject({
    check: 'derivative',
    numeric: expect.closeTo(1.8775, 2),
  })
  const less = (x: Tensor): Tensor => x.sin().add(x.detach().mul(1e-6)).add(1e11)
  expect(rejection(() => checkGradients(less, [d([0.5])])).check).toBe('undecided')
})

it('the ops settle it only where each holds by itself, and name the one that does not', () => {
  const sine = (factor: number) =>
    unary('sine', { f: Math.sin, vjp: (g, _, x) => g.mul(x.cos()).mul(factor) })
  const beside = (factor: number) => () =>
    checkGradients((x) => sine(factor)(x).add(1e11), [d([0.5])])
  expect(rejection(beside(1.00001))).toMatchObject({ check: 'derivative', op: 'sine' })
  expect(beside(1)().undecided).toBe(1)
  expect(rejection(() => checkGradients((x) => x.tanh().mul(2), [d([12])])).check).toBe('undecided')
})

it('noise beyond the rounding of values is no kink', () => {
  const noisy = (x: Tensor): Tensor => x.mul(1e9 + 0.1).sub(x.mul(1e9 - 0.9))
  for (const mode of ['full', 'projected'] as const)
    for (const x of [0.3, 0.7, 1.1, 2.3, 5.9]) checkGradients(noisy, [d([x])], { mode })
})

it('terms that cancel inside fn hide its slope: it is undecided, and settled by the ops', () => {
  for (const mode of ['full', 'projected'] as const) {
    const cancelling = (cube: (x: Tensor) => Tensor) => () =>
      checkGradients((x) => cube(x).add(1e11).sub(1e11), [d([0.3, 1])], { mode })
    expect(cancelling((x) => x.sin())().undecided).toBeGreaterThan(0)
    cancelling(right)()
    expect(rejection(cancelling(wrong))).toMatchObject({ check: 'derivative', op: 'cube' })
  }
})

it('in mode projected too, rounding of large values is counted in', () => {
  for (const fn of [
    (x: Tensor) => x.tanh(),
    (x: Tensor) => x.sin().mul(1e-3).add(1e9),
    (x: Tensor) => x.sigmoid().log(),
  ])
    for (const at of [[12], [14, 13], [30]]) {
      const report = (): unknown =>
        checkGradients((x) => [fn(x), x.detach().mul(0)], [d(at)], { mode: 'projected' })
      try {
        expect(report()).toMatchObject({ comparisons: expect.any(Number) })
      } catch (error) {
        expect((error as CheckError).check).toBe('undecided')
      }
    }
})

it('a walk back that is not the transpose of jvp, in a small output', () => {
  const twoFaced = unary('twoFaced', { f: (x) => 2 * x, vjp: (g) => g.mul(g.requiresGrad ? 2 : 3) })
  const fn = (x: Tensor): Tensor[] => [twoFaced(x).mul(1e-12), x.sin()]
  expect(rejection(() => checkForwardMode(fn, at())).message).toContain(
    'expected ⟨u, Jv⟩ = ⟨Jᵀu, v⟩',
  )
})

describe('a law that is broken in units of 1e-20', () => {
  const copy = (vjp: (g: Tensor) => Tensor) => unary('copy', { f: (x) => x, vjp: (g) => vjp(g) })
  it.each([
    ['linear', copy((g) => g.square())],
    ['linear', copy((g) => g.sign())],
  ] as const)('%s', (check, op) => {
    expect(rejection(() => checkGradients((x) => op(x.mul(1e-20)), at()))).toMatchObject({
      check,
      op: 'copy',
    })
  })
  it('recorded', () => {
    const op = copy((g) => g.mul(g.requiresGrad ? 1.5 : 1))
    expect(
      rejection(() => checkGradients((x) => [op(x.mul(1e-20))], at(), { order: 2 })).check,
    ).toBe('recorded')
  })
})

describe('checkAgainst', () => {
  const numbers = fc.array(fc.integer({ min: 1, max: 32 }), { minLength: 3, maxLength: 3 })
  const inputs = numbers.map((values) => ({
    x: tensor(
      values.map((k) => k / 16),
      float64,
    ),
  }))
  const run = (size: number[], factor: number) => () =>
    checkAgainst(
      ({ x }) => x.square().mul(tensor(size, float64)),
      ({ x }, u) => ({
        x: (x as number[]).map((v, i) => factor * v * (u as number[])[i] * size[i]),
      }),
      inputs,
    )

  it.each([
    ['1e-11', [1e-11, 1e-11, 1e-11]],
    ['1e-9 beside 1e11', [1e11, 1, 1e-9]],
    ['1e-100', [1e-100, 1e-100, 1e-100]],
  ])('%s', (_, size) => {
    expect(['reference', 'undecided']).toContain(rejection(run(size, 3)).check)
    if (size[0] !== 1e-100) expect(rejection(run(size, 3)).check).toBe('reference')
    expect(run(size, 2)()).toMatchObject({ undecided: 0 })
  })

  it('sums that cancel are undecided, not wrong', () => {
    const difference = checkAgainst(
      ({ x }) => x.softmax(),
      ({ x }, u) => {
        const e = (x as number[]).map(Math.exp)
        const y = e.map((v) => v / e.reduce((a, b) => a + b))
        const mean = y.reduce((sum, v, i) => sum + v * (u as number[])[i], 0)
        return { x: y.map((v, i) => v * ((u as number[])[i] - mean)) }
      },
      inputs,
    )
    expect(difference.comparisons).toBeGreaterThan(difference.undecided)
  })

  it('refuses a reference that names nothing, and numbers that are not there', () => {
    const empty = fc.constant({ x: d([]), w: d([1]) })
    const check = (reference: testing.Reference) => () =>
      checkAgainst(({ x, w }) => x.sum().mul(w), reference, empty)
    expect(check(() => ({}))).toThrow(
      'expected reference to name gradients of x, w or value, got {}: nothing would be compared',
    )
    expect(check(() => ({ x: [] }))).toThrow(
      'checkAgainst: expected more numbers of x in 100 runs to compare, got none: something is ' +
        'empty',
    )
  })
})

describe('refuses to compare nothing', () => {
  it.each<[string, () => unknown]>([
    ['checkGradients of an empty input', () => checkGradients((x) => x.square(), [d([])])],
    [
      'the same in mode projected',
      () => checkGradients((x) => x.square(), [d([])], { mode: 'projected' }),
    ],
    ['checkGradients of an empty slice', () => checkGradients((x) => x.slice(0, 0, 0), at())],
    [
      'the same in mode projected',
      () => checkGradients((x) => x.slice(0, 0, 0), at(), { mode: 'projected' }),
    ],
    ['checkForwardMode of an empty input', () => checkForwardMode((x) => x.square(), [d([])])],
    ['checkForwardMode of an empty slice', () => checkForwardMode((x) => x.slice(0, 0, 0), at())],
  ])('%s', (_, check) => {
    expect(rejection(check)).toMatchObject({
      check: 'nothing',
      message: expect.stringMatching(/something is empty: take larger tensors$/),
    })
  })
})

it('toBeCloseToTensor: a default tolerance is no larger than what is expected', () => {
  const { toBeCloseToTensor } = testing.tensorMatchers
  for (const dtype of ['float32', 'float64'] as const) {
    expect(toBeCloseToTensor(tensor([1.5e-9, 2e-9], { dtype }), [1e-9, 2e-9]).pass).toBe(false)
    expect(toBeCloseToTensor(tensor([1e-9, 2e-9], { dtype }), [1e-9, 2e-9]).pass).toBe(true)
    expect(toBeCloseToTensor(tensor([1e-17, 0], { dtype }), [0, 0]).pass).toBe(true)
  }
})
