// Inputs of three axes and more: a product over the last axis is written as one, and every letter
// of a shape is one that the head defines.

import { cat, crossEntropy, Linear, mseLoss, ones, randn, type Tensor, tensor } from 'tapegrad'
import { type Derivation, derive } from 'tapegrad/derive'
import { describe, expect, test } from 'vitest'
import { expectEqual } from './computed.ts'
import { undefinedIn } from './undefined.ts'

const options = { dtype: 'float64', requiresGrad: true } as const
const [N, T, D, K] = [2, 5, 3, 4]
const equations = ({ lines }: Derivation): string[] =>
  lines.map(({ name, expression }) => `${name} = ${expression}`)
const random = (...shape: number[]): Tensor => randn(shape, options)
const targets = tensor([0, 1, 2, 0, 1, 2, 2, 1, 0, 0], { dtype: 'int32' })

describe('a layer over the last axis', () => {
  const linear = new Linear(D, K, { dtype: 'float64' })

  test('without the rows as one axis', () => {
    const derivation = derive(linear, { x: random(N, T, D) })
    expect(String(derivation).split('\n\n')[0]).toContain('Linear: x (N, T, D)')
    expect(equations(derivation)).toEqual([
      'y = x Wᵀ + b',
      'δx = δy W',
      'δW = Σₙ δyᵀ x',
      'δb = sum(δy, axes 0, 1)',
    ])
  })

  test('also in a loss, and where an axis has length 1', () => {
    const names = linear.namedParameters()
    const loss = ({ x, t }: Record<string, Tensor>) => mseLoss(linear.forward(x).tanh(), t)
    const inputs = { x: random(N, T, D), t: random(N, T, K) }
    expect(String(derive(loss, inputs, { names }))).not.toContain('reshape')
    for (const shape of [
      [N, 1, D],
      [1, T, D],
      [2, 3, T, D],
    ])
      expect(String(derive(linear, { x: random(...shape) }))).not.toContain('reshape')
  })

  test('but with a reshape where f has its rows as one axis', () => {
    const rows = ({ x }: { x: Tensor }) => x.reshape([N * T, D]).tanh()
    expect(equations(derive(rows, { x: random(N, T, D) }))).toEqual([
      'y = tanh(reshape(x, N T, D))',
      'δx = reshape(δy ⊙ (1 − y²), N, T, D)',
    ])
  })
})

test('one place along an axis', () => {
  expect(equations(derive(({ x }) => x.select(1, 2).exp(), { x: random(N, T, D) }))).toEqual([
    'y = exp(x[:, 2, :])',
    'δx = cat(full(0, N, 2, D), reshape(δy ⊙ y, N, 1, D), full(0, N, 2, D), axis 1)',
  ])
})

type Given = Record<string, Tensor>
describe.each<[string, (given: Given) => Tensor, number[]?]>([
  ['the mean of all', ({ x }) => x.mean()],
  ['means over an axis', ({ x }) => x.sub(x.mean(2, true)).mul(x.mean(1, true)).add(x.mean(0))],
  ['a product of matrices', ({ x, w }) => x.matmul(w).tanh().sum(2)],
  ['two of them', ({ x, w }) => x.matmul(w).relu().matmul(w.t()).softmax(2)],
  ['a sum of a product', ({ x, w }) => x.matmul(w).sum()],
  ['a loss', ({ x, w }) => mseLoss(x.matmul(w).sigmoid(), x.matmul(w).square())],
  ['a loss over classes', ({ x }) => crossEntropy(x, targets.reshape([N, T]))],
  ['one of rows as one axis', ({ x }) => crossEntropy(x.reshape([N * T, D]), targets)],
  [
    'rows as one axis in f',
    ({ x, w }) =>
      x
        .reshape([N * T, D])
        .matmul(w)
        .tanh()
        .reshape([N, T, K]),
  ],
  [
    'a norm of rows',
    ({ x }) =>
      x
        .reshape([N * T, D])
        .softmax(1)
        .max(1)
        .reshape([N, T]),
  ],
  [
    'all in one',
    ({ x }) =>
      x
        .reshape([N * T * D])
        .square()
        .softmax(0),
  ],
  [
    'parts of rows',
    ({ x, w }) =>
      x
        .reshape([N * T, D])
        .matmul(w)
        .slice(1, 1, 3)
        .exp()
        .mean(0),
  ],
  [
    'rows of other axes',
    ({ x }) => {
      const other = x
        .reshape([T, N, D])
        .tanh()
        .reshape([N * T, D])
      return x
        .reshape([N * T, D])
        .mul(other)
        .reshape([N, T, D])
    },
  ],
  [
    'other rows',
    ({ x }) =>
      x
        .reshape([T, N * D])
        .tanh()
        .sum(1),
  ],
  ['heads', ({ x, w }) => x.matmul(w).reshape([N, T, 2, 2]).permute([0, 2, 1, 3]).tanh()],
  ['places', ({ x, w }) => x.select(1, 2).matmul(w).add(x.select(1, 0).matmul(w))],
  ['clamped', ({ x, w }) => x.matmul(w).clamp(-0.5, 0.5).maximum(x.matmul(w).mul(0.5))],
  ['a column of weights', ({ x }) => x.mul(x.sum([0, 2] as never, true)), [N, T, D]],
  ['rows of one', ({ x }) => x.matmul(x).unsqueeze(0), [1, 1]],
  ['a power of ones', ({ x }) => x.pow(0).pow(x.sum(1, true)).flatten(0, -1).mul(2), [1, 2]],
  ['joined rows of one', ({ x }) => cat([x.flatten(1, 2), x.flatten(1, 2)], 1), [1, 1, 1]],
  [
    'joined rows',
    ({ x, w }) =>
      cat(
        [x, x.matmul(w)].map((t) => t.reshape([N * T, -1])),
        1,
      )
        .exp()
        .sum(),
  ],
  ['four axes', ({ x, w }) => x.matmul(w).tanh().mean(), [2, 3, 2, D]],
])('%s', (_, f, shape = [N, T, D]) => {
  const inputs = { x: random(...shape), w: random(D, K) }
  const run = (given: Readonly<Given>) => ({ y: f(given) })
  test.each([1, 2] as const)('order %i: numbers and letters', (order) => {
    const derivation = derive((given: Given) => f(given), inputs, { order })
    expect(undefinedIn(derivation), String(derivation)).toEqual([])
    expectEqual(derivation, { inputs, parameters: {}, run }, order, {}, 1e-10)
  })
})

test('Σₙ is a sum over rows of a batch alone', () => {
  const lines = (of: ReturnType<typeof derive>): string[] =>
    of.lines.map(({ name, expression }) => `${name} = ${expression}`)
  const own = derive(({ x, w }) => x.matmul(w.div(w.sum(0))), { x: ones([2, 3]), w: ones([3, 4]) })
  expect(lines(own).join('\n')).toContain('sum(w, axes 0)')
  expect(lines(derive(({ x }) => x.sum(0), { x: ones([2, 3]) }))[0]).toBe('y = Σₙ x')
})
