// checkExactly on functions that read numbers out of tensors, by which a gradient is lost.

import { Linear, type Tensor, tensor, unary } from 'tapegrad'
import { checkExactly } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { d } from '../../support/tensors.ts'
import { errorOf } from './errorOf.ts'

const x = [d([0.5, -1.5, 2])] as const
const linear = new Linear(3, 3)

describe('numbers that depend on an input', () => {
  test.each<[string, string, (x: Tensor) => Tensor]>([
    ['a norm', 'item', (x) => x.div(x.square().sum().sqrt().item())],
    ['the input itself', 'toArray', (x) => x.mul(tensor(x.toArray(), { dtype: 'float64' }))],
    ['after detach()', 'toTypedArray', (x) => x.mul(d([...x.square().detach().toTypedArray()]))],
    ['of a branch', 'item', (x) => (x.sum().item() > 0 ? x.sin() : x.cos())],
    ['of a comparison', 'toArray', (x) => (`${x.gt(0).toArray()}`.includes('true') ? x.sin() : x)],
    ['as text', 'JSON.stringify', (x) => x.mul(JSON.stringify(x.exp()).length)],
  ])('%s', (_, by, fn) => {
    const error = errorOf(() => checkExactly(fn, x))
    expect(error).toMatchObject({ check: 'reads' })
    expect(error.message).toMatch(/^checkExactly: expected fn to compute with tensors alone, got /)
    expect(error.message).toContain(`by ${by}: no gradient goes through these numbers: compute `)
  })

  test('or on a parameter', () => {
    const fn = (x: Tensor): Tensor => linear.forward(x).div(linear.weight.abs().max().item())
    expect(errorOf(() => checkExactly(fn, [tensor([1, 2, 3])])).message).toContain('by item')
  })

  test('in the other function, the formula and the definition of an op', () => {
    const square = (x: Tensor): Tensor => x.square()
    const reading = (x: Tensor): Tensor => x.mul(d([...x.toTypedArray()]))
    const own = unary('own', { f: (x) => x ** 2, vjp: (g, _, x) => g.mul(x) })
    const gradients = ([x]: readonly Tensor[], [u]: readonly Tensor[]): Tensor[] => [
      x.mul(2).mul(d([...u.toTypedArray()])),
    ]
    for (const [of, check] of [
      ['equals', () => checkExactly(square, x, { equals: reading })],
      ['gradients', () => checkExactly(square, x, { gradients })],
      ['ops.own', () => checkExactly((x) => own(x), x, { ops: { own: reading } })],
      ['ops.own.slope', () => checkExactly((x) => own(x), x, { ops: { own: { slope: reading } } })],
    ] as const)
      expect(errorOf(check).message).toContain(`expected ${of} to compute with tensors alone`)
  })
})

test('other numbers may be read', () => {
  const scale = d([3])
  checkExactly(
    (x, k) => x.mul(scale.item()).mul(k.sum().item()),
    [x[0], tensor([2], { dtype: 'int32' })],
  )
})
