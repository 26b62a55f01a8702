// Ops of one’s own, and errors inside their derivatives.

import {
  binary,
  checkpoint,
  defineOp,
  enableGrad,
  grad,
  type Numbers,
  ones,
  type Tensor,
  unary,
  ValueError,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { d, leaf } from '../../support/tensors.ts'

describe('ops of one’s own', () => {
  const cube = defineOp({
    name: 'cube',
    forward: (out, [x]) =>
      x?.data.forEach((v, k) => {
        out.data[k] = v ** 3
      }),
    vjp: (g, { inputs: [x] }) => [g.mul((x as Tensor).square()).mul(3)],
  })

  it('are differentiated to any order', () => {
    const x = leaf([2, -1])
    const y = cube([x])
    expect(y.toArray()).toEqual([8, -1])
    const first = grad(y.sum(), x, { createGraph: true })
    const second = grad(first.sum(), x, { createGraph: true })
    const third = grad(second.sum(), x)
    expect([first.toArray(), second.toArray(), third.toArray()]).toEqual([
      [12, 3],
      [12, -6],
      [6, 6],
    ])
  })

  it('may ask for gradients inside their own derivative', () => {
    // The derivative of x ↦ x·exp(x), left to the tape: recorded when the walk is.
    const product = unary('product', {
      f: (x) => x * Math.exp(x),
      vjp: (g, _, x) =>
        enableGrad(() => {
          const inner = x.requiresGrad ? x : x.detach()
          return g.mul(grad(inner.mul(inner.exp()).sum(), inner, { createGraph: true }))
        }),
    })
    const x = leaf([0.5, -1])
    const y = product(x.mul(1))
    const first = grad(y.sum(), x, { createGraph: true })
    const e = [0.5, -1].map(Math.exp)
    expect(first.toArray()).toEqual([1.5 * (e[0] as number), 0].map((v) => expect.closeTo(v, 12)))
    expect(grad(first.sum(), x).toArray()).toEqual(
      [2.5 * (e[0] as number), e[1] as number].map((v) => expect.closeTo(v, 12)),
    )
    product(x).sum().backward()
    expect(x.grad?.toArray()).toEqual([1.5 * (e[0] as number), 0].map((v) => expect.closeTo(v, 12)))
  })

  it('see who observes an input, also where one tensor is given twice', () => {
    const seen: boolean[][] = []
    const sum = defineOp({
      name: 'sum2',
      forward: (out, [a, b]) =>
        out.data.set((a as Numbers).data.map((v, i) => v + (b as Numbers).data[i])),
      vjp: (g, { inputs, isObserved }) => {
        seen.push(inputs.map(isObserved))
        return [g, g]
      },
    })
    const [x, w] = [leaf([1]), leaf([2])]
    grad(sum([x, w]), x)
    grad(sum([x, x]), x)
    expect(seen).toEqual([
      [true, false],
      [true, true],
    ])
  })

  it('are refused in their older form, with arguments by position', () => {
    const vjp = ((g: Tensor, _y: Tensor, [x]: readonly Tensor[]) => [g.mul(x as Tensor)]) as never
    expect(() => defineOp({ name: 'half', forward: () => {}, vjp })).toThrow(
      new ValueError(
        'defineOp: expected vjp of half to take two arguments, got 3: write ' +
          'vjp(g, { inputs: [x], y, attrs })',
      ),
    )
  })

  it('receive which cotangents are needed', () => {
    const seen: (readonly boolean[])[] = []
    const both = defineOp({
      name: 'both',
      forward: (out, inputs) => out.data.set((inputs[0] as Numbers).data),
      vjp: (g, { needsGrad }) => {
        seen.push(needsGrad)
        return [g, null]
      },
    })
    const x = leaf([1])
    both([x, d([2])])
      .sum()
      .backward()
    expect(seen).toEqual([[true, false]])
    // null means: does not depend on it.
    const y = leaf([2])
    both([x, y]).sum().backward()
    expect(y.grad).toBe(null)
    // What a checkpoint records again is asked for no more than the first time.
    seen.length = 0
    const block = checkpoint((a: Tensor, b: Tensor) => both([a.mul(1), b.mul(1)]))
    expect(grad(block(x, y).sum(), x).toArray()).toEqual([1])
    expect(seen).toEqual([[true, false]])
  })
})
describe('errors inside derivatives', () => {
  it('leave everything as it was, and the graph can be walked later', () => {
    let broken = true
    const fragile = unary('fragile', {
      f: (x) => 2 * x,
      vjp: (g) => {
        if (broken) throw new RangeError('mine')
        return g.mul(2)
      },
    })
    const [x, y] = [leaf([1, 2]), leaf([3, 4])]
    x.sum().backward()
    const loss = fragile(x.mul(y)).add(y.square()).sum()
    expect(() => loss.backward()).toThrow('mine')
    expect(() => grad(loss, [x, y])).toThrow('mine')
    expect([x.grad?.toArray(), y.grad]).toEqual([[1, 1], null])
    expect(x.square().requiresGrad).toBe(true)
    broken = false
    loss.backward()
    expect([x.grad?.toArray(), y.grad?.toArray()]).toEqual([
      [7, 9],
      [2 + 6, 4 + 8],
    ])
  })

  it('a derivative of the wrong shape or dtype is refused by the op’s name', () => {
    const x = leaf([1, 2])
    const wrongShape = unary('wrongShape', {
      f: (v) => v,
      vjp: () => ones([3], { dtype: 'float64' }),
    })
    const wrongType = unary('wrongType', { f: (v) => v, vjp: () => ones([2]) })
    expect(() => wrongShape(x).sum().backward()).toThrow(
      'the derivative of wrongShape: expected a gradient of shape (2), got (3)',
    )
    expect(() => wrongType(x).sum().backward()).toThrow(
      'the derivative of wrongType: dtypes differ: float64 and float32',
    )
    expect(x.grad).toBe(null)
  })
})

describe('a number as an operand', () => {
  it(
    'reaches a derivative as a tensor that nobody else has: to change it changes no other ' +
      'arithmetic',
    () => {
      const received: Tensor[] = []
      const scaled = binary('scaled', {
        f: (a, b) => a * b,
        vjp: [
          (g, _, __, b) => {
            received.push(b)
            return g.mul(b)
          },
          (g, _, a) => g.mul(a),
        ],
      })
      const x = leaf([1, 2])
      expect(grad(scaled(x, 3).sum(), x).toArray()).toEqual([3, 3])
      const [three] = received
      three.assign_(d(5))
      three.requiresGrad = true
      expect(x.detach().mul(3).toArray()).toEqual([3, 6])
      expect(x.detach().mul(3).requiresGrad).toBe(false)
      expect(grad(scaled(x, 3).sum(), x).toArray()).toEqual([3, 3])
    },
  )
})

describe('a record that is not right', () => {
  const whole = { name: 'whole', forward: () => {}, vjp: (g: Tensor) => [g] }

  it.each<[string, object, string]>([
    ['no name', { name: undefined }, 'defineOp: expected the name of an op, got undefined'],
    ['together', { together: 5 }, 'defineOp: expected together of whole to be a function, got 5'],
    ['describe', { describe: 5 }, 'defineOp: expected describe of whole to be a function, got 5'],
  ])('%s', (_, part, message) => {
    expect(() => defineOp({ ...whole, ...part } as never)).toThrow(new ValueError(message))
  })

  it('keeps a name that is a getter of its class', () => {
    class Cube {
      get name() {
        return 'cube'
      }
      forward(out: Numbers, [x]: readonly Numbers[]) {
        out.data.set((x as Numbers).data.map((v) => v ** 3))
      }
      vjp(g: Tensor, { inputs: [x] }: { inputs: readonly Tensor[] }) {
        return [g.mul((x as Tensor).square()).mul(3)]
      }
    }
    const y = defineOp(new Cube())([leaf([2])])
    expect([y.toArray(), y.node?.rule?.name]).toEqual([[8], 'cube'])
  })

  it.each<[string, () => unknown, string]>([
    [
      'a Promise',
      async () => {},
      'whole: expected a synchronous function, got one that returns a Promise: await first, then call whole',
    ],
    [
      'numbers',
      () => [1, 2],
      'whole: expected forward to write into out.data, got one that returns [1, 2]',
    ],
  ])('refuses a forward that returns %s', (_, forward, message) => {
    const op = defineOp({ ...whole, forward: forward as () => void })
    expect(() => op([leaf([1, 2])])).toThrow(message)
  })
})
