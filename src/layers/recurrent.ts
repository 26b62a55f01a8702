// RNN and LSTM over sequences: a recurrence folded over time, in layers and directions; the recurrence itself is recurrence.ts.
import { cat, checkOptions, type Generator, ShapeError, show, stack, type Tensor } from '../tensor/index.ts'
import { checkFloat, checkProbability, checkSizes, checkTensor } from './check.ts'
import { dropout } from './dropout.ts'
import type { LinearOptions } from './linear.ts'
import { Module } from './module.ts'
import { type Packing, packing } from './packing.ts'
import {
  elman,
  type LSTMState,
  longShortTermMemory,
  type NamedTensors,
  type Recurrence,
  type RNNState,
  recurrentParameters,
  stateOf,
  stateOrZeros,
  unrolled,
} from './recurrence.ts'

export interface RecurrentOptions extends LinearOptions {
  /** Layers on top of each other (1). */
  numLayers?: number
  /** Run every layer from the end to the start as well, and hand on both outputs side by side (false). */
  bidirectional?: boolean
  /** The probability of dropping an element between two layers, in training (0). */
  dropout?: number
  /** Sequences are (N, T, D) (true) or (T, N, D). */
  batchFirst?: boolean
}

export interface SequenceOptions {
  /** How many steps of each of the N sequences count; all of them when left out. */
  lengths?: readonly number[]
}

const optionNames = ['numLayers', 'bidirectional', 'dropout', 'bias', 'batchFirst', 'dtype', 'generator'] satisfies (keyof RecurrentOptions)[]

/** Any recurrence over sequences. One pass (a layer in a direction) owns the parameters with its suffix: `l0`, `l0_reverse`, `l1`, … */
abstract class Recurrent<S extends NamedTensors<S>> extends Module {
  [weight: `weight_ih_l${string}` | `weight_hh_l${string}`]: Tensor
  [bias: `bias_ih_l${string}` | `bias_hh_l${string}`]: Tensor | null
  readonly inputSize: number
  readonly hiddenSize: number
  readonly numLayers: number
  readonly bidirectional: boolean
  readonly dropout: number
  readonly batchFirst: boolean
  private readonly generator: Generator | undefined
  private readonly recurrence: Recurrence<S>

  constructor(recurrence: Recurrence<S>, inputSize: number, hiddenSize: number, options: RecurrentOptions) {
    super()
    const { numLayers = 1, bidirectional = false, dropout = 0, bias = true, batchFirst = true, dtype = 'float32', generator } = options
    this.recurrence = recurrence
    this.inputSize = inputSize
    this.hiddenSize = hiddenSize
    this.numLayers = numLayers
    this.bidirectional = bidirectional
    this.dropout = dropout
    this.batchFirst = batchFirst
    this.generator = generator
    const who = this.describe()
    checkOptions(who, options, optionNames)
    checkSizes(who, { inputSize, hiddenSize, numLayers })
    checkProbability(who, 'dropout', dropout)
    checkFloat(who, dtype)
    for (let layer = 0; layer < numLayers; layer++) {
      const D = layer === 0 ? inputSize : hiddenSize * this.suffixes(layer).length
      for (const suffix of this.suffixes(layer)) {
        const { weight_ih, weight_hh, bias_ih, bias_hh } = recurrentParameters(recurrence.gates, D, hiddenSize, { bias, dtype, generator })
        this[`weight_ih_${suffix}`] = weight_ih
        this[`weight_hh_${suffix}`] = weight_hh
        this[`bias_ih_${suffix}`] = bias_ih
        this[`bias_hh_${suffix}`] = bias_hh
      }
    }
  }

  protected abstract override describe(): string

  /** The passes of one layer, forward first. */
  private suffixes(layer: number) {
    return this.bidirectional ? ([`l${layer}`, `l${layer}_reverse`] as const) : ([`l${layer}`] as const)
  }

  /**
   * x (N, T, D), state tensors (L, N, H) (zeros when left out) → output (N, T, H·directions), the last layer's h at every step,
   * and the state after the last step of every pass, L = numLayers·directions.
   * With `lengths`, sequence n ends after lengths[n] steps: its state is the one there (in reverse, the one at its beginning), output is 0 behind it, and
   * nothing is computed for the padding, whatever stands there.
   */
  forward(x: Tensor, state?: S, options: SequenceOptions = {}): { output: Tensor; state: S } {
    const who = this.describe()
    const { recurrence } = this
    const { dtype } = this.weight_ih_l0
    checkOptions(who, options, ['lengths'] satisfies (keyof SequenceOptions)[])
    checkTensor(who, 'x', x, this.batchFirst ? ['N', 'T', this.inputSize] : ['T', 'N', this.inputSize], dtype)
    const [N, T] = this.batchFirst ? x.shape : [x.shape[1], x.shape[0]]
    if (T === 0) throw new ShapeError(`${who}: expected at least one time step, got x of shape ${show(x.shape)}`)
    const passes = this.numLayers * this.suffixes(0).length
    const given = stateOrZeros(who, recurrence, state, [passes, N, this.hiddenSize], dtype)
    const layout = packing(who, N, T, this.batchFirst, options.lengths)
    const initial = stateOf(recurrence, (name) => layout.sort(given[name]))

    const finals: S[] = []
    let rows = layout.pack(x)
    for (let layer = 0; layer < this.numLayers; layer++) {
      const input = layer > 0 && this.training ? dropout(rows, this.dropout, this.generator) : rows
      const outputs = this.suffixes(layer).map((suffix) => {
        const pass = finals.length
        const before = stateOf(recurrence, (name) => initial[name].select(0, pass))
        const { hs, last } = this.fold(input, suffix, before, layout)
        finals.push(last)
        return hs
      })
      rows = outputs.length > 1 ? cat(outputs, 1) : outputs[0]
    }
    return { output: layout.unpack(rows), state: stateOf(recurrence, (name) => layout.restore(stack(finals.map((last) => last[name])))) }
  }

  /** Packed rows x (Σ sizes, D), state (N, H) → h after every step (Σ sizes, H), and every sequence's last state. */
  private fold(x: Tensor, suffix: `l${string}`, state: S, layout: Packing): { hs: Tensor; last: S } {
    const { recurrence } = this
    const { names } = recurrence
    const [b_ih, b_hh] = [this[`bias_ih_${suffix}`], this[`bias_hh_${suffix}`]]
    const backwards = suffix.endsWith('reverse')
    const weights = [this[`weight_ih_${suffix}`], this[`weight_hh_${suffix}`]]
    const inputs = [backwards ? layout.reverse(x) : x, ...weights, ...names.map((name) => state[name]), ...(b_ih && b_hh ? [b_ih.add(b_hh)] : [])]
    const y = recurrence.fused(inputs, layout.sizes, (same) => unrolled(recurrence, same, layout.sizes))
    const N = state.h.shape[0]
    const end = N + x.shape[0]
    const hs = y.slice(0, N, end)
    const last = stateOf(recurrence, (name) => y.slice(0, end + names.indexOf(name) * N, end + (names.indexOf(name) + 1) * N))
    return { hs: backwards ? layout.reverse(hs) : hs, last }
  }
}

/**
 * The Elman network (Elman 1990) over sequences: h_t = tanh(x_t·W_ihᵀ + b_ih + h_{t−1}·W_hhᵀ + b_hh).
 * A layer's input is the output of the one below, dropped out with probability `dropout` in training.
 *
 * x (N, T, D) → output (N, T, H·directions); state h (numLayers·directions, N, H), ordered layer by layer, forward before reverse.
 * weight_ih_l0 (H, D), weight_ih_l1 (H, H·directions), weight_hh_l0 (H, H), bias_ih_l0 and bias_hh_l0 (H), …, weight_ih_l0_reverse, …:
 * names, shapes and U(−1/√H, 1/√H) are PyTorch's.
 *
 * @throws ValueError for sizes that are no positive integers, dropout outside 0..1 or unknown options; DTypeError for a dtype that is not a float's.
 * `forward` throws ShapeError or DTypeError naming the input that does not fit, ValueError for a state that is not `{ h }`.
 *
 * @example
 * const { output, state } = new RNN(3, 5, { bidirectional: true }).forward(ones([2, 7, 3]))
 * output.shape    // [2, 7, 10]
 * state.h.shape   // [2, 2, 5]
 */
export class RNN extends Recurrent<RNNState> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(elman, inputSize, hiddenSize, options)
  }

  protected override describe(): string {
    return `RNN(${this.inputSize} → ${this.hiddenSize})`
  }
}

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000) over sequences:
 * (i, f, g, o)_t = x_t·W_ihᵀ + b_ih + h_{t−1}·W_hhᵀ + b_hh, c_t = σ(f) ⊙ c_{t−1} + σ(i) ⊙ tanh(g), h_t = σ(o) ⊙ tanh(c_t).
 * A layer's input is the output of the one below, dropped out with probability `dropout` in training.
 *
 * x (N, T, D) → output (N, T, H·directions); state h and c (numLayers·directions, N, H), ordered layer by layer, forward before reverse.
 * weight_ih_l0 (4H, D), weight_ih_l1 (4H, H·directions), weight_hh_l0 (4H, H), bias_ih_l0 and bias_hh_l0 (4H), …, weight_ih_l0_reverse, …:
 * names, shapes, gate order and U(−1/√H, 1/√H) are PyTorch's.
 *
 * @throws ValueError for sizes that are no positive integers, dropout outside 0..1 or unknown options; DTypeError for a dtype that is not a float's.
 * `forward` throws ShapeError or DTypeError naming the input that does not fit, ValueError for a state that is not `{ h, c }`.
 *
 * @example
 * const lstm = new LSTM(3, 5, { numLayers: 2 })
 * const { output, state } = lstm.forward(ones([4, 7, 3]))   // output (4, 7, 5), state.h and state.c (2, 4, 5)
 * lstm.forward(ones([4, 7, 3]), state)                      // goes on where the first left off
 */
export class LSTM extends Recurrent<LSTMState> {
  constructor(inputSize: number, hiddenSize: number, options: RecurrentOptions = {}) {
    super(longShortTermMemory, inputSize, hiddenSize, options)
  }

  protected override describe(): string {
    return `LSTM(${this.inputSize} → ${this.hiddenSize})`
  }
}
