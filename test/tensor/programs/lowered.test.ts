// What the step of a recurrence becomes: its products, the programs between them, and what is saved
// for backward; and the steps that are no programs, with the reason.

import { cat, ones, type Tensor } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import type { Parameters, Recurrence } from '../../../src/layers/recurrent/recurrence.ts'
import { listening } from '../../../src/tensor/define/record.ts'
import { affine } from '../../../src/tensor/internal.ts'
import { example } from '../../../src/tensor/programs/derivative.ts'
import { NoProgram } from '../../../src/tensor/programs/graph.ts'
import { Lowered } from '../../../src/tensor/programs/lowered.ts'
import { planOf } from '../../../src/tensor/programs/plan.ts'
import { Values } from '../../../src/tensor/programs/values.ts'
import { gridded } from '../../support/tensors.ts'
import { type Any, oddCells } from '../sequence/oddCells.ts'

const [D, H] = [3, 4]

/** The step of a cell, recorded for an example and lowered. */
function lowered(cell: Pick<Recurrence<Any>, 'states' | 'parameters' | 'step'>): Lowered {
  const x = example([2, D], 'float64', 1)
  const sizes = Object.entries(cell.states(H))
  const before = sizes.map(([, size], k) => example([2, size], 'float64', 2 + k))
  const state = Object.fromEntries(sizes.map(([name], k) => [name, before[k]])) as Any
  const p = Object.entries(cell.parameters(D, H)).map(([name, { shape }], i) => {
    const t = gridded(shape, i).detach()
    t.requiresGrad = true
    return [name, t] as const
  })
  const [after, calls] = listening(() => {
    const next = cell.step(Object.fromEntries(p) as unknown as Parameters, x, state, state.h)
    return sizes.map(([name]) => next[name] as Tensor)
  })
  return new Lowered(planOf({ x, before, masks: [], after, calls }, new Values(), 'float64'))
}

const gates = oddCells['a fused function'] as Recurrence<Any>
const LSTM: Recurrence<Any> = {
  ...gates,
  states: (n) => ({ h: n, c: n }) as never,
  parameters: (d, n) => ({ weight_ih: { shape: [4 * n, d] }, weight_hh: { shape: [4 * n, n] } }),
  step: ({ weight_ih, weight_hh }, x, { c }, hidden) => {
    const z = affine(x, weight_ih, null).add(affine(hidden, weight_hh, null))
    const [i, f, g, o] = z.chunk(4, 1) as [Tensor, Tensor, Tensor, Tensor]
    const next = f
      .sigmoid()
      .mul(c as Tensor)
      .add(i.sigmoid().mul(g.tanh()))
    return { h: o.sigmoid().mul(next.tanh()), c: next }
  },
}

/**
 * Products as level:width, with a + where one is added to another's rows; the widths of what is
 * saved besides results, factors and columns that nobody reads any more.
 */
describe('products, and what is saved in rows of its own', () => {
  test.each<[string, string, number[]]>([
    ['LSTM', '0:16 1+:16', []],
    ['LSTM with projection', '0:16 1+:16 2:6', []],
    ['LSTM with peepholes', '0:16 1+:16', []],
    // r, z and the product for n take the columns of x's product; n is left.
    ['GRU, reset after the product', '0:12 1:12', [H]],
    ['GRU, reset before the product', '0:8 1+:8 0:4 2+:4', []],
    // The parts of the product with h, and what three normalisations take sums for.
    ['normalised rows', '0:8 1:8', [H, H, 1, 1, 1, 1, 1, 1]],
    ['products of computed values', '0:4 1+:4 2:4 3:4', [H]],
    ['one weight for several products', '0:4 1+:4 2:4 1:4', []],
    ['two products with x added up', '0:4 0:4 1+:4', []],
    ['joined rows', '0:8 1+:8 2:4', []],
    ['x and h joined', '1:4', []],
    ['no product', '', []],
  ])('%s', (name, products, saved) => {
    const { plan, operands } = lowered(name === 'LSTM' ? LSTM : (oddCells[name] as Recurrence<Any>))
    const shown = plan.products.map(
      ({ level, isOnto, width }) => `${level}${isOnto ? '+' : ''}:${width}`,
    )
    expect(shown.join(' ')).toBe(products)
    expect(operands.saved.map(([, width]) => width)).toEqual(saved)
    const numbers = new Map([...new Set(plan.outside.flat())].map((t, i) => [t, i]))
    const outside = plan.outside.map((summed) => summed.map((t) => numbers.get(t)).join())
    expect(new Set(outside).size).toBe(outside.length)
    expect(plan.levels).toBe(1 + Math.max(0, ...plan.products.map(({ level }) => level)))
  })
})

test('products whose rows have equal cotangents share them', () => {
  const shared = (name: string) =>
    new Set(lowered(oddCells[name] as Recurrence<Any>).operands.dProducts).size
  expect(shared('matmul in place of affine')).toBe(1)
  expect(shared('GRU, reset before the product')).toBe(2)
  expect(shared('GRU, reset after the product')).toBe(2)
})

test('only a state whose cotangent is read too late has rows for two of them', () => {
  const apart = (name: string) => {
    const { dAfter, dStates } = lowered(oddCells[name] as Recurrence<Any>).operands
    return dAfter.map((own, k) => own !== dStates[k])
  }
  expect(apart('two states that change places')).toEqual([false, true])
  expect(apart('GRU, reset after the product')).toEqual([false])
  expect(apart('a state that nobody reads')).toEqual([false, false])
})

describe('no programs', () => {
  const captured = gridded([2, H], 3)
  test.each<[string, (x: Tensor, h: Tensor, w: Tensor) => Tensor, string]>([
    ['a softmax', (_x, h) => h.softmax(1), 'uses softmax, which is not elementwise'],
    ['the sum of a column', (_x, h) => h.sub(h.sum(0, true)), 'mixes the rows of the batch'],
    [
      'half of a row',
      (_x, h) => h.sub(h.reshape([2, 2, 2]).sum(2).sum(1, true)),
      'adds other numbers than those of a row',
    ],
    ['a row in another order', (_x, h) => h.flip(1), 'reads rows in another order'],
    [
      'a transpose in a row',
      (_x, h) => h.reshape([2, 2, 2]).permute([0, 2, 1]).reshape([2, 4]),
      'reads rows in another order',
    ],
    [
      'a product of two states',
      (_x, h) => h.matmul(h.slice(0, 0, 1).reshape([H, 1])).add(h),
      'rows of the batch',
    ],
    [
      'joined with a tensor of its own',
      (_x, h, w) => cat([h, captured], 1).matmul(cat([w, w])),
      'joins other tensors than rows of the same batch',
    ],
    [
      'numbers of its own for each row',
      (_x, h) => h.mul(captured),
      'uses numbers (2, 4) of its own for each row',
    ],
    [
      'another shape of rows',
      (_x, h) =>
        h
          .reshape([2, 2, 2])
          .mul(h.reshape([2, 2, 2]).slice(1, 0, 1))
          .reshape([2, 4]),
      'broadcasts rows of shape (2, 1, 2)',
    ],
    [
      'a tensor along another axis of a row',
      (_x, h) =>
        h
          .reshape([2, 2, 2])
          .mul(gridded([2, 1], 1))
          .reshape([2, 4]),
      'uses a tensor (2, 1) that is no row',
    ],
    ['a state of its own', () => captured, 'gives a state (2, 4) that depends on no argument'],
    [
      'ones of another shape',
      (_x, h) =>
        h.add(
          ones([1, 2], { dtype: 'float64' })
            .reshape([2, 1])
            .mul(gridded([2, 1], 2)),
        ),
      'uses',
    ],
  ])('%s', (_, f, why) => {
    const run = () =>
      lowered({
        ...gates,
        parameters: () => ({ weight_w: { shape: [H, H] } }),
        step: (p, x, { h }) => ({ h: f(x, h, (p as unknown as { weight_w: Tensor }).weight_w) }),
      })
    expect(run).toThrow(NoProgram)
    expect(run).toThrow(why)
  })
})
