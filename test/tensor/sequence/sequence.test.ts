// Recurrences over packed sequences as one op, against the fold of their steps by recorded
// primitives: values, first and second derivatives.

import fc from 'fast-check'
import { grad, noGrad, type Tensor, zeros } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { gru, gruResetBefore } from '../../../src/layers/recurrent/gru.ts'
import { chosenLSTM, lstm } from '../../../src/layers/recurrent/lstmStep.ts'
import type { Recurrence } from '../../../src/layers/recurrent/recurrence.ts'
import { rnn } from '../../../src/layers/recurrent/rnn.ts'
import { runs } from '../../properties/runs.ts'
import { expectClose } from '../../support/numbers.ts'
import { gridded, numbersOf } from '../../support/tensors.ts'
import { cases, expectOrders, orders, problem, type Run } from './folds.ts'
import type { Any } from './oddCells.ts'

const recurrences = {
  RNN: rnn,
  GRU: gru,
  'GRU, reset before': gruResetBefore,
  LSTM: lstm,
  'LSTM with peepholes': chosenLSTM('', { peepholes: true }),
  'LSTM with a projection': chosenLSTM('', { projSize: 2 }),
  'LSTM with normalised rows': chosenLSTM('', { layerNorm: true }),
  'LSTM with coupled gates': chosenLSTM('', { coupledGates: true, peepholes: true, cellClip: 0.4 }),
}

describe.each(Object.entries(recurrences))('%s', (name, given) => {
  const recurrence = given as unknown as Recurrence<Any>
  const small = { D: 3, H: 4, bias: true, every: true, seed: 1 }

  test.each([
    ['float64', 1e-11, 100],
    ['float32', 2e-4, 30],
  ] as const)('value, first and second derivative in %s', (dtype, tolerance, usual) => {
    fc.assert(
      fc.property(cases, (small) => {
        // Rows of few, nearly equal numbers lose digits when they are normalised.
        const isNormalised = name.includes('normalised')
        const size = isNormalised ? { ...small, H: small.H + 7 } : small
        const { inputs, fused, folded } = problem(recurrence, size, dtype)
        const allowed = isNormalised ? 50 * tolerance : tolerance
        expectOrders(orders(fused, inputs, size.seed), orders(folded, inputs, size.seed), allowed)
      }),
      runs(usual),
    )
  })

  test('gradients for some inputs only', () => {
    const { inputs, fused, folded } = problem(recurrence, { ...small, sizes: [3, 2, 2] }, 'float64')
    const sum = (ys: Tensor[]): Tensor => ys.map((y) => y.sum()).reduce((a, b) => a.add(b))
    for (const input of inputs)
      expectClose(
        numbersOf(grad(sum(fused(inputs)), input)),
        numbersOf(grad(sum(folded(inputs)), input)),
        1e-12,
      )
  })

  test.each([
    ['many steps', Array.from({ length: 150 }, () => 5)],
    [
      'many steps of ragged sequences',
      Array.from({ length: 300 }, (_, t) => 1 + Math.floor((299 - t) / 60)),
    ],
    ['many sequences', [270, 270, 13]],
  ])('more rows than are multiplied out at a time: %s', (_, sizes) => {
    const { inputs, fused, folded } = problem(recurrence, { ...small, H: 2, sizes }, 'float64')
    const halves = inputs.map((t) => t.detach().mul(0.5))
    for (const t of halves) t.requiresGrad = true
    const gradients = (run: Run) => {
      const ys = run(halves)
      return grad(ys, halves, { gradOutputs: ys.map((y) => gridded(y.shape, 4)) }).map(numbersOf)
    }
    expectClose(gradients(fused), gradients(folded), 1e-10)
  })

  test('sizes beyond a block of the matrix product', () => {
    const size = { ...small, D: 2, H: 261, bias: false, sizes: [3, 2] }
    const { inputs, fused, folded } = problem(recurrence, size, 'float64')
    const tenths = inputs.map((t) => t.detach().mul(0.1))
    for (const t of tenths) t.requiresGrad = true
    const both = (run: Run) => {
      const ys = run(tenths)
      const values = ys.map(numbersOf)
      const gradOutputs = ys.map((y) => gridded(y.shape, 5))
      return [...values, ...grad(ys, tenths, { gradOutputs }).map(numbersOf)]
    }
    expectClose(both(fused), both(folded), 1e-11)
  })
})

test('the backward pass writes nothing beside its own rows', () => {
  const sizes = Array.from({ length: 150 }, () => 5)
  const size = { sizes, D: 3, H: 2, bias: false, every: false, seed: 2 }
  const { inputs, fused } = problem(lstm as unknown as Recurrence<Any>, size, 'float64')
  const [y] = fused(inputs) as [Tensor]
  const g = zeros([...y.shape], { dtype: 'float64' }).add(1)
  // As large as 256 rows of dz, so many that no such block is left over; the one behind the last is
  // the next to be taken.
  const neighbours = Array.from({ length: 200 }, () => zeros([256, 8], { dtype: 'float64' }))
  noGrad(() => void neighbours[0]?.mul(1))
  grad(y, inputs, { gradOutputs: g, allowUnused: true })
  expect(neighbours.map((t) => t.abs().sum().item())).toEqual(neighbours.map(() => 0))
})
