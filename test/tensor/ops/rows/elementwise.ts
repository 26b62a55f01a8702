// Rows of the elementwise ops of one tensor.

import fc from 'fast-check'
import { fractions, invertible, method, nonZero, plain, positive } from '../../../support/cases.ts'
import { sixteenths } from '../../../support/numbers.ts'
import { d } from '../../../support/tensors.ts'
import { exact, floats, kinked, type Row } from './row.ts'

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
} satisfies Record<string, Row>
