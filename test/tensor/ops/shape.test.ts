// Ops that only move numbers, against plain loops over nested indices.

import fc from 'fast-check'
import { cat, type Tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { anyShape, axesOf, axisOf, front, type Shape, sizeOf } from '../../support/cases.ts'
import { counting, expectRead, some } from './readings.ts'

describe('reading in another order', () => {
  it('permute, transpose and t', () => {
    fc.assert(
      fc.property(
        anyShape.chain((s) =>
          fc.tuple(
            fc.constant(s),
            fc.shuffledSubarray(
              s.map((_, k) => k),
              { minLength: s.length },
            ),
          ),
        ),
        ([shape, order]) => {
          const to = order.map((axis) => shape[axis] as number)
          expectRead(counting(shape).permute(order), shape, to, (at) =>
            shape.map((_, axis) => at[order.indexOf(axis)] as number),
          )
        },
      ),
    )
    fc.assert(
      fc.property(
        some.chain((s) => fc.tuple(fc.constant(s), axisOf(s), axisOf(s))),
        ([shape, a, b]) => {
          const swap = <T>(list: readonly T[]): T[] =>
            list
              .with(front(a, shape), list[front(b, shape)] as T)
              .with(front(b, shape), list[front(a, shape)] as T)
          expectRead(counting(shape).transpose(a, b), shape, swap(shape), swap)
          if (shape.length <= 2)
            expectRead(counting(shape).t(), shape, [...shape].reverse(), (at) => [...at].reverse())
        },
      ),
    )
  })

  it('flip', () => {
    fc.assert(
      fc.property(
        anyShape.chain((s) => fc.tuple(fc.constant(s), axesOf(s))),
        ([shape, axes = []]) => {
          const list = [axes].flat().map((axis) => front(axis, shape))
          expectRead(counting(shape).flip(axes), shape, shape, (at) =>
            at.map((k, axis) => (list.includes(axis) ? (shape[axis] as number) - 1 - k : k)),
          )
        },
      ),
    )
  })

  it('reshape, flatten, squeeze and unsqueeze keep the order', () => {
    fc.assert(
      fc.property(
        anyShape.chain((s) => fc.tuple(fc.constant(s), axesOf(s), axisOf([...s, 1]))),
        ([shape, axes, place]) => {
          const n = sizeOf(shape)
          const keeps = (result: Tensor, to: Shape) => {
            expect(result.shape).toEqual(to)
            expect([...result.toTypedArray()]).toEqual(Array.from({ length: n }, (_, k) => k))
          }
          const x = counting(shape)
          keeps(x.reshape([n]), [n])
          keeps(x.reshape([-1]), [n])
          keeps(x.reshape([...shape, 1]), [...shape, 1])
          keeps(x.flatten(), [n])
          const gone =
            axes === undefined
              ? shape.map((_, k) => k)
              : [axes].flat().map((axis) => front(axis, shape))
          keeps(
            x.squeeze(axes),
            shape.filter((size, axis) => !(size === 1 && gone.includes(axis))),
          )
          keeps(x.unsqueeze(place), shape.toSpliced(front(place, [...shape, 1]), 0, 1))
          if (shape.length > 1)
            keeps(x.flatten(0, 1), [(shape[0] as number) * (shape[1] as number), ...shape.slice(2)])
        },
      ),
    )
  })

  it('slice follows Python, chunk cuts into its pieces', () => {
    const bound = fc.integer({ min: -5, max: 5 })
    fc.assert(
      fc.property(
        some.chain((s) =>
          fc.tuple(
            fc.constant(s),
            axisOf(s),
            bound,
            fc.option(bound, { nil: undefined }),
            fc.integer({ min: 1, max: 3 }),
          ),
        ),
        ([shape, axis, start, end, step]) => {
          const k = front(axis, shape)
          const all = Array.from({ length: shape[k] as number }, (_, at) => at)
          const kept = all.slice(start, end).filter((_, at) => at % step === 0)
          expectRead(
            counting(shape).slice(axis, start, end, step),
            shape,
            shape.with(k, kept.length),
            (at) => at.with(k, kept[at[k] as number] as number),
          )
        },
      ),
      { numRuns: 300 },
    )
    fc.assert(
      fc.property(
        some.chain((s) => fc.tuple(fc.constant(s), axisOf(s), fc.integer({ min: 1, max: 4 }))),
        ([shape, axis, chunks]) => {
          const n = shape.at(axis) as number
          const pieces = counting(shape).chunk(chunks, axis)
          const widths = pieces.map((piece) => piece.shape.at(axis) as number)
          expect(widths.reduce((a, b) => a + b)).toBe(n)
          expect(pieces.length).toBeLessThanOrEqual(chunks)
          expect(widths.slice(0, -1).every((w) => w === Math.ceil(n / chunks))).toBe(true)
          expect(cat(pieces, axis).toArray()).toEqual(counting(shape).toArray())
        },
      ),
    )
    expect(
      counting([7])
        .chunk(3)
        .map((piece) => piece.toArray()),
    ).toEqual([[0, 1, 2], [3, 4, 5], [6]])
    expect(counting([4]).chunk(3).length).toBe(2)
  })

  it('select', () => {
    fc.assert(
      fc.property(
        some
          .filter((s) => !s.includes(0))
          .chain((s) =>
            axisOf(s).chain((axis) =>
              fc.tuple(
                fc.constant(s),
                fc.constant(axis),
                axisOf(Array(s.at(axis) as number).fill(0)),
              ),
            ),
          ),
        ([shape, axis, index]) => {
          const k = front(axis, shape)
          const place = index < 0 ? index + (shape[k] as number) : index
          expectRead(counting(shape).select(axis, index), shape, shape.toSpliced(k, 1), (at) =>
            at.toSpliced(k, 0, place),
          )
        },
      ),
    )
  })

  it('views of views of transposes read right', () => {
    const x = counting([4, 3])
    expect(x.slice(0, 1).t().slice(0, 1).toArray()).toEqual([
      [4, 7, 10],
      [5, 8, 11],
    ])
    expect(x.t().select(0, 2).toArray()).toEqual([2, 5, 8, 11])
    expect(x.t().reshape([2, 6]).select(0, 1).slice(0, 2, 4).toArray()).toEqual([2, 5])
    expect(counting([2, 2, 3]).transpose(1, 2).select(0, 1).toArray()).toEqual([
      [6, 9],
      [7, 10],
      [8, 11],
    ])
  })
})

it('broadcastTo repeats', () => {
  const x = counting([2, 1, 3])
  expectRead(x.broadcastTo([4, 2, 5, 3]), [2, 1, 3], [4, 2, 5, 3], ([, a, , c]) => [
    a as number,
    0,
    c as number,
  ])
  expect(counting([]).broadcastTo([2, 0]).shape).toEqual([2, 0])
  expect(counting([1]).broadcastTo([0]).shape).toEqual([0])
})
