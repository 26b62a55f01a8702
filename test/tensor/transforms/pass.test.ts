// What a backward pass takes for recorded, what it costs, and that after an error nothing is
// half-changed. Values are worked out by hand.

import { grad, MemoryError, noGrad, TapeError, type Tensor } from 'tapegrad'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { evacuate } from '../../../src/kernels/memory/heap.ts'
import { d, leaf } from '../../support/tensors.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('who required a gradient when the graph was recorded', () => {
  it('is asked, not who requires one now', () => {
    const [a, b] = [d([1, 2]), leaf([3, 4])]
    const y = a.mul(b)
    a.requiresGrad = true
    y.add(a).sum().backward()
    expect(a.grad?.toArray()).toEqual([1, 1])
    expect(b.grad?.toArray()).toEqual([1, 2])
  })

  it('a leaf that is frozen and thawed meanwhile is the same leaf', () => {
    const x = leaf([1, 2])
    const y = x.square().sum()
    x.requiresGrad = false
    x.requiresGrad = true
    y.backward()
    expect(x.grad?.toArray()).toEqual([2, 4])
  })
})

describe('a pass costs what lies between its roots and its targets', () => {
  it('what is older than every target is not looked at', () => {
    const w = leaf([3])
    const old = w.square()
    old.backward()
    // `old` was used up; by h nothing behind it matters.
    const h = old.mul(2)
    expect(grad(h.square(), h).item()).toBe(36)
    expect(grad(old.mul(5), old).item()).toBe(5)
    expect(() => grad(h.square(), w)).toThrow(/already walked/)
  })

  it('nor are the numbers that a view of it shows', () => {
    const w = leaf([...Array.from({ length: 20 }, () => 3)])
    const h = w.mul(w)
    const g = grad(h.reshape([4, 5]).square().sum(), h)
    w.mul(2) // The next recording.
    expect(h.toTypedArray()[0]).toBe(9)
    h.backward(g)
    expect(w.grad?.toTypedArray()[0]).toBe(108)
  })

  it('a target is not used up by the pass that asks for it', () => {
    const x = leaf([1, 2])
    const h = x.mul(2)
    const g = grad(h.square().sum(), h)
    h.backward(g)
    expect(x.grad?.toArray()).toEqual([8, 16])
    // Neither where an older target makes the pass look behind it.
    const [u, v] = [leaf([1]), leaf([2])]
    const k = u.mul(3)
    expect(grad(k.square().add(v), [k, v]).map((t) => t.item())).toEqual([6, 1])
    k.backward()
    expect(u.grad?.item()).toBe(3)
  })
})

describe('after an error nothing is half-changed', () => {
  it(
    'a gradient that cannot be read any more stops backward() before any leaf has changed and ' +
      'before the graph is used up',
    () => {
      const [a, b, c] = [
        leaf([...Array(20).fill(1)]),
        leaf([...Array(20).fill(2)]),
        leaf([...Array(20).fill(3)]),
      ]
      const loss = () => a.mul(b).mul(c).sum()
      loss().backward()
      noGrad(() => {
        b.grad = b.mul(1)
      })
      const y = loss()
      expect(() => y.backward()).toThrow(TapeError)
      expect([a, c].map((t) => t.grad?.toTypedArray()[0])).toEqual([6, 2])
      b.grad = null
      y.backward()
      expect([a, b, c].map((t) => t.grad?.toTypedArray()[0])).toEqual([12, 3, 4])
    },
  )

  it('a gradient for which the memory has no room stops backward() before any leaf has changed', () => {
    // One size for each leaf, so that the failing one can be chosen.
    const leaves = [101, 102, 103].map((n) => leaf(Array(n).fill(n)))
    const [a, b, c] = leaves
    const loss = (): Tensor => a.sum().mul(b.sum()).mul(c.sum())
    const read = () => leaves.map((t) => t.grad?.toTypedArray()[0])
    loss().backward()
    const once = [102 ** 2 * 103 ** 2, 101 ** 2 * 103 ** 2, 101 ** 2 * 102 ** 2]
    const { set } = Uint8Array.prototype
    for (const { size } of leaves) {
      evacuate()
      const y = loss()
      // The leaves are in the memory again, their gradients are not.
      const moving = vi.spyOn(Uint8Array.prototype, 'set').mockImplementation(function (
        this: Uint8Array,
        numbers: ArrayLike<number>,
        at?: number,
      ) {
        if (this.length === 8 * size) throw new RangeError('Array buffer allocation failed')
        set.call(this, numbers, at)
      })
      expect(() => y.backward()).toThrow(MemoryError)
      moving.mockRestore()
      expect(read()).toEqual(once)
      y.backward()
      expect(read()).toEqual(once.map((v) => 2 * v))
      for (const t of leaves) t.grad = null
      loss().backward()
    }
  })

  it('grad() that finds an input unused leaves the graph to be walked again', () => {
    const [x, y] = [leaf([1]), leaf([2])]
    const z = x.square()
    expect(() => grad(z, [x, y])).toThrow(/input 1 \(1\) was not used/)
    expect(grad(z, x).item()).toBe(2)
  })

  it('options are read once', () => {
    const x = leaf([3])
    const y = x.square()
    let reads = 0
    const options = Object.defineProperty({}, 'retainGraph', {
      enumerable: true,
      get: () => ++reads === 1,
    })
    grad(y, x, options)
    expect(reads).toBe(1)
    expect(grad(y, x).item()).toBe(6)
  })
})
