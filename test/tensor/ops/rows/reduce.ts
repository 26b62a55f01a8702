// Rows of the ops that sum up: reductions, softmax and the matrix product.

import fc from 'fast-check'
import { tensor } from 'tapegrad'
import {
  axesOf,
  axisOf,
  Case,
  type Cases,
  distinct,
  method,
  narrowed,
  plain,
  ranked,
  type Shape,
} from '../../../support/cases.ts'
import { d } from '../../../support/tensors.ts'
import { choosing, floats, kinked, moved, type Row } from './row.ts'

const keepDim = fc.constantFrom(undefined, false, true)
const reduction = (shape: Shape) => fc.tuple(axesOf(shape), keepDim)
const products: Cases = () => {
  const n = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 1, max: 3 }) },
    { weight: 1, arbitrary: fc.constant(0) },
  )
  const stacks = fc
    .array(fc.integer({ min: 1, max: 2 }), { maxLength: 2 })
    .chain((s) => fc.tuple(narrowed(s), narrowed(s)))
  const shapes = fc.tuple(n, n, n, stacks).chain(([m, k, p, [s, t]]) =>
    fc.constantFrom<(readonly [Shape, Shape])[]>(
      [[k], [k]],
      [[k], [k, p]],
      [[m, k], [k]],
      [
        [m, k],
        [k, p],
      ],
      [
        [...s, m, k],
        [k, p],
      ],
      [
        [...s, m, k],
        [...t, k, p],
      ],
      [[k], [...t, k, p]],
      [[...s, m, k], [k]],
    ),
  )
  return shapes
    .chain(([a, b]) => fc.tuple(plain(a), plain(b)))
    .map(([a, b]) => new Case('matmul', [a, b], (x, y) => x.matmul(y)))
}

export const reduceRows = {
  sum: {
    formula: 'Σ x',
    domain: 'ℝ',
    ...moved,
    cases: method('sum', reduction),
    known: [
      [() => d('1 2 3; 4 5 6').sum(), 21],
      [() => d('1 2 3; 4 5 6').sum(0), [5, 7, 9]],
      [() => d('1 2 3; 4 5 6').sum(-1, true), '6; 15'],
      [() => tensor([true, true, false]).sum(), 2],
    ],
  },
  mean: {
    formula: 'Σ x / n',
    domain: 'n > 0',
    ...floats,
    cases: (shapes) => method('mean', reduction)(choosing(shapes)),
    known: [
      [() => d('1 2; 3 6').mean(), 3],
      [() => d('1 2; 3 6').mean(1), [1.5, 4.5]],
    ],
  },
  max: {
    formula: 'max x',
    domain: 'one largest',
    ...kinked,
    cases: (shapes) => method('max', reduction, distinct)(choosing(shapes)),
    known: [
      [() => d('1 7; 3 6').max(), 7],
      [() => d('1 7; 3 6').max(0), [3, 7]],
    ],
  },
  min: {
    formula: 'min x',
    domain: 'one smallest',
    ...kinked,
    cases: (shapes) => method('min', reduction, distinct)(choosing(shapes)),
    known: [
      [() => d('1 7; 3 6').min(), 1],
      [() => d('1 7; 3 6').min(1), [1, 3]],
    ],
  },
  argmax: {
    formula: 'the first i with xᵢ = max x',
    domain: 'n > 0',
    orders: 0,
    dtypes: [],
    cases: (shapes) =>
      method('argmax', (s) =>
        fc.tuple(
          s.length === 0 ? fc.constant(undefined) : fc.oneof(fc.constant(undefined), axisOf(s)),
          keepDim,
        ),
      )(choosing(shapes)),
    known: [
      [() => d('1 7; 8 6').argmax(), 2],
      [() => d('1 7; 8 8').argmax(1), [1, 0]],
      [() => d([1, NaN, 3]).argmax(), 1],
    ],
  },
  sumTo: {
    formula: 'Σ x over the axes that broadcasting would repeat',
    domain: 'ℝ',
    ...moved,
    cases: method('sumTo', (shape) => narrowed(shape).map((to) => [to] as [Shape])),
    known: [
      [() => d('1 2; 3 4').sumTo([2]), [4, 6]],
      [() => d('1 2; 3 4').sumTo([2, 1]), '3; 7'],
    ],
  },
  logSumExp: {
    formula: 'ln Σ eˣ',
    domain: 'n > 0',
    ...floats,
    cases: (shapes) => method('logSumExp', reduction)(choosing(shapes)),
    known: [
      [() => d([Math.log(1), Math.log(2), Math.log(5)]).logSumExp(), Math.log(8)],
      [() => d('1000 1000').logSumExp(1), [1000 + Math.LN2]],
      [() => d([-Infinity, -Infinity]).logSumExp(), -Infinity],
    ],
  },
  softmax: {
    formula: 'eˣ / Σ eˣ',
    domain: 'at least one axis',
    ...floats,
    cases: (shapes) => method('softmax', (s) => fc.tuple(axisOf(s)))(ranked(shapes)),
    known: [
      [() => d([0, Math.log(3)]).softmax(), [0.25, 0.75]],
      [() => d('0 5; 0 5').softmax(0), '0.5 0.5; 0.5 0.5'],
    ],
  },
  logSoftmax: {
    formula: 'x − ln Σ eˣ',
    domain: 'at least one axis',
    ...floats,
    cases: (shapes) => method('logSoftmax', (s) => fc.tuple(axisOf(s)))(ranked(shapes)),
    known: [[() => d([0, Math.log(3)]).logSoftmax(), [Math.log(0.25), Math.log(0.75)]]],
  },
  matmul: {
    formula: 'yᵢⱼ = Σₖ aᵢₖ · bₖⱼ',
    domain: 'a (…, M, K), b (…, K, N)',
    ...floats,
    cases: products,
    known: [
      [() => d('1 2; 3 4').matmul(d('5 6; 7 8')), '19 22; 43 50'],
      [() => d([1, 2]).matmul(d([3, 4])), 11],
      [() => d('1 2; 3 4').matmul(d([1, 10])), [21, 43]],
      [() => d(['1 2', '3 4']).matmul(d(['1; 1', '2; 0'])), ['3', '6']],
    ],
  },
} satisfies Record<string, Row>
