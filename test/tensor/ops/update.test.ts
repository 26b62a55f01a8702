// Whom an in-place change reaches through a transpose: everything that shares the numbers, whatever
// was read before. Selections are update.selections.test.ts's.

import { arange, noGrad, ones, type Tensor, tensor, zeros } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { evacuate } from '../../../src/kernels/memory/heap.ts'

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

describe('what was read before changes nothing', () => {
  const looks: [string, (t: Tensor) => unknown][] = [
    ['nobody', () => null],
    ['String', String],
    ['toArray', (t) => t.toArray()],
    ['an elementwise op', (t) => t.add(1)],
    ['reshape', (t) => t.reshape([-1])],
    ['select', (t) => t.select(0, 0)],
    ['a scope', (t) => noGrad(() => t.mul(2).sum().item())],
    ['an evacuation', (t) => [t.toArray(), evacuate()]],
  ]
  const turned = [
    [5, 7],
    [6, 8],
  ]
  const straight = [
    [5, 6],
    [7, 8],
  ]
  /** What is made of w, its numbers after the change, and those of its own transpose. */
  const kinds: [string, (w: Tensor) => Tensor, unknown, number[][]][] = [
    ['t', (w) => w.t(), turned, straight],
    ['t, detached', (w) => w.t().detach(), turned, straight],
    ['t of t', (w) => w.t().t(), straight, turned],
    ['transpose of a stack', (w) => w.reshape([1, 2, 2]).transpose(1, 2), [turned], straight],
  ]
  for (const [who, look] of looks)
    for (const [kind, make, expected, other] of kinds)
      it(`${kind}, read by ${who}`, () => {
        const w = numbered(2, 2)
        const t = make(w)
        const [twin, back] = [t.detach(), t.transpose(-1, -2)]
        for (const read of [t, twin, back]) look(read)
        w.assign_(tensor(straight))
        for (const read of [t, twin])
          for (const as of [read, read.add(0), read.clone()]) expect(as.toArray()).toEqual(expected)
        // Products read it as it is stored.
        const rows = tensor([[1, 0]]).matmul(back)
        expect(rows.reshape([1, 2]).toArray()).toEqual([other[0]])
        expect(back.add(0).reshape([2, 2]).toArray()).toEqual(other)
      })

  it('nor what is written through a transpose that was read', () => {
    const w = zeros([2, 3])
    const turned = w.t()
    const known = [turned.toArray(), turned.add(1), w.t().detach().reshape([6])] as const
    turned.assign_(numbered(3, 2))
    expect(w.toArray()).toEqual([
      [0, 2, 4],
      [1, 3, 5],
    ])
    expect(turned.toArray()).toEqual(numbered(3, 2).toArray())
    expect(known[2].toArray()).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('nor where the copy that was read is recycled', () => {
    const w = ones([20, 3], { requiresGrad: true })
    const turned = w.t()
    turned.square().sum().backward()
    w.mul(1)
    expect(turned.sum().item()).toBe(60)
    const inside = noGrad(() => {
      const t = w.t()
      t.add(1)
      return { t }
    })
    expect(inside.t.sum().item()).toBe(60)
  })
})
