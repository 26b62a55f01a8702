// docs/conventions.md, row by row: what it says of this package is what this package does. What it
// says of PyTorch is not run.

import { readFileSync } from 'node:fs'
import {
  arange,
  clipGradNorm,
  clipGradValue,
  crossEntropy,
  DTypeError,
  full,
  Generator,
  grad,
  ones,
  rand,
  randomSeed,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { expect, it } from 'vitest'
import { d, leaf } from './support/tensors.ts'

const [no, up, down] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
const slope = (f: (x: Tensor) => Tensor, at: number[]): unknown => {
  const x = leaf(at)
  return grad(f(x).sum(), x).toArray()
}
const withGradient = (values: number[]): Tensor => {
  const p = zeros([values.length], { requiresGrad: true })
  p.grad = tensor(values)
  return p
}

const here: Record<string, () => void> = {
  '`max`, `min` along an axis: equal winners': () => {
    expect(slope((x) => x.max(0), [2, 5, 5])).toEqual([0, 0.5, 0.5])
    expect(slope((x) => x.min(0), [2, 2, 5])).toEqual([0.5, 0.5, 0])
    expect(slope((x) => x.max(), [5, 5, 5, 5])).toEqual([0.25, 0.25, 0.25, 0.25])
  },
  '`max`, `min` along an axis that holds NaN': () => {
    for (const of of [(x: Tensor) => x.max(0), (x: Tensor) => x.min(0)]) {
      expect(of(leaf([1, no])).item()).toBe(no)
      expect(slope(of, [1, no])).toEqual([no, no])
    }
  },
  '`maximum`, `minimum` of equal operands': () => {
    expect(slope((x) => x.maximum(1), [1])).toEqual([0.5])
    expect(slope((x) => x.minimum(1), [1])).toEqual([0.5])
  },
  '`relu` of NaN: the gradient': () => {
    expect(leaf([no]).relu().toArray()).toEqual([no])
    expect(slope((x) => x.relu(), [no])).toEqual([0])
  },
  '`relu` at 0: the gradient': () => expect(slope((x) => x.relu(), [0])).toEqual([0]),
  '`clamp` at its bounds: the gradient': () =>
    expect(slope((x) => x.clamp(0, 1), [0, 1, 2, -1])).toEqual([1, 1, 0, 0]),
  '`abs` at 0: the gradient': () => expect(slope((x) => x.abs(), [0])).toEqual([0]),
  '`square`: which overflows first': () => {
    const x = leaf(1e308)
    expect(grad(x.square(), x, { gradOutputs: d(0.1) }).item()).toBe(0.1 * 1e308 * 2)
  },
  '`sum` in float32': () => {
    // In float32, 2²⁴ + 1 is 2²⁴.
    expect(
      full([2 ** 24 + 64], 1)
        .sum()
        .item(),
    ).toBe(2 ** 24 + 64)
    expect(
      full([2 ** 24 + 64, 1], 1)
        .sum(0)
        .toArray(),
    ).toEqual([2 ** 24 + 64])
  },
  '`softplus` of large numbers': () =>
    expect(leaf(25).softplus().item()).toBe(25 + Math.log1p(Math.exp(-25))),
  '`pow`: 0⁰, both differentiated': () => {
    const [a, b] = [leaf(0), leaf(0)]
    const y = a.pow(b)
    expect([y.item(), ...grad(y, [a, b]).map((g) => g.item())]).toEqual([1, 0, 0])
  },
  '`pow`: 0 to a negative exponent, by the exponent': () => {
    for (const exponent of [-1, -0.5]) {
      const b = leaf(exponent)
      expect(grad(d(0).pow(b), b).item()).toBe(down)
    }
  },
  '`pow`: 0⁰, second derivatives': () => {
    const [a, b] = [leaf(0), leaf(0)]
    for (const first of grad(a.pow(b), [a, b], { createGraph: true }))
      expect(grad(first, [a, b], { retainGraph: true }).map((g) => g.item())).toEqual([0, 0])
  },
  '`pow`: 0ᵇ, the second derivative by base and exponent': () => {
    const mixed = (exponent: number): number[] => {
      const [a, b] = [leaf(0), leaf(exponent)]
      const [da, db] = grad(a.pow(b), [a, b], { createGraph: true })
      return [grad(da, b).item(), grad(db, a).item()]
    }
    expect([0.5, 1, 1.5].map(mixed)).toEqual([
      [no, no],
      [1, 0],
      [0, 0],
    ])
  },
  '`mean` over an empty axis: second derivatives': () => {
    const [x, u] = [zeros([0], { requiresGrad: true }), ones([], { requiresGrad: true })]
    const y = x.mean()
    expect(y.item()).toBe(no)
    const first = grad(y, x, { gradOutputs: u, createGraph: true })
    expect(grad(first.square().sum(), u).item()).toBe(0)
  },
  '`logSumExp` of nothing but −∞: the gradient': () =>
    expect(slope((x) => x.logSumExp(0), [down, down])).toEqual([0, 0]),
  '`chunk` along an axis of size 0': () => {
    expect(
      zeros([2, 0])
        .chunk(3, 1)
        .map((piece) => piece.shape),
    ).toEqual([[2, 0]])
    expect(zeros([5]).chunk(4).length).toBe(3)
  },
  'dtypes that differ': () =>
    expect(() => leaf(1).add(leaf(1, 'float32') as never)).toThrow(/convert one with \.to/),
  'whole numbers beyond int32': () => {
    const x = tensor([2 ** 31 - 1, 1], { dtype: 'int32' })
    const least = tensor(-(2 ** 31), { dtype: 'int32' })
    for (const y of [least.neg(), least.abs()]) expect(y.item()).toBe(-(2 ** 31))
    expect(least.sub(1).item()).toBe(2 ** 31 - 1)
    expect(x.add(1).toArray()).toEqual([-(2 ** 31), 2])
    expect(x.mul(x).toArray()).toEqual([1, 1])
    expect(x.square().toArray()).toEqual([1, 1])
    expect(() => x.sum()).toThrow(DTypeError)
  },
  "NaN, ∞ or 3·10⁹ `.to('int32')`": () => {
    for (const x of [no, up, 3e9]) expect(() => leaf([x]).to('int32')).toThrow(DTypeError)
  },
  '`arange` whose last number is rounded to its end': () =>
    expect(arange(1, 1.3, 0.1).size).toBe(3),
  "`crossEntropy` over targets of which none counts, 'mean'": () => {
    const [logits, targets] = [zeros([1, 2]), tensor([5], { dtype: 'int32' })]
    expect(() => crossEntropy(logits, targets, { ignoreIndex: 5 })).toThrow(ValueError)
  },
  '`clipGradNorm` of [10²⁰, 10²⁰] in float32': () => {
    const p = withGradient([1e20, 1e20])
    expect(clipGradNorm([p], 1) / 1e20).toBeCloseTo(Math.SQRT2, 6)
    expect(p.grad?.toArray()).toEqual([Math.SQRT1_2, Math.SQRT1_2].map((g) => expect.closeTo(g, 6)))
  },
  '`clipGradNorm`, `clipGradValue` of recorded gradients': () => {
    for (const clip of [clipGradNorm, clipGradValue]) {
      const x = leaf([3])
      x.square().sum().backward(null, { createGraph: true })
      const before = x.grad as Tensor
      clip([x], 1)
      expect([x.grad?.item(), x.grad?.requiresGrad]).toEqual([expect.closeTo(1, 5), false])
      expect([before.item(), grad(before.sum(), x).item()]).toEqual([6, 2])
    }
  },
  'random numbers without a seed': () => {
    const [a, b] = [new Generator(), new Generator(0)]
    expect(rand([3], { generator: a }).toArray()).toEqual(rand([3], { generator: b }).toArray())
    const handed = new Generator(randomSeed({ generator: a }))
    expect(rand([3], { generator: handed }).toArray()).not.toEqual(
      rand([3], { generator: new Generator() }).toArray(),
    )
  },
}

const page = readFileSync(new URL('../docs/conventions.md', import.meta.url), 'utf8')
const rows = page
  .split('\n')
  .flatMap((line) => (line.startsWith('| ') ? [line.split(' | ')[0].slice(2)] : []))

it('every row is run, and every run has a row', () => {
  expect(rows.slice(1)).toEqual(Object.keys(here))
})

it.each(Object.entries(here))('%s', (_, check) => {
  check()
})
