// One step of a recurrence, with its parameters: the base of RNNCell, GRUCell and LSTMCell.
// Sequences of steps are layer.ts.
import type { Shape, Tensor } from '../../tensor/index.ts'
import {
  type Ok,
  type Refusal,
  requireFlag,
  requireOptions,
  requireSizes,
} from '../../tensor/internal.ts'
import type { LinearOptions } from '../linear.ts'
import { Module } from '../module/module.ts'
import { requireInit, requireMatch, requireOwnParameters } from '../parameters.ts'
import type { CellOutput, CellSizes, FittingState, ShapedState, Who } from '../types.ts'
import type { AnyOptions } from './options.ts'
import { drawnParameters, type Parameters, type Recurrence, withShapes } from './recurrence.ts'
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
  declare weight_ih: Tensor
  /** From h: (H, H), for an LSTM (4H, H). */
  declare weight_hh: Tensor
  /** (H), for an LSTM (4H); null without biases. */
  declare bias_ih: Tensor | null
  /** (H), for an LSTM (4H); null without biases. */
  declare bias_hh: Tensor | null
  private readonly recurrence: Recurrence<S>
  /** The sizes of its states by name, so that it fits `Recurrent`. */
  get stateSize(): Readonly<Record<keyof S & string, number>> {
    return this.recurrence.states(this.hiddenSize)
  }

  /** `recurrence` chooses one by the options whose names are `others`, for this width. */
  constructor(
    recurrence: (who: string, options: AnyOptions, widths: readonly number[]) => Recurrence<S>,
    others: readonly string[],
    inputSize: I,
    hiddenSize: H,
    options: CellOptions,
  ) {
    super()
    this.inputSize = inputSize
    this.hiddenSize = hiddenSize
    const who = this.describe()
    const allowed = ['bias', 'dtype', 'generator', ...others] as (keyof CellOptions)[]
    const init = requireOptions(who, options, allowed)
    requireFlag(who, 'bias', init.bias)
    requireSizes(who, { inputSize, hiddenSize })
    this.recurrence = recurrence(who, init, [hiddenSize])
    requireInit(who, init)
    Object.assign(this, drawnParameters(this.recurrence, inputSize, hiddenSize, init))
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
    const { recurrence, inputSize: D, hiddenSize: H } = this
    const p = this as unknown as Parameters
    const dtype = requireOwnParameters(who, withShapes(recurrence, p, D, H))
    requireMatch(who, 'x', x, ['N', D], dtype)
    const before = stateOrZeros(
      who,
      recurrence.states(H),
      state as S | undefined,
      [x.shape[0]],
      dtype,
    )
    return recurrence.step(p, x, before, before.h)
  }
}
