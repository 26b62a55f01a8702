// Random recurrent layers and what they are run on, for the properties of layers; it holds no
// property itself.
import fc, { type Arbitrary } from 'fast-check'
import {
  type DType,
  grad,
  LSTM,
  type LSTMState,
  type Module,
  type RecurrentOptions,
  RNN,
  type SequenceOptions,
  type Tensor,
} from 'tapegrad'
import type { Named } from '../documents/agree.ts'
import type { Nested } from '../documents/oracle/arrays.ts'
import { gridded, gridLeaf } from '../support/tensors.ts'

export interface Case {
  kind: 'RNN' | 'LSTM'
  N: number
  T: number
  D: number
  H: number
  numLayers: number
  bidirectional: boolean
  bias: boolean
  batchFirst: boolean
  /** Of the numbers; see `grid`. */
  seed: number
}

const size = fc.integer({ min: 1, max: 4 })

/** Small layers of either kind, in all their options except those given. */
export const cases = (given: Partial<Case> = {}): Arbitrary<Case> =>
  fc
    .record({
      kind: fc.constantFrom('RNN', 'LSTM'),
      N: size,
      T: fc.integer({ min: 1, max: 6 }),
      D: size,
      H: size,
      numLayers: fc.integer({ min: 1, max: 2 }),
      bidirectional: fc.boolean(),
      bias: fc.boolean(),
      batchFirst: fc.boolean(),
      seed: fc.nat(999),
    })
    .map((drawn) => ({ ...drawn, ...given }))

/**
 * Both floats, each with how far two ways to compute the same may lie apart, and over how many
 * cases it is looked at.
 */
export const precisions = [
  { dtype: 'float64', tolerance: 1e-11, usual: 200 },
  { dtype: 'float32', tolerance: 1e-4, usual: 50 },
] as const

/**
 * The layer of a case, its weights at most 1.5 · scale. An RNN passes for an LSTM whose state has
 * no c: nothing here asks which it is.
 */
export function layerOf(c: Case, dtype: DType, scale = 0.5, options: RecurrentOptions = {}): LSTM {
  const { kind, D, H, numLayers, bidirectional, bias, batchFirst, seed } = c
  const layer = new { RNN, LSTM }[kind](D, H, {
    numLayers,
    bidirectional,
    bias,
    batchFirst,
    dtype,
    ...options,
  })
  layer.loadStateDict(
    Object.fromEntries(
      layer
        .namedParameters()
        .map(([name, p], k) => [name, gridded(p.shape, seed + k, dtype).mul(scale)]),
    ),
  )
  return layer as LSTM
}

/** A state whose tensors are f of 0 (h) and 1 (c, where there is one). */
export const stateOf = ({ kind }: Case, f: (k: number) => Tensor): LSTMState =>
  Object.fromEntries(
    (kind === 'LSTM' ? ['h', 'c'] : ['h']).map((name, k) => [name, f(k)]),
  ) as unknown as LSTMState

/** f of each tensor of a state. */
export const mapState = (state: LSTMState, f: (t: Tensor) => Tensor): LSTMState =>
  Object.fromEntries(Object.entries(state).map(([name, t]) => [name, f(t)])) as unknown as LSTMState

/**
 * What a layer is run on, always (N, T, D), and the cotangents of what comes out, always (N, T,
 * H·directions).
 */
export function problem(c: Case, dtype: DType) {
  const { N, T, D, H, numLayers, bidirectional, seed } = c
  const directions = bidirectional ? 2 : 1
  const states = [numLayers * directions, N, H]
  return {
    x: gridLeaf([N, T, D], seed + 100, dtype),
    state: stateOf(c, (k) => gridLeaf(states, seed + 101 + k, dtype)),
    cotangents: {
      output: gridded([N, T, H * directions], seed + 103, dtype),
      ...stateOf(c, (k) => gridded(states, seed + 104 + k, dtype)),
    },
  }
}

/** x and the first state by name, and the layer's parameters. */
export const inputsOf = (layer: Module, x: Tensor, state: LSTMState): Record<string, Tensor> => ({
  x,
  ...Object.fromEntries(Object.entries(state).map(([name, t]) => [`${name}0`, t])),
  ...Object.fromEntries(layer.namedParameters()),
})

/**
 * The layer on x (N, T, D), its output (N, T, H·directions), mask and resets (N, T), whichever axis
 * it takes for the batch.
 */
export function run(
  { batchFirst }: Case,
  layer: LSTM,
  x: Tensor,
  state?: LSTMState,
  { lengths, mask, resets }: SequenceOptions = {},
): { output: Tensor; state: LSTMState } {
  const swap = (t: Tensor): Tensor =>
    batchFirst ? t : t.permute(t.rank === 2 ? [1, 0] : [1, 0, 2])
  const after = layer.forward(swap(x), state, {
    lengths,
    mask: mask && swap(mask),
    resets: resets && swap(resets),
  })
  return { output: swap(after.output), state: after.state }
}

/**
 * Outputs by name, and after them the gradients of inputs by name (as 'd…'), each output weighted
 * by the cotangent of its name: numbers, no tensors.
 */
export function results(
  outputs: Record<string, Tensor>,
  cotangents: Record<string, Tensor>,
  inputs: Record<string, Tensor>,
): Named {
  const names = Object.keys(outputs)
  const values = names.map((name) => [name, outputs[name].toArray() as Nested] as const)
  const found = grad(Object.values(outputs), Object.values(inputs), {
    gradOutputs: names.map((name) => cotangents[name]),
  })
  return Object.fromEntries([
    ...values,
    ...Object.keys(inputs).map((name, i) => [`d${name}`, found[i].toArray() as Nested] as const),
  ])
}
