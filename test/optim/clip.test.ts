import fc from 'fast-check'
import { clipGradNorm, clipGradValue, Linear, type Tensor, tensor, ValueError, zeros } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { expectClose } from '../layers/helpers.ts'

const sixteenths = fc.array(
  fc.integer({ min: -48, max: 48 }).map((k) => k / 16),
  { minLength: 1, maxLength: 5 },
)

function withGradient(values: number[]): Tensor {
  const p = zeros([values.length], { dtype: 'float64', requiresGrad: true })
  p.grad = tensor(values, { dtype: 'float64' })
  return p
}

describe('clipGradNorm', () => {
  it('returns the norm over all gradients, and scales them to the greatest one', () => {
    fc.assert(
      fc.property(
        sixteenths,
        sixteenths,
        fc.integer({ min: 0, max: 64 }).map((k) => k / 16),
        (a, b, maxNorm) => {
          const parameters = [withGradient(a), withGradient(b)]
          const norm = Math.hypot(...a, ...b)
          expectClose(clipGradNorm(parameters, maxNorm), norm)
          const scale = Math.min(1, maxNorm / (norm + 1e-6))
          expectClose(
            parameters.map((p) => p.grad?.toArray()),
            [...a, ...b].map((g) => g * scale),
          )
        },
      ),
    )
  })

  it('passes over parameters without a gradient', () => {
    const bare = zeros([3], { requiresGrad: true })
    expect(clipGradNorm([bare, withGradient([3, 4])], 1)).toBe(5)
    expect(bare.grad).toBe(null)
    expect(clipGradNorm([bare], 1)).toBe(0)
  })

  it('makes everything NaN with a norm that is NaN, and finite gradients 0 with one that is infinite', () => {
    const [a, b] = [withGradient([1]), withGradient([Number.NaN])]
    expect(clipGradNorm([a, b], 1)).toBe(Number.NaN)
    expect(a.grad?.item()).toBe(Number.NaN)
    const [c, d] = [withGradient([1]), withGradient([Number.POSITIVE_INFINITY])]
    expect(clipGradNorm([c, d], 1)).toBe(Number.POSITIVE_INFINITY)
    expect([c.grad?.item(), d.grad?.item()]).toEqual([0, Number.NaN])
  })

  it('refuses what does not fit', () => {
    expect(() => clipGradNorm([withGradient([1])], -1)).toThrow(ValueError)
    expect(() => clipGradNorm([withGradient([1])], -1)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: clipGradNorm: expected maxNorm to be a number ≥ 0, got -1]`,
    )
    expect(() => clipGradNorm([withGradient([1])], Number.NaN)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: clipGradNorm: expected maxNorm to be a number ≥ 0, got NaN]`,
    )
    expect(() => clipGradNorm(new Linear(2, 2) as unknown as Tensor[], 1)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: clipGradNorm: expected an array of tensors, got Linear: pass model.parameters()]`,
    )
    expect(() => clipGradNorm([3] as unknown as Tensor[], 1)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: clipGradNorm: expected parameter 0 to be a Tensor, got 3]`,
    )
  })
})

describe('clipGradValue', () => {
  it('limits every element', () => {
    const p = withGradient([-3, -1, 0.5, 2, Number.NaN])
    clipGradValue([p, zeros([1], { requiresGrad: true })], 1)
    expect(p.grad?.toArray()).toEqual([-1, -1, 0.5, 1, Number.NaN])
  })

  it('refuses what does not fit', () => {
    expect(() => clipGradValue([withGradient([1])], -1)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: clipGradValue: expected maxValue to be a number ≥ 0, got -1]`,
    )
  })
})
