// Elementwise ops against their scalar definitions: special numbers in both float types, and
// derivatives at kinks and limits.

import { grad, type Tensor, tensor, where } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { d, leaf, numbersOf } from '../../support/tensors.ts'
import { binary, call, unary } from './scalars.ts'

const large = { float32: 3.4028234663852886e38, float64: Number.MAX_VALUE }
const tiny = {
  float32: [2 ** -149, 3 * 2 ** -140, 2 ** -126],
  float64: [5e-324, 2 ** -1050, 2 ** -1022],
}
const round = { float32: Math.fround, float64: (x: number) => x }

/**
 * Zeros of both signs, infinities, NaN, numbers of every size, and an odd count of them so that
 * vectors have a rest.
 */
function specials(dtype: 'float32' | 'float64'): number[] {
  const sizes = [
    ...tiny[dtype],
    1e-20,
    1e-3,
    0.5,
    1,
    1.5,
    2,
    3,
    10,
    30,
    80,
    88.5,
    89,
    100,
    104,
    700,
    710,
    745,
    750,
    1e4,
    1e20,
    large[dtype],
    Infinity,
  ]
  return [0, NaN, ...sizes].flatMap((x) => [x, -x]).map(round[dtype])
}

/** The distance to the next float of larger size. */
function ulp(x: number, dtype: 'float32' | 'float64'): number {
  const [bits, least] = dtype === 'float32' ? [23, -149] : [52, -1074]
  return 2 ** Math.max(Math.floor(Math.log2(Math.abs(x))) - bits, least)
}

function expectDefined(
  actual: number,
  expected: number,
  ulps: number,
  dtype: 'float32' | 'float64',
  what: string,
): void {
  if (Object.is(actual, expected)) return
  // Beyond the largest float, infinity is as near as any.
  const overflow =
    Math.abs(expected) >= large[dtype] * (1 - 1e-6) && actual === Math.sign(expected) * Infinity
  const near =
    Number.isFinite(expected) &&
    ulps > 0 &&
    Math.abs(actual - expected) <= ulps * ulp(expected === 0 ? 1e-320 : expected, dtype)
  if (!near && !(overflow && ulps > 0))
    expect.fail(`${what} (${dtype}): expected ${expected}, got ${actual}`)
}

describe.each(['float32', 'float64'] as const)('special numbers in %s', (dtype) => {
  const numbers = specials(dtype)

  it.each(unary)('$name is what it is defined to be', ({ name, f, ulps }) => {
    const y = numbersOf(call(name, tensor(numbers, { dtype })))
    numbers.forEach((x, k) => {
      expectDefined(
        y[k] as number,
        round[dtype](f(x, Number.NaN)),
        ulps,
        dtype,
        `${name}(${Object.is(x, -0) ? '-0' : x})`,
      )
    })
  })

  it.each(binary)('$name is what it is defined to be', ({ name, f, ulps }) => {
    const n = numbers.length
    const table = numbersOf(
      call(name, tensor(numbers, { dtype, shape: [n, 1] }), tensor(numbers, { dtype })),
    )
    const long = call(
      name,
      tensor(
        numbers.flatMap((x) => numbers.map(() => x)),
        { dtype },
      ),
      tensor(
        numbers.flatMap(() => numbers),
        { dtype },
      ),
    )
    expect(table).toEqual(numbersOf(long))
    numbers.forEach((x, i) => {
      numbers.forEach((y, j) => {
        expectDefined(
          table[i * n + j] as number,
          round[dtype](f(x, y)),
          ulps,
          dtype,
          `${name}(${Object.is(x, -0) ? '-0' : x}, ${Object.is(y, -0) ? '-0' : y})`,
        )
      })
    })
  })
})

describe('derivatives where the definition has a kink or a limit', () => {
  const derivative = (f: (x: Tensor) => Tensor, at: number[]): number[] => {
    const x = leaf(at)
    return numbersOf(grad(f(x).sum(), x))
  }

  it('abs and relu have derivative 0 at 0, clamp 1 on its bounds', () => {
    expect(derivative((x) => x.abs(), [-0, 0]).map(Math.abs)).toEqual([0, 0])
    expect(derivative((x) => x.relu(), [0, -1, 1])).toEqual([0, 0, 1])
    expect(derivative((x) => x.clamp(-1, 1), [-1, 1, -1.5, 2, 0])).toEqual([1, 1, 0, 0, 1])
  })

  it('equal operands of maximum and minimum, equal elements of max and min share the gradient', () => {
    expect(derivative((x) => x.maximum(1), [1, 2, 0])).toEqual([0.5, 1, 0])
    expect(derivative((x) => x.minimum(1), [1, 2, 0])).toEqual([0.5, 0, 1])
    expect(derivative((x) => x.max(), [3, 1, 3, 3])).toEqual([1 / 3, 0, 1 / 3, 1 / 3])
    expect(derivative((x) => x.min(), [3, 1, 1, 3])).toEqual([0, 0.5, 0.5, 0])
  })

  it('x.pow(2) has derivative 0 at 0, x.pow(0) everywhere', () => {
    expect(derivative((x) => x.pow(2), [0, -3])).toEqual([0, -6])
    expect(derivative((x) => x.pow(0), [0, 5])).toEqual([0, 0])
    expect(derivative((x) => x.pow(3), [-2])).toEqual([12])
  })

  it('0ᵇ does not change with b, and ∂²aᵇ/∂a∂b is 1/a where b is 0', () => {
    expect(derivative((b) => d(0).pow(b), [1, 2.5])).toEqual([0, 0])
    const [a, b] = [4, 0].map((v) => leaf(v)) as [Tensor, Tensor]
    expect(grad(grad(a.pow(b), a, { createGraph: true }), b).item()).toBe(0.25)
  })

  it('behind its kink relu passes nothing on, not even an infinite cotangent', () => {
    const x = tensor([-1, 0, 1], { requiresGrad: true })
    expect(
      grad(x.relu(), x, { gradOutputs: tensor([Infinity, Infinity, Infinity]) }).toArray(),
    ).toEqual([0, 0, Infinity])
  })

  it('the branch of where that is not taken receives exactly 0, whatever stands there', () => {
    const [a, b] = [
      tensor([1, NaN], { requiresGrad: true }),
      tensor([Infinity, 2], { requiresGrad: true }),
    ]
    const chosen = tensor([true, false])
    const y = where(chosen, a, b)
    y.backward(tensor([Infinity, NaN]))
    expect(y.toArray()).toEqual([1, 2])
    expect(a.grad?.toArray()).toEqual([Infinity, 0])
    expect(b.grad?.toArray()).toEqual([0, NaN])
  })

  it('saturated functions have derivative 0, not NaN', () => {
    expect(derivative((x) => x.tanh(), [1000, -1000, Infinity])).toEqual([0, 0, 0])
    expect(derivative((x) => x.sigmoid(), [1000, -1000, Infinity])).toEqual([0, 0, 0])
    expect(derivative((x) => x.softplus(), [1000, -1000])).toEqual([1, 0])
    expect(derivative((x) => x.exp(), [-Infinity])).toEqual([0])
    expect(derivative((x) => x.softmax(0).slice(0, 0, 1), [1000, -1000]).map(Math.abs)).toEqual([
      0, 0,
    ])
    expect(derivative((x) => x.logSumExp(), [1000, -Infinity])).toEqual([1, 0])
    expect(derivative((x) => x.logSumExp(), [-Infinity, -Infinity])).toEqual([0, 0])
    expect(derivative((x) => x.logSumExp(), [Infinity, 1])).toEqual([NaN, 0])
  })
})
