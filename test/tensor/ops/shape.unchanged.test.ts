// Shape ops that change nothing: their result is a tensor of its own, so that a gradient's meaning
// does not depend on sizes.

import { full, grad, noGrad, type Tensor, tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'

describe('what changes nothing gives a tensor of its own all the same', () => {
  const same: Record<string, (x: Tensor) => Tensor> = {
    slice: (x) => x.slice(1, 0, 3),
    reshape: (x) => x.reshape(x.shape),
    flatten: (x) => x.flatten(1),
    squeeze: (x) => x.squeeze(),
    broadcastTo: (x) => x.broadcastTo(x.shape),
    permute: (x) => x.permute([0, 1]),
    transpose: (x) => x.transpose(1, -1),
    flip: (x) => x.flip([]),
    chunk: (x) => x.chunk(1)[0],
  }
  it.each(Object.entries(same))('%s', (_, op) => {
    const data = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ])
    const wide = tensor([
      [1, 4],
      [2, 5],
      [3, 6],
    ])
    for (const plain of [data, wide.t()]) {
      const view = op(plain)
      view.requiresGrad = true
      expect([plain.requiresGrad, view.isLeaf]).toEqual([false, true])
      const x = plain.detach()
      x.requiresGrad = true
      const result = op(x)
      expect(result.isLeaf).toBe(false)
      // Its own gradient leaves out what else x was used for; that of x does not.
      const loss = result.sum().add(x.sum().mul(2))
      const [own, all] = grad(loss, [result, x], { retainGraph: true })
      expect(own.toArray()).toEqual(full(own.shape, 1).toArray())
      expect(Math.max(...all.toTypedArray())).toBe(3)
      let shown = 0
      result.registerHook((g) => {
        shown += g.sum().item()
      })
      loss.backward()
      expect(shown).toBe(own.size)
      // A view: it shows what is written to the other.
      noGrad(() => void x.assign_(x.mul(10)))
      expect(op(x).toArray()).toEqual(result.toArray())
    }
  })

  it('t, of fewer than two axes', () => {
    const x = tensor([1, 2], { requiresGrad: true })
    expect(grad(x.t().mul(x).sum(), x).toArray()).toEqual([2, 4])
    expect(x.t().isLeaf).toBe(false)
  })

  it('to the same dtype: a copy, as to any other', () => {
    const x = tensor([1, 2], { requiresGrad: true })
    const same = x.to('float32')
    same.registerHook((g) => g.mul(7))
    expect(grad(same.sum().add(x.sum()), x).toArray()).toEqual([8, 8])
    const plain = tensor([1, 2])
    plain.to('float32').assign_(tensor([0, 0]))
    expect(plain.toArray()).toEqual([1, 2])
  })
})
