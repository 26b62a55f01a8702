// New tensors: shapes, dtypes and numbers against plain arrays.

import fc from 'fast-check'
import { arange, type DType, eye, full, linspace, ones, Tensor, tensor, zeros } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { anyShape, edgeShape, plain, type Shape, sizeOf } from '../../support/cases.ts'

/** Row-major numbers as nested arrays. */
const nest = (values: readonly unknown[], shape: Shape): unknown =>
  shape.length === 0
    ? values[0]
    : Array.from({ length: shape[0] as number }, (_, k) => {
        const n = sizeOf(shape.slice(1))
        return nest(values.slice(k * n, (k + 1) * n), shape.slice(1))
      })

describe('tensor', () => {
  it('reads nested arrays and gives them back', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyShape, edgeShape).chain((shape) => plain(shape)),
        ({ shape, values }) => {
          const nested = nest(values, shape)
          const x = tensor(nested as number[], { dtype: 'float64' })
          // Axes behind an empty one cannot be seen in nested arrays.
          const seen = shape.includes(0) ? shape.slice(0, shape.indexOf(0) + 1) : shape
          expect(x.shape).toEqual(seen)
          expect(x.toArray()).toEqual(nested)
          const same = tensor(values as number[], { shape, dtype: 'float64' })
          expect(same.shape).toEqual(shape)
          expect(same.toArray()).toEqual(nested)
          expect([...same.toTypedArray()]).toEqual(values)
          expect(same.size).toBe(values.length)
          expect(same.rank).toBe(shape.length)
        },
      ),
    )
  })

  it('takes its dtype from the data unless one is given', () => {
    expect(tensor([1, 2]).dtype).toBe('float32')
    expect(tensor([true, false]).dtype).toBe('bool')
    expect(tensor(true).dtype).toBe('bool')
    expect(tensor([]).dtype).toBe('float32')
    expect(tensor(new Float64Array(2)).dtype).toBe('float64')
    expect(tensor(new Float32Array(2)).dtype).toBe('float32')
    expect(tensor(new Int32Array(2)).dtype).toBe('int32')
    for (const other of [
      Int8Array,
      Uint8Array,
      Uint8ClampedArray,
      Int16Array,
      Uint16Array,
      Uint32Array,
    ])
      expect(tensor(new other([1, 2])).dtype).toBe('float32')
    for (const dtype of ['float32', 'float64', 'int32', 'bool'] as const)
      expect(tensor(new Uint8Array([1, 0]), { dtype }).dtype).toBe(dtype)
  })

  it('copies: changing the array afterwards changes nothing', () => {
    const data = new Float64Array([1, 2])
    const x = tensor(data)
    data[0] = 9
    expect(x.toArray()).toEqual([1, 2])
    const copy = x.toTypedArray()
    copy[0] = 9
    expect(x.toArray()).toEqual([1, 2])
  })

  it('keeps a shape of its own', () => {
    const shape = [2, 2]
    const x = zeros(shape)
    shape[0] = 9
    expect(x.shape).toEqual([2, 2])
    expect(tensor([1, 2, 3, 4], { shape: [2, 2] }).toArray()).toEqual([
      [1, 2],
      [3, 4],
    ])
  })

  it('rounds to the dtype', () => {
    expect(tensor(0.1).item()).toBe(Math.fround(0.1))
    expect(tensor(0.1, { dtype: 'float64' }).item()).toBe(0.1)
    expect(tensor([true, false], { dtype: 'int32' }).toArray()).toEqual([1, 0])
    expect(tensor([1, 0], { dtype: 'bool' }).toArray()).toEqual([true, false])
    expect(tensor([-0]).toArray()).toEqual([-0])
    expect(tensor([NaN, Infinity]).toArray()).toEqual([NaN, Infinity])
    expect(tensor([-(2 ** 31), 2 ** 31 - 1], { dtype: 'int32' }).toArray()).toEqual([
      -(2 ** 31),
      2 ** 31 - 1,
    ])
  })

  it('is a leaf, and requires a gradient when asked to', () => {
    const x = tensor([1], { requiresGrad: true })
    expect(x).toBeInstanceOf(Tensor)
    expect([x.isLeaf, x.requiresGrad, x.grad]).toEqual([true, true, null])
    expect([tensor([1]).isLeaf, tensor([1]).requiresGrad]).toEqual([true, false])
    const y = x.add(1)
    expect([y.isLeaf, y.requiresGrad]).toEqual([false, true])
  })
})

describe('filled tensors', () => {
  it('zeros, ones, full and eye', () => {
    const dtypes: DType[] = ['float32', 'float64', 'int32', 'bool']
    fc.assert(
      fc.property(anyShape, fc.constantFrom(...dtypes), (shape, dtype) => {
        const is = (x: Tensor, value: number) => {
          expect([x.shape, x.dtype]).toEqual([shape, dtype])
          expect([...x.toTypedArray()]).toEqual(new Array(sizeOf(shape)).fill(value))
        }
        is(zeros(shape, { dtype }), 0)
        is(ones(shape, { dtype }), 1)
        is(full(shape, dtype === 'bool' ? 1 : 3, { dtype }), dtype === 'bool' ? 1 : 3)
      }),
    )
    expect(full([2], 0.5).toArray()).toEqual([0.5, 0.5])
    expect(full([2], NaN).toArray()).toEqual([NaN, NaN])
    expect(eye(2, { dtype: 'float64' }).toArray()).toEqual([
      [1, 0],
      [0, 1],
    ])
    expect(eye(0).shape).toEqual([0, 0])
    expect(zeros([2], { requiresGrad: true }).requiresGrad).toBe(true)
  })

  it('zeros are zero in memory that was used before', () => {
    full([1000], 7).sum().item()
    for (let round = 0; round < 20; round++) expect(zeros([1000]).abs().sum().item()).toBe(0)
  })
})

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

describe('typed arrays in arrays', () => {
  it('are rows, of the dtype of the first', () => {
    const rows = tensor([new Float32Array([1, 2]), new Float32Array([3, 4]), [5, 6]])
    expect([rows.toArray(), rows.dtype]).toEqual([
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      'float32',
    ])
    expect(tensor([[new Float64Array([1 / 3])]]).toArray()).toEqual([[[1 / 3]]])
    expect(tensor([new Int32Array([7])]).dtype).toBe('int32')
    expect(tensor([new Uint8Array([255])], { dtype: 'float64' }).toArray()).toEqual([[255]])
    expect(tensor([new Float32Array(0), new Float32Array(0)]).shape).toEqual([2, 0])
  })

  it('are refused where they are ragged, or of no numbers', () => {
    expect(() => tensor([new Float32Array(2), new Float32Array(3)])).toThrow(
      'tensor: expected arrays of one shape, got (2) at [0] and (3) at [1]',
    )
    expect(() => tensor([new Float32Array(2), 3])).toThrow(
      'tensor: expected arrays of one shape, got (2) at [0] and () at [1]',
    )
    expect(() => tensor([new BigInt64Array(1)])).toThrow(
      'tensor: expected an array of numbers, got BigInt64Array',
    )
    expect(() => tensor([[1], new DataView(new ArrayBuffer(8))] as never)).toThrow(
      'tensor: expected an array of numbers, got DataView',
    )
  })
})
