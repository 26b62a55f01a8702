// The fused sequences against their definition, the fold of recorded primitives: values, first and
// second derivatives.

import fc from 'fast-check'
import { type DType, grad, noGrad, type Tensor, zeros } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { lstm } from '../../../src/layers/recurrent/lstm.ts'
import { type Recurrence, unrolled } from '../../../src/layers/recurrent/recurrence.ts'
import { rnn } from '../../../src/layers/recurrent/rnn.ts'
import type { NamedTensors } from '../../../src/layers/recurrent/state.ts'
import { expectClose } from '../../support/numbers.ts'
import { gridded, gridLeaf, numbersOf } from '../../support/tensors.ts'

interface Case {
  /** How many sequences each step still has. */
  sizes: number[]
  D: number
  H: number
  bias: boolean
  seed: number
}

const cases = fc.record({
  sizes: fc
    .array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
    .map((sizes) => sizes.sort((a, b) => b - a)),
  D: fc.integer({ min: 1, max: 6 }),
  H: fc.integer({ min: 1, max: 11 }),
  bias: fc.boolean(),
  seed: fc.integer({ min: 0, max: 1000 }),
})

function inputsOf<S extends NamedTensors<S>>(
  { gates, names }: Recurrence<S>,
  { sizes, D, H, bias, seed }: Case,
  dtype: DType,
): Tensor[] {
  const [N, total, G] = [sizes[0], sizes.reduce((a, b) => a + b), gates * H]
  return [[total, D], [G, D], [G, H], ...names.map(() => [N, H]), ...(bias ? [[G]] : [])].map(
    (shape, i) => gridLeaf(shape, seed + i, dtype),
  )
}

/**
 * The output, its gradients for a random cotangent, and the gradients of those gradients' weighted
 * sum.
 */
function orders(
  f: (inputs: readonly Tensor[]) => Tensor,
  inputs: Tensor[],
  seed: number,
): number[][] {
  const y = f(inputs)
  const g = gridLeaf(y.shape, seed + 10, y.dtype)
  const first = grad(y, inputs, { gradOutputs: g, retainGraph: true })
  const recorded = grad(y, inputs, { gradOutputs: g, createGraph: true })
  const weights = recorded.map((t, i) => gridded(t.shape, seed + 20 + i, t.dtype))
  const second = grad(recorded, [...inputs, g], { gradOutputs: weights, allowUnused: true })
  return [y, ...first, ...recorded, ...second].map(numbersOf)
}

function holds<S extends NamedTensors<S>>(name: string, recurrence: Recurrence<S>): void {
  const composed = (sizes: number[]) => (inputs: readonly Tensor[]) =>
    unrolled(recurrence, inputs, sizes)
  const fused = (sizes: number[]) => (inputs: readonly Tensor[]) =>
    recurrence.fused(inputs, sizes, composed(sizes), null)
  describe(name, () => {
    test.each([
      ['float64', 1e-11],
      ['float32', 2e-4],
    ] as const)('value, first and second derivative in %s', (dtype, tolerance) => {
      fc.assert(
        fc.property(cases, (size) => {
          const inputs = inputsOf(recurrence, size, dtype)
          expectClose(
            orders(fused(size.sizes), inputs, size.seed),
            orders(composed(size.sizes), inputs, size.seed),
            tolerance,
          )
        }),
        { numRuns: 200 },
      )
    })

    test('gradients for some inputs only', () => {
      const sizes = [3, 2, 2]
      const inputs = inputsOf(recurrence, { sizes, D: 3, H: 4, bias: true, seed: 1 }, 'float64')
      for (const input of inputs)
        expectClose(
          numbersOf(grad(fused(sizes)(inputs).sum(), input)),
          numbersOf(grad(composed(sizes)(inputs).sum(), input)),
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
      const inputs = inputsOf(
        recurrence,
        { sizes, D: 3, H: 2, bias: true, seed: 2 },
        'float64',
      ).map((t) => t.detach().mul(0.5))
      for (const t of inputs) t.requiresGrad = true
      const gradients = (f: (inputs: readonly Tensor[]) => Tensor) => {
        const y = f(inputs)
        return grad(y, inputs, { gradOutputs: gridded(y.shape, 4) }).map(numbersOf)
      }
      expectClose(gradients(fused(sizes)), gradients(composed(sizes)), 1e-10)
    })

    test('sizes beyond a block of the matrix product', () => {
      const sizes = [3, 2]
      const inputs = inputsOf(
        recurrence,
        { sizes, D: 2, H: 261, bias: false, seed: 3 },
        'float64',
      ).map((t) => t.detach().mul(0.1))
      for (const t of inputs) t.requiresGrad = true
      const both = (f: (inputs: readonly Tensor[]) => Tensor) =>
        [f(inputs), ...grad(f(inputs).sum(), inputs)].map(numbersOf)
      expectClose(both(fused(sizes)), both(composed(sizes)), 1e-11)
    })
  })
}

holds('RNN', rnn)
holds('LSTM', lstm)

test('the way back writes nothing beside the room it takes', () => {
  const sizes = Array.from({ length: 150 }, () => 5)
  const inputs = inputsOf(lstm, { sizes, D: 3, H: 2, bias: false, seed: 2 }, 'float64')
  const y = lstm.fused(inputs, sizes, () => expect.fail('nothing is recorded'), null)
  const g = zeros([...y.shape], { dtype: 'float64' }).add(1)
  // As large as 256 rows of dz, so many that no such block is left over; the one behind the last is
  // the next to be taken.
  const neighbours = Array.from({ length: 200 }, () => zeros([256, 8], { dtype: 'float64' }))
  noGrad(() => void neighbours[0].mul(1))
  grad(y, inputs, { gradOutputs: g })
  expect(neighbours.map((t) => t.abs().sum().item())).toEqual(neighbours.map(() => 0))
})
