// Higher derivatives of functions put together from ops, against closed forms worked out by hand.

import fc from 'fast-check'
import { grad, type Tensor, tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { plain, toTensor } from '../support/cases.ts'
import { checkDerivatives } from '../support/derivatives.ts'
import { expectClose, sixteenths } from '../support/numbers.ts'
import { d, leaf, numbersOf } from '../support/tensors.ts'

/** f and its first `count` derivatives at x, each by differentiating the one before. */
function derivatives(f: (x: Tensor) => Tensor, at: number, count: number): number[] {
  const x = leaf(at)
  const values: number[] = []
  for (let y = f(x); ; y = grad(y, x, { createGraph: true, allowUnused: true })) {
    values.push(y.item())
    if (values.length > count || !y.requiresGrad)
      return [...values, ...new Array<number>(count + 1 - values.length).fill(0)]
  }
}

const [sin, cos, exp, tanh] = [Math.sin, Math.cos, Math.exp, Math.tanh]

const closedForms: [name: string, f: (x: Tensor) => Tensor, forms: ((x: number) => number)[]][] = [
  ['x·eˣ', (x) => x.exp().mul(x), [0, 1, 2, 3, 4, 5].map((n) => (x) => (x + n) * exp(x))],
  [
    'eᵉˣ',
    (x) => x.exp().exp(),
    [
      (x) => exp(exp(x)),
      (x) => exp(x + exp(x)),
      (x) => exp(x + exp(x)) * (1 + exp(x)),
      (x) => exp(x + exp(x)) * (exp(x) + (1 + exp(x)) ** 2),
    ],
  ],
  [
    'tanh(sin x)',
    (x) => x.sin().tanh(),
    [
      (x) => tanh(sin(x)),
      (x) => (1 - tanh(sin(x)) ** 2) * cos(x),
      (x) => (1 - tanh(sin(x)) ** 2) * (-2 * tanh(sin(x)) * cos(x) ** 2 - sin(x)),
    ],
  ],
  [
    'x⁵',
    (x) => x.pow(5),
    [
      (x) => x ** 5,
      (x) => 5 * x ** 4,
      (x) => 20 * x ** 3,
      (x) => 60 * x ** 2,
      (x) => 120 * x,
      () => 120,
      () => 0,
    ],
  ],
  [
    'x·x·x',
    (x) => x.mul(x).mul(x),
    [(x) => x ** 3, (x) => 3 * x ** 2, (x) => 6 * x, () => 6, () => 0],
  ],
  [
    '1/x',
    (x) => x.reciprocal(),
    [(x) => 1 / x, (x) => -1 / x ** 2, (x) => 2 / x ** 3, (x) => -6 / x ** 4, (x) => 24 / x ** 5],
  ],
  [
    '1 div x',
    (x) => d(1).div(x),
    [(x) => 1 / x, (x) => -1 / x ** 2, (x) => 2 / x ** 3, (x) => -6 / x ** 4, (x) => 24 / x ** 5],
  ],
  [
    'log x',
    (x) => x.log(),
    [Math.log, (x) => 1 / x, (x) => -1 / x ** 2, (x) => 2 / x ** 3, (x) => -6 / x ** 4],
  ],
  [
    'log(1+x)',
    (x) => x.log1p(),
    [Math.log1p, (x) => 1 / (1 + x), (x) => -1 / (1 + x) ** 2, (x) => 2 / (1 + x) ** 3],
  ],
  [
    '√x',
    (x) => x.sqrt(),
    [Math.sqrt, (x) => 0.5 * x ** -0.5, (x) => -0.25 * x ** -1.5, (x) => 0.375 * x ** -2.5],
  ],
  ['sin x', (x) => x.sin(), [sin, cos, (x) => -sin(x), (x) => -cos(x), sin, cos]],
  [
    'tanh x',
    (x) => x.tanh(),
    [
      tanh,
      (x) => 1 - tanh(x) ** 2,
      (x) => -2 * tanh(x) * (1 - tanh(x) ** 2),
      (x) => (1 - tanh(x) ** 2) * (6 * tanh(x) ** 2 - 2),
    ],
  ],
  [
    'softplus and sigmoid',
    (x) => x.softplus().sub(x.sigmoid()),
    [
      (x) => Math.log(1 + exp(x)) - 1 / (1 + exp(-x)),
      (x) => s(x) - ds(x),
      (x) => ds(x) - ds(x) * (1 - 2 * s(x)),
    ],
  ],
  [
    'xˣ',
    (x) => x.pow(x),
    [
      (x) => x ** x,
      (x) => x ** x * (Math.log(x) + 1),
      (x) => x ** x * ((Math.log(x) + 1) ** 2 + 1 / x),
    ],
  ],
  [
    'log Σ e of (x, 2x)',
    (x) => x.mul(d([1, 2])).logSumExp(),
    [(x) => Math.log(exp(x) + exp(2 * x)), (x) => 1 + s(x), ds],
  ],
  [
    'softmax of (x, 0)',
    (x) =>
      x
        .mul(d([1, 0]))
        .softmax()
        .select(0, 0),
    [s, ds, (x) => ds(x) * (1 - 2 * s(x)), (x) => ds(x) * (1 - 6 * ds(x))],
  ],
]
function s(x: number): number {
  return 1 / (1 + exp(-x))
}
function ds(x: number): number {
  return s(x) * (1 - s(x))
}

describe('closed forms', () => {
  it.each(closedForms)('%s', (_, f, forms) => {
    fc.assert(
      fc.property(sixteenths(0.5, 2), (x) => {
        expectClose(
          derivatives(f, x, forms.length - 1),
          forms.map((form) => form(x)),
          1e-11,
        )
      }),
      { numRuns: 30 },
    )
  })

  it('the Hessian of a quadratic form xᵀAx is A + Aᵀ', () => {
    const a = tensor(
      [
        [1, 2],
        [5, -3],
      ],
      { dtype: 'float64' },
    )
    const x = leaf([0.5, 2])
    const g = grad(x.matmul(a).matmul(x), x, { createGraph: true })
    const rows = [0, 1].map((k) => grad(g.select(0, k), x, { retainGraph: true }).toArray())
    expect(rows).toEqual([
      [2, 7],
      [7, -6],
    ])
  })

  it('a gradient penalty: ∂/∂w of ‖∂(w·x²)/∂x‖²', () => {
    const [w, x] = [3, 2].map((v) => leaf(v)) as [Tensor, Tensor]
    const gx = grad(w.mul(x.square()), x, { createGraph: true })
    gx.square().backward()
    expect([w.grad?.item(), x.grad?.item()]).toEqual([8 * 3 * 4, 8 * 9 * 2])
  })
})

describe('products, chains and layers to the third order', () => {
  const programs: Record<string, (x: Tensor, y: Tensor) => Tensor> = {
    'matmul chain': (x, y) => x.matmul(y.t()).tanh().matmul(x).matmul(y.t()),
    'transposes everywhere': (x, y) => x.t().add(y.t()).t().mul(x).matmul(y.t().mul(x.t())),
    'views and joins': (x, y) =>
      x
        .t()
        .reshape([2, 3])
        .mul(y.slice(1, 0, 2).t().reshape([2, 2]).sum())
        .exp()
        .select(0, 1),
    attention: (x, y) => x.matmul(y.t()).softmax(-1).matmul(y.tanh()),
    'cross entropy': (x, y) => x.mul(y).logSoftmax(0).mul(y.sigmoid()).mean(1),
    'normalised rows': (x, y) =>
      x.sub(x.mean(1, true)).div(x.square().sum(1, true).add(1).sqrt()).mul(y),
    'one gate': (x, y) => {
      const [i, f] = x.matmul(y.t()).chunk(2, 1) as [Tensor, Tensor]
      return i.sigmoid().mul(f.tanh())
    },
  }
  it.each(Object.entries(programs))('%s', (_, program) => {
    const input = plain([2, 3], sixteenths(-1, 1))
    fc.assert(
      fc.property(input, input, fc.nat(99), (x, y, seed) => {
        checkDerivatives(
          (inputs) =>
            program(inputs[0] as Tensor, inputs[1] as Tensor)
              .square()
              .sum(),
          [x, y],
          3,
          seed,
        )
      }),
      { numRuns: 3 },
    )
  })

  it('a recorded walk and a plain one give the same numbers for a long program', () => {
    const input = plain([2, 3])
    fc.assert(
      fc.property(input, input, (a, b) => {
        const walked = (createGraph: boolean): number[] => {
          const [x, y] = [toTensor(a, 'float64', true), toTensor(b, 'float64', true)]
          let h = x
          const states: Tensor[] = []
          for (let step = 0; step < 5; step++) {
            h = h
              .matmul(y.t())
              .matmul(x)
              .add(h.t().t())
              .add(y.select(0, step % 2))
              .tanh()
            states.push(h, h.slice(1, 1), y.slice(0, 0, 1))
          }
          const loss = states.map((state) => state.square().sum()).reduce((p, q) => p.add(q))
          return grad(loss, [x, y], { createGraph }).flatMap(numbersOf)
        }
        expectClose(walked(false), walked(true), 1e-12)
      }),
      { numRuns: 50 },
    )
  })
})
