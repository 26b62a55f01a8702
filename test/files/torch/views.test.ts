// Any view of a storage that readTorch reads, number by number, against its definition.
import fc from 'fast-check'
import type { Tensor } from 'tapegrad'
import { expect, test } from 'vitest'
import { readTorch } from '../../../src/files/index.ts'
import { runs } from '../../properties/runs.ts'
import type { Nested } from '../../support/numbers.ts'
import { archiveOf, pickleOf, push } from './archive.ts'

const axis = fc.record({ size: fc.integer({ min: 0, max: 4 }), stride: fc.nat(9) })

/** The numbers of a view, which are their own places in the storage. */
const placesOf = (from: number, [first, ...rest]: { size: number; stride: number }[]): Nested =>
  first === undefined
    ? from
    : Array.from({ length: first.size }, (_, i) => placesOf(from + i * first.stride, rest))

const kinds = fc.constantFrom(
  { type: 'FloatStorage', dtype: 'float32', array: Float32Array },
  { type: 'DoubleStorage', dtype: 'float64', array: Float64Array },
  { type: 'IntStorage', dtype: 'int32', array: Int32Array },
  { type: 'ShortStorage', dtype: 'int32', array: Int16Array },
  { type: 'ByteStorage', dtype: 'int32', array: Uint8Array },
)

test('a view has the numbers at its places', () =>
  fc.assert(
    fc.property(fc.array(axis, { maxLength: 4 }), fc.nat(5), kinds, (axes, offset, kind) => {
      const { type, dtype, array } = kind
      const isEmpty = axes.some(({ size }) => size === 0)
      const last = axes.reduce((sum, { size, stride }) => sum + (size - 1) * stride, offset)
      const product = axes.reduce((n, { size }) => n * size, 1)
      const count = isEmpty ? 1 : Math.max(last + 1, product)
      fc.pre(count < 256)
      const storage = new array(Array.from({ length: count }, (_, i) => i))
      const [shape, strides] = [axes.map(({ size }) => size), axes.map(({ stride }) => stride)]
      const file = archiveOf({
        'data.pkl': pickleOf(push.tensor({ type, offset, shape, strides, count })),
        'data/0': new Uint8Array(storage.buffer),
      })
      const read = readTorch<Tensor>(file)
      expect(read.dtype).toBe(dtype)
      expect(read.shape).toEqual(shape)
      expect(read.toArray()).toEqual(placesOf(offset, axes))
    }),
    runs(500),
  ))
