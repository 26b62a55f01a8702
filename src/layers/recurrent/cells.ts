// RNNCell and LSTMCell: one step of a recurrence, with its parameters. Sequences of steps are
// recurrent.ts.
import type { Shape, Tensor } from '../../tensor/index.ts'
import {
  type Ok,
  type Refusal,
  requireFlag,
  requireOptions,
  requireSizes,
  shown,
} from '../../tensor/internal.ts'
import { requireInit, requireMatch, requireOwnParameters } from '../fit.ts'
import { type LinearOptions, project } from '../linear.ts'
import { Module } from '../module/module.ts'
import type { CellOutput, CellSizes, FittingState, ShapedState, Who } from '../types.ts'
import { drawnParameters, lstm, type Recurrence, rnn, withShapes } from './recurrence.ts'
import { type LSTMState, type NamedTensors, type RNNState, stateOrZeros } from './state.ts'

/** Whether a cell has biases, their dtype and the stream that draws them. */
export type CellOptions = LinearOptions

/** One step of any recurrence: x (N, D), state tensors (N, H) → the next state. */
abstract class Cell<
  Name extends string,
  S extends NamedTensors<S>,
  out I extends number,
  out H extends number,
> extends Module {
  /** D: the last axis of the input. */
  readonly inputSize: I
  /** H: the last axis of each of the state's tensors. */
  readonly hiddenSize: H
  /** From the input: (H, D), for an LSTM (4H, D), gates i, f, g, o. */
  weight_ih: Tensor
  /** From h: (H, H), for an LSTM (4H, H). */
  weight_hh: Tensor
  /** (H), for an LSTM (4H); null without biases. */
  bias_ih: Tensor | null
  /** (H), for an LSTM (4H); null without biases. */
  bias_hh: Tensor | null
  private readonly recurrence: Recurrence<S>

  constructor(recurrence: Recurrence<S>, inputSize: I, hiddenSize: H, options: CellOptions) {
    super()
    this.recurrence = recurrence
    this.inputSize = inputSize
    this.hiddenSize = hiddenSize
    const who = this.describe()
    const init = requireOptions(who, options, ['bias', 'dtype', 'generator'])
    requireFlag(who, 'bias', init.bias)
    requireSizes(who, { inputSize, hiddenSize })
    requireInit(who, init)
    const { weight_ih, weight_hh, bias_ih, bias_hh } = drawnParameters(
      recurrence.gates,
      inputSize,
      hiddenSize,
      init,
    )
    this.weight_ih = weight_ih
    this.weight_hh = weight_hh
    this.bias_ih = bias_ih
    this.bias_hh = bias_hh
  }

  protected abstract override describe(): string

  /**
   * x (N, D), state tensors (N, H) (zeros when left out) → the next state. Throws a ShapeError or
   * DTypeError for what does not fit.
   */
  forward<A extends Shape, D extends number, K extends number, G extends RNNState = RNNState>(
    this: CellSizes<D, K>,
    x: Refusal<CellOutput<Name, A, D, K>> & Tensor<A>,
    state?: Refusal<FittingState<Who<Name, D, K>, G, readonly [A[0], K]>> &
      G &
      ShapedState<S, Shape>,
  ): ShapedState<S, Ok<CellOutput<Name, A, D, K>>>
  forward(x: Tensor, state?: ShapedState<S, Shape>): ShapedState<S, Shape> {
    const who = this.describe()
    const { gates, names } = this.recurrence
    const { inputSize: D, hiddenSize: H } = this
    const dtype = requireOwnParameters(who, withShapes(this, '', [gates, D, H]))
    requireMatch(who, 'x', x, ['N', D], dtype)
    const before = stateOrZeros(who, names, state as S | undefined, [x.shape[0], H], dtype)
    const z = project(x, this.weight_ih, this.bias_ih).add(
      project(before.h, this.weight_hh, this.bias_hh),
    )
    return this.recurrence.step(z, before)
  }
}

/**
 * One Elman step (Elman 1990, "Finding structure in time"):
 *
 *     h′ = tanh(x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh)
 *
 * x (N, D), h and h′ (N, H), weight_ih (H, D), weight_hh (H, H), biases (H), all drawn from
 * U(−1/√H, 1/√H), as in PyTorch.
 *
 * Throws a ValueError for sizes that are no positive integers or unknown options, a DTypeError for
 * a dtype that is not a float's. `forward` throws a ShapeError or DTypeError naming the input that
 * does not fit, a ValueError for a state that is not `{ h }`.
 *
 * ```ts
 * const cell = new RNNCell(3, 5)
 * const { h } = cell.forward(ones([2, 3])) // from h = 0
 * h // (2, 5)
 * cell.forward(ones([2, 3]), { h })
 * ```
 */
export class RNNCell<out I extends number = number, out H extends number = number> extends Cell<
  'RNNCell',
  RNNState,
  I,
  H
> {
  constructor(inputSize: I, hiddenSize: H, options: CellOptions = {}) {
    super(rnn, inputSize, hiddenSize, options)
  }

  protected override describe(): string {
    return `RNNCell(${shown(this.inputSize)} → ${shown(this.hiddenSize)})`
  }
}

/**
 * One LSTM step (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000), without peepholes:
 *
 *     (i, f, g, o) = x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh
 *     c′ = σ(f) ⊙ c + σ(i) ⊙ tanh(g)
 *     h′ = σ(o) ⊙ tanh(c′)
 *
 * x (N, D), h, c, h′, c′ (N, H), weight_ih (4H, D), weight_hh (4H, H), biases (4H), all drawn from
 * U(−1/√H, 1/√H), as in PyTorch.
 *
 * Throws a ValueError for sizes that are no positive integers or unknown options, a DTypeError for
 * a dtype that is not a float's. `forward` throws a ShapeError or DTypeError naming the input that
 * does not fit, a ValueError for a state that is not `{ h, c }`.
 *
 * ```ts
 * const cell = new LSTMCell(3, 5)
 * const { h, c } = cell.forward(ones([2, 3])) // from zeros
 * h // (2, 5)
 * c // (2, 5)
 * cell.forward(ones([2, 3]), { h, c })
 * ```
 */
export class LSTMCell<out I extends number = number, out H extends number = number> extends Cell<
  'LSTMCell',
  LSTMState,
  I,
  H
> {
  constructor(inputSize: I, hiddenSize: H, options: CellOptions = {}) {
    super(lstm, inputSize, hiddenSize, options)
  }

  protected override describe(): string {
    return `LSTMCell(${shown(this.inputSize)} → ${shown(this.hiddenSize)})`
  }
}
