// The types of ../pytorch.json and ../onnxKeras.json, and the oracle's cell for a recorded kind and
// its options, which are named as the package's. It computes nothing.
import onnxKeras from '../onnxKeras.json' with { type: 'json' }
import json from '../pytorch.json' with { type: 'json' }
import type { Cube, Matrix, Nested } from './arrays.ts'
import type { Cell, Parameters } from './cell.ts'
import { gru } from './gru.ts'
import { lstm } from './lstm.ts'
import { rnn } from './rnn.ts'
import type { Masks, Sequences, States } from './unroll.ts'

export interface CellOptions {
  nonlinearity?: 'tanh' | 'relu'
  resetAfter?: boolean
  peepholes?: boolean
  projSize?: number
  layerNorm?: boolean
  coupledGates?: boolean
  cellClip?: number
}

type Kind = 'RNN' | 'LSTM' | 'GRU'

/** Where an option stands in the parameters of an LSTM, the oracle's cell reads it from these. */
export const cellOf = (kind: Kind, options: CellOptions = {}): Cell =>
  ({
    RNN: () => rnn(options.nonlinearity),
    LSTM: () => lstm(options),
    GRU: () => gru(options.resetAfter),
  })[kind]()

/** Gradients are of Σ result · cotangent. */
interface Recorded<State, X> {
  parameters: Parameters
  x: X
  state: State
  final: State
  gradients: Record<string, Nested>
}

/** A layer of PyTorch over x (N, T, D), states (layers·directions, N, ·). */
export interface LayerRun extends Recorded<Record<string, Cube>, Cube> {
  options: CellOptions & { numLayers: number; bidirectional?: boolean; bias?: boolean }
  lengths?: number[]
  cotangents: { output: Cube } & Record<string, Cube>
  output: Cube
}

/** A cell of PyTorch, x (N, D), states (N, ·). */
export interface CellRun extends Recorded<States, Matrix> {
  options: CellOptions
  cotangents: States
}

/** A cell with these masks over x (N, T, D), its first states (N, ·), by PyTorch's autograd. */
export interface VariantRun extends Omit<Recorded<States, Cube>, 'final'> {
  cell: Kind
  options: CellOptions
  masks: Masks
  cotangents: { outputs: Sequences; last: States }
  outputs: Sequences
}

/** A layer of ONNX Runtime or Keras, forward only, its weights in the package's order of gates. */
export interface ForeignRun extends Omit<LayerRun, 'gradients' | 'cotangents'> {
  kind: Kind
  /** ONNX's attributes, or Keras's options. */
  onnx?: object
  keras?: object
}

export const foreign = onnxKeras as unknown as {
  onnx: ForeignRun[]
  onnxClip: ForeignRun
  keras: ForeignRun[]
}

export const recorded = json as unknown as Record<Kind, LayerRun[]> & {
  cells: Record<`${Kind}Cell`, CellRun>
  variants: VariantRun[]
}
