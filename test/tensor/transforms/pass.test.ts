// Backward passes within others, and what callers hold around them: hooks and derivatives that
// walk, fail and are caught, recorded passes inside noGrad(), leaves whose gradient cannot be read.
// Values are worked out by hand.

import {
  type BackwardOptions,
  checkpoint,
  defineOp,
  enableGrad,
  grad,
  noGrad,
  TapeError,
  type Tensor,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { evacuate } from '../../../src/kernels/memory/heap.ts'
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
