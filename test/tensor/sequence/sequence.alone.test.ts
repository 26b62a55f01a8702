// A recurrence as one op where layers ask for less of it: cotangents of the whole result, and
// sequences without steps.

import { grad, type Tensor } from 'tapegrad'
import { expect, test } from 'vitest'
import { Steps } from '../../../src/tensor/sequence/steps.ts'
import { leaf, numbersOf } from '../../support/tensors.ts'

const steps = new Steps('double', (x, [h]) => [(h as Tensor).mul(2).add(x)])
const run = { parameters: [], masks: [], sizes: [2, 1], every: false, lookUp: null }

test('the rows of the first state among the result have cotangents of their own', () => {
  const [x, h] = [leaf('1 2; 3 4; 5 6'), leaf('1 1; 2 2')]
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

test('a sequence without steps ends as it began', () => {
  const [x, h] = [leaf('1 2; 3 4; 5 6'), leaf('1 1; 2 2; 8 9')]
  const { y } = steps.run({ x, first: [h], ...run })
  const last = y.slice(0, (y.shape[0] as number) - 3)
  expect(last.toArray()).toEqual([
    [11, 14],
    [7, 8],
    [8, 9],
  ])
  const g = leaf('1 2; 3 4; 5 6')
  const gradients = (createGraph: boolean): number[][] =>
    grad(last, [x, h], { gradOutputs: g, createGraph, retainGraph: true }).map(numbersOf)
  const expected = [
    [2, 4, 3, 4, 1, 2],
    [4, 8, 6, 8, 5, 6],
  ]
  expect([gradients(false), gradients(true)]).toEqual([expected, expected])
})

test('one tensor that is two states', () => {
  const product = new Steps('product', (x, [h, c]) => [
    (h as Tensor).mul(c as Tensor).add(x),
    (c as Tensor).mul(2),
  ])
  const [x, t] = [leaf('1 2'), leaf('3 5')]
  const { y } = product.run({ ...run, x, first: [t, t], sizes: [1] })
  // The rows are t, t² + x twice, and 2t.
  const gradient = (createGraph: boolean): Tensor =>
    grad(y.sum(), t, { createGraph, retainGraph: true })
  expect([gradient(false), gradient(true)].map(numbersOf)).toEqual([
    [1 + 4 * 3 + 2, 1 + 4 * 5 + 2],
    [1 + 4 * 3 + 2, 1 + 4 * 5 + 2],
  ])
  expect(numbersOf(grad(gradient(true).sum(), t))).toEqual([4, 4])
})
