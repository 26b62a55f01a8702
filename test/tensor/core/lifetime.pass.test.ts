// What a backward pass leaves: the caller's numbers as they were, and nothing of its own, without
// waiting for a garbage collector. How much memory that takes is memory.test.ts's.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  checkpoint,
  enableGrad,
  grad,
  LSTM,
  noGrad,
  ones,
  SGD,
  TapeError,
  type Tensor,
  tensor,
  unary,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { census, evacuate } from '../../../src/kernels/memory/heap.ts'
import { d, leaf } from '../../support/tensors.ts'

describe('a walk', () => {
  it('keeps nothing of the cotangents that it adds to gradients', () => {
    const x = leaf(Array<number>(1000).fill(2))
    const step = (): number => {
      x.square().sum().backward()
      return census().bytes
    }
    step()
    const held = step()
    // Each step leaves its loss, which stays readable.
    for (let k = 1; k <= 5; k++) expect(step() - held).toBeLessThanOrEqual(k * 64)
    expect(x.grad?.select(0, 0).item()).toBe(28)
  })

  it('leaves the caller’s cotangents as they were, also where others are added to them', () => {
    const x = leaf([1, 2])
    const y = x.mul(2)
    const [u, v] = [d([1, 10]), d([100, 1000])]
    expect(grad([y, y.mul(3)], x, { gradOutputs: [u, v] }).toArray()).toEqual([602, 6020])
    expect([u.toArray(), v.toArray()]).toEqual([
      [1, 10],
      [100, 1000],
    ])
  })

  it('leaves the gradients of an earlier walk as they were when they are its cotangents', () => {
    const x = leaf([1, 2])
    const u = grad(x.square().sum(), x)
    const y = x.mul(2)
    expect(grad([y, y.mul(3)], x, { gradOutputs: [u, u] }).toArray()).toEqual([16, 32])
    expect(u.toArray()).toEqual([2, 4])
    expect(grad(x.mul(5), x, { gradOutputs: u }).toArray()).toEqual([10, 20])
    expect(u.toArray()).toEqual([2, 4])
  })

  it('leaves what a hook was shown as it was, also where others are added to it', () => {
    const x = leaf([1, 2])
    const a = x.mul(1)
    const y = a.add(0)
    const shown: Tensor[] = []
    y.registerHook((g) => {
      shown.push(g)
    })
    expect(
      grad([a.mul(2), y.square()], x, {
        gradOutputs: [ones([2], { dtype: 'float64' }), d([1, 1])],
      }).toArray(),
    ).toEqual([4, 6])
    expect(shown.map((g) => g.toArray())).toEqual([[2, 4]])
    x.exp().sum().backward()
    expect(shown.map((g) => g.toArray())).toEqual([[2, 4]])
  })

  it('that is recorded uses up its graph when told to', () => {
    const x = leaf([3])
    const y = x.exp()
    y.sum().backward(null, { createGraph: true, retainGraph: false })
    expect(() => y.sum().backward()).toThrow(TapeError)
  })

  it('adds to a gradient in place, and a graph that has saved it is told', () => {
    const x = leaf([1, 2])
    x.square().sum().backward()
    const w = leaf([3, 4])
    const y = w.mul(x.grad as Tensor).sum()
    x.square().sum().backward()
    expect(x.grad?.toArray()).toEqual([4, 8])
    expect(() => y.backward()).toThrow('has changed since')
  })

  it('adds to transposed cotangents what belongs there', () => {
    const x = tensor(
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
      { dtype: 'float64', requiresGrad: true },
    )
    const u = tensor(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      { dtype: 'float64' },
    )
    const v = u.t().mul(10)
    const sum = [
      [11, 33, 55],
      [22, 44, 66],
    ]
    const [a, b] = [x.mul(1), x.mul(1)]
    expect(grad([a.add(0), a.t()], x, { gradOutputs: [v, u] }).toArray()).toEqual(sum)
    expect(grad([b.t(), b.add(0)], x, { gradOutputs: [u, v] }).toArray()).toEqual(sum)
  })
})

describe('what is freed without waiting', () => {
  const bytes = (fn: () => void): number => {
    const before = census().bytes
    fn()
    return census().bytes - before
  }
  /** How much more is held after `fn`, in tensors (1000) of float64. */
  const gained = (fn: () => void): number =>
    bytes(fn) / bytes(() => zeros([1000], { dtype: 'float64' }))
  const x = ones([1000], { dtype: 'float64', requiresGrad: true })

  it('a pass leaves one gradient, whatever it added up; the next recording frees results', () => {
    expect(
      gained(() => {
        let h = x.mul(1)
        for (let k = 0; k < 30; k++)
          h = h
            .mul(0.5)
            .add(h.sigmoid().mul(h))
            .add(h.relu().sub(x.exp().mul(h)))
            .add(h)
            .tanh()
        h.sum().backward()
        x.mul(1)
      }),
    ).toBeLessThan(2.5)
  })

  it('cotangents that come transposed are freed as others are', () => {
    const table = ones([50, 20], { dtype: 'float64', requiresGrad: true })
    const walk = (): void => {
      let h: Tensor = table.mul(1)
      for (let k = 0; k < 20; k++) h = h.t().tanh()
      h.sum().backward()
      x.mul(1)
    }
    walk()
    expect(gained(walk)).toBeLessThan(2.5)
  })

  it('what is rewritten in a noGrad scope goes with it', () => {
    const table = ones([50, 20], { dtype: 'float64' })
    const outside = table.t()
    noGrad(() => outside.tanh())
    expect(gained(() => noGrad(() => table.t().tanh().sum().item()))).toBeLessThan(0.1)
    expect(outside.toArray()).toEqual(table.t().toArray())
    const returned = noGrad(() => {
      const turned = table.mul(2).t()
      turned.tanh()
      return turned
    })
    expect(returned.sum().item()).toBe(2000)
  })

  it('copies that read transposes go with their graph, those that change them at once', () => {
    const table = ones([50, 20], { dtype: 'float64', requiresGrad: true })
    const optimiser = new SGD([table], { lr: 0 })
    const rounds = (): void => {
      for (let k = 0; k < 10; k++) {
        // Read by the op and by its derivative.
        table.t().square().sum().backward()
        optimiser.zeroGrad()
      }
    }
    rounds()
    expect(gained(rounds)).toBeLessThan(1.5)
    const other = zeros([20, 50], { dtype: 'float64' })
    expect(
      gained(() => {
        for (let k = 0; k < 10; k++) table.t().detach().assign_(other)
      }),
    ).toBeLessThan(0.1)
  })

  it('a recorded walk inside a scope leaves nothing', () => {
    const slope = (): Tensor => {
      let h = x.mul(1)
      for (let k = 0; k < 20; k++) h = h.tanh()
      return grad(h.sum(), x, { createGraph: true })
    }
    checkpoint(slope)()
    expect(gained(() => checkpoint(slope)())).toBeLessThan(2.5)
  })

  it('a gradient in a noGrad scope leaves only the graph that enableGrad recorded there', () => {
    const graph = (): Tensor => enableGrad(() => x.square().exp().sum())
    expect(gained(() => noGrad(() => grad(graph(), x)))).toBeLessThan(3.5)
  })

  it('what a sequence has saved goes with its graph', () => {
    const lstm = new LSTM(4, 50)
    const step = (): void => {
      lstm
        .forward(ones([10, 20, 4]))
        .output.sum()
        .backward()
      lstm.forward(ones([1, 1, 4]))
    }
    step()
    expect(gained(step)).toBeLessThan(12)
  })

  it('a walked graph is forgotten, kept results included', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const storage = (() => {
      const h = x.square()
      h.detach()
      h.sum().backward()
      x.exp()
      return new WeakRef(h.storage)
    })()
    await new Promise((resolve) => setTimeout(resolve))
    evacuate()
    collect()
    expect(storage.deref()).toBe(undefined)
  })
})

describe('a transpose that a derivative hands on', () => {
  it('stays as it is where others are added to it', () => {
    const w = tensor(
      [
        [1, 2],
        [3, 4],
      ],
      { dtype: 'float64' },
    )
    const handed: Tensor[] = []
    const op = unary('turning', {
      f: (v) => v,
      vjp: () => {
        const turned = w.t()
        turned.toArray()
        handed.push(turned)
        return turned
      },
    })
    const x = ones([2, 2], { dtype: 'float64', requiresGrad: true })
    const tens = x.mul(10).sum()
    const turned = op(x).sum()
    const meanwhile: unknown[] = []
    const remove = x.registerHook(() => {
      meanwhile.push(handed[0]?.toArray())
    })
    grad([tens, turned], x, { retainGraph: true })
    expect(meanwhile).toEqual([w.t().toArray()])
    remove()
    handed.length = 0
    const g = grad([tens, turned], x)
    const sum = [
      [11, 13],
      [12, 14],
    ]
    expect(g.toArray()).toEqual(sum)
    expect(handed[0]?.toArray()).toEqual(w.t().toArray())
    expect(handed[0]?.add(0).toArray()).toEqual(w.t().toArray())
    expect(g.assign_(g.add(1)).sum().item()).toBe(54)
    expect(handed[0]?.toArray()).toEqual(w.t().toArray())
  })
})

describe('a transpose that backward() is given', () => {
  it('is no tensor that a derivative could change: it gets a copy, which refuses', () => {
    const given = d([1, 2, 3, 4]).reshape([2, 2]).t()
    const op = unary('changing', { f: (v) => v, vjp: (g) => g.assign_(g.mul(2)) })
    const y = op(ones([2, 2], { dtype: 'float64', requiresGrad: true }))
    expect(() => y.backward(given)).toThrow(/a copy that reading a transpose made: change its/)
    expect(given.toTypedArray()).toEqual(Float64Array.of(1, 3, 2, 4))
  })
})
