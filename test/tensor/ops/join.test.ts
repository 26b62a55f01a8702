// Ops that put several tensors into one, against plain loops over nested indices.

import fc from 'fast-check'
import { cat, stack } from 'tapegrad'
import { expect, it } from 'vitest'
import { anyShape, axisOf, front, indices, type Shape } from '../../support/cases.ts'
import { counting, offset, some } from './readings.ts'

it('cat and stack put tensors in a row', () => {
  fc.assert(
    fc.property(
      some.chain((s) =>
        fc.tuple(fc.constant(s), axisOf(s), fc.array(fc.nat(3), { minLength: 1, maxLength: 3 })),
      ),
      ([shape, axis, widths]) => {
        const k = front(axis, shape)
        const parts = widths.map((w) => shape.with(k, w))
        const joined = cat(
          parts.map((part, i) => counting(part).add(100 * i)),
          axis,
        )
        const total = widths.reduce((a, b) => a + b)
        expect(joined.shape).toEqual(shape.with(k, total))
        const expected = indices(joined.shape).map((at) => {
          let [i, rest] = [0, at[k] as number]
          while (rest >= (widths[i] as number)) rest -= widths[i++] as number
          return 100 * i + offset(at.with(k, rest), parts[i] as Shape)
        })
        expect([...joined.toTypedArray()]).toEqual(expected)
      },
    ),
  )
  fc.assert(
    fc.property(
      anyShape.chain((s) =>
        fc.tuple(fc.constant(s), axisOf([...s, 1]), fc.integer({ min: 1, max: 3 })),
      ),
      ([shape, axis, n]) => {
        const k = front(axis, [...shape, 1])
        const joined = stack(
          Array.from({ length: n }, (_, i) => counting(shape).add(100 * i)),
          axis,
        )
        expect(joined.shape).toEqual(shape.toSpliced(k, 0, n))
        expect([...joined.toTypedArray()]).toEqual(
          indices(joined.shape).map(
            (at) => 100 * (at[k] as number) + offset(at.toSpliced(k, 1), shape),
          ),
        )
      },
    ),
  )
})
