// fuse: random compositions of elementwise ops as one op, against the same function op by op.
// Values agree to the bit, and derivatives of the first and the second order.

import fc from 'fast-check'
import {
  checkpoint,
  detectAnomaly,
  fuse,
  grad,
  hvp,
  jvp,
  noGrad,
  setThreads,
  type Tensor,
} from 'tapegrad'
import { afterAll, describe, expect, test } from 'vitest'
import { expectClose } from '../../support/numbers.ts'
import { gridded, numbersOf } from '../../support/tensors.ts'
import {
  argumentsOf,
  composed,
  expectSame,
  type Function_,
  lists,
  orders,
  shapes,
} from './fused.ts'

describe('random compositions', () => {
  test.each([
    ['float64', 1e-12],
    ['float32', 1e-4],
  ] as const)('values to the bit, two orders of derivatives: %s', (dtype, tolerance) => {
    fc.assert(
      fc.property(lists, shapes, fc.nat(50), (list, { shapes, transposed }, seed) => {
        expectSame(
          composed(list),
          () => argumentsOf(shapes, { dtype, transposed, seed }),
          tolerance,
        )
      }),
      { numRuns: 150 },
    )
  })

  test('with conditions among the arguments', () => {
    fc.assert(
      fc.property(lists, shapes, fc.nat(50), (list, { shapes, transposed }, seed) => {
        const all = [...shapes, shapes.at(-1) as number[], [1]]
        const bools = [all.length - 2, all.length - 1]
        expectSame(composed(list), () => argumentsOf(all, { transposed, bools, seed }))
      }),
      { numRuns: 60 },
    )
  })

  test('one tensor in several places, and gradients for some arguments only', () => {
    fc.assert(
      fc.property(lists, shapes, fc.nat(2), (list, { shapes: [shape] }, without) => {
        const f = composed(list)
        const fused = fuse(f)
        const x = gridded(shape as number[], 5).detach()
        x.requiresGrad = true
        const z = gridded(shape as number[], 8)
        const args = [x, x, x].map((t, i) => (i === without ? z : t))
        const both = [fused, f].map((one) => {
          const slope = grad(one(...args).sum(), x, { createGraph: true })
          return [slope, grad(slope.mul(x).sum(), x)].map(numbersOf)
        })
        expectClose(both[0], both[1], 1e-12)
        const [y, plain] = [fused, f].map((one) => one(z, z, z)) as [Tensor, Tensor]
        expect([y.requiresGrad, numbersOf(y)]).toEqual([false, numbersOf(plain)])
      }),
      { numRuns: 60 },
    )
  })

  test('inside noGrad, checkpoint, jvp, hvp and detectAnomaly', () => {
    fc.assert(
      fc.property(lists, fc.constantFrom([7], [4, 3], [2, 40]), (list, shape) => {
        const f = composed(list)
        const fused = fuse(f)
        const loss = (one: Function_) => (x: Tensor) => one(x).square().sum()
        const [x, v] = [gridded(shape, 3), gridded(shape, 4)]
        const all = [fused, f].map((one) => {
          const { leaves, inputs } = argumentsOf([shape])
          const results = [
            noGrad(() => one(x)),
            grad(checkpoint(one)(...inputs).sum(), leaves[0] as Tensor),
            grad(detectAnomaly(() => one(...inputs)).sum(), leaves[0] as Tensor),
            ...Object.values(jvp(one, x, v) as object),
            hvp(loss(one), x, v) as Tensor,
          ]
          return results.map((t) => numbersOf(t as Tensor))
        })
        expectClose(all[0], all[1], 1e-11)
      }),
      { numRuns: 40 },
    )
  })
})

describe('with two threads', () => {
  afterAll(() => setThreads(1))

  test('the bits are those of one thread', async () => {
    const f = composed([
      { op: 3, a: 0, b: 0, k: 1 },
      { op: 12, a: 1, b: 2, k: 1 },
      { op: 8, a: 3, b: 1, k: 2 },
    ])
    const make = () => argumentsOf([[301, 211], [211], [301, 1]])
    const alone = orders(fuse(f), make)
    await setThreads(2)
    expect(orders(fuse(f), make)).toEqual(alone)
  })
})
