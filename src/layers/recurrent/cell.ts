// One step of a recurrence, with its parameters: the base of RNNCell and LSTMCell. Sequences of
// steps are recurrent.ts.
import type { Shape, Tensor } from '../../tensor/index.ts'
import {
  type Ok,
  type Refusal,
  requireFlag,
  requireOptions,
  requireSizes,
} from '../../tensor/internal.ts'
import { type LinearOptions, project } from '../linear.ts'
import { Module } from '../module/module.ts'
import { requireInit, requireMatch, requireOwnParameters } from '../parameters.ts'
import type { CellOutput, CellSizes, FittingState, ShapedState, Who } from '../types.ts'
import { drawnParameters, type Recurrence, withShapes } from './recurrence.ts'
import { type NamedTensors, type RNNState, stateOrZeros } from './state.ts'

/** Whether a cell has biases, their dtype and the stream that draws them. */
export type CellOptions = LinearOptions

/** One step of any recurrence: x (N, D), state tensors (N, H) → the next state. */
export abstract class Cell<
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
