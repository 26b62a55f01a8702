// Rows of the elementwise ops of two tensors: arithmetic, comparisons and where.

import fc from 'fast-check'
import { tensor, where } from 'tapegrad'
import {
  Case,
  type Cases,
  invertible,
  narrowed,
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

export const arithmeticRows = {
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
