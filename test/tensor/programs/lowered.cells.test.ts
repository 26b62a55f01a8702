// Steps of which one value could be taken for another that is much like it, as one op, against the
// fold of their steps: values, first and second derivatives.

import { cat, full, noGrad, type Tensor } from 'tapegrad'
import { test } from 'vitest'
import { affine } from '../../../src/tensor/internal.ts'
import { expectClose } from '../../support/numbers.ts'
import { both, type Cell, cell, sums, withC } from '../sequence/cell.ts'
import { orders, problem } from '../sequence/folds.ts'

const cells: Record<string, Cell> = {
  'two products whose gates are read crosswise': cell(2, (p, x, _state, hidden) => {
    const [xs, hs] = both(p, x, hidden).map((one) => one.chunk(2, 1)) as [Tensor[], Tensor[]]
    const a = (xs[0] as Tensor).add(hs[1] as Tensor)
    return {
      h: (xs[1] as Tensor)
        .add(hs[0] as Tensor)
        .sigmoid()
        .mul(a.tanh()),
    }
  }),
  'two products with x, read as their sum alone': cell(
    1,
    (p, x, { h }, hidden) => {
      const both = affine(x, p.weight_u as Tensor, null).add(
        affine(x, p.weight_ih as Tensor, p.bias_ih ?? null),
      )
      return {
        h: both
          .add(affine(hidden, p.weight_hh as Tensor, null))
          .tanh()
          .add(h),
      }
    },
    (D, H) => ({ weight_u: [H, D] }),
  ),
  'a product that nobody reads': cell(1, (p, x, { h }, hidden) => {
    affine(hidden, p.weight_hh as Tensor, p.bias_hh ?? null)
    return {
      h: affine(x, p.weight_ih as Tensor, null)
        .add(h)
        .tanh(),
    }
  }),
  'a product of a computed value that nobody reads': cell(
    1,
    (p, x, _state, hidden) => {
      const t = sums(p, x, hidden).tanh()
      affine(t, p.weight_u as Tensor, null)
      return { h: t }
    },
    (_, H) => ({ weight_u: [H, H] }),
  ),
  'products that are only compared': cell(1, (p, x, { h }, hidden) => ({
    h: h.mul(0.5).where(sums(p, x, hidden).gt(0), h.neg()),
  })),
  'two functions, each of some columns of the state': cell(1, (p, x, _state, hidden) => {
    const z = sums(p, x, hidden)
    return { h: cat([z.slice(1, 0, 2).tanh(), z.slice(1, 2).sigmoid()], 1) }
  }),
  'two functions of a part of a product, and a part that is read late': cell(
    2,
    (p, x, { h }) => {
      const [late, early] = affine(x, p.weight_ih as Tensor, p.bias_ih ?? null).chunk(2, 1)
      const e = early as Tensor
      const r = e.sigmoid().mul(e.tanh())
      return {
        h: affine(r.mul(h), p.weight_hn as Tensor, null)
          .add(late as Tensor)
          .tanh(),
      }
    },
    (_, H) => ({ weight_hn: [H, H] }),
  ),
  'a product with x of one column': cell(
    1,
    (p, x, { h }) => ({
      h: h
        .mul(2)
        .add(affine(x, p.weight_one as Tensor, null))
        .tanh()
        .mul(0.5)
        .add(h),
    }),
    (D) => ({ weight_one: [1, D] }),
  ),
  'a state that is a number': cell(
    1,
    (p, x, { c }, hidden) => ({
      h: sums(p, x, hidden)
        .tanh()
        .mul(c as Tensor),
      c: full([...hidden.shape], 2, { dtype: x.dtype }),
    }),
    undefined,
    withC,
  ),
  'three states in a ring': cell(
    1,
    (_p, x, { h, c, e }) => ({ h: (c as Tensor).add(x.sum(1, true)), c: e as Tensor, e: h }),
    undefined,
    (H) => ({ h: H, c: H, e: H }),
  ),
  'columns that overlap': cell(1, (p, x, _state, hidden) => {
    const z = sums(p, x, hidden)
    return { h: cat([z.slice(1, 1).mul(z.slice(1, 0, 3)), z.slice(1, 0, 1)], 1).tanh() }
  }),
  'a product that is a state, and is multiplied': cell(
    1,
    (p, x, { h }) => {
      const c = affine(h, p.weight_hh as Tensor, p.bias_hh ?? null)
      const next = affine(c, p.weight_u as Tensor, p.bias_hh ?? null)
      return { h: next.add(c).add(x.sum(1, true)).tanh(), c }
    },
    (_, H) => ({ weight_u: [H, H] }),
    withC,
  ),
  'a product of one column': cell(
    1,
    (p, x, _state, hidden) => ({
      h: affine(x, p.weight_one as Tensor, null)
        .add(affine(hidden, p.weight_hh as Tensor, null))
        .tanh(),
    }),
    (D) => ({ weight_one: [1, D] }),
  ),
  'a bias by itself, and in a sum with another one': cell(
    1,
    (p, x, _state, hidden) => {
      const u = affine(x, p.weight_u as Tensor, p.bias_ih ?? null)
      return { h: u.sigmoid().mul(sums(p, x, hidden).tanh()) }
    },
    (D, H) => ({ weight_u: [H, D] }),
  ),
  'a product without transpose beside one with a bias': cell(
    1,
    (p, x, _state, hidden) => ({
      h: x
        .matmul(p.weight_x as Tensor)
        .add(affine(hidden, p.weight_hh as Tensor, p.bias_hh ?? null))
        .tanh(),
    }),
    (D, H) => ({ weight_x: [D, H] }),
  ),
}

/** Leaves NaN in free blocks of many sizes: what is read before it is written shows. */
function soil(): void {
  noGrad(() => {
    for (let size = 8; size < 1024; size += 8)
      for (let i = 0; i < 4; i++) full([size], Number.NaN, { dtype: 'float64' })
  })
}

test.each(Object.entries(cells))('%s', (_, recurrence) => {
  for (const bias of [true, false]) {
    const size = { sizes: [3, 2, 2, 1], D: 3, H: 4, bias, every: true, seed: 1 }
    const { inputs, fused, folded } = problem(recurrence, size, 'float64')
    const expected = orders(folded, inputs, 1)
    soil()
    expectClose(orders(fused, inputs, 1), expected, 1e-11)
  }
})
