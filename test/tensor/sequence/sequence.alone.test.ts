// A recurrence as one op where layers ask for less of it: cotangents of the whole result,
// sequences without steps, and recorded passes through masks.

import { full, grad, noGrad, type Tensor, zeros } from 'tapegrad'
import { expect, test } from 'vitest'
import { Steps } from '../../../src/tensor/sequence/steps.ts'
import { d, float64, leaf, numbersOf } from '../../support/tensors.ts'

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

test('no step at all', () => {
  const weighted = new Steps('weighted', (x, [h], [w]) => [
    (h as Tensor).matmul(w as Tensor).add(x),
  ])
  const [x, h, w] = [zeros([0, 2], float64), leaf('1 2'), leaf('1 2; 3 4')]
  const { y } = weighted.run({ ...run, x, first: [h], parameters: [w], sizes: [] })
  expect(numbersOf(y)).toEqual([1, 2, 1, 2])
  // What is free now holds NaN.
  noGrad(() => {
    for (let i = 0; i < 20; i++) full([4], Number.NaN, float64).mul(1)
  })
  expect(grad(y.sum(), [h, w]).map(numbersOf)).toEqual([
    [2, 2],
    [0, 0, 0, 0],
  ])
})

test('masks of every step, and of all', () => {
  const masked = new Steps('masked', (x, [h], _, [each, all]) => [
    (h as Tensor)
      .mul(each as Tensor)
      .mul(all as Tensor)
      .add(x),
  ])
  const [x, h] = [leaf('1 2; 3 4; 5 6'), leaf('1 1; 2 2')]
  const masks = [
    { mask: d('2 3; 4 5; 6 7'), isFixed: false },
    { mask: d('1 10; 100 1000'), isFixed: true },
  ]
  const { y } = masked.run({ ...run, x, first: [h], masks })
  const last = y.slice(0, (y.shape[0] as number) - 2)
  const h1 = [1 * 2 + 1, 30 + 2]
  expect(numbersOf(last)).toEqual([
    6 * (h1[0] as number) + 5,
    70 * (h1[1] as number) + 6,
    2 * 400 + 3,
    2 * 5000 + 4,
  ])
  for (const createGraph of [false, true])
    expect(numbersOf(grad(last.sum(), h, { createGraph, retainGraph: true }))).toEqual([
      2 * 6,
      30 * 70,
      400,
      5000,
    ])
})

test('the gradients of a call after another one of the same step', () => {
  const product = new Steps('product', (x, [h]) => [(h as Tensor).mul(x)])
  const last = (x: Tensor, h: Tensor): Tensor => {
    const { y } = product.run({ ...run, x, first: [h], sizes: [1, 1] })
    return y.slice(0, (y.shape[0] as number) - 1)
  }
  const [x, h, other, first] = [leaf('2 3; 5 7'), leaf('11 13'), leaf('1 4; 6 8'), leaf('9 10')]
  const [one, two] = [last(x, h), last(other, first)]
  expect(grad(one.sum(), [x, h]).map(numbersOf)).toEqual([
    [55, 91, 22, 39],
    [10, 21],
  ])
  expect(grad(two.sum(), [other, first]).map(numbersOf)).toEqual([
    [54, 80, 9, 40],
    [6, 32],
  ])
})
