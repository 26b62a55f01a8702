// Tensors in expect(): equal where their numbers are, whatever the test runner sees of them; close
// within a tolerance.

import { noGrad, ones, type Tensor, tensor, zeros } from 'tapegrad'
import { type TensorMatchers, tensorEquality, tensorMatchers } from 'tapegrad/testing'
import { beforeAll, describe, expect, it, vi } from 'vitest'

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: as Vitest declares it.
  interface Matchers<T = any> extends TensorMatchers<T> {}
}

it('without the tester toEqual compares places in memory: never equal by mistake', () => {
  const x = tensor([1, 2])
  expect({ x }).toEqual({ x })
  expect(x).not.toEqual(tensor([1, 2]))
  expect(x).not.toEqual(tensor([1, 3]))
})

describe('with the tester', () => {
  beforeAll(() => {
    expect.addEqualityTesters([tensorEquality])
    expect.extend(tensorMatchers)
  })

  it('toEqual and its kind compare shape, dtype and numbers', () => {
    const leaf = tensor([1, 2], { requiresGrad: true })
    expect(tensor([1, 2])).toEqual(tensor([1, 2]))
    expect(leaf.mul(1)).toEqual(tensor([1, 2]))
    expect(
      tensor([
        [1, 2],
        [3, 4],
      ]).t(),
    ).toEqual(
      tensor([
        [1, 3],
        [2, 4],
      ]),
    )
    expect({ state: [zeros([2])] }).toEqual({ state: [zeros([2])] })
    expect(tensor([Number.NaN])).toEqual(tensor([Number.NaN]))
    const spy = vi.fn<(t: Tensor) => void>()
    spy(tensor([3]))
    expect(spy).toHaveBeenCalledWith(tensor([3]))
    expect(noGrad(() => [ones([2])])).toContainEqual(ones([2]))
  })

  it.each<[string, unknown, unknown]>([
    ['numbers', tensor([1, 2]), tensor([1, 3])],
    ['the sign of 0', tensor([0]), tensor([-0])],
    ['shapes', tensor([1, 2]), tensor([[1, 2]])],
    ['dtypes', tensor([1, 2]), tensor([1, 2], { dtype: 'float64' })],
    ['a tensor and numbers', tensor([1, 2]), [1, 2]],
    ['numbers and a tensor', [1, 2], tensor([1, 2])],
  ])('%s that differ are not equal', (_, a, b) => {
    expect(a).not.toEqual(b)
    expect({ a }).not.toEqual({ a: b })
    expect(tensorEquality(a, b)).toBe(false)
  })

  it('leaves everything else to others', () => {
    expect(tensorEquality([1], [1])).toBeUndefined()
    expect(tensorEquality(null, undefined)).toBeUndefined()
  })

  it('toBeCloseToTensor takes a tensor or numbers', () => {
    expect(tensor([1, 2])).toBeCloseToTensor(tensor([1, 2.000001]))
    expect(tensor([[1], [2]])).toBeCloseToTensor([[1], [2]])
    expect(tensor(0.1)).toBeCloseToTensor(0.1)
    expect(tensor([Number.NaN, Number.POSITIVE_INFINITY])).toBeCloseToTensor([
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ])
    expect(tensor([1, 2])).not.toBeCloseToTensor([1, 2.001])
    expect(tensor([1, 2])).toBeCloseToTensor([1, 2.001], { rtol: 0, atol: 0.01 })
    expect(tensor([1], { dtype: 'float64' })).not.toBeCloseToTensor([1 + 1e-6])
    expect(tensor([1], { dtype: 'int32' })).not.toBeCloseToTensor([2])
    expect(tensor([1e30])).not.toBeCloseToTensor([Number.POSITIVE_INFINITY])
    expect(tensor([true])).toBeCloseToTensor([true])
  })

  it.each<[string, unknown, unknown, string]>([
    [
      'numbers',
      tensor([
        [1, 2],
        [3, 4],
      ]),
      [
        [1, 2],
        [5, 6],
      ],
      'expected 5 at [1, 0], got 3: 2 of 4 are further apart than 0.00006 + 0.0000013·|expected|',
    ],
    ['a shape', tensor([1, 2]), [[1, 2]], 'expected shape (1, 2), got (2)'],
    [
      'a dtype',
      tensor([1, 2]),
      tensor([1, 2], { dtype: 'int32' }),
      'expected dtype int32, got float32',
    ],
    ['no tensor', [1, 2], [1, 2], 'expected a Tensor, got [1, 2]'],
  ])('says what is wrong with %s', (_, got, wanted, message) => {
    expect(tensorMatchers.toBeCloseToTensor(got, wanted).message()).toBe(
      `toBeCloseToTensor: ${message}`,
    )
  })

  it('refuses what is no tolerance', () => {
    expect(() => tensorMatchers.toBeCloseToTensor(tensor([1]), [1], { atol: -1 })).toThrow(
      'toBeCloseToTensor: expected atol to be a number ≥ 0, got -1',
    )
    expect(() => tensorMatchers.toBeCloseToTensor(tensor([1]), [1], { tol: 1 } as never)).toThrow(
      "unknown option 'tol'",
    )
  })
})
