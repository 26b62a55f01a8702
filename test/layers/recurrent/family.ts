// Random layers of any recurrent cell and its options, what they are run on, and what comes out
// with its gradients. It holds no test.
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
import type { Cube, Matrix, Nested } from './oracle/arrays.ts'
import { drawing } from './oracle/differences.ts'
import type { CellOptions } from './oracle/recorded.ts'
import { type Given, optionsOf, parts, type Sizes, widthsOf } from './stepwise.ts'

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

/** The options with a projection that is narrower than every layer. */
const narrowed = ({ projSize, ...cell }: CellOptions, widths: readonly number[]): CellOptions => {
  const most = Math.min(...widths) - 1
  return projSize === undefined || most === 0 ? cell : { ...cell, projSize: 1 + (projSize % most) }
}

/**
 * The widths of all layers from the first and others. Where rows are normalised they are wider than
 * 1: a number alone becomes 0, its gradient is rounding, and the layers above magnify that.
 */
const widthsFrom = (H: number, others: readonly number[], { numLayers, cell }: ListOf): number[] =>
  [H, ...others].slice(0, numLayers).map((W) => (cell.layerNorm ? Math.max(W, 2) : W))
interface ListOf {
  numLayers: number
  cell: CellOptions
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
      others: perhaps(fc.tuple(size, size)),
      numLayers: fc.integer({ min: 1, max: 2 }),
      bidirectional: fc.boolean(),
      bias: fc.boolean(),
      batchFirst: fc.boolean(),
      learnState: fc.boolean(),
      isGiven: fc.boolean(),
      every: fc.boolean(),
      seed: fc.nat(9999),
    })
    .chain(({ others, ...drawn }) => {
      const all = { ...drawn, ...given }
      const widths = others && widthsFrom(all.H, others, all)
      const H = widths?.[0] ?? all.H
      const c = { ...all, H, widths, cell: narrowed(all.cell, widths ?? [H]) }
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
  const { kind, cell, D, H, widths, bidirectional, bias, batchFirst, learnState, seed } = c
  const numLayers = widths && seed % 2 ? undefined : c.numLayers
  const all = { numLayers, bidirectional, bias, batchFirst, learnState, dtype, ...options }
  const layer = new { RNN, LSTM, GRU }[kind](D, widths ?? H, { ...all, ...cell })
  const draw = drawing(seed)
  layer.loadStateDict(
    Object.fromEntries(
      layer
        .namedParameters()
        .map(([name, { shape }]) => [name, tensor(rounded(draw(...shape)), { dtype }).mul(0.5)]),
    ),
  )
  return layer as unknown as LSTM
}

/** x (N, T, D), first states (L, N, ·), and cotangents of output, last states and all states. */
export function problemOf(c: Case) {
  const { N, T, D, numLayers, bidirectional, seed } = c
  const draw = drawing(seed + 1e6)
  const directions = bidirectional ? 2 : 1
  const L = numLayers * directions
  const states = <A extends Nested>(...shape: number[]): Record<string, A[]> =>
    Object.fromEntries(
      Object.keys(widthsOf(c)).map((name) => [
        name,
        Array.from({ length: L }, (_, k) => {
          const W = widthsOf(c, Math.floor(k / directions))[name as 'h']
          return rounded(draw(...shape, W)) as A
        }),
      ]),
    )
  return {
    x: rounded(draw(N, T, D)) as Cube,
    first: states<Matrix>(N),
    dOutput: rounded(draw(N, T, widthsOf(c, numLayers - 1).h * directions)) as Cube,
    dLast: states<Matrix>(N),
    dStates: states<Cube>(N, T),
  }
}

/** x, the first states and the parameters as leaves, by name. */
export function inputsOf(c: Case, layer: LSTM, dtype: DType) {
  const { x, first } = problemOf(c)
  const leaf = (values: Nested): Tensor => tensor(values, { dtype, requiresGrad: true })
  const named: Record<string, Tensor> = {
    x: leaf(x),
    ...(c.isGiven && split(c, first, '', '0', leaf)),
    ...Object.fromEntries(layer.namedParameters()),
  }
  return { x: named.x, state: givenOf(c, named), named }
}

/** The states by names and layers; before and behind the names is what they are called besides. */
export const split = <A extends Nested, B = Nested>(
  c: Case,
  all: Record<string, readonly A[]>,
  prefix: string,
  suffix: string,
  f: (values: A[]) => B,
): Record<string, B> =>
  Object.fromEntries(
    Object.entries(all).flatMap(([name, values]) =>
      parts(c, prefix + name + suffix, values).map(([part, some]) => [part, f([...some])]),
    ),
  )
export const same = <A>(values: A[]): A[] => values

/** The state given, of leaves by their names. */
export const givenOf = (c: Case, named: Record<string, Tensor>): Given | null =>
  c.isGiven
    ? (Object.fromEntries(
        Object.keys(widthsOf(c)).map((name) => [
          name,
          c.widths?.map((_, l) => named[`${name}0[${l}]`]) ?? named[`${name}0`],
        ]),
      ) as unknown as Given)
    : null

/** What came out, by name, always with the batch in front. */
export function outputsOf(
  c: Case,
  { output, state, states }: { output: Tensor; state: Given; states?: Given },
): Record<string, Tensor> {
  const named = (all: Given, prefix: string) =>
    Object.fromEntries(
      Object.entries(all).flatMap(([name, own]) =>
        Array.isArray(own)
          ? own.map((t: Tensor, l) => [`${prefix}${name}[${l}]`, t])
          : [[prefix + name, own as Tensor]],
      ),
    )
  return { output, ...named(state, ''), ...(c.every && named(states as Given, 'every ')) }
}

/** The layer on its inputs. */
export function run(c: Case, layer: LSTM, x: Tensor, state: Given | null) {
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
  const after = layer.forward(swap(x), (state as LSTMState | null) ?? undefined, {
    lengths,
    mask: mask && swap(mask),
    resets: resets && swap(resets),
    every: c.every,
  }) as { output: Tensor; state: Given; states?: Given }
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
    ...split(c, dLast, '', '', same),
    ...(c.every && split(c, dStates, 'every ', '', same)),
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
