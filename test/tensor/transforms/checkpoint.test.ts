// checkpoint(): nothing but memory and time tells it from the function it wraps. Every gradient
// here is held, to the bit, to the same function without it.

import fc from 'fast-check'
import {
  checkpoint,
  crossEntropy,
  Dropout,
  Generator,
  grad,
  Linear,
  LSTM,
  LSTMCell,
  type LSTMState,
  manualSeed,
  noGrad,
  rand,
  randint,
  randn,
  stack,
  type Tensor,
  tensor,
  unary,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { leaf } from '../../support/tensors.ts'
import { bothWays, type Way } from './checkpoints.ts'

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
      const start = generator?.state()
      bothWays((way) => {
        manualSeed(11)
        if (start !== undefined) generator?.restore(start)
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

it('records nothing where nothing is recorded, or nothing requires a gradient', () => {
  expect(noGrad(() => checkpoint((t: Tensor) => t.mul(2))(leaf(2))).requiresGrad).toBe(false)
  expect(checkpoint((t: Tensor) => t.mul(2))(tensor(2)).requiresGrad).toBe(false)
  expect(checkpoint(() => 7)()).toBe(7)
})
