// The backward pass of a recurrence as one op, where the layers ask for less of it: cotangents of
// the whole result.

import { grad, type Tensor } from 'tapegrad'
import { expect, test } from 'vitest'
import { Steps } from '../../../src/tensor/sequence/steps.ts'
import { leaf, numbersOf } from '../../support/tensors.ts'

test('the rows of the first state among the result have cotangents of their own', () => {
  const steps = new Steps('double', (x, [h]) => [(h as Tensor).mul(2).add(x)])
  const [x, h] = [leaf('1 2; 3 4; 5 6'), leaf('1 1; 2 2')]
  const run = { parameters: [], masks: [], sizes: [2, 1], every: false, lookUp: null }
  const { y } = steps.run({ x, first: [h], ...run })
  // The rows are h, h₁ = 2h + x₁ of both sequences, h₂ = 2h₁ + x₂ of the first, and the last states.
  expect(y.toArray()).toEqual([
    [1, 1],
    [2, 2],
    [3, 4],
    [7, 8],
    [11, 14],
    [11, 14],
    [7, 8],
  ])
  const [dx, dh] = grad(y.sum(), [x, h]).map(numbersOf)
  expect(dh).toEqual([1 + 2 + 4 + 4, 1 + 2 + 4 + 4, 1 + 2 + 2, 1 + 2 + 2])
  expect(dx).toEqual([1 + 2 + 2, 1 + 2 + 2, 1 + 1, 1 + 1, 1 + 1, 1 + 1])
})
