// Numbers at equal distances, against plain arithmetic.

import fc from 'fast-check'
import { arange, linspace } from 'tapegrad'
import { describe, expect, it } from 'vitest'

describe('ranges', () => {
  it('arange counts as NumPy does', () => {
    expect(arange(4).toArray()).toEqual([0, 1, 2, 3])
    expect(arange(1, 4).toArray()).toEqual([1, 2, 3])
    expect(arange(0, 1, 0.25).toArray()).toEqual([0, 0.25, 0.5, 0.75])
    expect(arange(3, 0, -1, { dtype: 'int32' }).toArray()).toEqual([3, 2, 1])
    expect(arange(0).shape).toEqual([0])
    expect(arange(0, 1, 0.1, { dtype: 'float64' }).size).toBe(10)
    fc.assert(
      fc.property(
        fc.integer({ min: -20, max: 20 }),
        fc.nat(20),
        fc.integer({ min: 1, max: 5 }),
        (start, length, step) => {
          const expected: number[] = []
          for (let x = start; x < start + length; x += step) expected.push(x)
          expect(arange(start, start + length, step, { dtype: 'int32' }).toArray()).toEqual(
            expected,
          )
        },
      ),
    )
  })

  it('arange never reaches its end, which quotients and products may be rounded to', () => {
    expect(arange(1, 1.3, 0.1, { dtype: 'float64' }).toArray()).toEqual([1, 1.1, 1.2])
    expect(arange(1, 1.3, 0.1).toArray()).toEqual([1, 1.1, 1.2].map(Math.fround))
    expect(arange(-1, -1.3, -0.1, { dtype: 'float64' }).toArray()).toEqual([-1, -1.1, -1.2])
    // In float32 the last of these is 1.3 as well.
    expect(arange(0.1, 1.3, 0.39999999999).toArray()).toEqual([0.1, 0.5, 0.9].map(Math.fround))
    expect(arange(2 ** 24, 2 ** 24 + 1).toArray()).toEqual([2 ** 24])
    expect(arange(0, 1 + 1e-9, 0.5).toArray()).toEqual([0, 0.5, 1])
    const real = fc.integer({ min: -4000, max: 4000 }).map((k) => k / 1000)
    fc.assert(
      fc.property(
        real,
        real,
        fc.integer({ min: 1, max: 700 }),
        fc.constantFrom('float32' as const, 'float64' as const),
        (start, end, k, dtype) => {
          const step = ((end < start ? -1 : 1) * k) / 100
          const numbers = [...arange(start, end, step, { dtype }).toTypedArray()]
          const round = dtype === 'float32' ? Math.fround : (x: number) => x
          numbers.forEach((x, i) => {
            expect(x).toBe(round(start + i * step))
            expect(step > 0 ? x < round(end) : x > round(end)).toBe(true)
          })
          // The next one would be the end, or beyond it but for a rounding.
          const next = start + numbers.length * step
          expect(step > 0 ? next > end - 1e-6 : next < end + 1e-6).toBe(true)
        },
      ),
    )
  })

  it('linspace stays between its ends, in order, and is as exact as its numbers', () => {
    const { MAX_VALUE } = Number
    expect(linspace(0.1, 0.1, 8, { dtype: 'float64' }).toArray()).toEqual(new Array(8).fill(0.1))
    expect(linspace(0, 1, 11, { dtype: 'float64' }).toArray()).toEqual([
      0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
    ])
    expect(linspace(0, 49, 50, { dtype: 'int32' }).toArray()).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    )
    expect(linspace(-MAX_VALUE, MAX_VALUE, 3, { dtype: 'float64' }).toArray()).toEqual([
      -MAX_VALUE,
      0,
      MAX_VALUE,
    ])
    const real = fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => x + 0)
    fc.assert(
      fc.property(
        real,
        fc.oneof(real, fc.constant(null)),
        fc.integer({ min: 1, max: 40 }),
        (start, other, steps) => {
          const end = other ?? start
          const numbers = linspace(start, end, steps, { dtype: 'float64' }).toTypedArray()
          expect([numbers[0], numbers.at(-1)]).toEqual([start, steps === 1 ? start : end])
          const sorted = numbers.toSorted()
          expect(numbers).toEqual(start <= end ? sorted : sorted.reverse())
          for (const x of numbers)
            expect(x >= Math.min(start, end) && x <= Math.max(start, end)).toBe(true)
        },
      ),
    )
  })

  it('linspace has both ends and equal distances', () => {
    expect(linspace(0, 1, 5).toArray()).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(linspace(3, -3, 3).toArray()).toEqual([3, 0, -3])
    expect(linspace(2, 5, 1).toArray()).toEqual([2])
    expect(linspace(2, 5, 0).shape).toEqual([0])
    const x = linspace(0.1, 0.7, 7, { dtype: 'float64' }).toTypedArray()
    expect([x[0], x[6]]).toEqual([0.1, 0.7])
  })
})
