// Linear against its formula, its first weights, and what it refuses.

import fc from 'fast-check'
import { DTypeError, Generator, Linear, ones, ShapeError, type Tensor, ValueError } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { expectClose, sizes } from '../support/numbers.ts'
import { gridded } from '../support/tensors.ts'

describe('Linear', () => {
  it('is x·Wᵀ + b on the last axis, of any number of axes', () => {
    const size = fc.integer({ min: 1, max: 4 })
    fc.assert(
      fc.property(
        fc.array(size, { maxLength: 3 }),
        size,
        size,
        fc.boolean(),
        fc.nat(999),
        (lead, D, K, bias, seed) => {
          const layer = new Linear(D, K, { bias, dtype: 'float64' })
          const W = layer.weight.toArray() as number[][]
          const b = layer.bias?.toArray() as number[] | undefined
          const x = gridded([...lead, D], seed)
          const y = layer.forward(x)
          expect(y.shape).toEqual([...lead, K])
          const rows = x.reshape([-1, D]).toArray() as number[][]
          expectClose(
            y.reshape([-1, K]).toArray(),
            rows.map((row) =>
              W.map((w, k) => row.reduce((sum, xd, d) => sum + xd * w[d], b?.[k] ?? 0)),
            ),
            1e-12,
          )
        },
      ),
      { numRuns: 50 },
    )
  })

  it('maps no rows to no rows', () => {
    expect(new Linear(3, 2).forward(ones([0, 5, 3])).shape).toEqual([0, 5, 2])
  })

  it('draws from U(−1/√D, 1/√D), the same for the same seed', () => {
    const make = () => new Linear(25, 400, { generator: new Generator(3) })
    const values = [...make().weight.toTypedArray(), ...(make().bias as Tensor).toTypedArray()]
    expect(Math.max(...values)).toBeLessThanOrEqual(0.2)
    expect(Math.max(...values)).toBeGreaterThan(0.199)
    expect(Math.min(...values)).toBeGreaterThanOrEqual(-0.2)
    expect(Math.min(...values)).toBeLessThan(-0.199)
    expect(Math.abs(values.reduce((a, b) => a + b) / values.length)).toBeLessThan(0.004)
    expect(make().weight.toArray()).toEqual(make().weight.toArray())
  })

  it('refuses what does not fit', () => {
    const layer = new Linear(3, 2)
    expect(() => layer.forward(ones(sizes(5, 4)))).toThrow(ShapeError)
    expect(() => layer.forward(ones(sizes(5, 4)))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: Linear(3 → 2): expected x of shape (…, 3), got (5, 4)]`,
    )
    expect(() => layer.forward(ones(sizes()))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: Linear(3 → 2): expected x of shape (…, 3), got ()]`,
    )
    expect(() => layer.forward(ones([3], { dtype: 'float64' }))).toThrow(DTypeError)
    expect(() => layer.forward(ones([3], { dtype: 'float64' }))).toThrowErrorMatchingInlineSnapshot(
      '[DTypeError: Linear(3 → 2): expected x of dtype float32, got float64: convert it with ' +
        `.to('float32')]`,
    )
    expect(() => layer.forward([1, 2, 3] as unknown as Tensor)).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: Linear(3 → 2): expected x to be a Tensor, got [1, 2, 3]]`,
    )
  })

  it('refuses options that make no sense', () => {
    expect(() => new Linear(-3, 2)).toThrow(ValueError)
    expect(() => new Linear(-3, 2)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Linear(-3 → 2): expected inFeatures to be a positive integer, got -3]`,
    )
    expect(() => new Linear(3, 2.5)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Linear(3 → 2.5): expected outFeatures to be a positive integer, got 2.5]`,
    )
    expect(() => new Linear(3, 2, { biass: false } as object)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Linear(3 → 2): unknown option 'biass': expected bias, dtype, generator]`,
    )
    expect(() => new Linear(3, 2, false as unknown as object)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Linear(3 → 2): expected options { bias, dtype, generator }, got false]`,
    )
    expect(() => new Linear(3, 2, { dtype: 'int32' })).toThrow(DTypeError)
    expect(() => new Linear(3, 2, { dtype: 'int32' })).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: Linear(3 → 2): expected dtype float32 or float64, got int32]`,
    )
  })
})
