// Recurrences that nobody foresaw, as one op, against the fold of their steps: values, first and
// second derivatives.

import fc from 'fast-check'
import { grad, type Tensor } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import type { Recurrence } from '../../../src/layers/recurrent/recurrence.ts'
import { expectClose } from '../../support/numbers.ts'
import { gridded, numbersOf } from '../../support/tensors.ts'
import { cases, expectOrders, orders, problem, type Run } from './folds.ts'
import { type Any, oddCells } from './oddCells.ts'

describe.each(Object.entries(oddCells))('%s', (name, recurrence) => {
  const small = { D: 3, H: 4, bias: true, every: true, seed: 1 }

  test.each([
    ['float64', 1e-11],
    ['float32', 2e-4],
  ] as const)('value, first and second derivative in %s', (dtype, tolerance) => {
    fc.assert(
      fc.property(cases, (size) => {
        const { inputs, fused, folded } = problem(recurrence, size, dtype)
        // Rows of nearly equal numbers lose digits when they are normalised.
        const allowed = name.includes('normalised') ? 50 * tolerance : tolerance
        expectOrders(orders(fused, inputs, size.seed), orders(folded, inputs, size.seed), allowed)
      }),
      { numRuns: 12 },
    )
  })

  test('gradients for some inputs only', () => {
    const { inputs, fused, folded } = problem(recurrence, { ...small, sizes: [3, 2, 2] }, 'float64')
    const gradient = (run: Run, input: Tensor): number[] => {
      const sum = run(inputs)
        .map((y) => y.sum())
        .reduce((a, b) => a.add(b))
      return numbersOf(grad(sum, input, { allowUnused: true }))
    }
    for (const input of inputs) expectClose(gradient(fused, input), gradient(folded, input), 1e-12)
  })

  test('more rows than are multiplied out at a time', () => {
    const sizes = Array.from({ length: 300 }, (_, t) => 1 + Math.floor((299 - t) / 60))
    const { inputs, fused, folded } = problem(recurrence, { ...small, H: 2, sizes }, 'float64')
    const halves = inputs.map((t) => t.detach().mul(0.5))
    for (const t of halves) t.requiresGrad = true
    const gradients = (run: Run) => {
      const ys = run(halves)
      const gradOutputs = ys.map((y) => gridded(y.shape, 4))
      return grad(ys, halves, { gradOutputs, allowUnused: true }).map(numbersOf)
    }
    expectClose(gradients(fused), gradients(folded), 1e-10)
  })
})

test('a recorded pass to an x that no step reads', () => {
  const size = { sizes: [2, 1], D: 3, H: 4, bias: false, every: false, seed: 1 }
  const { inputs, fused } = problem(oddCells['no product'] as Recurrence<Any>, size, 'float64')
  const [x, ...others] = inputs as [Tensor, ...Tensor[]]
  const ys = fused([x, ...others.map((t) => t.detach())])
  const options = {
    createGraph: true,
    allowUnused: true,
    gradOutputs: ys.map((y) => gridded(y.shape, 2)),
  }
  expect(numbersOf(grad(ys, x, options))).toEqual(Array(9).fill(0))
})
