// Whom an in-place change of a selection reaches: what it was taken from, where it is a view; a
// copy refuses to be changed.

import fc from 'fast-check'
import {
  Adam,
  AdamW,
  arange,
  clipGradNorm,
  clipGradValue,
  type DType,
  grad,
  Linear,
  LSTM,
  ones,
  SGD,
  TapeError,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'

const numbered = (...shape: number[]): Tensor =>
  arange(shape.reduce((a, b) => a * b, 1))
    .reshape(shape)
    .clone()

/** Ops that only move numbers: of shapes with axes of any size, also 0 and 1. */
const moves: [string, (x: Tensor, i: number) => Tensor][] = [
  ['select the first axis', (x, i) => x.select(0, i % x.shape[0])],
  ['select the last axis', (x, i) => x.select(-1, i % x.shape[x.rank - 1])],
  ['slice the first axis', (x, i) => x.slice(0, i % 2, i % 2 === 0 ? undefined : -1)],
  ['slice the last axis', (x, i) => x.slice(-1, i % 2)],
  ['every second', (x, i) => x.slice(i % x.rank, 0, undefined, 2)],
  ['chunk', (x, i) => x.chunk(2, i % x.rank)[0] as Tensor],
  ['reshape', (x) => x.reshape([x.size])],
  ['flatten', (x) => x.flatten()],
  ['unsqueeze', (x, i) => x.unsqueeze(i % (x.rank + 1))],
  ['squeeze', (x) => x.squeeze()],
  ['t', (x) => x.transpose(-1, -2)],
  ['transpose', (x) => x.transpose(0, -1)],
  ['permute', (x) => x.permute(x.shape.map((_, k) => (k + 1) % x.rank))],
  ['flip', (x, i) => x.flip(i % x.rank)],
  ['broadcastTo', (x) => x.broadcastTo([2, ...x.shape])],
  ['indexSelect', (x, i) => x.indexSelect(i % x.rank, tensor([0], { dtype: 'int32' }))],
  ['gather', (x, i) => x.gather(i % x.rank, zeros(x.shape, { dtype: 'int32' }))],
  ['detach', (x) => x.detach()],
]

describe('a change of a selection', () => {
  // Which elements it holds is read off numbers that are their own places; only moving them is
  // trusted.
  it(
    'arrives in what it was taken from, or is refused: whatever the op, the shape, the dtype ' +
      'and what was looked at',
    () => {
      const outcomes = new Set<string>()
      fc.assert(
        fc.property(
          fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 3 }),
          fc.constantFrom<DType>('float32', 'float64', 'int32'),
          fc.array(fc.tuple(fc.constantFrom(...moves), fc.nat(5), fc.boolean()), {
            minLength: 1,
            maxLength: 4,
          }),
          (shape, dtype, steps) => {
            const base = numbered(...shape)
              .to(dtype)
              .clone()
            let t: Tensor = base
            const names: string[] = []
            for (const [[name, move], i, look] of steps) {
              if (
                t.rank === 0 ||
                (name === 't' && t.rank < 2) ||
                (t.size === 0 && /select|Select|gather/.test(name))
              )
                continue
              names.push(name)
              t = move(t, i)
              if (look) String(t)
            }
            const places = [...t.toTypedArray()]
            const value = arange(0, t.size, 1, { dtype }).add(100).reshape(t.shape)
            const before = base.toTypedArray()
            try {
              t.assign_(value)
            } catch (error) {
              expect(String(error)).toMatch(
                /^TapeError: assign_: expected numbers of its own or a view, got a copy that [\w ]+ made: change its source/,
              )
              outcomes.add('refused')
              expect(base.toTypedArray()).toEqual(before)
              expect([...t.toTypedArray()]).toEqual(places)
              return
            }
            outcomes.add('arrived')
            expect(t.toTypedArray()).toEqual(value.toTypedArray())
            places.forEach((place, k) => {
              before[place] = 100 + k
            })
            expect(base.toTypedArray()).toEqual(before)
          },
        ),
        { numRuns: 500 },
      )
      expect([...outcomes].sort()).toEqual(['arrived', 'refused'])
    },
  )

  it('is refused by name', () => {
    const x = numbered(2, 3)
    const copies: [string, Tensor][] = [
      ['select', x.select(1, 0)],
      ['slice', x.slice(1, 1)],
      ['slice', x.chunk(3, 1)[1] as Tensor],
      ['permute', numbered(2, 3, 4).permute([2, 0, 1])],
      ['flip', x.flip(0)],
      ['broadcastTo', x.broadcastTo([2, 2, 3])],
      ['indexSelect', x.indexSelect(0, tensor([1], { dtype: 'int32' }))],
      ['gather', x.gather(1, tensor([[0], [1]], { dtype: 'int32' }))],
      ['reshape', x.t().reshape([6])],
      ['select', x.t().select(0, 1)],
      ['select', x.select(1, 0).detach()],
      ['select', x.select(1, 0).reshape([1, 2]).t()],
    ]
    for (const [maker, copy] of copies) {
      const was = copy.toArray()
      expect(() => copy.assign_(copy.mul(0).add(9))).toThrow(
        new TapeError(
          `assign_: expected numbers of its own or a view, got a copy that ${maker} made: ` +
            'change its source, or clone() it first',
        ),
      )
      expect(copy.toArray()).toEqual(was)
      const own = copy.clone()
      expect(own.assign_(own.mul(0)).sum().item()).toBe(0)
    }
  })

  it('is refused to optimisers before anything moves, and arrives through a transpose', () => {
    const x = numbered(2, 3)
    const column = x.select(1, 0).detach()
    column.requiresGrad = true
    expect(grad(column.square().sum(), column).toArray()).toEqual([0, 6])
    for (const make of [
      () => new SGD([column], { lr: 1 }),
      () => new Adam([column]),
      () => new AdamW([column]),
    ])
      expect(make).toThrow(
        /^\w+: parameter 0 \(2\): expected numbers of its own or a view, got a copy that select made/,
      )
    const minus = [
      [0, -1, -2],
      [-3, -4, -5],
    ]
    for (const look of [false, true]) {
      const w = numbered(2, 3)
      const turned = w.t().detach()
      turned.requiresGrad = true
      if (look) String(turned)
      const sgd = new SGD([turned], { lr: 1, momentum: 0.5 })
      turned.square().sum().backward()
      sgd.step()
      expect(w.toArray()).toEqual(minus)
      expect(turned.toArray()).toEqual(w.t().toArray())
      const v = numbered(2, 3).to('float64')
      const other = v.t().detach()
      other.requiresGrad = true
      if (look) String(other)
      const plain = numbered(3, 2).to('float64').clone()
      plain.assign_(v.t())
      plain.requiresGrad = true
      for (const p of [other, plain]) {
        const adam = new Adam([p], { lr: 0.1 })
        for (let step = 0; step < 3; step++) {
          adam.zeroGrad()
          p.square().mul(p).sum().backward()
          adam.step()
        }
      }
      expect(v.toArray()).toEqual(plain.t().toArray())
    }
  })

  it('is refused to loadStateDict before anything moves', () => {
    const layer = new Linear(2, 2)
    const state = new Linear(2, 2).stateDict()
    Object.assign(layer, { bias: numbered(2, 2).select(1, 0) })
    const was = layer.weight.toArray()
    expect(() => layer.loadStateDict(state)).toThrow(
      /bias: expected numbers of its own or a view, got a copy that select made/,
    )
    expect(layer.weight.toArray()).toEqual(was)
  })

  it('is no question for gradients that are set, which clipping replaces or writes through', () => {
    const given = numbered(2, 2).add(3).clone()
    const p = ones([2], { requiresGrad: true })
    const clips: [() => unknown, number[]][] = [
      [() => clipGradValue([p], 4), [3, 4]],
      [() => clipGradNorm([p], 0), [0, 0]],
    ]
    for (const [clip, expected] of clips) {
      p.grad = given.select(1, 0)
      clip()
      expect((p.grad as Tensor).toArray()).toEqual(expected)
      expect(given.toArray()).toEqual([
        [3, 4],
        [5, 6],
      ])
    }
    const q = ones([2, 2], { requiresGrad: true })
    q.grad = given.t()
    String(q.grad)
    clipGradValue([q], 4)
    expect([given.toArray(), (q.grad as Tensor).toArray()]).toEqual([
      [
        [3, 4],
        [4, 4],
      ],
      [
        [3, 4],
        [4, 4],
      ],
    ])
  })

  it('is no question for gradients, which are nobody’s copies', () => {
    const x = ones([2, 3], { requiresGrad: true })
    const uses: ((t: Tensor) => Tensor)[] = [
      (t) => t.sum(),
      (t) => t.t().reshape([6]).sum(),
      (t) => t.flip(0).sum(),
      (t) => t.select(1, 0).sum(),
      (t) => t.t().sum(),
    ]
    for (const use of uses) {
      x.grad = null
      use(x).backward()
      const g = x.grad as Tensor | null
      expect(
        g
          ?.assign_(zeros([2, 3]))
          .sum()
          .item(),
      ).toBe(0)
    }
    // Also where the walk was recorded and the gradient then cut off.
    const recorded = grad(x.sum().square(), x, { createGraph: true }).detach()
    expect(
      recorded
        .assign_(zeros([2, 3]))
        .sum()
        .item(),
    ).toBe(0)
    // Two cotangents that both come as copies are added up.
    expect(
      grad([x.sum(), x.sum(1), x.t().sum(0)], x, {
        gradOutputs: [tensor(1), ones([2]), ones([2])],
      }).toArray(),
    ).toEqual([
      [3, 3, 3],
      [3, 3, 3],
    ])
  })
})

describe('results that were computed by way of a copy', () => {
  it('are results like any other', () => {
    const { output, state } = new LSTM(2, 3).forward(ones([2, 4, 2]), undefined, {
      lengths: [2, 4],
    })
    const dense = new LSTM(2, 3).forward(ones([2, 4, 2])).output
    for (const t of [output, dense, state.h, state.c, numbered(2, 3, 4).softmax(0)]) {
      const plain = t.detach()
      expect(plain.assign_(zeros(t.shape)).sum().item()).toBe(0)
    }
  })
})
