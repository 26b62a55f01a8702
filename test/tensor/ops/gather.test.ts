// Ops that pick by index, against plain loops over nested indices.

import fc from 'fast-check'
import { tensor } from 'tapegrad'
import { it } from 'vitest'
import { anyShape, axisOf, front, type Shape, sizeOf } from '../../support/cases.ts'
import { counting, expectRead, offset, some } from './readings.ts'

it('indexSelect and gather', () => {
  const filled = some.filter((s) => !s.includes(0))
  const picks = (n: number, shape: Shape) =>
    fc.array(fc.nat(n - 1), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
  fc.assert(
    fc.property(
      filled
        .chain((s) => fc.tuple(fc.constant(s), axisOf(s), anyShape))
        .chain(([s, axis, to]) =>
          fc.tuple(
            fc.constant(s),
            fc.constant(axis),
            fc.constant(to),
            picks(s.at(axis) as number, to),
          ),
        ),
      ([shape, axis, to, index]) => {
        const k = front(axis, shape)
        const result = counting(shape).indexSelect(
          axis,
          tensor(index, { shape: to, dtype: 'int32' }),
        )
        expectRead(result, shape, shape.toSpliced(k, 1, ...to), (at) =>
          at.toSpliced(k, to.length, index[offset(at.slice(k, k + to.length), to)] as number),
        )
      },
    ),
  )
  fc.assert(
    fc.property(
      filled
        .chain((s) => fc.tuple(fc.constant(s), axisOf(s)))
        .chain(([s, axis]) =>
          fc.tuple(
            fc.constant(s),
            fc.constant(axis),
            fc.tuple(...s.map((n, k) => (k === front(axis, s) ? fc.nat(4) : fc.nat(n)))),
          ),
        )
        .chain(([s, axis, to]) =>
          fc.tuple(
            fc.constant(s),
            fc.constant(axis),
            fc.constant(to),
            picks(s.at(axis) as number, to),
          ),
        ),
      ([shape, axis, to, index]) => {
        const k = front(axis, shape)
        const result = counting(shape).gather(axis, tensor(index, { shape: to, dtype: 'int32' }))
        expectRead(result, shape, to, (at) => at.with(k, index[offset(at, to)] as number))
      },
    ),
  )
})
