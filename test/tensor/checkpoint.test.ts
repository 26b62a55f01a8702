// checkpoint(): nothing but memory and time tells it from the function it wraps. Every gradient
// here is held, to the bit, to the same function without it.

import fc from 'fast-check'
import {
  checkpoint,
  crossEntropy,
  Dropout,
  Generator,
  grad,
  hvp,
  jvp,
  Linear,
  LSTM,
  LSTMCell,
  type LSTMState,
  Module,
  manualSeed,
  noGrad,
  rand,
  randint,
  randn,
  stack,
  TapeError,
  type Tensor,
  tensor,
  unary,
  ValueError,
  valueAndGrad,
  zeros,
} from 'tapegrad'
import { checkModule, tensorOf } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { census, evacuate } from '../../src/kernels/heap.ts'

const leaf = (data: number | number[] | number[][]): Tensor =>
  tensor(data, { dtype: 'float64', requiresGrad: true })
/** A way to call a function: as it is, or checkpointed. */
type Way = <Args extends readonly unknown[], R>(fn: (...args: Args) => R) => (...args: Args) => R
const plainly: Way = (fn) => fn
const leaky = unary('leaky', {
  f: (x, { slope }: { slope: number[] }) => (x > 0 ? x : slope[0] * x),
  vjp: (g, _y, _x, { slope }) => g.mul(slope[0]),
})

/** The numbers of `compute`'s tensors without and with checkpoints. */
function bothWays(compute: (way: Way) => readonly (Tensor | null)[]): void {
  const numbers = (way: Way) => compute(way).map((t) => (t === null ? null : t.toTypedArray()))
  expect(numbers(checkpoint)).toEqual(numbers(plainly))
}

/**
 * A chain of segments over one weight, used in every one of them and outside: what is summed up in
 * which order shows in the last bits.
 */
function chain(way: Way, x: Tensor, weight: Tensor, segments: number): Tensor {
  const segment = way((h: Tensor) =>
    h.matmul(weight).tanh().add(h.mul(0.3)).matmul(weight.t()).sigmoid(),
  )
  let h = x.matmul(weight)
  for (let i = 0; i < segments; i++) h = segment(h).add(weight.sum(0).mul(0.1))
  return h.square().mean()
}

describe('gradients are those without checkpoint, to the bit', () => {
  it('of inputs and of a captured weight that is used everywhere', () => {
    fc.assert(
      fc.property(
        fc.nat(9999),
        fc.integer({ min: 1, max: 4 }),
        fc.constantFrom('float32', 'float64'),
        (seed, segments, dtype) => {
          const generator = new Generator(seed)
          const x = randn([3, 4], { dtype, generator, requiresGrad: true })
          const weight = randn([4, 4], { dtype, generator, requiresGrad: true })
          bothWays((way) => grad(chain(way, x, weight, segments), [x, weight]))
          bothWays((way) => {
            for (const t of [x, weight]) t.grad = null
            chain(way, x, weight, segments).backward()
            return [x.grad, weight.grad]
          })
        },
      ),
      { numRuns: 40 },
    )
  })

  it('of the second and third order', () => {
    const x = randn([3, 4], { dtype: 'float64', requiresGrad: true, generator: new Generator(3) })
    const weight = randn([4, 4], {
      dtype: 'float64',
      requiresGrad: true,
      generator: new Generator(4),
    })
    bothWays((way) => {
      const first = grad(chain(way, x, weight, 2), [x, weight], { createGraph: true })
      const second = grad(first[0].square().sum().add(first[1].sum()), [x, weight], {
        createGraph: true,
      })
      return [...first, ...second, ...grad(second[0].mul(second[0]).sum(), [x, weight])]
    })
  })

  it('when checkpoints nest, in both orders', () => {
    const x = randn([3, 4], { dtype: 'float64', requiresGrad: true, generator: new Generator(3) })
    const weight = randn([4, 4], {
      dtype: 'float64',
      requiresGrad: true,
      generator: new Generator(4),
    })
    bothWays((way) => {
      const nested = way((h: Tensor) =>
        chain(way, way((k: Tensor) => k.mul(h).exp().matmul(weight))(h), weight, 3),
      )
      const first = grad(nested(x), [x, weight], { createGraph: true })
      return [...first, ...grad(first[1].square().sum(), [x, weight])]
    })
  })

  it('of several results, one computed from another, in arrays and objects', () => {
    const [x, w] = [leaf([0.1, 0.7]), leaf([1.3, -0.4])]
    const step = (way: Way) =>
      way((t: Tensor, { scale }: { scale: number }) => {
        const h = t.mul(w).exp()
        return { h, more: [h.mul(h).mul(scale), t] as const, twice: h }
      })
    bothWays((way) => {
      const { h, more, twice } = step(way)(x, { scale: 0.1 })
      const loss = h.sin().sum().add(more[0].mul(more[1]).sum()).add(twice.sum())
      return grad(loss, [x, w, h, more[0]], { retainGraph: true })
    })
    const { more } = step(checkpoint)(x, { scale: 0.1 })
    expect(more[1]).toBe(x)
  })

  it('only of what a result depends on', () => {
    const [x, w] = [leaf(2), leaf(3)]
    const [a, b] = checkpoint(() => [x.square(), w.square()])()
    expect(grad(a, w, { allowUnused: true, retainGraph: true }).item()).toBe(0)
    expect(() => grad(a, w, { retainGraph: true })).toThrow('was not used')
    a.backward()
    expect([x.grad?.item(), w.grad]).toEqual([4, null])
    expect(grad(b, w).item()).toBe(6)
  })

  it('through layers with dropout: the same elements drop, and the streams go on as before', () => {
    for (const generator of [undefined, new Generator(5)]) {
      const [lstm, dropout, readOut] = [
        new LSTM(5, 6),
        new Dropout(0.4, { generator }),
        new Linear(6, 3),
      ]
      const parameters = [...lstm.parameters(), ...readOut.parameters()]
      const x = randn([2, 7, 5], { generator: new Generator(1), requiresGrad: true })
      const y = randint(0, 3, [2, 7], { generator: new Generator(2) })
      const start = generator?.drawn ?? 0
      bothWays((way) => {
        manualSeed(11)
        if (generator !== undefined) generator.drawn = start
        const body = way((t: Tensor) => dropout.forward(lstm.forward(dropout.forward(t)).output))
        const loss = crossEntropy(
          readOut.forward(body(body(x.matmul(x.transpose(1, 2)).slice(2, 0, 5)).slice(2, 0, 5))),
          y,
        )
        const drawn = rand([2], { generator })
        const gradients = grad(loss, [x, ...parameters])
        return [...gradients, drawn, rand([2], { generator })]
      })
    }
  })

  it('with a stream that fn itself begins, and manualSeed() in between', () => {
    const x = leaf([1, 2, 3])
    const noisy = (way: Way) => {
      manualSeed(1)
      const y = way((t: Tensor) =>
        t
          .mul(rand([3], { dtype: 'float64' }))
          .mul(rand([3], { dtype: 'float64', generator: new Generator(2) })),
      )(x)
      manualSeed(9)
      return [grad(y.square().sum(), x), rand([1])]
    }
    bothWays(noisy)
  })

  it('segment by segment over a long recurrence', () => {
    const cell = new LSTMCell(3, 4)
    const xs = randn([24, 2, 3], { requiresGrad: true, generator: new Generator(8) })
    bothWays((way) => {
      const segment = way((from: number, state: LSTMState | undefined) => {
        let next = state
        const hs: Tensor[] = []
        for (let t = from; t < from + 6; t++) {
          next = cell.forward(xs.select(0, t), next)
          hs.push(next.h)
        }
        return { state: next as LSTMState, hs: stack(hs) }
      })
      let state: LSTMState | undefined
      let loss = tensor(0)
      for (let from = 0; from < 24; from += 6) {
        const result = segment(from, state)
        state = result.state
        loss = loss.add(result.hs.square().sum())
      }
      return grad(loss, [xs, ...cell.parameters()])
    })
  })

  it('where a derivative gives back what it was given', () => {
    // Its cotangent is the very tensor that fn computed: neither freed nor added into when fn has
    // been walked.
    const odd = unary('odd', { f: (x) => x * x, vjp: (_, y) => y })
    const x = leaf([2, 3])
    bothWays((way) =>
      grad(
        way((t: Tensor) => odd(odd(t.mul(1)).mul(1)))(x)
          .add(x)
          .sum(),
        [x],
      ),
    )
  })

  it('when the graph is walked twice, and by hooks inside, on results and on captures', () => {
    const [x, w] = [leaf([1, 2]), leaf([3, 4])]
    const seen: unknown[] = []
    bothWays((way) => {
      const y = way((t: Tensor) => {
        const h = t.mul(w)
        h.registerHook((g) => g.mul(2))
        const z = h.exp()
        z.registerHook((g) => void seen.push(['inside', g.toArray()]))
        return z
      })(x)
      y.registerHook((g) => void seen.push(['outside', g.toArray()]))
      const removers = [x, w].map((t) => t.registerHook((g) => g.add(0.5)))
      const loss = y.mul(w).sum()
      const walks = [0, 1].flatMap(() => grad(loss, [x, w, y], { retainGraph: true }))
      for (const remove of removers) remove()
      return walks
    })
    const order = seen.map((entry) => (entry as [string, unknown])[0])
    expect(order).toEqual([
      'inside',
      'outside',
      'inside',
      'outside',
      'inside',
      'outside',
      'inside',
      'outside',
    ])
  })
})

describe('the graph of the first call is the one that counts', () => {
  const full = (k: number): Tensor => tensor([k, k, k], { dtype: 'float64' })

  it('where one result lies behind another, in whatever order they are returned', () => {
    for (const order of ['a first', 'b first'])
      bothWays((way) => {
        const x = leaf([0.5, -1])
        const both = way((t: Tensor) => {
          const a = t.exp()
          return order === 'a first' ? { a, b: a.square() } : { b: a.square(), a }
        })
        const { a, b } = both(x)
        const plain = grad(b.sum(), [a, x], { retainGraph: true })
        a.registerHook((g) => g.mul(10))
        const hooked = grad(b.sum().add(a.sum()), [a, x], { retainGraph: true })
        const recorded = grad(b.sum(), [a, x], { createGraph: true })
        return [...plain, ...hooked, ...recorded, grad(recorded[1].sum(), x)]
      })
  })

  it('where several results are read in parts', () => {
    bothWays((way) => {
      const x = leaf([0.5, -1, 2])
      const { a, b } = way((t: Tensor) => ({ a: t.exp(), b: t.exp().square().sin() }))(x)
      const parts = [a, b, a].flatMap((t) => [t.slice(0, 0, 2).sum(), t.select(0, 2)])
      const first = grad(stack(parts).square().sum(), [x, a, b], { createGraph: true })
      return [...first, grad(first[0].square().sum(), x)]
    })
  })

  it('where the function meets another tensor of equal numbers the second time', () => {
    const v = leaf([1, 1, 1])
    const swapped = (way: Way): Tensor => {
      let w: Tensor
      return stack(
        [1, 2, 3].map((k) => {
          w = v.mul(2)
          return way((x: Tensor) => x.mul(w))(full(k))
        }),
      ).sum()
    }
    for (const createGraph of [false, true])
      expect(grad(swapped(checkpoint), v, { createGraph }).toArray()).toEqual([12, 12, 12])
    swapped(checkpoint).backward()
    expect(v.grad?.toArray()).toEqual([12, 12, 12])
    v.grad = null
    const squares =
      (way: Way) =>
      (t: Tensor): Tensor => {
        const list = [t.mul(1)]
        const y = way((l: Tensor[]) => l[0].square().mul(l[0]))(list)
        list[0] = t.mul(1)
        return y.sum()
      }
    bothWays((way) => [
      valueAndGrad(squares(way), full(2)).grad,
      jvp(squares(way), full(2), full(1)).tangent,
      hvp(squares(way), full(2), full(1)),
    ])
  })

  it(
    'a module’s field that is swapped for the call, a checkpoint within, and one that is called ' +
      'again',
    () => {
      bothWays((way) => {
        const v = leaf([1, 2])
        const box = { w: v.mul(2) }
        const inner = way((x: Tensor) => x.mul(box.w).tanh())
        const outer = way((x: Tensor) => inner(inner(x)).add(box.w))
        const ys = [1, 2].map((k) => {
          box.w = v.mul(2)
          return outer(tensor([k, 0.5], { dtype: 'float64' }))
        })
        box.w = v.mul(2)
        const y = stack(ys).sum()
        const [g] = grad(y, [v], { createGraph: true })
        return [g, grad(g.sum(), v)]
      })
    },
  )

  it('a parameter that is made when it is first needed', () => {
    let w: Tensor | undefined
    let u: Tensor | undefined
    const f = checkpoint((x: Tensor) => {
      w ??= leaf([3, 4])
      const h = x.mul(w)
      u ??= leaf([5, 6])
      return h.mul(u).sum()
    })
    const x = leaf([1, 2])
    f(x).backward()
    expect([x, w, u].map((t) => t?.grad?.toArray())).toEqual([
      [15, 24],
      [5, 12],
      [3, 8],
    ])
    expect(grad(f(x), [w as Tensor, u as Tensor]).map((t) => t.toArray())).toEqual([
      [5, 12],
      [3, 8],
    ])
  })

  it('hooks that fn registers on its results are called once, wherever the pass ends', () => {
    bothWays((way) => {
      const x = leaf([1, 2])
      const y = way((t: Tensor) => {
        const a = t.mul(2)
        a.registerHook((g) => g.mul(0.5))
        return a
      })(x)
      y.registerHook((g) => g.add(1))
      const z = y.square().sum()
      return [
        ...grad(z, [y], { retainGraph: true }),
        ...grad(z, [x, y], { createGraph: true }),
        grad(z, x),
      ]
    })
  })

  it('but other numbers, or more tensors, are refused', () => {
    const x = leaf([1, 0])
    let w = leaf([2, 3])
    const zeroed = checkpoint((t: Tensor) => t.mul(w).mul(tensor([1, 0], { dtype: 'float64' })))
    const y = zeroed(x).sum()
    w = leaf([2, 4]) // The same result, another gradient.
    expect(() => grad(y, x)).toThrow(
      /checkpoint: expected fn to use the same \(2\) float64 when called again, got \(2\) float64 with other numbers/,
    )
    const more = [leaf([1, 1])]
    const z = checkpoint((t: Tensor) => more.reduce((sum, m) => sum.add(m.sub(m)), t.square()))(
      x,
    ).sum()
    more.push(leaf([1, 1]))
    expect(() => z.backward()).toThrow(
      /checkpoint: expected fn to use 3 tensors that require a gradient when called again, got 5/,
    )
    expect(x.grad).toBeNull()
  })

  it('other constants, attributes or ops are refused, though the results are equal', () => {
    const [at, zero] = [tensor([[1, 1]], { dtype: 'float64' }), leaf([[0, 0]])]
    const table = leaf([
      [1, 1],
      [1, 1],
    ])
    const cases: [string, fn: (k: number) => (x: Tensor) => Tensor, x?: Tensor][] = [
      ['compute mul with the same numbers', (k) => (x) => x.mul(k)],
      ['compute mul with the same numbers', (k) => (x) => x.mul(at.mul(k))],
      ['compute mul with the same numbers', (k) => (x) => x.mul(noGrad(() => at.add(k)))],
      [
        'compute matmul with the same numbers',
        (k) => (x) =>
          x.matmul(
            tensor(
              [
                [k, 1],
                [1, 1],
              ],
              { dtype: 'float64' },
            ).t(),
          ),
      ],
      ['compute leaky with the same numbers', (k) => (x) => leaky(x, { slope: [k] })],
      [
        'compute indexSelect with the same numbers',
        (k) => (x) => x.indexSelect(0, tensor([k % 2], { dtype: 'int32' })),
        table,
      ],
      ['compute slice with the same numbers', (k) => (x) => x.slice(0, k % 2, (k % 2) + 1), table],
      ['compute checkpoint with the same numbers', (k) => checkpoint((x: Tensor) => x.mul(k))],
      ['record square', (k) => (x) => (k === 3 ? x.square() : x.sin())],
      ['record 1 ops', (k) => (x) => (k === 3 ? x.square() : x.square().square())],
    ]
    for (const [refusal, fn, x = zero] of cases) {
      let k = 3
      const f = checkpoint((t: Tensor) => fn(k)(t))
      const same = f(x).sum()
      expect(grad(same, x, { retainGraph: true }).toArray()).toEqual(
        grad(fn(3)(x).sum(), x).toArray(),
      )
      k = 4
      expect(() => same.backward(), refusal).toThrow(`checkpoint: expected fn to ${refusal}`)
      expect(x.grad).toBeNull()
    }
  })

  it('whichever number of a constant is another one', () => {
    const x = zeros([21], { requiresGrad: true })
    for (const dtype of ['float32', 'float64'] as const)
      for (let at = 0; at < 21; at++) {
        const numbers = Array.from({ length: 21 }, () => 1)
        let c = tensor(numbers, { dtype })
        const y = checkpoint(() => x.to(dtype).mul(c))().sum()
        c = tensor(numbers.with(at, 1.0000001), { dtype })
        expect(() => y.backward()).toThrow('expected fn to compute mul with the same numbers')
      }
  })

  it(
    'a second call that records more, so that its results would be newer than what was computed ' +
      'from the first, is refused',
    () => {
      const [v, w] = [tensor([1, 2], { dtype: 'float64' }), leaf([3, 4])]
      const y = checkpoint((x: Tensor) => {
        x.neg().neg().neg().neg()
        return w.square()
      })(v)
      const z = y.square()
      v.requiresGrad = true
      expect(() => y.backward(tensor([1, 1], { dtype: 'float64' }), { createGraph: true })).toThrow(
        /expected fn to record as many ops/,
      )
      v.requiresGrad = false
      z.sum().backward()
      expect(w.grad?.toArray()).toEqual([108, 256])
    },
  )

  it('a result whose own graph was walked inside is not walked again in silence', () => {
    const x = leaf([1, 2])
    const y = checkpoint((t: Tensor) => {
      const s = t.square().sum()
      s.backward()
      return s
    })(x)
    expect(() => y.backward()).toThrow(/already walked/)
    expect(() => grad(y, x, { allowUnused: true })).toThrow(/already walked/)
  })

  it('modules in float64 that use it pass checkModule', () => {
    class Block extends Module {
      linear = new Linear(3, 3, { dtype: 'float64' })
      inner = checkpoint((x: Tensor) => this.linear.forward(x).tanh())
      forward(x: Tensor): Tensor {
        return this.inner(x).add(x)
      }
    }
    const inputs = tensorOf({ shape: [2, 3], dtype: 'float64' })
    expect(checkModule(new Block(), inputs, { numRuns: 3, seed: 5 }).parameters.length).toBe(2)
  })
})

describe('memory', () => {
  const weights = Array.from({ length: 8 }, () => randn([64, 64], { requiresGrad: true }))
  const x = randn([512, 64])
  /**
   * The most that stood in blocks at the end of a layer or in the derivative of one, in units of
   * one activation.
   */
  const peak = (way: Way): { stored: number; peak: number } => {
    evacuate()
    const bytes = () => census().bytes / (512 * 64 * 4)
    const before = bytes()
    let most = 0
    let h: Tensor = x
    for (const w of weights)
      h = way((t: Tensor) => {
        let u = t.matmul(w)
        u.registerHook(() => {
          most = Math.max(most, bytes())
        })
        for (let i = 0; i < 6; i++) u = u.mul(0.9).tanh()
        return u
      })(h)
    const stored = bytes() - before
    const loss = h.square().mean()
    loss.backward()
    for (const w of weights) w.grad = null
    return { stored, peak: most - before }
  }

  it(
    'holds one result for each call, and the intermediate results of one call at a time on the ' +
      'way back',
    () => {
      const [without, by] = [peak(plainly), peak(checkpoint)]
      expect(without.stored).toBeGreaterThan(8 * 13)
      expect(by.stored).toBeLessThan(8 + 3)
      expect(by.peak).toBeLessThan(without.peak / 3)
      expect(by.peak).toBeLessThan(8 + 13 + 12)
    },
  )

  it('holds no more after many steps', () => {
    const step = () => {
      checkpoint((t: Tensor) => t.matmul(weights[0]).tanh().mul(2).tanh())(x)
        .sum()
        .backward()
      weights[0].grad = null
    }
    step()
    const settled = census().bytes
    for (let i = 0; i < 20; i++) step()
    expect(census().bytes - settled).toBeLessThan(4 * 512 * 64 * 4)
  })

  it('what fn made and did not return is gone, and says so', () => {
    const kept: Tensor[] = []
    const y = checkpoint((t: Tensor) => {
      kept.push(t.mul(2), t.mul(3).clone())
      return kept[0].exp()
    })(leaf([1, 2]))
    expect(() => kept[0].toArray()).toThrow(
      /mul: its result \(2\) was made inside checkpoint\(\) and recycled at its end/,
    )
    expect(kept[1].toArray()).toEqual([3, 6])
    expect(y.toArray()).toEqual([Math.exp(2), Math.exp(4)].map((v) => expect.closeTo(v, 12)))
  })
})

describe('what is refused', () => {
  it('no function, and one that is asynchronous', () => {
    expect(() => checkpoint(3 as never)).toThrow(ValueError)
    expect(() => checkpoint(async () => leaf(1).mul(2))()).toThrow(
      'checkpoint: expected a synchronous function',
    )
    expect(() => noGrad(() => checkpoint(async () => 1)())).toThrow(TapeError)
  })

  it('a function that computes something else when it is called again', () => {
    const x = leaf([1, 2])
    let calls = 0
    const other = checkpoint((t: Tensor) => t.mul(++calls))(x)
    expect(() => other.sum().backward()).toThrow(
      /checkpoint: expected fn to give the same numbers when called again, got others in \(2\) float64/,
    )
    let shape = [2, 1]
    const reshaped = checkpoint((t: Tensor) => t.mul(2).reshape(shape))(x)
    shape = [1, 2]
    expect(() => reshaped.sum().backward()).toThrow(
      /expected fn to give \(2, 1\) float64 when called again, got \(1, 2\) float64/,
    )
    let give = true
    const less = checkpoint((t: Tensor) => (give ? t.mul(2) : null))(x) as Tensor
    give = false
    expect(() => less.sum().backward()).toThrow(/got nothing/)
    expect(x.grad).toBe(null)
  })

  it('a captured or given tensor that has changed since', () => {
    const [x, w, c] = [leaf([1, 2]), leaf([3, 4]), tensor([1, 1], { dtype: 'float64' })]
    for (const changed of [x, w, c]) {
      const y = checkpoint((t: Tensor) => t.mul(w).mul(c))(x).sum()
      changed.assign_(tensor([5, 6], { dtype: 'float64' }))
      expect(() => y.backward()).toThrow(
        /checkpoint saved a tensor of shape \(2\) that assign_\(\) or an optimiser has changed since/,
      )
    }
    expect([x.grad, w.grad]).toEqual([null, null])
  })

  it('a second walk of a graph that was not retained', () => {
    const y = checkpoint((t: Tensor) => t.exp())(leaf([1, 2])).sum()
    y.backward()
    expect(() => y.backward()).toThrow('already walked')
  })
})

it('after an error in the second call all is as before: recording, streams, gradients', () => {
  const x = leaf([1, 2])
  manualSeed(4)
  let fail = false
  const y = checkpoint((t: Tensor) => {
    const dropped = t.mul(rand([2], { dtype: 'float64' }))
    if (fail) throw new RangeError('mine')
    return dropped
  })(x)
  const next = () => {
    manualSeed(4)
    rand([2], { dtype: 'float64' })
    return rand([3]).toArray()
  }
  fail = true
  expect(() => y.sum().backward()).toThrow('mine')
  const after = rand([3]).toArray()
  expect(after).toEqual(next())
  expect([x.grad, x.mul(2).requiresGrad]).toEqual([null, true])
})

it('records nothing where nothing is recorded, or nothing requires a gradient', () => {
  expect(noGrad(() => checkpoint((t: Tensor) => t.mul(2))(leaf(2))).requiresGrad).toBe(false)
  expect(checkpoint((t: Tensor) => t.mul(2))(tensor(2)).requiresGrad).toBe(false)
  expect(checkpoint(() => 7)()).toBe(7)
})
