// Asking for gradients: what backward() and grad() promise, as PyTorch documents them.

import { grad, noGrad, TapeError, type Tensor, tensor, unary, zeros } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { d, leaf } from '../../support/tensors.ts'

describe('backward', () => {
  it('adds into grad: twice as much after two walks of two graphs', () => {
    const x = leaf([1, 2])
    x.square().sum().backward()
    expect(x.grad?.toArray()).toEqual([2, 4])
    x.square().sum().backward()
    expect(x.grad?.toArray()).toEqual([4, 8])
    x.grad = null
    x.sum().backward()
    expect((x.grad as Tensor | null)?.toArray()).toEqual([1, 1])
  })

  it('a gradient that was handed out does not change when the tensor is given a new one', () => {
    const x = leaf([1, 2])
    x.sum().backward()
    const first = x.grad as Tensor
    x.grad = null
    x.square().sum().backward()
    expect(first.toArray()).toEqual([1, 1])
    expect(x.grad).not.toBe(first)
  })

  it('adds to a gradient the caller has set, without changing the caller’s tensor', () => {
    const x = leaf([1, 2])
    const given = d([10, 20])
    x.grad = given
    x.sum().backward()
    expect((x.grad as Tensor).toArray()).toEqual([11, 21])
    expect(given.toArray()).toEqual([10, 20])
  })

  it('a gradient is a tensor of its own: two leaves of one sum do not share numbers', () => {
    const [x, y] = [leaf([1, 2]), leaf([3, 4])]
    const cotangent = d([5, 6])
    x.add(y).backward(cotangent)
    expect(x.grad).not.toBe(y.grad)
    x.mul(1).backward(d([1, 1]))
    expect(x.grad?.toArray()).toEqual([6, 7])
    expect(y.grad?.toArray()).toEqual([5, 6])
    expect(cotangent.toArray()).toEqual([5, 6])
  })

  it('reaches leaves alone: results of ops have no grad, constants get none', () => {
    const [x, c] = [leaf(3), d(4)]
    const y = x.mul(c)
    y.square().backward()
    expect(() => y.grad).toThrow('grad: expected a leaf, got the result of mul ()')
    expect(c.grad).toBe(null)
    expect(x.grad?.item()).toBe(96)
  })

  it('takes its options in the first place, too', () => {
    const x = leaf(3)
    const y = x.square()
    y.backward({ retainGraph: true })
    y.backward({})
    expect(x.grad?.item()).toBe(12)
    const wrong = (first: unknown, second?: unknown) => () =>
      Reflect.apply(x.square().backward, x.square(), [first, second])
    expect(wrong({ retain: true })).toThrow(
      "backward: unknown option 'retain': expected retainGraph, createGraph",
    )
    expect(wrong({ retainGraph: true }, {})).toThrow(
      'backward: expected a Tensor, got { retainGraph }',
    )
    expect(wrong({ ...zeros([]) })).toThrow('one of another copy of tapegrad')
  })

  it('walks diamonds once for each path', () => {
    const x = leaf(2)
    const a = x.mul(3)
    const b = a.square()
    a.mul(b).add(a).backward()
    expect(x.grad?.item()).toBe(3 * 3 * 36 + 3)
  })

  it('counts one tensor used twice in one op twice', () => {
    const x = leaf([2, 3])
    x.mul(x).sum().backward()
    expect(x.grad?.toArray()).toEqual([4, 6])
    const y = leaf([
      [1, 2],
      [3, 4],
    ])
    y.matmul(y).sum().backward()
    expect(y.grad?.toArray()).toEqual([
      [3 + 4, 7 + 4],
      [3 + 6, 7 + 6],
    ])
    const z = leaf(3)
    z.div(z).add(z.sub(z)).backward()
    expect(z.grad?.item()).toBe(0)
  })

  it('takes a gradient for outputs of more than one element', () => {
    const x = leaf([1, 2, 3])
    x.square().backward(d([1, 10, 100]))
    expect(x.grad?.toArray()).toEqual([2, 40, 600])
    const y = leaf([[7]])
    y.mul(2).backward()
    expect(y.grad?.toArray()).toEqual([[2]])
  })

  it('of a leaf is 1', () => {
    const x = leaf(5)
    x.backward()
    x.backward()
    expect(x.grad?.item()).toBe(2)
  })

  it('walks 10⁵ ops in a row, and 10⁵ branches into one, without recursion', () => {
    const x = leaf(1)
    let y: Tensor = x
    for (let k = 0; k < 100_000; k++) y = y.add(1)
    y.backward()
    expect(x.grad?.item()).toBe(1)
    const w = leaf(2)
    let sum: Tensor = d(0)
    for (let k = 0; k < 100_000; k++) sum = sum.add(w)
    sum.backward()
    expect(w.grad?.item()).toBe(100_000)
  })

  it('a graph can be walked again with retainGraph, and joined to a new one', () => {
    const x = leaf(3)
    const y = x.square()
    y.backward(null, { retainGraph: true })
    y.backward(null, { retainGraph: true })
    expect(x.grad?.item()).toBe(12)
    y.mul(2).backward()
    expect(x.grad?.item()).toBe(24)
    expect(() => y.backward()).toThrow(TapeError)
  })

  it('with createGraph grad can be differentiated', () => {
    const x = leaf(3)
    x.pow(3).backward(null, { createGraph: true })
    const first = x.grad as Tensor
    expect([first.item(), first.requiresGrad]).toEqual([27, true])
    x.grad = null
    first.backward()
    expect((x.grad as Tensor | null)?.item()).toBe(18)
  })

  it('float32 gradients are float32', () => {
    const x = tensor([0.1, 0.2], { requiresGrad: true })
    x.exp().sum().backward()
    expect(x.grad?.dtype).toBe('float32')
  })
})

describe('grad', () => {
  it('returns, and leaves grad alone', () => {
    const [x, y] = [leaf(2), leaf(5)]
    const [gx, gy] = grad(x.mul(y), [x, y])
    expect([gx?.item(), gy?.item(), x.grad, y.grad]).toEqual([5, 2, null, null])
    expect(grad(x.square(), x).item()).toBe(4)
    expect(gx?.requiresGrad).toBe(false)
  })

  it('answers for results of ops, and for the output itself', () => {
    const x = leaf(2)
    const h = x.mul(3)
    const y = h.square()
    const [gy, gh, gx] = grad(y, [y, h, x])
    expect([gy?.item(), gh?.item(), gx?.item()]).toEqual([1, 12, 36])
  })

  it('takes several outputs, each with its own gradient, one of them behind the other', () => {
    const x = leaf([1, 2])
    const a = x.mul(2)
    const b = a.square()
    expect(grad([a, b], x, { gradOutputs: [d([1, 10]), d([1, 1])] }).toArray()).toEqual([
      2 + 8,
      20 + 16,
    ])
    const y = leaf(3)
    expect(grad([y.mul(2), y.square()], y).item()).toBe(2 + 6)
    expect(grad([y.mul(2), y.square()], y, { gradOutputs: [null, d(10)] }).item()).toBe(2 + 60)
  })

  it('the same input asked for twice is answered twice', () => {
    const x = leaf(3)
    const [a, b] = grad(x.square(), [x, x])
    expect([a?.item(), b?.item()]).toEqual([6, 6])
  })

  it('leaves branches alone that do not lead to the inputs', () => {
    let asked = 0
    const watched = unary('watched', {
      f: (x) => x,
      vjp: (g) => {
        asked++
        return g
      },
    })
    const [x, y] = [leaf(2), leaf(3)]
    const z = x.mul(watched(y))
    expect(grad(z, x, { retainGraph: true }).item()).toBe(3)
    expect(asked).toBe(0)
    expect(grad(z, y).item()).toBe(2)
    expect(asked).toBe(1)
  })

  it('gives zeros for unused inputs when allowed', () => {
    const [x, y] = [leaf(2), leaf([1, 2])]
    const [gx, gy] = grad(x.square(), [x, y], { allowUnused: true })
    expect([gx?.item(), gy?.toArray()]).toEqual([4, [0, 0]])
    expect(() => grad(x.square(), [x, y])).toThrow(TapeError)
  })

  it('consumes only the graph it walked', () => {
    const x = leaf(2)
    const [a, b] = [x.square(), x.exp()]
    grad(a, x)
    expect(() => grad(a, x)).toThrow(TapeError)
    expect(grad(b, x).item()).toBeCloseTo(Math.exp(2), 12)
  })

  it('works inside noGrad: the graph was recorded before', () => {
    const x = leaf(3)
    const y = x.square()
    expect(noGrad(() => grad(y, x)).item()).toBe(6)
  })

  it('of t(), with respect to it and through it', () => {
    const x = leaf([
      [1, 2, 3],
      [4, 5, 6],
    ])
    const w = d([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    const t = x.t()
    const [gt, gx] = grad(t.mul(w).sum(), [t, x])
    expect(gt?.shape).toEqual([3, 2])
    expect(gt?.toArray()).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ])
    expect(gx?.toArray()).toEqual([
      [1, 3, 5],
      [2, 4, 6],
    ])
    x.t().t().mul(x).sum().backward()
    expect(x.grad?.toArray()).toEqual([
      [2, 4, 6],
      [8, 10, 12],
    ])
  })
})
