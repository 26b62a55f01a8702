// Derivatives where an op's own formula gives no number: powers of zero with a differentiated
// exponent, and reductions of nothing. To the third order.

import { grad, type Tensor, tensor, zeros } from 'tapegrad'
import { describe, expect, it } from 'vitest'

const dtypes = ['float32', 'float64'] as const
const [no, up, down] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

/**
 * The derivatives of a function of two numbers by both, and of each of these by both: [fa, fb],
 * [faa, fab, fba, fbb].
 */
function derivatives(
  f: (a: Tensor, b: Tensor) => Tensor,
  at: readonly [number, number],
  dtype: (typeof dtypes)[number],
): [number[], number[]] {
  const inputs = at.map((x) => tensor(x, { dtype, requiresGrad: true })) as [Tensor, Tensor]
  const first = grad(f(...inputs), inputs, { createGraph: true })
  const second = first.flatMap((g) => grad(g, inputs, { retainGraph: true, allowUnused: true }))
  return [first, second].map((gradients) => gradients.map((g) => g?.item() ?? 0)) as [
    number[],
    number[],
  ]
}

describe.each(dtypes)('aᵇ in %s, both differentiated', (dtype) => {
  // At 0⁰ the mixed derivative depends on the way there: it is 0 by convention, as its factors are.
  it.each([
    [
      [0, 0],
      [0, 0],
      [0, 0, 0, 0],
    ],
    [
      [-0, 0],
      [0, 0],
      [0, 0, 0, 0],
    ],
    [
      [0, -0],
      [0, 0],
      [0, 0, 0, 0],
    ],
    [
      [no, 0],
      [0, no],
      [0, 0, no, no],
    ],
    [
      [0, -1],
      [down, down],
      [up, up, up, up],
    ],
    [
      [0, -0.5],
      [down, down],
      [up, up, up, up],
    ],
    [
      [0, -2],
      [down, down],
      [up, up, up, up],
    ],
    [
      [0, 2],
      [0, 0],
      [2, 0, 0, 0],
    ],
    [
      [0, 3],
      [0, 0],
      [0, 0, 0, 0],
    ],
    [
      [1, 0],
      [0, 0],
      [0, 1, 1, 0],
    ],
    [
      [-2, 2],
      [-4, no],
      [2, no, no, no],
    ],
  ] as const)('at %j: %j and %j', (at, first, second) => {
    const found = derivatives((a, b) => a.pow(b), at, dtype)
    const unsigned = (numbers: readonly number[]): number[] => numbers.map((x) => x + 0)
    expect(found.map(unsigned)).toEqual([first, second])
  })

  it('the slope of a⁰ is 0 where 1/a is beyond the largest float', () => {
    const least = dtype === 'float32' ? 2 ** -149 : 5e-324
    expect(derivatives((a, b) => a.pow(b), [least, 0], dtype)[0][0]).toBe(0)
  })

  it('and of the third order by a alone', () => {
    const [a, b] = [0, 2].map((x) => tensor(x, { dtype, requiresGrad: true })) as [Tensor, Tensor]
    const second = [0, 1].reduce((y) => grad(y, a, { createGraph: true }), a.pow(b))
    expect([second.item(), grad(second, a).item()]).toEqual([2, 0])
  })

  it('elements at their limits leave the others as they are', () => {
    const [a, b] = [
      [0, 2, 0, 3],
      [0, 3, -1, 0],
    ].map((x) => tensor(x, { dtype, requiresGrad: true })) as [Tensor, Tensor]
    const [byA, byB] = grad(a.pow(b).sum(), [a, b]) as [Tensor, Tensor]
    expect(byA.toArray()).toEqual([0, 12, down, 0])
    expect(byB.toArray()).toEqual([
      0,
      expect.closeTo(8 * Math.log(2), 5),
      down,
      expect.closeTo(Math.log(3), 5),
    ])
  })
})

const reductions: [name: string, of: (x: Tensor) => Tensor, value: number | null][] = [
  ['sum', (x) => x.sum(1), 0],
  ['sum of all', (x) => x.sum(), 0],
  ['sum of two axes that are no neighbours', (x) => x.unsqueeze(1).sum([0, 2]), 0],
  ['mean', (x) => x.mean(1), no],
  ['mean of all', (x) => x.mean(), no],
  ['mean that keeps its axis', (x) => x.mean([1], true), no],
  ['logSumExp', (x) => x.logSumExp(1), down],
  ['logSumExp of all', (x) => x.logSumExp(), down],
  ['softmax', (x) => x.softmax(1).sum(1), 0],
  ['logSoftmax', (x) => x.logSoftmax(1).sum(1), 0],
]

describe.each(dtypes)('reductions over an empty axis in %s', (dtype) => {
  it.each(reductions)('%s: its value, and derivatives of every order 0', (_, of, value) => {
    // w scales nothing: whatever is asked of it is 0.
    const w = tensor(2, { dtype, requiresGrad: true })
    const x = zeros([3, 0], { dtype, requiresGrad: true })
    const y = of(x.mul(w).mul(w))
    expect([...new Set(y.toTypedArray())]).toEqual([value])
    const u = zeros(y.shape, { dtype }).add(5)
    u.requiresGrad = true
    const [byX, byW] = grad(y, [x, w], { gradOutputs: u, createGraph: true }) as [Tensor, Tensor]
    expect(byX.shape).toEqual([3, 0])
    expect(byW.item()).toBe(0)
    const second = grad(byX.square().sum().add(byW.square()), [u, w], {
      createGraph: true,
      allowUnused: true,
    })
    const third = second.flatMap((g) =>
      g?.requiresGrad
        ? grad(g.square().sum(), [u, w], { retainGraph: true, allowUnused: true })
        : [],
    )
    for (const g of [...second, ...third])
      if (g) expect(new Set(g.toTypedArray())).toEqual(new Set([0]))
  })
})
