// Smooth functions on scales far from 1: no checker takes a steep or a small one for a kink.
import { type Tensor, tensor } from 'tapegrad'
import { CheckError, checkForwardMode, checkGradients } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { d } from './plant.ts'

type Smooth = [name: string, fn: (x: Tensor) => Tensor, at: number[]]

const functions: Smooth[] = [
  ['sin at 1e6', (x) => x.sin(), [1e6, -3e6]],
  ['sin at 1e9', (x) => x.sin(), [1e9]],
  ['log at 1e-6', (x) => x.log(), [1e-6]],
  ['log at 1e-9 beside 2', (x) => x.log(), [1e-9, 2]],
  ['log at 1e-100', (x) => x.log(), [1e-100]],
  ['sqrt at 1e-6', (x) => x.sqrt(), [1e-6, 1e-8]],
  ['sqrt at 1e-12', (x) => x.sqrt(), [1e-12]],
  ['1/x at 1e-6', (x) => x.reciprocal(), [1e-6]],
  ['1/x at −1e-12, 1e-7 and 5', (x) => x.reciprocal(), [-1e-12, 1e-7, 5]],
  ['x^-2 at 1e-5', (x) => x.pow(-2), [1e-5, 1]],
  ['softmax at 1e6', (x) => x.softmax(), [1e6, 1e6 + 1, 1e6 - 0.5]],
  ['softmax at logits far apart', (x) => x.softmax(), [1e6, 0, -1e6]],
  ['sqrt(x² + 1e-12) at 0', (x) => x.square().add(1e-12).sqrt(), [0]],
  ['sqrt(x² + 1e-12) near 0', (x) => x.square().add(1e-12).sqrt(), [1e-7, -1e-6, 1e-9, 1]],
  ['tanh(1e6 x)', (x) => x.mul(1e6).tanh(), [0, 1e-6, -3e-7, 1]],
  ['tanh(1e9 x)', (x) => x.mul(1e9).tanh(), [1e-9]],
  ['max with a gap of 1e-7', (x) => x.max(), [1, 1 + 1e-7]],
  ['maximum with gaps of 1e-7', (x) => x.maximum(1), [1 + 1e-7, 1 - 1e-7]],
  ['relu 1e-7 from its kink', (x) => x.relu(), [1e-7, -1e-7, 1e-10]],
  ['relu 1e-7 from its kink, beside 1', (x) => x.relu().add(1), [1e-7, -1e-7]],
  ['abs at −1e-12', (x) => x.abs(), [1e-7, -1e-12]],
  ['clamp near its ends', (x) => x.clamp(0, 1), [1e-8, 1 - 1e-8]],
  ['exp at ±50', (x) => x.exp(), [50, -50, 0]],
  ['exp at ±700', (x) => x.exp(), [700, -700]],
  ['x² at 1e-12 and 1e12', (x) => x.square(), [1e-12, 1e12]],
  ['x³ and its zero', (x) => x.pow(3), [0, 1e-3]],
  ['x|x| at 0', (x) => x.mul(x.abs()), [0, 1]],
  ['sigmoid at 0', (x) => x.sigmoid(), [0]],
  ['x + 1e9', (x) => x.add(1e9), [0.3]],
  ['1e-30 sin', (x) => x.sin().mul(1e-30), [0.3, 2]],
  ['1e30 sin', (x) => x.sin().mul(1e30), [0.3, 2]],
]

describe.each(functions)('%s', (_, fn, at) => {
  it.each(['full', 'projected'] as const)('in mode %s', (mode) => {
    const { comparisons, undecided, worst } = checkGradients(fn, [d(at)], { mode })
    expect(comparisons).toBeGreaterThan(0)
    expect({ undecided, exact: worst < 1e-6 }).toEqual({ undecided: 0, exact: true })
  })

  it('forward', () => {
    expect(checkForwardMode(fn, [d(at)])).toMatchObject({ undecided: 0 })
  })
})

it('a second derivative on these scales', () => {
  for (const [name, fn, at] of functions) {
    if (/x\|x\|/.test(name)) continue
    const { undecided } = checkGradients(fn, [d(at)], { order: 2, mode: 'projected' })
    expect([name, undecided <= 1]).toEqual([name, true])
  }
})

it.each<Smooth>([
  ['relu', (x) => x.relu(), [1, 0]],
  ['abs beside 1', (x) => x.abs().add(1), [0]],
  ['abs in units of 1e-9', (x) => x.abs().mul(1e-9), [0]],
  ['abs of sizes 1e6', (x) => x.sub(1e6).abs(), [1e6]],
  ['1e-4 sign(x) beside x', (x) => x.add(x.sign().mul(1e-4)), [0]],
  ['the root of |x|', (x) => x.abs().sqrt(), [0]],
])('a kink remains one: %s', (_, fn, at) => {
  for (const mode of ['full', 'projected'] as const) {
    const check = (): unknown => checkGradients(fn, [d(at)], { mode })
    expect(check).toThrow(CheckError)
    expect(check).toThrow(/expected fn to be differentiable/)
  }
})

it('where rounding hides the slope it says so, and what to pass', () => {
  const saturated = (): unknown => checkGradients((x) => x.tanh(), [d([12])])
  expect(saturated).toThrow(
    /^checkGradients: expected differences to decide the derivative of output 0 at \[0\] by input 0 at \[0\], \S+ by the tape, got \S+ ± \S+ at the best step, \S+, which is not known to 0.000001 of itself: undecided, rounding hides it: .* or pass \{ rtol: 0.0001 \}; \{ atol \} passes over smaller ones$/,
  )
  expect(checkGradients((x) => x.tanh(), [d([12])], { rtol: 1e-4 })).toMatchObject({
    comparisons: 1,
    undecided: 0,
  })
  expect(checkGradients((x) => x.tanh(), [d([12, 0])], { atol: 1e-9 })).toMatchObject({
    comparisons: 3,
    undecided: 1,
  })
  expect(() => checkGradients((x) => x.tanh(), [d([12])], { atol: 1e-9 })).toThrow(
    'expected derivatives of order 1 to compare, got none but 1 undecided',
  )
})

it('what cancels to nothing but rounding is counted, not compared', () => {
  const { comparisons, undecided } = checkGradients(
    (x) => [x.softmax().sum(), x.sin()],
    [d([0.3, 1, 2])],
  )
  expect([comparisons, undecided]).toEqual([9, 3])
  const mask = tensor([1, 1, 1], { dtype: 'float64' })
  expect(
    checkForwardMode((x) => [x.softmax().mul(mask).sum(), x.sin()], [d([0.3, 1, 2])]).undecided,
  ).toBe(1)
})
