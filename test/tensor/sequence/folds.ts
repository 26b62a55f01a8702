// A recurrence over packed sequences as one op, and as the fold of its step by recorded primitives.

import fc from 'fast-check'
import { cat, type DType, grad, type Tensor } from 'tapegrad'
import {
  namesOf,
  type Parameters,
  type Recurrence,
} from '../../../src/layers/recurrent/recurrence.ts'
import { scan } from '../../../src/layers/recurrent/scan.ts'
import { stateOf } from '../../../src/layers/recurrent/state.ts'
import { expectClose } from '../../support/numbers.ts'
import { gridded, gridLeaf, numbersOf } from '../../support/tensors.ts'
import type { Any } from './oddCells.ts'

export interface Case {
  /** How many sequences each step still has. */
  sizes: number[]
  D: number
  H: number
  bias: boolean
  every: boolean
  seed: number
}

export const cases = fc.record({
  sizes: fc
    .array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
    .map((sizes) => sizes.sort((a, b) => b - a)),
  D: fc.integer({ min: 1, max: 6 }),
  H: fc.integer({ min: 1, max: 11 }),
  bias: fc.boolean(),
  every: fc.boolean(),
  seed: fc.integer({ min: 0, max: 1000 }),
})

export type Run = (inputs: readonly Tensor[]) => Tensor[]

/** A recurrence's inputs in a list: x, the first states and the parameters. */
export function problem(
  recurrence: Recurrence<Any>,
  { sizes, D, H, bias, every, seed }: Case,
  dtype: DType,
) {
  const [N, R] = [sizes[0] as number, sizes.reduce((a, b) => a + b)]
  const names = namesOf(recurrence)
  const specs = Object.entries(recurrence.parameters(D, H)).filter(
    ([name]) => bias || !name.startsWith('bias'),
  )
  const shapes = [
    [R, D],
    ...Object.values(recurrence.states(H)).map((size) => [N, size]),
    ...specs.map(([, { shape }]) => shape),
  ]
  const inputs = shapes.map((shape, i) => gridLeaf(shape, seed + i, dtype))
  const read = ([x, ...rest]: readonly Tensor[]) => ({
    x: x as Tensor,
    before: stateOf<Any>(names, (_, k) => rest[k] as Tensor),
    p: {
      bias_ih: null,
      bias_hh: null,
      ...Object.fromEntries(specs.map(([name], i) => [name, rest[names.length + i]])),
    } as unknown as Parameters,
  })
  const fused: Run = (given) => {
    const { x, before, p } = read(given)
    const held = { hidden: null, zoneout: [] }
    const run = scan(recurrence, p, before, { x, sizes, every, lookUp: null, held })
    return [...Object.values(run.rows as Any), ...names.map((name) => run.after[name] as Tensor)]
  }
  const folded: Run = (given) => {
    const { x, before, p } = read(given)
    let [state, at] = [before, 0]
    const rows = names.map((): Tensor[] => [])
    const last = names.map((name) => [(before[name] as Tensor).slice(0, sizes[0])])
    sizes.forEach((n, t) => {
      const now = stateOf<Any>(names, (name) => (state[name] as Tensor).slice(0, 0, n))
      state = recurrence.step(p, x.slice(0, at, at + n), now, now.h)
      names.forEach((name, k) => {
        rows[k]?.push(state[name] as Tensor)
        last[k]?.unshift((state[name] as Tensor).slice(0, sizes[t + 1] ?? 0))
      })
      at += n
    })
    // The op has one node for all states, also for those that depend on nothing.
    const tied = (y: Tensor): Tensor => (y.requiresGrad ? y : y.add(x.sum().mul(0)))
    return [...(every ? rows : rows.slice(0, 1)), ...last].map((parts) => tied(cat(parts)))
  }
  return { inputs, fused, folded }
}

/** Results, their gradients for random cotangents, and gradients of those gradients' weighted sum. */
export function orders(run: Run, inputs: Tensor[], seed: number): number[][] {
  const ys = run(inputs)
  const gs = ys.map((y, i) => gridLeaf(y.shape, seed + 10 + i, y.dtype))
  const first = grad(ys, inputs, { gradOutputs: gs, retainGraph: true, allowUnused: true })
  const recorded = grad(ys, inputs, { gradOutputs: gs, createGraph: true, allowUnused: true })
  const weights = recorded.map((t, i) => gridded(t.shape, seed + 20 + i, t.dtype))
  const kept = recorded.map((t, i) => ({ t, w: weights[i] as Tensor })).filter(({ t }) => t.node)
  const second = grad(
    kept.map(({ t }) => t),
    [...inputs, ...gs],
    { gradOutputs: kept.map(({ w }) => w), allowUnused: true },
  )
  return [...ys, ...first, ...recorded, ...second].map(numbersOf)
}

/**
 * Expects lists that agree relative to the largest number of each: what is left of a sum of large
 * terms has their rounding.
 */
export function expectOrders(actual: number[][], expected: number[][], tolerance: number): void {
  const scales = expected.map((list) => Math.max(1, ...list.map(Math.abs)))
  const scaled = (lists: number[][]): number[][] =>
    lists.map((list, i) => list.map((x) => x / (scales[i] ?? 1)))
  expectClose(scaled(actual), scaled(expected), tolerance)
}
