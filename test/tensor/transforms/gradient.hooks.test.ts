// registerHook(): a look at a cotangent, or another in its place, in every walk that computes it.

import fc from 'fast-check'
import {
  DTypeError,
  grad,
  randn,
  ShapeError,
  TapeError,
  type Tensor,
  tensor,
  ValueError,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { sixteenths } from '../../support/numbers.ts'
import { d, leaf } from '../../support/tensors.ts'

describe('a hook sees the whole cotangent, once for each walk', () => {
  it('of a leaf, of a result and of the root', () => {
    const x = leaf([1, 2])
    const h = x.square()
    const loss = h.mul(3).add(h).sum()
    const seen: Record<string, unknown[]> = { x: [], h: [], loss: [] }
    x.registerHook((g) => void seen.x.push(g.toArray()))
    h.registerHook((g) => void seen.h.push(g.toArray()))
    loss.registerHook((g) => void seen.loss.push(g.toArray()))
    loss.backward(null, { retainGraph: true })
    grad(loss, x, { retainGraph: true })
    grad(loss, h, { createGraph: true })
    expect(seen).toEqual({
      x: [
        [8, 16],
        [8, 16],
      ],
      h: [
        [4, 4],
        [4, 4],
        [4, 4],
      ],
      loss: [1, 1, 1],
    })
  })

  it('and not where the walk does not need it', () => {
    const [x, y] = [leaf(2), leaf(3)]
    const [a, b] = [x.square(), y.square()]
    let calls = 0
    for (const t of [b, y]) t.registerHook(() => void calls++)
    grad(a.add(b), x)
    expect(calls).toBe(0)
    grad(x.square().add(b), y)
    expect(calls).toBe(2)
  })

  it('and what it saw stays as it was, whatever becomes of it', () => {
    const x = leaf([1, 2])
    const seen: Tensor[] = []
    // The cotangent of h is passed on as it is to x, where another one is added to it.
    const before = x.mul(10)
    const h = x.add(d([3, 4]))
    h.registerHook((g) => void seen.push(g))
    h.registerHook((g) => void seen.push(g.detach()))
    h.mul(2).add(before).sum().backward()
    expect(x.grad?.toArray()).toEqual([12, 12])
    x.grad = null
    // A leaf's own is what becomes of its gradient, into which further ones are added.
    x.registerHook((g) => void seen.push(g))
    for (let i = 0; i < 2; i++)
      x.mul(d([3, 3]))
        .sum()
        .backward()
    for (let i = 0; i < 5; i++) randn([2], { dtype: 'float64' }).mul(2)
    expect(seen.map((g) => g.toArray())).toEqual([
      [2, 2],
      [2, 2],
      [3, 3],
      [3, 3],
    ])
    expect((x.grad as Tensor | null)?.toArray()).toEqual([6, 6])
  })
})

describe('what a hook returns takes the place of the cotangent', () => {
  it('for everything behind it, and in the order the hooks came', () => {
    const x = leaf([1, 2])
    const h = x.mul(3)
    h.registerHook((g) => g.mul(10))
    h.registerHook((g) => g.add(1))
    h.sum().backward(null, { retainGraph: true })
    expect(x.grad?.toArray()).toEqual([33, 33])
    expect(grad(h.sum(), h).toArray()).toEqual([11, 11])
  })

  it('on a leaf before it is added into grad, walk by walk', () => {
    const x = leaf([1, 2])
    x.registerHook((g) => g.mul(0.5))
    for (let i = 0; i < 3; i++) x.mul(4).sum().backward()
    expect(x.grad?.toArray()).toEqual([6, 6])
  })

  it('and scales every gradient by what the hook scales by, of the second order too', () => {
    const numbers = sixteenths(-2, 2)
    fc.assert(
      fc.property(numbers, numbers, (value, factor) => {
        const x = leaf(value)
        const h = x.mul(x)
        h.registerHook((g) => g.mul(factor).mul(h))
        // dy/dx = f·h·1·2x = 2f·x³, and d²y/dx² = 6f·x² where the hook's own derivative counts; the
        // second walk meets the hook again at h.
        const first = grad(h.sum(), x, { createGraph: true })
        expect(first.item()).toBeCloseTo(2 * factor * value ** 3, 12)
        // By h the first gradient is 2f·x, and the hook turns that into 2f·x·f·h; by x itself it is
        // 2f·h.
        expect(grad(first, x, { allowUnused: true }).item()).toBeCloseTo(
          2 * factor * factor * value ** 3 * 2 * value + 2 * factor * value ** 2,
          10,
        )
      }),
    )
  })

  it('may be a tensor the caller has: it is neither changed nor recycled', () => {
    const [x, given] = [leaf([1, 2]), d([5, 6])]
    const h = x.mul(1)
    h.registerHook(() => given)
    h.sum().add(x.sum()).backward()
    x.mul(2).sum().backward()
    expect([x.grad?.toArray(), given.toArray()]).toEqual([
      [8, 9],
      [5, 6],
    ])
  })
})

describe('a hook is removed', () => {
  it('by what registering it returned, from then on, and no other with it', () => {
    const x = leaf([1, 2])
    const calls: string[] = []
    const remove = ['a', 'b', 'a'].map((name) => x.registerHook(() => void calls.push(name)))
    const walk = (): string => {
      calls.length = 0
      x.sum().backward()
      return calls.join('')
    }
    expect(walk()).toBe('aba')
    remove[0]()
    expect(walk()).toBe('ba')
    remove[0]()
    remove[1]()
    expect(walk()).toBe('a')
    remove[2]()
    expect(walk()).toBe('')
    expect(x.node?.hooks).toBe(null)
  })

  it('by itself, while it is called', () => {
    const x = leaf(1)
    const calls: number[] = []
    const remove = x.registerHook(() => {
      remove()
      calls.push(1)
    })
    x.registerHook(() => void calls.push(2))
    for (let i = 0; i < 2; i++) x.mul(2).backward()
    expect(calls).toEqual([1, 2, 2])
  })

  it('when the tensor no longer requires a gradient', () => {
    const x = leaf(1)
    const remove = x.registerHook(() => d(100))
    x.requiresGrad = false
    remove()
    x.requiresGrad = true
    x.mul(2).backward()
    expect(x.grad?.item()).toBe(2)
  })
})

describe('refusals', () => {
  it('of a hook that calls itself without end by the pass it starts', () => {
    const x = tensor([1, 2], { requiresGrad: true })
    const y = x.square().sum()
    const remove = x.registerHook(() => void y.backward({ retainGraph: true }))
    expect(() => y.backward({ retainGraph: true })).toThrow(
      /registerHook: expected at most 100 hooks inside each other/,
    )
    expect(x.grad).toBeNull()
    remove()
    y.backward()
    expect(x.grad?.toArray()).toEqual([2, 4])
  })

  it('of tensors that require no gradient, and of what is no function', () => {
    expect(() => d([1]).registerHook(() => undefined)).toThrow(TapeError)
    expect(() => leaf(1).registerHook(7 as never)).toThrow(ValueError)
  })

  it('of replacements that do not fit; gradients are then as before', () => {
    const x = leaf([1, 2])
    const bad: [() => unknown, unknown, string][] = [
      [() => d([1]), ShapeError, 'registerHook: expected a gradient of shape (2), got (1)'],
      [() => tensor([1, 2]), DTypeError, 'registerHook: dtypes differ'],
      [() => 3, DTypeError, 'registerHook: expected a Tensor, got 3'],
    ]
    for (const [f, type, message] of bad) {
      const h = x.mul(2)
      h.registerHook(f as () => Tensor)
      expect(() => h.sum().backward()).toThrow(type as typeof ShapeError)
      expect(() => h.sum().backward()).toThrow(message)
      expect(x.grad).toBe(null)
    }
    const h = x.mul(2)
    h.registerHook(() => {
      throw new RangeError('mine')
    })
    expect(() => h.sum().backward()).toThrow('mine')
    x.mul(2).sum().backward()
    expect(x.grad?.toArray()).toEqual([2, 2])
  })
})
