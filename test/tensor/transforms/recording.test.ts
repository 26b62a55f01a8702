// What is recorded and what is not: noGrad(), enableGrad(), detach(), and values that change
// afterwards.

import { enableGrad, noGrad, TapeError, type Tensor, tensor, zeros } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { d, leaf } from '../../support/tensors.ts'

describe('what is recorded', () => {
  it('noGrad records nothing and nests; enableGrad turns it on again', () => {
    const x = leaf(2)
    expect(noGrad(() => x.square().requiresGrad)).toBe(false)
    expect(noGrad(() => [noGrad(() => x.square().requiresGrad), x.square().requiresGrad])).toEqual([
      false,
      false,
    ])
    expect(
      noGrad(() => [enableGrad(() => x.square().requiresGrad), x.square().requiresGrad]),
    ).toEqual([true, false])
    expect(x.square().requiresGrad).toBe(true)
    const inner = noGrad(() => enableGrad(() => x.square()))
    inner.backward()
    expect(x.grad?.item()).toBe(4)
  })

  it('recording is as before after an error', () => {
    const x = leaf(2)
    expect(() =>
      noGrad(() => {
        throw new RangeError('mine')
      }),
    ).toThrow('mine')
    expect(x.square().requiresGrad).toBe(true)
    expect(() =>
      noGrad(() =>
        enableGrad(() => {
          throw new RangeError('mine')
        }),
      ),
    ).toThrow('mine')
    expect(x.square().requiresGrad).toBe(true)
  })

  it('noGrad returns what its function returns: tensors in arrays, objects, maps, and else', () => {
    const x = leaf([3, 4])
    const state = noGrad(() => ({
      h: x.mul(2),
      layers: [x.add(1), { c: x.neg() }],
      named: new Map([['z', x.exp()]]),
      step: 7,
    }))
    x.mul(100).sum().item()
    expect([state.h.toArray(), (state.layers[0] as Tensor).toArray(), state.step]).toEqual([
      [6, 8],
      [4, 5],
      7,
    ])
    expect((state.layers[1] as { c: Tensor }).c.toArray()).toEqual([-3, -4])
    expect(state.named.get('z')?.toArray()).toEqual(
      [Math.exp(3), Math.exp(4)].map((v) => expect.closeTo(v, 10)),
    )
    expect(noGrad(() => 'text')).toBe('text')
    expect(noGrad(() => null)).toBe(null)
    const round: { self?: unknown } = {}
    round.self = round
    expect(noGrad(() => round)).toBe(round)
  })

  it('inside noGrad detach() and clone() keep what would be recycled; creations stay', () => {
    const x = leaf([3, 4])
    const kept: Tensor[] = []
    const lost: Tensor[] = []
    noGrad(() => {
      kept.push(x.mul(2).detach(), x.mul(3).clone(), zeros([2]), tensor([1, 2]))
      lost.push(x.mul(2), x.mul(2).reshape([2, 1]))
    })
    expect(kept.map((y) => y.toArray())).toEqual([
      [6, 8],
      [9, 12],
      [0, 0],
      [1, 2],
    ])
    for (const y of lost) expect(() => y.toArray()).toThrow(TapeError)
    for (const y of lost) expect(() => y.add(1)).toThrow(TapeError)
    expect(String(lost[0])).toContain('recycled')
  })

  it('a view that leaves noGrad keeps its numbers', () => {
    const x = leaf([1, 2, 3, 4])
    const view = noGrad(() => x.mul(2).slice(0, 1, 3))
    for (let k = 0; k < 10; k++) x.mul(k).sum().item()
    expect(view.toArray()).toEqual([4, 6])
    const nested = noGrad(() => noGrad(() => x.mul(3).reshape([2, 2])).t())
    expect(nested.toArray()).toEqual([
      [3, 9],
      [6, 12],
    ])
  })

  it('detach cuts off and shares numbers; clone copies and is recorded', () => {
    const x = leaf([1, 2])
    expect(x.mul(2).detach().requiresGrad).toBe(false)
    x.mul(x.detach()).sum().backward()
    expect(x.grad?.toArray()).toEqual([1, 2])
    const shared = x.detach()
    noGrad(() => x.assign_(d([7, 8])))
    expect(shared.toArray()).toEqual([7, 8])
    const copy = x.clone()
    x.assign_(d([0, 0]))
    expect(copy.toArray()).toEqual([7, 8])
    copy.sum().backward()
    expect(x.grad?.toArray()).toEqual([2, 3])
  })

  it('requiresGrad is set on leaves of float dtype alone', () => {
    const x = d([1])
    x.requiresGrad = true
    expect(x.square().requiresGrad).toBe(true)
    x.requiresGrad = false
    expect(x.square().requiresGrad).toBe(false)
    const y = leaf(1).square()
    expect(() => {
      y.requiresGrad = false
    }).toThrow(TapeError)
    expect(() => {
      tensor([1], { dtype: 'int32' }).requiresGrad = true
    }).toThrow('requiresGrad')
  })

  it('comparisons, argmax and conversions to int32 or bool are no part of the graph', () => {
    const x = leaf([1, 2])
    for (const y of [x.gt(1), x.argmax(), x.to('int32'), x.to('bool')])
      expect(y.requiresGrad).toBe(false)
    expect(x.to('float32').requiresGrad).toBe(true)
    const wide = tensor([0.5], { requiresGrad: true })
    wide.to('float64').square().sum().backward()
    expect([wide.grad?.dtype, wide.grad?.item()]).toEqual(['float32', 1])
  })

  it('two graphs over one leaf do not disturb each other', () => {
    const w = leaf([1, 2])
    const [a, b] = [w.mul(2).sum(), w.square().sum()]
    a.backward()
    expect(w.grad?.toArray()).toEqual([2, 2])
    b.backward()
    expect(w.grad?.toArray()).toEqual([4, 6])
  })
})

describe('values that change', () => {
  it('a saved value that assign_() changed makes the walk a TapeError naming the op', () => {
    const [w, x] = [leaf([1, 2]), leaf([3, 4])]
    const y = w.mul(x).sum()
    w.assign_(d([5, 6]))
    expect(() => y.backward()).toThrow(
      /backward: mul saved a tensor of shape \(2\) that assign_\(\)/,
    )
    expect([w.grad, x.grad]).toEqual([null, null])
  })

  it('a value that no derivative needs may change', () => {
    const [w, x] = [leaf([1, 2]), leaf([3, 4])]
    const y = w.add(x).sum()
    w.assign_(d([5, 6]))
    y.backward()
    expect([w.grad?.toArray(), x.grad?.toArray()]).toEqual([
      [1, 1],
      [1, 1],
    ])
    // w.mul(c): the derivative by w needs c alone.
    const z = w.mul(d([7, 8])).sum()
    w.assign_(d([0, 0]))
    z.backward()
    expect(w.grad?.toArray()).toEqual([8, 9])
  })

  it('also when it was saved as a view, or changed through a detached twin', () => {
    const w = leaf([
      [1, 2],
      [3, 4],
    ])
    const saved: ((t: Tensor) => Tensor)[] = [
      (t) => t.square(),
      (t) => t.reshape([4]).square(),
      (t) => t.select(0, 1).square(),
      (t) => t.matmul(t.t()),
    ]
    for (const through of saved) {
      const y = through(w).sum()
      w.detach().assign_(w.detach().add(1))
      expect(() => y.backward()).toThrow(TapeError)
    }
    expect(w.grad).toBe(null)
    // Reading a transpose copies it; that must not hide the change.
    const t = w.t()
    const product = t.matmul(t).sum()
    w.assign_(w.detach().add(1))
    t.toArray()
    expect(() => product.backward()).toThrow(TapeError)
    // Nor that an elementwise op computes with that copy: t() is a view, whoever reads it.
    const y = w.t().square().sum()
    w.assign_(w.detach().add(1))
    expect(() => y.backward()).toThrow(TapeError)
    // What a selection had to copy is still there.
    const old = w.toArray() as number[][]
    const column = w.select(1, 0).square().sum()
    w.assign_(w.detach().add(1))
    column.backward()
    expect(w.grad?.toArray()).toEqual(old.map(([v]) => [2 * (v as number), 0]))
  })

  it('a graph recorded after the change is right', () => {
    const w = leaf([1, 2])
    w.square().sum()
    w.assign_(d([5, 6]))
    w.square().sum().backward()
    expect(w.grad?.toArray()).toEqual([10, 12])
    w.grad = null
    w.assign_(d([1, 1]))
    w.square().sum().backward()
    expect((w.grad as Tensor | null)?.toArray()).toEqual([2, 2])
  })

  it('the gradient handed out is the one that is added to, as in PyTorch', () => {
    const w = leaf([1, 2])
    w.sum().backward()
    const g = w.grad as Tensor
    w.sum().backward()
    expect(g.toArray()).toEqual([2, 2])
    expect(w.grad).toBe(g)
  })
})
