// Reductions over any axes against plain loops.

import fc from 'fast-check'
import { grad, type Tensor, tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { anyShape, axesOf, front, indices, sizeOf } from '../../support/cases.ts'
import { weightsLike } from '../../support/derivatives.ts'
import { expectClose, weights } from '../../support/numbers.ts'
import { numbersOf } from '../../support/tensors.ts'

describe('sums over any axes', () => {
  it('sum, max, min and argmax are those of plain loops', () => {
    fc.assert(
      fc.property(
        anyShape
          .filter((s) => !s.includes(0))
          .chain((s) =>
            fc.tuple(
              fc.constant(s),
              axesOf(s),
              fc.array(fc.integer({ min: -9, max: 9 }), {
                minLength: sizeOf(s),
                maxLength: sizeOf(s),
              }),
              fc.boolean(),
            ),
          ),
        ([shape, axes, values, keepDim]) => {
          const gone =
            axes === undefined
              ? shape.map((_, k) => k)
              : [axes].flat().map((axis) => front(axis, shape))
          const kept = shape.map((n, axis) => (gone.includes(axis) ? 1 : n))
          const groups = indices(kept).map((at) =>
            indices(shape).flatMap((place, k) =>
              place.every((p, axis) => gone.includes(axis) || p === at[axis])
                ? [values[k] as number]
                : [],
            ),
          )
          const to = keepDim ? kept : shape.filter((_, axis) => !gone.includes(axis))
          for (const dtype of ['float32', 'float64', 'int32'] as const) {
            const x = tensor(values, { shape, dtype })
            const is = (result: Tensor, of: (group: number[]) => number) => {
              expect(result.shape).toEqual(to)
              expect([...result.toTypedArray()]).toEqual(groups.map(of))
            }
            is(x.sum(axes, keepDim), (group) => group.reduce((a, b) => a + b))
            is(x.max(axes, keepDim), (group) => Math.max(...group))
            is(x.min(axes, keepDim), (group) => Math.min(...group))
            if (dtype !== 'int32' && !Array.isArray(axes))
              is(x.argmax(axes as number | undefined, keepDim), (group) =>
                group.indexOf(Math.max(...group)),
              )
          }
        },
      ),
      { numRuns: 200 },
    )
  })

  it('hand back their cotangent to every place they read, added to what is there already', () => {
    const threeAxes = fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 2, max: 3 })))
    fc.assert(
      fc.property(
        threeAxes.chain((shape) => fc.tuple(fc.constant(shape), axesOf(shape))),
        fc.nat(99),
        ([shape, axes], seed) => {
          const x = tensor(weights(sizeOf(shape), seed), {
            shape,
            dtype: 'float64',
            requiresGrad: true,
          })
          const [u, v] = [1, 2].map((k) => weightsLike(x.sum(axes, true), seed + k)) as [
            Tensor,
            Tensor,
          ]
          const [g] = grad([x.sum(axes, true), x.sum(axes, true)], [x], {
            gradOutputs: [u, v],
          }) as [Tensor]
          expectClose(numbersOf(g), numbersOf(u.add(v).broadcastTo(shape)), 1e-12)
        },
      ),
      { numRuns: 100 },
    )
  })

  it('sums of nothing are 0, its mean NaN; of NaN, NaN', () => {
    expect(
      tensor([], { shape: [2, 0] })
        .sum(1)
        .toArray(),
    ).toEqual([0, 0])
    expect(tensor([], { shape: [2, 0] }).sum(0).shape).toEqual([0])
    expect(tensor([]).mean().item()).toBe(NaN)
    expect(tensor([]).logSumExp().item()).toBe(-Infinity)
    expect(tensor([1, NaN]).max().item()).toBe(NaN)
    expect(tensor([NaN, 1]).min().item()).toBe(NaN)
    expect(tensor([[], []]).max(0).shape).toEqual([0])
  })

  it('long float32 sums lose no more to rounding than short ones', () => {
    const n = 1 << 20
    const exact = Math.fround(0.1) * n
    for (const sum of [
      tensor(0.1).broadcastTo([n]).sum(),
      tensor(0.1).broadcastTo([n, 3]).sum(0),
      tensor(0.1).broadcastTo([3, n]).sum(1),
    ])
      for (const x of sum.toTypedArray()) expect(Math.abs(x - exact)).toBeLessThan(exact * 2 ** -18)
  })
})
