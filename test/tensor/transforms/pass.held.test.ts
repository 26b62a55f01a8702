// What callers hold around backward passes: recorded gradients inside noGrad(), cotangents, and
// results of a graph that was used up. Values are worked out by hand.

import { type BackwardOptions, checkpoint, defineOp, grad, noGrad, type Tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { evacuate } from '../../../src/kernels/memory/heap.ts'
import { d, leaf } from '../../support/tensors.ts'

/** An op x ↦ x whose derivative is `vjp`. */
const through = (vjp: (g: Tensor, x: Tensor) => Tensor) =>
  defineOp({
    name: 'through',
    forward: (out, [x]) => void out.data.set(x.data),
    vjp: (g, { inputs: [x] }) => [vjp(g, x)],
  })

describe('cotangents changed in place since the graph was recorded are no saved values', () => {
  it('given by the caller, or by a hook', () => {
    const x = leaf([1, 2])
    const [s, r] = [d([1, 1]), d([0, 0])]
    const y = x.mul(x)
    const z = y.mul(3)
    noGrad(() => [s, r].map((t) => t.assign_(d([10, 10]))))
    expect(grad(y, x, { gradOutputs: s, retainGraph: true }).toArray()).toEqual([20, 40])
    y.registerHook(() => r)
    expect(grad(z.sum(), x).toArray()).toEqual([20, 40])
  })
})

describe('what callers hold', () => {
  const recorded: BackwardOptions = { createGraph: true }

  it('a gradient recorded inside noGrad() outlives it, and so does its graph', () => {
    const w = leaf([...Array.from({ length: 20 }, (_, i) => i)])
    const loss = w.square().sum()
    noGrad(() => loss.backward(null, recorded))
    const y = w.pow(3).sum()
    const g = noGrad(() => grad(y, w, recorded))
    evacuate()
    expect(w.grad?.toTypedArray()[3]).toBe(6)
    expect(grad(g.sum(), w).toTypedArray()[3]).toBe(18)
    expect(grad((w.grad as Tensor).square().sum(), w).toTypedArray()[3]).toBe(24)
  })

  it('cotangents that pass through as they are stay the caller’s', () => {
    const s = leaf([...Array.from({ length: 20 }, (_, i) => i)])
    const x = leaf([...Array.from({ length: 20 }, () => 1)])
    const [y, row] = [x.add(1), x.reshape([1, 20])]
    for (const scope of [noGrad, <T>(f: () => T) => checkpoint(f)()])
      scope(() => {
        grad(y, x, { gradOutputs: s, createGraph: true })
        grad(row, x, { gradOutputs: s.reshape([1, 20]), createGraph: true })
      })
    expect(s.toTypedArray()[7]).toBe(7)
    y.backward(s, recorded)
    const before = x.grad as Tensor
    const g = grad(row, x, { gradOutputs: s.reshape([1, 20]), createGraph: true })
    noGrad(() => s.assign_(s.mul(2)))
    expect([before, g].map((t) => t.toTypedArray()[7])).toEqual([7, 7])
  })

  it('a recorded gradient is no view of a cotangent, by however many steps it is read', () => {
    const w = leaf([...Array.from({ length: 20 }, (_, i) => i)])
    const x = leaf([...Array.from({ length: 20 }, () => 1)])
    const s = w.mul(2)
    // The derivative reads the cotangent in the shape of x: a view of a view of s.
    const g = grad(x.reshape([1, 20]), x, { gradOutputs: s.reshape([1, 20]), createGraph: true })
    s.sum().backward()
    w.mul(3) // The next recording, which frees s.
    expect(() => s.toArray()).toThrow(/recycled/)
    expect(g.toTypedArray()[7]).toBe(14)
  })

  it('a recorded gradient is changed without what a hook has kept of it', () => {
    const x = leaf([1, 2])
    const kept: Tensor[] = []
    x.registerHook((g) => void kept.push(g))
    x.square().sum().backward(null, recorded)
    const g = x.grad as Tensor
    g.detach().assign_(d([0, 0]))
    expect(kept.map((t) => t.toArray())).toEqual([[2, 4]])
    expect(g.toArray()).toEqual([0, 0])
  })

  it('two gradients never share their numbers, nor a gradient those of a leaf', () => {
    const [a, b] = [leaf([1, 2]), leaf([3, 4])]
    const identity = through(() => a)
    for (const createGraph of [false, true]) {
      const [ga, gb] = grad(a.add(b).mul(b.detach()), [a, b], {
        gradOutputs: d([1, 1]),
        createGraph,
      })
      expect(ga.storage).not.toBe(gb.storage)
      const [g1, g2] = grad(a.mul(b).sum(), [a, a], { createGraph })
      expect(g1.storage).not.toBe(g2.storage)
      if (createGraph) expect(() => grad(g1.sum(), g2)).toThrow(/was not used/)
      const g = grad(identity([b]), b, { gradOutputs: d([1, 1]), createGraph })
      expect(g.storage).not.toBe(a.storage)
      expect(g.toArray()).toEqual([1, 2])
      noGrad(() => undefined)
      expect(a.toArray()).toEqual([1, 2])
    }
  })

  it('zeroGrad() does not take a recorded gradient out of the graph it is part of', () => {
    const w = leaf([...Array.from({ length: 20 }, (_, i) => i)])
    w.pow(3).sum().backward(null, recorded)
    const penalty = (w.grad as Tensor).square().sum()
    w.ownGrad(null)
    penalty.backward()
    expect(w.grad?.toTypedArray()[2]).toBe(2 * 12 * 12)
  })

  it('a derivative may return the gradients of a graph that was recorded before', () => {
    const data = Array.from({ length: 20 }, (_, i) => i)
    const inner = leaf([...data])
    const square = inner.square()
    const op = defineOp({
      name: 'square',
      forward: (out, [x]) => void out.data.set(x.data.map((v) => v * v)),
      vjp: (g) => [grad(square, inner, { gradOutputs: g, retainGraph: true })],
    })
    const x = leaf([...data])
    const y = op([x])
    y.mul(3)
      .add(op([x]))
      .sum()
      .backward()
    expect(x.grad?.toTypedArray()[5]).toBe(40)
  })
})

describe('results of a graph that was used up', () => {
  it('take no reading of a transpose along', () => {
    const w = leaf([...Array.from({ length: 20 }, (_, i) => i)])
    const t = w.reshape([4, 5]).t()
    t.square().sum().backward()
    const rows = t.reshape([4, 5])
    w.mul(2) // The next recording.
    expect(rows.toTypedArray().slice(0, 3)).toEqual(Float64Array.of(0, 5, 10))
  })

  it(
    'are there until the next recording that has nothing to do with them, also for ops that are ' +
      'recorded in several steps',
    () => {
      const w = leaf([...Array.from({ length: 20 }, () => 2)])
      const h = w.mul(2)
      h.sum().backward()
      expect(
        [h.logSumExp(), h.mean(), h.softmax().square().sum()].map((t) => t.requiresGrad),
      ).toEqual([true, true, true])
      expect(h.neg().toTypedArray()[0]).toBe(-4)
      w.mul(3)
      expect(() => h.neg()).toThrow(/recycled when the next recording began/)
    },
  )
})

describe('cotangents', () => {
  it('of a pass that is not recorded are no part of any graph, whatever they were given as', () => {
    const x = leaf([1, 2])
    const seen: boolean[] = []
    x.registerHook((g) => void seen.push(g.requiresGrad || g === x))
    x.backward(x)
    noGrad(() => x.assign_(d([3, 4])))
    x.backward(x)
    expect(seen).toEqual([false, false])
    expect(x.grad?.toArray()).toEqual([4, 6])
  })

  it('that were used up by an earlier pass last as long as the pass that they are given to', () => {
    const x = leaf([...Array.from({ length: 20 }, () => 0.5)])
    const h = checkpoint((t: Tensor) => t.mul(t).exp())(x)
    const y = h.square()
    grad(y, h, { gradOutputs: y })
    h.backward(y)
    const expected = Math.exp(0.5) * Math.exp(0.25) // y·h·2x
    expect(x.grad?.toTypedArray()[0]).toBeCloseTo(expected, 12)
  })
})
