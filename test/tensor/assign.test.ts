// Where assign_() writes when a tensor reads its storage another way round: through to what it is the transpose of.

import { arange, ones, type Tensor, tensor, zeros } from 'tapegrad'
import { expect, it } from 'vitest'

const numbered = (...shape: number[]): Tensor =>
  arange(shape.reduce((a, b) => a * b, 1))
    .reshape(shape)
    .clone()

it('through a transpose of a parameter', () => {
  const w = ones([2, 3], { requiresGrad: true })
  w.t()
    .detach()
    .assign_(
      tensor([
        [1, 2],
        [3, 4],
        [5, 6],
      ]),
    )
  expect(w.toArray()).toEqual([
    [1, 3, 5],
    [2, 4, 6],
  ])
})

it('through stacks of transposes, from transposes', () => {
  const x = zeros([2, 3, 2])
  x.transpose(1, 2).assign_(numbered(2, 3, 2).transpose(1, 2))
  expect(x.toArray()).toEqual(numbered(2, 3, 2).toArray())
  const y = zeros([2, 2, 3], { dtype: 'float64' })
  y.transpose(-1, -2).assign_(numbered(2, 3, 2).to('float64'))
  expect(y.select(1, 1).toArray()).toEqual([
    [1, 3, 5],
    [7, 9, 11],
  ])
})

it('from the very storage that it writes to', () => {
  const x = numbered(2, 2)
  x.t().assign_(x)
  expect(x.toArray()).toEqual([
    [0, 2],
    [1, 3],
  ])
})

it('and tells the graphs that saved the old numbers', () => {
  const w = ones([2, 3], { requiresGrad: true })
  const y = w.square().sum()
  w.t()
    .detach()
    .assign_(zeros([3, 2]))
  expect(() => y.backward()).toThrow('that assign_() or an optimiser has changed since')
})
