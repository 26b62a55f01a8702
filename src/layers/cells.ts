// RNNCell and LSTMCell, one step of a recurrence with its parameters; what goes through time is recurrent.ts.
import { checkOptions, type Tensor } from '../tensor/index.ts'
import { checkFloat, checkSizes, checkTensor } from './check.ts'
import { type LinearOptions, project } from './linear.ts'
import { Module } from './module.ts'
import {
  elman,
  type LSTMState,
  longShortTermMemory,
  type NamedTensors,
  type Recurrence,
  type RNNState,
  recurrentParameters,
  stateOrZeros,
} from './recurrence.ts'

export type CellOptions = LinearOptions

/** One step of any recurrence: x (N, D), state tensors (N, H) → the next state. */
abstract class Cell<S extends NamedTensors<S>> extends Module {
  readonly inputSize: number
  readonly hiddenSize: number
  weight_ih: Tensor
  weight_hh: Tensor
  bias_ih: Tensor | null
  bias_hh: Tensor | null
  private readonly recurrence: Recurrence<S>

  constructor(recurrence: Recurrence<S>, inputSize: number, hiddenSize: number, options: CellOptions) {
    super()
    this.recurrence = recurrence
    this.inputSize = inputSize
    this.hiddenSize = hiddenSize
    const who = this.describe()
    checkOptions(who, options, ['bias', 'dtype', 'generator'] satisfies (keyof CellOptions)[])
    checkSizes(who, { inputSize, hiddenSize })
    checkFloat(who, options.dtype ?? 'float32')
    const { weight_ih, weight_hh, bias_ih, bias_hh } = recurrentParameters(recurrence.gates, inputSize, hiddenSize, options)
    this.weight_ih = weight_ih
    this.weight_hh = weight_hh
    this.bias_ih = bias_ih
    this.bias_hh = bias_hh
  }

  protected abstract override describe(): string

  /** x (N, D), state tensors (N, H) (zeros when left out) → the next state */
  forward(x: Tensor, state?: S): S {
    const who = this.describe()
    const { dtype } = this.weight_ih
    checkTensor(who, 'x', x, ['N', this.inputSize], dtype)
    const before = stateOrZeros(who, this.recurrence, state, [x.shape[0], this.hiddenSize], dtype)
    const z = project(x, this.weight_ih, this.bias_ih).add(project(before.h, this.weight_hh, this.bias_hh))
    return this.recurrence.step(z, before)
  }
}

/**
 * One Elman step (Elman 1990): h′ = tanh(x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh).
 * x (N, D), h and h′ (N, H), weight_ih (H, D), weight_hh (H, H), biases (H), all drawn from U(−1/√H, 1/√H), as in PyTorch.
 *
 * @throws ValueError for sizes that are no positive integers or unknown options; DTypeError for a dtype that is not a float's.
 * `forward` throws ShapeError or DTypeError naming the input that does not fit, ValueError for a state that is not `{ h }`.
 *
 * @example
 * const cell = new RNNCell(3, 5)
 * const { h } = cell.forward(ones([2, 3]))   // h (2, 5), from h = 0
 * cell.forward(ones([2, 3]), { h })
 */
export class RNNCell extends Cell<RNNState> {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(elman, inputSize, hiddenSize, options)
  }

  protected override describe(): string {
    return `RNNCell(${this.inputSize} → ${this.hiddenSize})`
  }
}

/**
 * One LSTM step (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000), without peepholes:
 * (i, f, g, o) = x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh, c′ = σ(f) ⊙ c + σ(i) ⊙ tanh(g), h′ = σ(o) ⊙ tanh(c′).
 * x (N, D), h, c, h′, c′ (N, H), weight_ih (4H, D), weight_hh (4H, H), biases (4H), all drawn from U(−1/√H, 1/√H), as in PyTorch.
 *
 * @throws ValueError for sizes that are no positive integers or unknown options; DTypeError for a dtype that is not a float's.
 * `forward` throws ShapeError or DTypeError naming the input that does not fit, ValueError for a state that is not `{ h, c }`.
 *
 * @example
 * const cell = new LSTMCell(3, 5)
 * const { h, c } = cell.forward(ones([2, 3]))   // both (2, 5), from zeros
 * cell.forward(ones([2, 3]), { h, c })
 */
export class LSTMCell extends Cell<LSTMState> {
  constructor(inputSize: number, hiddenSize: number, options: CellOptions = {}) {
    super(longShortTermMemory, inputSize, hiddenSize, options)
  }

  protected override describe(): string {
    return `LSTMCell(${this.inputSize} → ${this.hiddenSize})`
  }
}
