// The transforms valueAndGrad, vjp, jvp, jacobian, hessian and hvp differentiated again: by
// gradients of what they return, and within each other.

import { grad, hessian, hvp, jacobian, jvp, noGrad, type Tensor, valueAndGrad, vjp } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { d, leaf } from '../../support/tensors.ts'

describe('differentiated again', () => {
  const every = (x: Tensor, v: Tensor): Record<string, Tensor> => {
    const f = (x: Tensor): Tensor => x.pow(3).sum()
    const both = valueAndGrad(f, x)
    const pair = vjp((x) => x.pow(3), x)
    const forward = jvp((x) => x.pow(3), x, v)
    return {
      value: both.value,
      gradient: both.grad.sum(),
      pulled: pair.pullback(v).sum(),
      tangent: forward.tangent.sum(),
      values: pair.value.add(forward.value).sum(),
      jacobian: jacobian((x) => x.pow(3), x).sum(),
      hessian: hessian(f, x).sum(),
      hvp: hvp(f, x, v).sum(),
    }
  }

  it('by inputs that require a gradient', () => {
    const x = leaf([2])
    const slopes = Object.entries(every(x, d([1]))).map(([name, y]) => [
      name,
      grad(y, x, { retainGraph: true }).item(),
    ])
    expect(Object.fromEntries(slopes)).toEqual({
      value: 12,
      gradient: 12,
      pulled: 12,
      tangent: 12,
      values: 24,
      jacobian: 12,
      hessian: 6,
      hvp: 6,
    })
  })

  it('by cotangents and tangents that do', () => {
    const v = leaf([1])
    const { pulled, tangent, hvp } = every(d([2]), v)
    expect([pulled, tangent, hvp].map((y) => grad(y as Tensor, v).item())).toEqual([12, 12, 12])
  })

  it('by captured tensors that do', () => {
    const w = leaf([5])
    expect(grad(valueAndGrad((x) => x.square().mul(w).sum(), d([3])).grad, w).item()).toBe(6)
    expect(
      grad(
        hessian((x) => x.square().mul(w).sum(), d([3])),
        w,
      ).item(),
    ).toBe(2)
    expect(grad(jvp((x) => x.mul(w).mul(w), d([3]), d([2])).tangent, w).item()).toBe(20)
  })

  it(
    'and plain otherwise: where nothing requires a gradient, where none is left, and inside ' +
      'noGrad()',
    () => {
      expect(Object.values(every(d([2]), d([1]))).map((t) => t.requiresGrad)).toEqual(
        new Array(8).fill(false),
      )
      const x = leaf([2])
      expect(Object.values(noGrad(() => every(x, x))).map((t) => t.requiresGrad)).toEqual(
        new Array(8).fill(false),
      )
      const w = leaf([5])
      const { value, grad: slope } = valueAndGrad((x) => x.square().add(w).sum(), d([3]))
      expect([value.requiresGrad, slope.requiresGrad]).toEqual([true, false])
      const captured = noGrad(() =>
        [valueAndGrad((x) => x.mul(w).sum(), d([3])), vjp((x) => x.mul(w), d([3]))].map(
          ({ value }) => value.requiresGrad,
        ),
      )
      expect(captured).toEqual([false, false])
    },
  )

  it('inside noGrad() the numbers are the same, and results that are returned stay', () => {
    const x = leaf(Array.from({ length: 20 }, (_, i) => i))
    const f = (x: Tensor): Tensor => x.reshape([4, 5]).pow(3).sum()
    const slope = noGrad(() => valueAndGrad(f, x).grad)
    x.exp()
    expect(slope.toArray()).toEqual(x.square().mul(3).toArray())
    const h = x.mul(2)
    noGrad(() => valueAndGrad((h) => h.reshape([4, 5]).square().sum(), h))
    x.exp()
    expect(h.toArray()).toEqual(x.mul(2).toArray())
  })

  it('a pullback outlives what is recorded after it', () => {
    const x = d(Array.from({ length: 20 }, (_, i) => i))
    const { value, pullback } = vjp((x) => x.square().mul(2), x)
    leaf([1]).square().backward()
    leaf([1]).square().backward()
    expect(pullback(x).toArray()).toEqual(x.square().mul(4).toArray())
    expect(value.toArray()).toEqual(x.square().mul(2).toArray())
  })
})

describe('transforms within transforms', () => {
  const inner: Record<string, (w: Tensor) => Tensor> = {
    'valueAndGrad, its gradient': (w) =>
      valueAndGrad((x) => x.square().mul(w).sum(), d([3])).grad.sum(),
    'valueAndGrad, its value': (w) => valueAndGrad((x) => x.square().mul(w).sum(), d([3])).value,
    'jvp, its tangent': (w) => jvp((x) => x.square().mul(w), d([3]), d([2])).tangent.sum(),
    'vjp, its pullback': (w) =>
      vjp((x) => x.square().mul(w), d([3]))
        .pullback(d([2]))
        .sum(),
    'vjp, its value': (w) => vjp((x) => x.square().mul(w), d([3])).value.sum(),
    jacobian: (w) => jacobian((x) => x.square().mul(w), d([3])).sum(),
    hessian: (w) => hessian((x) => x.pow(3).mul(w).sum(), d([3])).sum(),
    hvp: (w) => hvp((x) => x.pow(3).mul(w).sum(), d([3]), d([2])).sum(),
  }
  const slopes = [6, 9, 12, 12, 9, 6, 18, 36]

  it.each(Object.entries(inner).map(([name, f], i) => [name, f, slopes[i]] as const))(
    '%s: what comes out of the outer one is plain',
    (_, f, slope) => {
      const w = d([2])
      const { value, pullback } = vjp(f, w)
      const results = {
        value: valueAndGrad(f, w).value,
        grad: valueAndGrad(f, w).grad,
        vjp: pullback(d(1)),
        'vjp value': value,
        jvp: jvp(f, w, d([1])).tangent,
        jacobian: jacobian(f, w).sum(),
        hessian: hessian(f, w),
        hvp: hvp(f, w, d([1])),
      }
      for (const [name, t] of Object.entries(results))
        expect([name, t.requiresGrad]).toEqual([name, false])
      for (const t of [results.grad, results.vjp, results.jvp, results.jacobian])
        expect(t.sum().item()).toBe(slope)
    },
  )

  it.each(Object.entries(inner).map(([name, f], i) => [name, f, slopes[i]] as const))(
    '%s: and connected where the caller can differentiate it',
    (_, f, slope) => {
      const w = leaf([2])
      const { grad: g } = valueAndGrad((t) => f(t).mul(t).sum(), w)
      expect(g.item()).toBe(4 * slope)
      expect(grad(g.sum(), w).item()).toBe(2 * slope)
    },
  )

  it('a descent by gradients of gradients holds no more than its last step', () => {
    let w = d(Array.from({ length: 100 }, () => 2))
    for (let i = 0; i < 3; i++) {
      const { grad: g } = valueAndGrad(
        (t) =>
          valueAndGrad((x) => x.square().mul(t).sum(), d([3]))
            .grad.mul(t)
            .sum(),
        w,
      )
      w = w.sub(g.mul(0.001))
      expect(w.node).toBeNull()
    }
  })

  it('a pullback is part of its transform whenever it is called', () => {
    const w = leaf([2])
    const { pullback } = vjp((x) => x.square().mul(w), d([3]))
    const u = leaf([5])
    const g = pullback(u)
    expect(grad(g.sum(), [u, w]).map((t) => t.item())).toEqual([12, 30])
  })

  it('results are tensors of their own, never what was given', () => {
    const x = leaf([1, 2])
    expect(jvp((a) => a, x, x).tangent).not.toBe(x)
    const { pullback } = vjp((_, b) => b, [d([1, 1]), x])
    const u = leaf([3, 4])
    const [, g] = pullback(u)
    expect(g).not.toBe(u)
    expect(g.storage).not.toBe(u.storage)
    expect(grad(g.sum(), u).toArray()).toEqual([1, 1])
    expect(grad(x, x, { gradOutputs: x }).requiresGrad).toBe(false)
  })
})
