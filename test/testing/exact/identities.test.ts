// checkExactly and identities of log, exp, sin and roots: those that it knows, and what its errors
// say where it does not.

import { type Tensor, unary } from 'tapegrad'
import { checkExactly } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { d } from '../../support/tensors.ts'
import { cube, errorOf, isCube, wrongCube } from './errorOf.ts'

type F = (a: Tensor, b: Tensor) => Tensor
type Pair = readonly [name: string, fn: F, equals: F]

const oneHot = d([
  [1, 0, 0],
  [0, 1, 0],
])
/** Less the largest of each row. */
const shifted = (z: Tensor): Tensor => z.sub(z.max(1, true))
const byHand = (z: Tensor): Tensor => {
  const e = shifted(z).exp()
  return e.div(e.sum(1, true))
}
const of4 = (): Tensor => d(4).log()

const pairs: readonly Pair[] = [
  ['log ab', (a, b) => a.mul(b).log(), (a, b) => a.log().add(b.log())],
  [
    'log abc',
    (a, b) => a.mul(b).mul(a.add(b)).log(),
    (a, b) => a.log().add(b.log()).add(a.add(b).log()),
  ],
  ['log a/b', (a, b) => a.div(b).log(), (a, b) => a.log().sub(b.log())],
  ['log eˣ', (a) => a.exp().log(), (a) => a.clone()],
  ['log x²', (a) => a.square().log(), (a) => a.log().mul(2)],
  ['log x³', (a) => a.pow(3).log(), (a) => a.log().mul(3)],
  ['log √x', (a) => a.sqrt().log(), (a) => a.log().mul(0.5)],
  ['log 1/x', (a) => a.reciprocal().log(), (a) => a.log().neg()],
  ['log 4x', (a) => a.mul(4).log(), (a) => a.log().add(of4())],
  ['log x·eʸ', (a, b) => a.mul(b.exp()).log(), (a, b) => a.log().add(b)],
  ['e to n·log x', (a) => a.log().mul(3).exp(), (a) => a.pow(3)],
  ['e to ½·log x', (a) => a.log().mul(0.5).exp(), (a) => a.sqrt()],
  ['e³ˣ', (a) => a.mul(3).exp(), (a) => a.exp().pow(3)],
  ['√eˣ', (a) => a.exp().sqrt(), (a) => a.mul(0.5).exp()],
  ['xʸ', (a, b) => a.pow(b), (a, b) => a.log().mul(b).exp()],
  ['x to a constant', (a) => a.pow(1.3), (a) => a.log().mul(1.3).exp()],
  ['sin 2x', (a) => a.mul(2).sin(), (a) => a.sin().mul(a.cos()).mul(2)],
  ['sin x/2', (a) => a.mul(0.5).sin().square().mul(2), (a) => a.cos().neg().add(1)],
  ['sin a + b', (a, b) => a.add(b).sin(), (a, b) => a.sin().mul(b.cos()).add(a.cos().mul(b.sin()))],
  ['cos a − b', (a, b) => a.sub(b).cos(), (a, b) => a.cos().mul(b.cos()).add(a.sin().mul(b.sin()))],
  [
    'tanh a + b',
    (a, b) => a.add(b).tanh(),
    (a, b) => a.tanh().add(b.tanh()).div(a.tanh().mul(b.tanh()).add(1)),
  ],
  ['log σ', (a) => a.sigmoid().log(), (a) => a.neg().softplus().neg()],
  ['log 1 − σ', (a) => a.sigmoid().neg().add(1).log(), (a) => a.softplus().neg()],
  ['log eᵃ + eᵇ', (a, b) => a.exp().add(b.exp()).log(), (a, b) => a.add(b.sub(a).softplus())],
  [
    'binary cross-entropy',
    (a, t) =>
      a
        .sigmoid()
        .log()
        .mul(t)
        .add(a.sigmoid().neg().add(1).log().mul(t.neg().add(1)))
        .neg(),
    (a, t) => a.relu().sub(a.mul(t)).add(a.abs().neg().exp().log1p()),
  ],
  ['√ab', (a, b) => a.mul(b).sqrt(), (a, b) => a.sqrt().mul(b.sqrt())],
  ['√a²b', (a, b) => a.square().mul(b).sqrt(), (a, b) => a.mul(b.sqrt())],
  [
    '√a² + b²',
    (a, b) => a.square().add(b.square()).sqrt(),
    (a, b) => a.mul(b.div(a).square().add(1).sqrt()),
  ],
  [
    'log-likelihood of a Gaussian',
    (a, s) => a.div(s).square().mul(-0.5).exp().div(s).log(),
    (a, s) => a.square().div(s.square().mul(2)).neg().sub(s.log()),
  ],
  [
    'that of its log-variance',
    (a, s) => a.square().div(s.exp().mul(2)).neg().sub(s.mul(0.5)),
    (a, s) => a.div(s.mul(0.5).exp()).square().mul(-0.5).add(s.neg().exp().sqrt().log()),
  ],
]
const rows: readonly (readonly [string, (z: Tensor) => Tensor, (z: Tensor) => Tensor])[] = [
  ['logSumExp', (z) => z.logSumExp(1), (z) => shifted(z).exp().sum(1).log().add(z.max(1))],
  ['logSoftmax', (z) => z.logSoftmax(), (z) => shifted(z).sub(shifted(z).exp().sum(1, true).log())],
  ['log of softmax', (z) => z.softmax().log(), (z) => z.logSoftmax()],
  ['log of softmax by hand', (z) => byHand(z).log(), (z) => z.logSoftmax()],
  [
    'cross-entropy',
    (z) => z.softmax().log().mul(oneHot).sum().neg(),
    (z) => z.logSumExp(1).sum().sub(z.mul(oneHot).sum()),
  ],
  [
    'log of a product of many',
    (z) => z.log().sum(1),
    (z) => z.select(1, 0).mul(z.select(1, 1)).mul(z.select(1, 2)).log(),
  ],
  [
    'e to a sum of many',
    (z) => z.sum(1).exp(),
    (z) => z.select(1, 0).exp().mul(z.select(1, 1).exp()).mul(z.select(1, 2).exp()),
  ],
]

describe('identities that are known, whichever side comes first', () => {
  const ab = [d([1, 2]), d([0.7, 3])] as const
  test.each(pairs)('%s', (_, fn, equals) => {
    checkExactly(fn, ab, { equals, order: 2 })
    checkExactly(equals, ab, { equals: fn, order: 2, seed: 1 })
  })
  test.each(rows)('%s', (_, fn, equals) => {
    const z = [
      d([
        [1, 2, 0.5],
        [0.3, 0.2, 1.1],
      ]),
    ] as const
    checkExactly(fn, z, { equals, order: 2 })
    checkExactly(equals, z, { equals: fn, order: 2, seed: 1 })
  })
  test('of negative numbers', () => {
    const x = [d([-1.5, 2])] as const
    checkExactly((x) => x.square().log(), x, { equals: (x) => x.abs().log().mul(2) })
    checkExactly((x) => x.square().sqrt(), x, { equals: (x) => x.abs() })
    const error = errorOf(() =>
      checkExactly((x) => x.square().sqrt(), x, { equals: (x) => x.clone() }),
    )
    expect(error).toMatchObject({ check: 'equals', outputIndex: [0] })
  })
  test.each<[string, F, F]>([
    ['log a + b', (a, b) => a.add(b).log(), (a, b) => a.log().add(b.log())],
    ['log x²', (a) => a.square().log(), (a) => a.log().mul(3)],
    ['log −x', (a) => a.log(), (a) => a.neg().log()],
    ['sin 2x', (a) => a.mul(2).sin(), (a) => a.sin().mul(2)],
    ['√a + b', (a, b) => a.add(b).sqrt(), (a, b) => a.sqrt().add(b.sqrt())],
    ['xʸ', (a, b) => a.pow(b), (a, b) => b.pow(a)],
    [
      'a logSumExp without its shift',
      (a, b) => a.exp().add(b.exp()).log(),
      (a, b) => b.sub(a).softplus(),
    ],
  ])('and none that does not hold: %s', (_, fn, equals) => {
    expect(errorOf(() => checkExactly(fn, ab, { equals })).check).toBe('equals')
    expect(errorOf(() => checkExactly(equals, ab, { equals: fn })).check).toBe('equals')
  })
})

const x = [d([1, 2])] as const
const tail = (names: string): string =>
  `. They are not equal for free values of ${names}: equal only if an identity of theirs holds ` +
  'that checkExactly does not know: check with checkGradients or checkAgainst'
/** sin x by that of a third of x: thirds of arguments are not known. */
const sineByThirds = (x: Tensor): Tensor => {
  const s = x.div(3).sin()
  return s.mul(3).sub(s.pow(3).mul(4))
}

describe('an error is not certain', () => {
  test.each<[string, (x: Tensor) => Tensor, (x: Tensor) => Tensor, string]>([
    [
      'a power that is written out',
      (x) => x.add(1).log().mul(3),
      (x) => x.pow(3).add(x.square().mul(3)).add(x.mul(3)).add(1).log(),
      'log',
    ],
    ['a third of an angle', (x) => x.sin(), sineByThirds, 'sin'],
    ['a third as a power', (x) => x.pow(1 / 3).pow(3), (x) => x.clone(), 'pow'],
    [
      '1 − tanh²',
      (x) => x.tanh().square().neg().add(1).log(),
      (x) => x.add(x.mul(-2).softplus()).mul(-2).add(of4()),
      'tanh',
    ],
  ])('another function: %s', (_, fn, equals, name) => {
    const error = errorOf(() => checkExactly(fn, x, { equals }))
    expect(error).toMatchObject({ check: 'equals' })
    expect(error.message).toMatch(
      new RegExp(`not equal for free values of [a-z, ]*\\b${name}\\b.*an identity of theirs holds`),
    )
  })

  test('a formula', () => {
    const gradients = ([x]: [Tensor], [u]: readonly Tensor[]): Tensor[] => [
      sineByThirds(x).mul(u as Tensor),
    ]
    const error = errorOf(() => checkExactly((x) => x.cos().neg(), x, { gradients }))
    expect(error.message).toContain(`the derivative of fn${tail('sin, cos')}`)
  })

  test('the derivative of an op, by the functions in it', () => {
    const wave = unary('wave', {
      f: (x) => 2 - Math.cos(x),
      vjp: (g, _, x) => g.mul(sineByThirds(x)),
    })
    const ops = { wave: (x: Tensor) => x.cos().neg().add(2) }
    const error = errorOf(() => checkExactly((x) => wave(x).log(), x, { ops }))
    expect(error).toMatchObject({ check: 'derivative', op: 'wave' })
    expect(error.message).toContain('wave of (2) is off by itself. They are not equal for free')
    expect(error.message).not.toContain('log')
  })
})

describe('an error is certain', () => {
  test('where everything is a polynomial', () => {
    const error = errorOf(() => checkExactly((x) => x.square(), x, { equals: (x) => x.mul(2) }))
    expect(error.message).not.toContain('free')
  })
  test('where the op that is off is one', () => {
    checkExactly((x) => cube(x).log(), x, { ops: isCube })
    const ops = { cube: (x: Tensor) => x.mul(x).mul(x) }
    const error = errorOf(() => checkExactly((x) => wrongCube(x).log(), x, { ops }))
    expect(error.message).toMatch(/cube of \(2\) is off by itself$/)
  })
})
