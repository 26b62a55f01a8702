// Backward passes within others: hooks and derivatives that start a pass, fail and are caught.
// Values are worked out by hand.

import { defineOp, enableGrad, grad, noGrad, TapeError, type Tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { attempt } from '../../support/refusal.ts'
import { d, leaf } from '../../support/tensors.ts'

/** An op x ↦ x whose derivative is `vjp`. */
const through = (vjp: (g: Tensor, x: Tensor) => Tensor) =>
  defineOp({
    name: 'through',
    forward: (out, [x]) => void out.data.set(x.data),
    vjp: (g, { inputs: [x] }) => [vjp(g, x)],
  })

describe('a pass inside another', () => {
  it('that fails and is caught takes nothing from the outer one, in a hook or a derivative', () => {
    const x = leaf([2, 2])
    const consumed = x.mul(2).sum()
    consumed.backward()
    x.grad = null
    for (const where of ['hook', 'derivative']) {
      const messages: string[] = []
      const fail = (probe: Tensor) =>
        void messages.push(attempt(() => grad([consumed, probe], x, { retainGraph: true })))
      const h = x.square().mul(2)
      const probe = h.mul(3).sum()
      const failing = through((g) => {
        fail(probe)
        return g
      })
      const y = where === 'hook' ? h.mul(2) : failing([h]).mul(2)
      if (where === 'hook') h.registerHook(() => fail(probe))
      y.sum().backward(null, { retainGraph: true })
      expect(messages).toEqual([expect.stringMatching(/already walked/)])
      expect((x.grad as Tensor | null)?.toArray()).toEqual([16, 16])
      x.grad = null
    }
  })

  it('that uses up what the outer one needs is noticed: nothing is lost in silence', () => {
    const x = leaf([1, 2])
    const shared = x.square()
    const [y, other] = [shared.mul(3), shared.sum()]
    y.registerHook(() => void grad(other, x))
    expect(() => grad(y.sum(), x)).toThrow(TapeError)
    expect(() => grad(y.sum(), x)).toThrow(/already walked/)
  })

  it(
    'stops at the inputs of the op whose derivative starts it: what they depend on is the outer ' +
      'one’s',
    () => {
      const w = leaf([2])
      const seen: number[] = []
      w.registerHook((g) => void seen.push(g.item()))
      // x·w, differentiated by a pass over its own composition.
      const product = defineOp({
        name: 'product',
        forward: (out, [a, b]) => void out.data.set(a.data.map((v, i) => v * b.data[i])),
        vjp: (g, { inputs: [a, b] }) =>
          enableGrad(() => grad(a.mul(b), [a, b], { gradOutputs: g, createGraph: true })),
      })
      // y = (w·w)·w = w³
      const y = product([product([w, w]), w])
      const first = grad(y, w, { createGraph: true })
      expect(first.item()).toBe(12)
      expect(grad(first, w).item()).toBe(12)
      expect(seen.slice(0, 1)).toEqual([12])
      expect(seen.length).toBe(2)
    },
  )
})

describe('backward() inside a derivative', () => {
  // x ↦ x, whose derivative adds the cotangent times 2 into the gradient of p.
  const told = (p: Tensor, after = (g: Tensor, _: Tensor): Tensor => g) =>
    through((g, x) => {
      enableGrad(() => p.mul(2).mul(g).sum().backward())
      return after(g, x)
    })

  it('adds into one gradient at every call, whoever has set it, also in a recorded pass', () => {
    for (const createGraph of [false, true]) {
      const [p, q, x] = [leaf([1]), leaf([1]), leaf([3])]
      q.grad = d([10])
      const ops = [told(p), told(q), told(p), told(q), told(p), told(q), told(p)]
      const y = ops.reduce((before, op) => op([before]).mul(2), x.mul(1))
      q.grad.assign_(d([20]))
      expect(grad(y, x, { createGraph }).item()).toBe(128)
      expect(p.grad?.item()).toBe(2 * (2 + 8 + 32 + 128))
      expect(q.grad?.item()).toBe(20 + 2 * (4 + 16 + 64))
    }
  })

  it('leaves the guard on what the op has saved', () => {
    const [p, x] = [leaf([1]), leaf([3])]
    const y = told(p, (g, x) => g.mul(x))([x])
    noGrad(() => x.assign_(d([5])))
    expect(() => grad(y, x)).toThrow(/saved a tensor of shape \(1\) that .* has changed since/)
  })
})

describe('a hook inside a derivative', () => {
  it('may walk behind the inputs of the op', () => {
    const w = leaf([3])
    const x = w.mul(2)
    const loss = x.square()
    const seen: number[] = []
    const op = through((g, input) =>
      enableGrad(() => {
        const y = input.mul(1)
        y.registerHook(() => void seen.push(grad(loss, w, { retainGraph: true }).item()))
        return grad(y, input, { gradOutputs: g })
      }),
    )
    expect(grad(op([x]), w).item()).toBe(2)
    expect(seen).toEqual([24])
  })
})

describe('hooks', () => {
  it('may add into a tensor by assign_, and read what changed since the recording', () => {
    const x = leaf([1, 2])
    const total = d([0, 0])
    const parameter = leaf([1, 1])
    const [a, b] = [x.mul(2), x.mul(3)]
    noGrad(() => parameter.assign_(d([5, 5])))
    for (const t of [a, b])
      t.registerHook((g) => void total.assign_(total.add(g.mul(parameter.detach()))))
    a.add(b).sum().backward()
    expect(total.toArray()).toEqual([10, 10])
    expect(x.grad?.toArray()).toEqual([5, 5])
  })

  it('record nothing by themselves, and the message says so', () => {
    const x = leaf([1, 2])
    const y = x.square()
    y.registerHook(() => void grad(x.mul(2).sum(), x))
    expect(() => y.sum().backward()).toThrow(
      /nothing is recorded in noGrad\(\), hooks and derivatives: use enableGrad\(\)/,
    )
  })

  it('come and go by the ten thousand', () => {
    const x = leaf([1])
    let calls = 0
    const removers = Array.from({ length: 20_000 }, () => x.registerHook(() => void calls++))
    x.square().backward()
    expect(calls).toBe(20_000)
    for (const remove of removers) remove()
    x.square().backward()
    expect(calls).toBe(20_000)
  })

  it('keep what they were shown, whatever becomes of the cotangent that the caller gave', () => {
    const [x, s] = [leaf([1, 2]), d([3, 4])]
    const kept: Tensor[] = []
    x.registerHook((g) => void kept.push(g))
    x.backward(s)
    s.assign_(d([5, 6]))
    expect(kept.map((g) => g.toArray())).toEqual([[3, 4]])
  })

  it('that come during a pass are called from the next one on', () => {
    const x = leaf([1])
    let calls = 0
    x.registerHook(() => void x.registerHook(() => void calls++))
    x.square().backward()
    expect(calls).toBe(0)
    x.square().backward()
    expect(calls).toBe(1)
  })
})
