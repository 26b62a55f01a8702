// Recurrences over packed sequences as one op, against the fold of their steps by recorded
// primitives: values, first and second derivatives.

import fc from 'fast-check'
import { cat, type DType, grad, noGrad, type Tensor, zeros } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { gru, gruResetBefore } from '../../../src/layers/recurrent/gru.ts'
import { chosenLSTM, lstm } from '../../../src/layers/recurrent/lstmStep.ts'
import {
  namesOf,
  type Parameters,
  type Recurrence,
} from '../../../src/layers/recurrent/recurrence.ts'
import { rnn } from '../../../src/layers/recurrent/rnn.ts'
import { scan } from '../../../src/layers/recurrent/scan.ts'
import { type NamedTensors, stateOf } from '../../../src/layers/recurrent/state.ts'
import { expectClose } from '../../support/numbers.ts'
import { gridded, gridLeaf, numbersOf } from '../../support/tensors.ts'

interface Case {
  /** How many sequences each step still has. */
  sizes: number[]
  D: number
  H: number
  bias: boolean
  every: boolean
  seed: number
}

const cases = fc.record({
  sizes: fc
    .array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
    .map((sizes) => sizes.sort((a, b) => b - a)),
  D: fc.integer({ min: 1, max: 6 }),
  H: fc.integer({ min: 1, max: 11 }),
  bias: fc.boolean(),
  every: fc.boolean(),
  seed: fc.integer({ min: 0, max: 1000 }),
})

type Any = NamedTensors<Record<string, Tensor>>
type Run = (inputs: readonly Tensor[]) => Tensor[]

/** A recurrence's inputs in a list: x, the first states and the parameters. */
function problem(
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
    return [...(every ? rows : rows.slice(0, 1)), ...last].map((parts) => cat(parts))
  }
  return { inputs, fused, folded }
}

/** Results, their gradients for random cotangents, and gradients of those gradients' weighted sum. */
function orders(run: Run, inputs: Tensor[], seed: number): number[][] {
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

const recurrences = {
  RNN: rnn,
  GRU: gru,
  'GRU, reset before': gruResetBefore,
  LSTM: lstm,
  'LSTM with peepholes': chosenLSTM('', { peepholes: true }),
  'LSTM with a projection': chosenLSTM('', { projSize: 2 }),
  'LSTM with normalised rows': chosenLSTM('', { layerNorm: true }),
  'LSTM with coupled gates': chosenLSTM('', { coupledGates: true, peepholes: true, cellClip: 0.4 }),
}

describe.each(Object.entries(recurrences))('%s', (name, given) => {
  const recurrence = given as unknown as Recurrence<Any>
  const small = { D: 3, H: 4, bias: true, every: true, seed: 1 }

  test.each([
    ['float64', 1e-11],
    ['float32', 2e-4],
  ] as const)('value, first and second derivative in %s', (dtype, tolerance) => {
    fc.assert(
      fc.property(cases, (small) => {
        // Rows of few, nearly equal numbers lose digits when they are normalised.
        const isNormalised = name.includes('normalised')
        const size = isNormalised ? { ...small, H: small.H + 7 } : small
        const { inputs, fused, folded } = problem(recurrence, size, dtype)
        const allowed = isNormalised ? 50 * tolerance : tolerance
        expectClose(orders(fused, inputs, size.seed), orders(folded, inputs, size.seed), allowed)
      }),
      { numRuns: 200 },
    )
  })

  test('gradients for some inputs only', () => {
    const { inputs, fused, folded } = problem(recurrence, { ...small, sizes: [3, 2, 2] }, 'float64')
    const sum = (ys: Tensor[]): Tensor => ys.map((y) => y.sum()).reduce((a, b) => a.add(b))
    for (const input of inputs)
      expectClose(
        numbersOf(grad(sum(fused(inputs)), input)),
        numbersOf(grad(sum(folded(inputs)), input)),
        1e-12,
      )
  })

  test.each([
    ['many steps', Array.from({ length: 150 }, () => 5)],
    [
      'many steps of ragged sequences',
      Array.from({ length: 300 }, (_, t) => 1 + Math.floor((299 - t) / 60)),
    ],
    ['many sequences', [270, 270, 13]],
  ])('more rows than are multiplied out at a time: %s', (_, sizes) => {
    const { inputs, fused, folded } = problem(recurrence, { ...small, H: 2, sizes }, 'float64')
    const halves = inputs.map((t) => t.detach().mul(0.5))
    for (const t of halves) t.requiresGrad = true
    const gradients = (run: Run) => {
      const ys = run(halves)
      return grad(ys, halves, { gradOutputs: ys.map((y) => gridded(y.shape, 4)) }).map(numbersOf)
    }
    expectClose(gradients(fused), gradients(folded), 1e-10)
  })

  test('sizes beyond a block of the matrix product', () => {
    const size = { ...small, D: 2, H: 261, bias: false, sizes: [3, 2] }
    const { inputs, fused, folded } = problem(recurrence, size, 'float64')
    const tenths = inputs.map((t) => t.detach().mul(0.1))
    for (const t of tenths) t.requiresGrad = true
    const both = (run: Run) => {
      const ys = run(tenths)
      const values = ys.map(numbersOf)
      const gradOutputs = ys.map((y) => gridded(y.shape, 5))
      return [...values, ...grad(ys, tenths, { gradOutputs }).map(numbersOf)]
    }
    expectClose(both(fused), both(folded), 1e-11)
  })
})

test('the backward pass writes nothing beside its own rows', () => {
  const sizes = Array.from({ length: 150 }, () => 5)
  const size = { sizes, D: 3, H: 2, bias: false, every: false, seed: 2 }
  const { inputs, fused } = problem(lstm as unknown as Recurrence<Any>, size, 'float64')
  const [y] = fused(inputs) as [Tensor]
  const g = zeros([...y.shape], { dtype: 'float64' }).add(1)
  // As large as 256 rows of dz, so many that no such block is left over; the one behind the last is
  // the next to be taken.
  const neighbours = Array.from({ length: 200 }, () => zeros([256, 8], { dtype: 'float64' }))
  noGrad(() => void neighbours[0]?.mul(1))
  grad(y, inputs, { gradOutputs: g, allowUnused: true })
  expect(neighbours.map((t) => t.abs().sum().item())).toEqual(neighbours.map(() => 0))
})
