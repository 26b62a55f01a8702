// What a scope or a derivative made goes with it, but for what it returns. Backward passes are
// lifetime.pass.test.ts's.

import {
  checkpoint,
  enableGrad,
  fuse,
  GRU,
  GRUCell,
  grad,
  LSTM,
  noGrad,
  ones,
  Recurrent,
  type Tensor,
  unary,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'

describe('a derivative', () => {
  const big = ones([20], { dtype: 'float64', requiresGrad: true })
  const keeping = (make: (g: Tensor) => Tensor): Tensor => {
    const made: Tensor[] = []
    const op = unary('keeping', {
      f: (v) => v,
      vjp: (g) => {
        made.push(make(g))
        return g
      },
    })
    op(big).sum().backward()
    return made[0] as Tensor
  }

  it('takes what it created with it', () => {
    expect(() => keeping(() => zeros([20])).toArray()).toThrow('was made inside a derivative')
  })

  it('leaves what was detached or cloned in it', () => {
    expect(keeping((g) => g.mul(2).detach()).toArray()).toEqual(new Array(20).fill(2))
    expect(keeping((g) => g.mul(2).clone()).toArray()).toEqual(new Array(20).fill(2))
  })

  it('may use a scope of its own and hand on what that returns', () => {
    const op = unary('scoped', { f: (v) => v, vjp: (g) => noGrad(() => g.mul(3).add(0)) })
    expect(grad(op(big), big, { gradOutputs: ones([20], { dtype: 'float64' }) }).toArray()).toEqual(
      new Array(20).fill(3),
    )
  })
})

describe('a checkpoint', () => {
  it('leaves what it has computed again where that is a cotangent', () => {
    const half = unary('half', { f: (v) => (v * v) / 2, vjp: (_g, _y, v) => v })
    const x = ones([20], { dtype: 'float64', requiresGrad: true })
    const block = checkpoint((v: Tensor) => half(v.add(2)))
    expect(grad(block(x).sum(), x).toArray()).toEqual(new Array(20).fill(3))
  })
})

describe('a result of a graph that backward() has used', () => {
  const w = ones([20, 3], { dtype: 'float64', requiresGrad: true })
  const used = (): Tensor => {
    const h = w.mul(2)
    h.sum().backward()
    return h
  }
  const layer = new GRU(3, 2, { dtype: 'float64', batchFirst: false, resetAfter: false })
  const own = new Recurrent(new GRUCell(3, 2, { dtype: 'float64' }), { batchFirst: false })
  const readers: Record<string, (h: Tensor) => Tensor> = {
    'a function that is fused': (h) => enableGrad(() => fuse((a: Tensor) => a.tanh())(h)).detach(),
    'a layer that records a part of a weight': (h) => layer.forward(h.unsqueeze(1)).output,
    'a cell that is recorded': (h) => own.forward(h.unsqueeze(1)).output,
  }

  it.each(Object.entries(readers))('may be read by %s, at every call', (_, read) => {
    const expected = noGrad(() => read(w.mul(2))).toArray()
    for (let call = 0; call < 2; call++) {
      const h = used()
      expect(noGrad(() => read(h)).toArray()).toEqual(expected)
    }
  })

  it('may be read by a layer whose step is not known yet, and is freed afterwards', () => {
    for (const H of [5, 7]) {
      const h = used()
      const lstm = new LSTM(3, H, { dtype: 'float64', batchFirst: false })
      noGrad(() => lstm.forward(h.unsqueeze(1)))
      w.square()
      expect(() => h.toArray()).toThrow('was recycled when the next recording began')
    }
  })
})

describe('a noGrad scope', () => {
  const x = ones([20], { dtype: 'float64', requiresGrad: true })

  it('takes a gradient asked for in it along', () => {
    const y = x.square().sum()
    let g: Tensor | undefined
    noGrad(() => {
      g = grad(y, x)
      expect(g.toArray()).toEqual(new Array(20).fill(2))
    })
    expect(() => g?.toArray()).toThrow('was made inside noGrad()')
  })

  it('takes along what a scope in it has returned', () => {
    let inner: Tensor | undefined
    noGrad(() => {
      inner = noGrad(() => x.mul(2))
      expect(inner.toArray()).toEqual(new Array(20).fill(2))
    })
    expect(() => inner?.toArray()).toThrow('was made inside noGrad()')
  })

  it('finds what it returns in lists of any depth and length, beside what cannot be read', () => {
    interface Link {
      value?: Tensor
      next?: Link
    }
    const chain = noGrad(() => {
      let link: Link = { value: x.mul(2) }
      for (let i = 0; i < 100_000; i++) link = { next: link }
      return link
    })
    let last = chain
    while (last.next !== undefined) last = last.next
    expect(last.value?.toArray()).toEqual(new Array(20).fill(2))

    const long = noGrad(() => [...new Array<unknown>(1e6).fill(1), x.mul(3)])
    expect((long.at(-1) as Tensor).toArray()).toEqual(new Array(20).fill(3))

    const { proxy: revoked, revoke } = Proxy.revocable({}, {})
    revoke()
    const throwing = () => {
      throw new Error('not to be read')
    }
    const odd = noGrad(() => ({
      get broken() {
        return throwing()
      },
      revoked,
      trapped: new Proxy({}, { get: throwing, ownKeys: throwing }),
      list: [revoked, x.mul(4)],
      fine: x.mul(5),
      set: new Set([x.mul(6)]),
      map: new Map([[revoked, x.mul(7)]]),
    }))
    expect([...odd.set, ...odd.map.values()].map((t) => t.toArray()[0 as never])).toEqual([6, 7])
    expect([(odd.list[1] as Tensor).toArray()[0 as never], odd.fine.toArray()[0 as never]]).toEqual(
      [4, 5],
    )
  })

  it('leaves a graph that enableGrad records in it', () => {
    let y: Tensor | undefined
    noGrad(() => {
      enableGrad(() => {
        y = x.mul(2).square().sum()
      })
    })
    expect(grad(y as Tensor, x).toArray()).toEqual(new Array(20).fill(8))
  })
})
