// clipGradNorm and clipGradValue: norms over all gradients, of every size; nothing half-changed.

import fc from 'fast-check'
import {
  clipGradNorm,
  clipGradValue,
  grad,
  Linear,
  noGrad,
  ones,
  TapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { expectClose, sixteenths } from '../support/numbers.ts'
import { d, float64, leaf } from '../support/tensors.ts'

const lists = fc.array(sixteenths(-3, 3), { minLength: 1, maxLength: 5 })

function withGradient(values: number[], dtype: 'float32' | 'float64' = 'float64'): Tensor {
  const p = zeros([values.length], { dtype, requiresGrad: true })
  p.grad = tensor(values, { dtype })
  return p
}

/** A gradient that was recycled with the scope it was made in. */
function withLostGradient(): Tensor {
  const p = zeros([40], { dtype: 'float64', requiresGrad: true })
  noGrad(() => {
    p.grad = ones([40], { dtype: 'float64' }).mul(2)
  })
  return p
}

/** Two parameters and their gradients 2w and 6w, recorded: functions of w themselves. */
function withRecordedGradients(): [Tensor, Tensor] {
  const [v, w] = [[1, 2], [3]].map((x) => leaf(x)) as [Tensor, Tensor]
  v.square().sum().add(w.square().mul(3).sum()).backward(null, { createGraph: true })
  return [v, w]
}

describe('clipGradNorm', () => {
  it('returns the norm over all gradients, and scales them to the greatest one', () => {
    fc.assert(
      fc.property(
        lists,
        lists,
        fc.integer({ min: 0, max: 64 }).map((k) => k / 16),
        (a, b, maxNorm) => {
          const parameters = [withGradient(a), withGradient(b)]
          const norm = Math.hypot(...a, ...b)
          expectClose(clipGradNorm(parameters, maxNorm), norm, 1e-12)
          const scale = Math.min(1, maxNorm / (norm + 1e-6))
          expectClose(
            parameters.map((p) => p.grad?.toArray()),
            [a, b].map((of) => of.map((g) => g * scale)),
            1e-12,
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

  it(
    'makes everything NaN with a norm that is NaN, and finite gradients 0 with one that is ' +
      'infinite',
    () => {
      const [a, b] = [withGradient([1]), withGradient([Number.NaN])]
      expect(clipGradNorm([a, b], 1)).toBe(Number.NaN)
      expect(a.grad?.item()).toBe(Number.NaN)
      const [c, d] = [withGradient([1]), withGradient([Number.POSITIVE_INFINITY])]
      expect(clipGradNorm([c, d], 1)).toBe(Number.POSITIVE_INFINITY)
      expect([c.grad?.item(), d.grad?.item()]).toEqual([0, Number.NaN])
    },
  )

  const large = { float32: 3.4028234663852886e38, float64: Number.MAX_VALUE }
  const least = { float32: 2 ** -149, float64: 2 ** -1074 }
  describe.each(['float32', 'float64'] as const)('numbers whose squares are no %s', (dtype) => {
    const digits = dtype === 'float32' ? 1e-6 : 1e-14
    const near = (x: number | undefined, y: number): void =>
      expect(Math.abs((x as number) - y)).toBeLessThanOrEqual(digits * Math.abs(y) + least[dtype])

    it.each([
      [1e20, 1e20],
      [3e37, 4e37],
      [1e-25, 1e-25],
      [3e-38, 4e-38],
      [1e30, 1e-30],
      [0, 1e25],
      [0, 0, -1e-22],
      [1, 1e20, 1e-20],
      ...(dtype === 'float64'
        ? [
            [3e200, -4e200],
            [1e307, 1e307],
            [1e-170, 1e-200],
            [3e-310, 4e-310],
          ]
        : []),
    ])('%d, %d', (...values) => {
      const norm = Math.hypot(...values)
      for (const maxNorm of [1, norm / 2, norm * 2, 1e-30, 1e25]) {
        const p = withGradient(values, dtype)
        near(clipGradNorm([p], maxNorm), norm)
        const clipped = p.grad?.toTypedArray()
        for (const [i, g] of values.entries())
          near(clipped?.[i], maxNorm < norm + 1e-6 ? (g / (norm + 1e-6)) * maxNorm : g)
      }
    })

    it('the largest, whose norm is beyond them: clipped in the right proportions', () => {
      const p = withGradient([large[dtype], -large[dtype]], dtype)
      const q = withGradient([large[dtype] / 2], dtype)
      const norm = clipGradNorm([p, q], 3)
      if (dtype === 'float32') near(norm, 1.5 * large.float32)
      else expect(norm).toBe(Number.POSITIVE_INFINITY)
      const clipped = [...(p.grad?.toTypedArray() ?? []), q.grad?.item()]
      for (const [i, g] of [2, -2, 1].entries()) near(clipped[i], g)
    })

    it('the smallest', () => {
      const values = [3 * least[dtype], 4 * least[dtype]]
      const p = withGradient(values, dtype)
      expect(clipGradNorm([p], 1)).toBe(5 * least[dtype])
      expect(p.grad?.toArray()).toEqual(values)
    })

    it('a greatest norm of 0', () => {
      for (const x of [1e-30, 1, 1e30]) {
        const p = withGradient([x, -x], dtype)
        clipGradNorm([p], 0)
        expect(p.grad?.toArray()).toEqual([0, -0])
      }
    })
  })

  it('gradients of both dtypes, of every size, together', () => {
    const parameters = [
      withGradient([3e20], 'float32'),
      withGradient([4e20, 0]),
      withGradient([], 'float32'),
      withGradient([0]),
      withGradient([1e-200]),
    ]
    expect(clipGradNorm(parameters, 10) / 5e20).toBeCloseTo(1, 6)
    expect(parameters[0]?.grad?.toArray()).toEqual([expect.closeTo(6, 5)])
    expect(parameters[1]?.grad?.toArray()).toEqual([expect.closeTo(8, 5), 0])
    const apart = [withGradient([1e30], 'float32'), withGradient([1e300])]
    expectClose(clipGradNorm(apart, 2) / 1e300, 1, 1e-12)
    expect(apart.map((p) => p.grad?.item())).toEqual([0, expect.closeTo(2)])
    // A scale that float32 has no digits for, in a unit that it has no number for.
    const both = [withGradient([1e38], 'float32'), withGradient([1e60])]
    clipGradNorm(both, 9e21)
    expect(both[0]?.grad?.item()).toBeCloseTo(0.9, 5)
  })

  it('counts and clips a gradient that several parameters share once', () => {
    const [a, b] = [withGradient([3]), withGradient([4])]
    b.grad = a.grad
    expect(clipGradNorm([a, b, a], 1)).toBe(3)
    expectClose(a.grad?.toArray(), [3 / (3 + 1e-6)], 1e-12)
  })

  it('writes numbers that two gradients show once, and refuses those that overlap', () => {
    const [p, q] = [0, 1].map(() => zeros([2], { ...float64, requiresGrad: true }))
    p.grad = d([3, 4])
    q.grad = p.grad.detach()
    expect(clipGradNorm([p, q], 1)).toBeCloseTo(Math.sqrt(50), 12)
    for (const { grad: g } of [p, q]) expect(g?.toTypedArray()[1]).toBeCloseTo(4 / Math.sqrt(50), 5)
    clipGradValue([p, q], 0.1)
    expect(p.grad.toArray()).toEqual([0.1, 0.1])
    const all = d([1, 2, 3, 4])
    p.grad = all.slice(0, 0, 2)
    q.grad = all.slice(0, 1, 3)
    expect(() => clipGradNorm([p, q], 1)).toThrow(
      'expected gradients with numbers of their own, got (2) and (2) that share some',
    )
    q.grad = all.slice(0, 2)
    expect(clipGradNorm([p, q], 1)).toBeCloseTo(Math.sqrt(30), 12)
    expect(all.square().sum().item()).toBeCloseTo(1, 5)
  })

  it('replaces recorded gradients by clipped plain ones, and leaves their graph as it is', () => {
    const [v, w] = withRecordedGradients()
    const leaf = withGradient([0])
    const before = [v.grad, w.grad] as [Tensor, Tensor]
    const norm = Math.hypot(2, 4, 18)
    expectClose(clipGradNorm([v, leaf, w], 1), norm, 1e-12)
    expectClose(
      v.grad?.toArray(),
      [2, 4].map((g) => g / (norm + 1e-6)),
      1e-12,
    )
    expectClose(w.grad?.toArray(), [18 / (norm + 1e-6)], 1e-12)
    expect([v.grad?.requiresGrad, w.grad?.requiresGrad]).toEqual([false, false])
    expect(before.map((g) => g.toArray())).toEqual([[2, 4], [18]])
    expect(grad(before[0].square().sum(), v).toArray()).toEqual([8, 16])
  })

  it('changes nothing when one gradient cannot be read', () => {
    const [a, b] = [withGradient([3]), withGradient([4])]
    expect(() => clipGradNorm([a, withLostGradient(), b], 1)).toThrow(TapeError)
    expect([a.grad?.item(), b.grad?.item()]).toEqual([3, 4])
  })

  it('refuses what does not fit', () => {
    expect(() => clipGradNorm([withGradient([1])], -1)).toThrow(ValueError)
    expect(() => clipGradNorm([withGradient([1])], -1)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: clipGradNorm: expected maxNorm to be a number ≥ 0, got -1]`,
    )
    expect(() => clipGradNorm([withGradient([1])], Number.NaN)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: clipGradNorm: expected maxNorm to be a number ≥ 0, got NaN]`,
    )
    expect(() =>
      clipGradNorm(new Linear(2, 2) as unknown as Tensor[], 1),
    ).toThrowErrorMatchingInlineSnapshot(
      '[ValueError: clipGradNorm: expected an array of tensors, got Linear: pass ' +
        'model.parameters()]',
    )
    expect(() => clipGradNorm([3] as unknown as Tensor[], 1)).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: clipGradNorm: expected parameter 0 to be a Tensor, got 3]`,
    )
  })
})

describe('clipGradValue', () => {
  it('limits every element', () => {
    const p = withGradient([-3, -1, 0.5, 2, Number.NaN])
    clipGradValue([p, zeros([1], { requiresGrad: true })], 1)
    expect(p.grad?.toArray()).toEqual([-1, -1, 0.5, 1, Number.NaN])
    const q = withGradient([Number.POSITIVE_INFINITY, 0.1, -5], 'float32')
    clipGradValue([q], 0.3)
    expect(q.grad?.toArray()).toEqual([0.3, 0.1, -0.3].map(Math.fround))
  })

  it('replaces recorded gradients', () => {
    const [v, w] = withRecordedGradients()
    const before = v.grad as Tensor
    clipGradValue([v, w, withGradient([1])], 3)
    expect([v.grad?.toArray(), w.grad?.toArray(), v.grad?.requiresGrad]).toEqual([
      [2, 3],
      [3],
      false,
    ])
    expect(grad(before.square().sum(), v).toArray()).toEqual([8, 16])
  })

  it('changes nothing when one gradient cannot be read', () => {
    const [a, b] = [withGradient([3]), withGradient([4])]
    expect(() => clipGradValue([a, withLostGradient(), b], 1)).toThrow(TapeError)
    expect([a.grad?.item(), b.grad?.item()]).toEqual([3, 4])
  })

  it('refuses what does not fit', () => {
    expect(() => clipGradValue([withGradient([1])], -1)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: clipGradValue: expected maxValue to be a number ≥ 0, got -1]`,
    )
  })
})
