// checkpoint() runs its function again: on what the first call stood on, or it is refused.

import {
  checkpoint,
  grad,
  hvp,
  jvp,
  Linear,
  Module,
  noGrad,
  stack,
  type Tensor,
  tensor,
  unary,
  valueAndGrad,
  zeros,
} from 'tapegrad'
import { checkModule, tensorOf } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { d, leaf } from '../../support/tensors.ts'
import { bothWays, type Way } from './checkpoints.ts'

const leaky = unary('leaky', {
  f: (x, { slope }: { slope: number[] }) => (x > 0 ? x : slope[0] * x),
  vjp: (g, _y, _x, { slope }) => g.mul(slope[0]),
})

describe('the graph of the first call is the one that counts', () => {
  const full = (k: number): Tensor => d([k, k, k])

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
          return outer(d([k, 0.5]))
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
    const zeroed = checkpoint((t: Tensor) => t.mul(w).mul(d([1, 0])))
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
    const [at, zero] = [d([[1, 1]]), leaf([[0, 0]])]
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
      const [v, w] = [d([1, 2]), leaf([3, 4])]
      const y = checkpoint((x: Tensor) => {
        x.neg().neg().neg().neg()
        return w.square()
      })(v)
      const z = y.square()
      v.requiresGrad = true
      expect(() => y.backward(d([1, 1]), { createGraph: true })).toThrow(
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
