// Rows of the elementwise ops, of one tensor and of two.

import fc from 'fast-check'
import { tensor, where } from 'tapegrad'
import {
  Case,
  type Cases,
  fractions,
  invertible,
  method,
  narrowed,
  nonZero,
  pair,
  plain,
  positive,
  reals,
} from '../../../support/cases.ts'
import { sixteenths } from '../../../support/numbers.ts'
import { d } from '../../../support/tensors.ts'
import { compared, exact, floats, kinked, moved, type Row } from './row.ts'

const even = sixteenths(-1, 1).map((x) => 2 * x)
const odd = even.map((x) => x + 1 / 16)

const choosingBetween: Cases = (shapes) =>
  shapes
    .chain((shape) => fc.tuple(narrowed(shape), narrowed(shape), narrowed(shape), fc.boolean()))
    .chain(([c, a, b, asMethod]) =>
      fc.tuple(plain(c, fc.nat(1)), plain(a), plain(b), fc.constant(asMethod)),
    )
    .map(
      ([c, a, b, asMethod]) =>
        new Case(`where [${c.values}] (${c.shape})`, [a, b], (x, y) => {
          const condition = tensor([...c.values], { shape: [...c.shape], dtype: 'bool' })
          return asMethod ? x.where(condition, y) : where(condition, x, y)
        }),
    )

const power = (a: number, b: number): number =>
  b === 0 || a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b
const logistic = (x: number): number =>
  x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x))

export const elementwiseRows = {
  neg: {
    formula: '−x',
    domain: 'ℝ',
    ...exact,
    cases: method('neg'),
    known: [[() => d([1, -2]).neg(), [-1, 2]]],
    f: (x) => -x,
  },
  abs: {
    formula: '|x|',
    domain: 'x ≠ 0',
    ...kinked,
    cases: method('abs', undefined, (s) => plain(s, nonZero)),
    known: [[() => d([1, -2]).abs(), [1, 2]]],
    f: Math.abs,
  },
  sign: {
    formula: 'x / |x|, 0 at 0',
    domain: 'x ≠ 0',
    ...kinked,
    cases: method('sign', undefined, (s) => plain(s, nonZero)),
    known: [[() => d([3, -2, 0]).sign(), [1, -1, 0]]],
    f: Math.sign,
  },
  exp: {
    formula: 'eˣ',
    domain: 'ℝ',
    ...floats,
    cases: method('exp'),
    known: [[() => d([0, 1, -1]).exp(), [1, Math.E, 1 / Math.E]]],
    f: Math.exp,
    ulps: 4,
  },
  log: {
    formula: 'ln x',
    domain: 'x > 0',
    ...floats,
    cases: method('log', undefined, (s) => plain(s, positive)),
    known: [[() => d([1, Math.E, 0.5]).log(), [0, 1, -Math.LN2]]],
    f: Math.log,
    ulps: 4,
  },
  log1p: {
    formula: 'ln(1 + x)',
    domain: 'x > −1',
    ...floats,
    cases: method('log1p', undefined, (s) => plain(s, sixteenths(-0.5, 3))),
    known: [[() => d([0, 1, 1e-20]).log1p(), [0, Math.LN2, 1e-20]]],
    f: Math.log1p,
    ulps: 1,
  },
  sqrt: {
    formula: '√x',
    domain: 'x > 0',
    ...floats,
    cases: method('sqrt', undefined, (s) => plain(s, positive)),
    known: [[() => d([4, 2.25]).sqrt(), [2, 1.5]]],
    f: Math.sqrt,
  },
  square: {
    formula: 'x²',
    domain: 'ℝ',
    ...exact,
    cases: method('square'),
    known: [[() => d([-3, 0.5]).square(), [9, 0.25]]],
    f: (x) => x * x,
  },
  reciprocal: {
    formula: '1 / x',
    domain: 'x ≠ 0',
    ...floats,
    cases: method('reciprocal', undefined, (s) => plain(s, invertible)),
    known: [[() => d([4, -0.5]).reciprocal(), [0.25, -2]]],
    f: (x) => 1 / x,
  },
  sin: {
    formula: 'sin x',
    domain: 'ℝ',
    ...floats,
    cases: method('sin'),
    known: [[() => d([0, Math.PI / 2, Math.PI / 6]).sin(), [0, 1, 0.5]]],
    f: Math.sin,
    ulps: 1,
  },
  cos: {
    formula: 'cos x',
    domain: 'ℝ',
    ...floats,
    cases: method('cos'),
    known: [[() => d([0, Math.PI, Math.PI / 3]).cos(), [1, -1, 0.5]]],
    f: Math.cos,
    ulps: 1,
  },
  tanh: {
    formula: 'tanh x',
    domain: 'ℝ',
    ...floats,
    cases: method('tanh'),
    known: [[() => d([0, Math.log(2), -Math.log(3)]).tanh(), [0, 0.6, -0.8]]],
    f: Math.tanh,
    ulps: 4,
  },
  sigmoid: {
    formula: '1 / (1 + e⁻ˣ)',
    domain: 'ℝ',
    ...floats,
    cases: method('sigmoid'),
    known: [[() => d([0, Math.log(3), -Math.log(4)]).sigmoid(), [0.5, 0.75, 0.2]]],
    f: logistic,
    ulps: 4,
  },
  relu: {
    formula: 'max(0, x)',
    domain: 'x ≠ 0',
    ...kinked,
    cases: method('relu', undefined, (s) => plain(s, nonZero)),
    known: [[() => d([2, -1]).relu(), [2, 0]]],
    f: (x) => Math.max(x, 0),
  },
  softplus: {
    formula: 'ln(1 + eˣ)',
    domain: 'ℝ',
    ...floats,
    cases: method('softplus'),
    known: [[() => d([0, Math.log(2), 1000]).softplus(), [Math.LN2, Math.log(3), 1000]]],
    f: (x) => (x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x))),
    ulps: 1,
  },
  clamp: {
    formula: 'min(max(x, low), high)',
    domain: 'x ≠ low, high',
    ...kinked,
    cases: method(
      'clamp',
      () =>
        fc.constantFrom([], [-1], [undefined, 1], [-1, 1], [0, 1]) as fc.Arbitrary<
          [number?, number?]
        >,
      (s) => plain(s, fractions),
    ),
    known: [
      [() => d([-3, 0, 3]).clamp(-1, 2), [-1, 0, 2]],
      [() => d([-3, 3]).clamp(undefined, 2), [-3, 2]],
    ],
  },
  add: {
    formula: 'a + b',
    domain: 'ℝ × ℝ',
    ...exact,
    cases: pair('add'),
    known: [
      [() => d('1; 2').add(d([10, 20])), '11 21; 12 22'],
      [() => d([1]).add(0.5), [1.5]],
    ],
    f: (a, b) => a + b,
  },
  sub: {
    formula: 'a − b',
    domain: 'ℝ × ℝ',
    ...exact,
    cases: pair('sub'),
    known: [[() => d([5, 1]).sub(d(2)), [3, -1]]],
    f: (a, b) => a - b,
  },
  mul: {
    formula: 'a · b',
    domain: 'ℝ × ℝ',
    ...exact,
    cases: pair('mul'),
    known: [[() => d([5, -1]).mul(d([2, 3])), [10, -3]]],
    f: (a, b) => a * b,
  },
  div: {
    formula: 'a / b',
    domain: 'b ≠ 0',
    ...floats,
    cases: pair('div', reals, invertible),
    known: [[() => d([5, -1]).div(d([2, 4])), [2.5, -0.25]]],
    f: (a, b) => a / b,
  },
  pow: {
    formula: 'aᵇ',
    domain: 'a > 0',
    ...floats,
    cases: pair('pow', positive, reals),
    known: [[() => d([2, 4, 0, 0]).pow(d([3, -0.5, 0, 2])), [8, 0.5, 1, 0]]],
    f: power,
    ulps: 1,
  },
  maximum: {
    formula: 'max(a, b)',
    domain: 'a ≠ b',
    ...kinked,
    cases: pair('maximum', even, odd),
    known: [[() => d([1, 5]).maximum(d([3, 2])), [3, 5]]],
    f: Math.max,
  },
  minimum: {
    formula: 'min(a, b)',
    domain: 'a ≠ b',
    ...kinked,
    cases: pair('minimum', even, odd),
    known: [[() => d([1, 5]).minimum(d([3, 2])), [1, 2]]],
    f: Math.min,
  },
  eq: {
    formula: 'a = b',
    domain: 'ℝ × ℝ',
    ...compared,
    cases: pair('eq'),
    known: [[() => d([1, 2]).eq(d([1, 3])), [true, false]]],
    f: (a, b) => Number(a === b),
  },
  ne: {
    formula: 'a ≠ b',
    domain: 'ℝ × ℝ',
    ...compared,
    cases: pair('ne'),
    known: [[() => d([1, 2]).ne(1), [false, true]]],
    f: (a, b) => Number(a !== b),
  },
  lt: {
    formula: 'a < b',
    domain: 'ℝ × ℝ',
    ...compared,
    cases: pair('lt'),
    known: [[() => d([1, 2, 3]).lt(2), [true, false, false]]],
    f: (a, b) => Number(a < b),
  },
  le: {
    formula: 'a ≤ b',
    domain: 'ℝ × ℝ',
    ...compared,
    cases: pair('le'),
    known: [[() => d([1, 2, 3]).le(2), [true, true, false]]],
    f: (a, b) => Number(a <= b),
  },
  gt: {
    formula: 'a > b',
    domain: 'ℝ × ℝ',
    ...compared,
    cases: pair('gt'),
    known: [[() => d([1, 2, 3]).gt(2), [false, false, true]]],
    f: (a, b) => Number(a > b),
  },
  ge: {
    formula: 'a ≥ b',
    domain: 'ℝ × ℝ',
    ...compared,
    cases: pair('ge'),
    known: [[() => d([1, 2, 3]).ge(2), [false, true, true]]],
    f: (a, b) => Number(a >= b),
  },
  where: {
    formula: 'a where c, else b',
    domain: 'c bool, ℝ × ℝ',
    ...moved,
    cases: choosingBetween,
    known: [[() => where(tensor([[true], [false]]), d([1, 2]), 9), '1 2; 9 9']],
  },
} satisfies Record<string, Row>
