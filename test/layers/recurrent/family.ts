// Random layers of any recurrent cell and its options, what they are run on, and what comes out
// with its gradients: of the layer, and of the oracle whose backward pass is derived by hand. It
// holds no test.
import fc, { type Arbitrary } from 'fast-check'
import {
  type DType,
  GRU,
  grad,
  LSTM,
  type LSTMState,
  type RecurrentOptions,
  RNN,
  type Tensor,
  tensor,
} from 'tapegrad'
import type { Named } from '../../documents/agree.ts'
import type { Steps } from '../oracle.ts'
import type { Cube, Matrix, Nested, Row } from './oracle/arrays.ts'
import type { Parameters } from './oracle/cell.ts'
import { drawing } from './oracle/differences.ts'
import { type CellOptions, cellOf } from './oracle/recorded.ts'
import { stacked } from './oracle/unroll.ts'
import { optionsOf, type Sizes, widthsOf } from './stepwise.ts'

export type Kind = Sizes['kind']
export const kinds = ['RNN', 'GRU', 'LSTM'] as const

export interface Case extends Sizes {
  cell: CellOptions
  batchFirst: boolean
  learnState: boolean
  /** Whether a state is given. */
  isGiven: boolean
  every: boolean
  steps: Steps
  /** Of the numbers. */
  seed: number
}

const size = fc.integer({ min: 1, max: 4 })
const perhaps = <A>(value: Arbitrary<A>): Arbitrary<A | undefined> =>
  fc.option(value, { nil: undefined })

const cells: Record<Kind, Arbitrary<CellOptions>> = {
  RNN: fc.record({ nonlinearity: fc.constantFrom('tanh', 'relu') }),
  GRU: fc.record({ resetAfter: fc.boolean() }),
  LSTM: fc.record({
    peepholes: fc.boolean(),
    projSize: perhaps(size),
    layerNorm: fc.boolean(),
    coupledGates: fc.boolean(),
    cellClip: perhaps(fc.constant(0.5)),
  }),
}

const often = fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.boolean())
const seldom = fc.oneof({ weight: 2, arbitrary: fc.constant(false) }, fc.boolean())

/**
 * Layers of this kind in all options, with lengths; with mask and resets where wanted; small ones
 * where no sizes are given.
 */
export const cases = (
  kind: Kind,
  flags: 'flags' | 'lengths',
  given: Partial<Sizes> = {},
): Arbitrary<Case> =>
  fc
    .record({
      kind: fc.constant(kind),
      cell: cells[kind],
      N: size,
      T: fc.integer({ min: 1, max: 5 }),
      D: size,
      H: size,
      numLayers: fc.integer({ min: 1, max: 2 }),
      bidirectional: fc.boolean(),
      bias: fc.boolean(),
      batchFirst: fc.boolean(),
      learnState: fc.boolean(),
      isGiven: fc.boolean(),
      every: fc.boolean(),
      seed: fc.nat(9999),
    })
    .chain((drawn) => {
      const c = { ...drawn, ...given }
      const batch = <E>(of: Arbitrary<E>) => fc.array(of, { minLength: c.N, maxLength: c.N })
      const each = (of: Arbitrary<boolean>) =>
        flags === 'lengths'
          ? fc.constant(undefined)
          : perhaps(batch(fc.array(of, { minLength: c.T, maxLength: c.T })))
      return fc
        .record({
          lengths: perhaps(batch(fc.nat(c.T))),
          mask: fc.oneof(each(often), each(fc.boolean())),
          resets: each(seldom),
        })
        .map((steps) => ({ ...c, steps }))
    })

const rounded = (values: Nested): Nested =>
  typeof values === 'number' ? Math.fround(values) : values.map(rounded)

/** The layer of a case, its weights drawn, in numbers that both floats have. */
export function layerOf(c: Case, dtype: DType, options: RecurrentOptions = {}): LSTM {
  const { kind, cell, D, H, numLayers, bidirectional, bias, batchFirst, learnState, seed } = c
  const all = { numLayers, bidirectional, bias, batchFirst, learnState, dtype, ...options }
  const layer = new { RNN, LSTM, GRU }[kind](D, H, { ...all, ...cell })
  const draw = drawing(seed)
  layer.loadStateDict(
    Object.fromEntries(
      layer
        .namedParameters()
        .map(([name, { shape }]) => [name, tensor(rounded(draw(...shape)), { dtype }).mul(0.5)]),
    ),
  )
  return layer as LSTM
}

/** x (N, T, D), first states (L, N, ·), and cotangents of output, last states and all states. */
export function problemOf(c: Case) {
  const { N, T, D, numLayers, bidirectional, seed } = c
  const draw = drawing(seed + 1e6)
  const directions = bidirectional ? 2 : 1
  const L = numLayers * directions
  const widths = Object.entries(widthsOf(c))
  const states = <A extends Nested>(...shape: number[]): Record<string, A> =>
    Object.fromEntries(widths.map(([name, W]) => [name, rounded(draw(...shape, W)) as A]))
  return {
    x: rounded(draw(N, T, D)) as Cube,
    first: states<Cube>(L, N),
    dOutput: rounded(draw(N, T, widthsOf(c).h * directions)) as Cube,
    dLast: states<Cube>(L, N),
    dStates: states<Cube[]>(L, N, T),
  }
}

/** x, the first states and the parameters as leaves, by name. */
export function inputsOf(c: Case, layer: LSTM, dtype: DType) {
  const { x, first } = problemOf(c)
  const leaf = (values: Nested): Tensor => tensor(values, { dtype, requiresGrad: true })
  const state = Object.fromEntries(
    Object.entries(first).map(([name, values]) => [name, leaf(values)]),
  ) as unknown as LSTMState
  const named: Record<string, Tensor> = {
    x: leaf(x),
    ...(c.isGiven && { h0: state.h, ...(state.c && { c0: state.c }) }),
    ...Object.fromEntries(layer.namedParameters()),
  }
  return { x: named.x, state: c.isGiven ? state : null, named }
}

/** What came out, by name, always with the batch in front. */
export function outputsOf(
  c: Case,
  { output, state, states }: { output: Tensor; state: LSTMState; states?: LSTMState },
): Record<string, Tensor> {
  return {
    output,
    ...state,
    ...(c.every &&
      Object.fromEntries(Object.entries({ ...states }).map(([name, t]) => [`every ${name}`, t]))),
  }
}

/** The layer on its inputs. */
export function run(c: Case, layer: LSTM, x: Tensor, state: LSTMState | null) {
  const swap = (t: Tensor): Tensor =>
    c.batchFirst
      ? t
      : t.permute(
          [
            [1, 0],
            [1, 0, 2],
            [0, 2, 1, 3],
          ][t.rank - 2],
        )
  const { lengths, mask, resets } = optionsOf(c.steps)
  const after = layer.forward(swap(x), state ?? undefined, {
    lengths,
    mask: mask && swap(mask),
    resets: resets && swap(resets),
    every: c.every,
  }) as { output: Tensor; state: LSTMState; states?: LSTMState }
  const found = outputsOf(c, after)
  return Object.fromEntries(
    Object.entries(found).map(([name, t]) => [
      name,
      name === 'output' || name.startsWith('every') ? swap(t) : t,
    ]),
  )
}

/** The cotangents of what came out. */
export function cotangentsOf(c: Case): Record<string, Nested> {
  const { dOutput, dLast, dStates } = problemOf(c)
  return {
    output: dOutput,
    ...dLast,
    ...(c.every &&
      Object.fromEntries(Object.entries(dStates).map(([name, d]) => [`every ${name}`, d]))),
  }
}

/** Σ output · cotangent over all outputs. */
export const lossOf = (c: Case, outputs: Record<string, Tensor>): Tensor =>
  Object.entries(cotangentsOf(c))
    .map(([name, d]) => outputs[name].mul(tensor(d, { dtype: outputs[name].dtype })).sum())
    .reduce((a, b) => a.add(b))

/** Outputs, and gradients of their weighted sum by inputs, as numbers. */
export function results(
  c: Case,
  outputs: Record<string, Tensor>,
  inputs: Record<string, Tensor>,
): Named {
  const values = Object.entries(outputs).map(([name, t]) => [name, t.toArray()])
  // A sum of none of each input: a loss may depend on none of them.
  const reaching = Object.values(inputs).map((t) => t.slice(0, 0, 0).sum())
  const loss = reaching.reduce((sum, none) => sum.add(none), lossOf(c, outputs))
  const found = grad(loss, Object.values(inputs))
  const gradients = Object.keys(inputs).map((name, i) => [`d${name}`, found[i].toArray()])
  return Object.fromEntries([...values, ...gradients])
}

/** The same by the oracle. */
export function expected(c: Case, layer: LSTM, shares: readonly number[] = []): Named {
  const { x, first, dOutput, dLast, dStates } = problemOf(c)
  const own = layer.namedParameters().map(([name, p]) => [name, p.toArray()] as const)
  const parameters = Object.fromEntries(
    own.filter(([name]) => !name.startsWith('first_')),
  ) as Parameters
  const learned = Object.fromEntries(own) as Record<string, Row>
  const L = first.h.length
  const suffixOf = (l: number): string =>
    c.bidirectional ? `l${l >> 1}${l % 2 ? '_reverse' : ''}` : `l${l}`
  const begun = c.isGiven
    ? first
    : Object.fromEntries(
        Object.entries(first).map(([name, all]) => [
          name,
          all.map((rows, l) =>
            rows.map((row) => learned[`first_${name}_${suffixOf(l)}`] ?? row.map(() => 0)),
          ),
        ]),
      )
  const zoneout = Object.fromEntries(
    Object.entries(widthsOf(c)).map(([name, W], k) => [
      name,
      x.map((rows) => rows.map((): Row => Array(W).fill(shares[k] ?? 0))),
    ]),
  )
  const pass = stacked(cellOf(c.kind, c.cell), parameters, x, begun, {
    numLayers: c.numLayers,
    bidirectional: c.bidirectional,
    lengths: c.steps.lengths,
    masks: Array.from({ length: L }, () => ({ zoneout })),
  })
  const { dx, dFirst, dp } = pass.backward(dOutput, dLast, c.every ? dStates : {})
  const prefixed = (prefix: string, suffix: string, all: Record<string, Nested>) =>
    Object.fromEntries(Object.entries(all).map(([name, v]) => [prefix + name + suffix, v]))
  const dLearned = Object.entries(dFirst).flatMap(([name, all]) =>
    all.map((rows: Matrix, l) => [
      `dfirst_${name}_${suffixOf(l)}`,
      rows[0].map((_, j) => rows.reduce((sum, row) => sum + (c.isGiven ? 0 : row[j]), 0)),
    ]),
  )
  return {
    output: pass.output,
    ...pass.last,
    ...(c.every && prefixed('every ', '', pass.states)),
    dx,
    ...(c.isGiven && prefixed('d', '0', dFirst)),
    ...prefixed('d', '', dp),
    ...(c.learnState && Object.fromEntries(dLearned)),
  }
}
