// New tensors: shapes, dtypes and numbers against plain arrays.

import fc from 'fast-check'
import { type DType, eye, full, ones, Tensor, tensor, zeros } from 'tapegrad'
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
