// What the tests of gate orders share: stored cases, tensors as arrays, and random layers.
import fc from 'fast-check'
import {
  GRU,
  type GRUOptions,
  LSTM,
  type LSTMOptions,
  type Module,
  RNN,
  type Tensor,
  tensor,
} from 'tapegrad'
import type { RecurrentKind } from '../../../src/files/index.ts'
import { disagreements, type Nested } from '../../support/numbers.ts'
import { gridded } from '../../support/tensors.ts'

export interface Case {
  readonly kind: RecurrentKind
  readonly widths: number[]
  readonly options: GRUOptions & LSTMOptions
  readonly keras?: object
  readonly onnx?: object
  readonly layers: readonly object[]
  readonly x: Nested
  readonly output: Nested
}

const classes = { RNN, GRU, LSTM }
const layerOf = ({ kind, widths, options }: Case) =>
  new (classes[kind] as typeof LSTM)(2, widths, options)

/** Arrays of numbers as tensors, in objects as they are. */
export function tensors(x: object): unknown {
  return Array.isArray(x)
    ? tensor(x as number[])
    : Object.fromEntries(Object.entries(x).map(([name, part]) => [name, tensors(part)]))
}
const isTensor = (x: object): x is Tensor => 'toArray' in x
/** The other way. */
export const arrays = (x: object): unknown =>
  isTensor(x)
    ? x.toArray()
    : Array.isArray(x)
      ? x.map(arrays)
      : Object.fromEntries(Object.entries(x).map(([name, part]) => [name, arrays(part)]))

export function wrongOutput(one: Case, state: Record<string, Tensor>): string[] {
  const layer = layerOf(one)
  layer.loadStateDict(state)
  const { output } = layer.forward(tensor(one.x as number[][][]))
  return disagreements(output.toArray(), one.output, 2e-6)
}
export const cases = fc.record({
  kind: fc.constantFrom<RecurrentKind[]>('RNN', 'GRU', 'LSTM'),
  D: fc.integer({ min: 1, max: 3 }),
  widths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
  bias: fc.boolean(),
  bidirectional: fc.boolean(),
  dtype: fc.constantFrom('float32', 'float64'),
  resetAfter: fc.boolean(),
  peepholes: fc.boolean(),
  seed: fc.nat(999),
})
export type Drawn = typeof cases extends fc.Arbitrary<infer C> ? C : never

/** A layer whose numbers are sixteenths, so that sums of two are exact. */
export function drawn({ kind, D, widths, seed, resetAfter, peepholes, ...options }: Drawn) {
  const own = kind === 'GRU' ? { resetAfter } : kind === 'LSTM' ? { peepholes } : {}
  const layer: Module = new (classes[kind] as typeof LSTM)(D, widths, {
    ...options,
    ...own,
  } as LSTMOptions)
  const state = Object.entries(layer.stateDict()).map(([name, t], i) => [
    name,
    gridded([...t.shape], seed + i, options.dtype as 'float32'),
  ])
  return Object.fromEntries(state) as Record<string, Tensor>
}
