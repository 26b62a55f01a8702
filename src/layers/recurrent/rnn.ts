// The Elman network: its step, RNNCell with parameters for one step, and RNN over sequences.
import { affine, requireChoice, shown } from '../../tensor/internal.ts'
import type { Widths } from '../types.ts'
import { Cell, type CellOptions } from './cell.ts'
import { RecurrentLayer } from './layer.ts'
import type { AnyOptions, NoMisspelt, OptionsArgument, RecurrentOptions } from './options.ts'
import { gated, type Recurrence } from './recurrence.ts'
import type { RNNState } from './state.ts'

/** The function of a recurrence's sum. */
export interface RNNCellOptions extends CellOptions {
  /** 'tanh' (default), or 'relu', max(0, ·). */
  nonlinearity?: 'tanh' | 'relu' | undefined
}
/** The options of an RNN. */
export interface RNNOptions extends RecurrentOptions, Pick<RNNCellOptions, 'nonlinearity'> {}

const NONLINEARITIES = ['tanh', 'relu'] as const

// @__NO_SIDE_EFFECTS__
const recurrenceOf = (nonlinearity: 'tanh' | 'relu'): Recurrence<RNNState> => ({
  name: 'rnn',
  states: (H) => ({ h: H }),
  parameters: (D, H) => gated(1, D, H),
  step: ({ weight_ih, weight_hh, bias_ih, bias_hh }, x, _, hidden) => ({
    h: affine(x, weight_ih, bias_ih)
      .add(affine(hidden, weight_hh, bias_hh))
      [nonlinearity](),
  }),
})
/** h′ = tanh(x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh) (Elman 1990, "Finding structure in time"). */
export const rnn = recurrenceOf('tanh')
const rectified = recurrenceOf('relu')

function chosen(who: string, { nonlinearity = 'tanh' }: AnyOptions): Recurrence<RNNState> {
  requireChoice(who, 'nonlinearity', nonlinearity, NONLINEARITIES)
  return nonlinearity === 'tanh' ? rnn : rectified
}

/**
 * One Elman step (Elman 1990, "Finding structure in time"):
 *
 *     h′ = tanh(x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh)
 *
 * With nonlinearity 'relu', h′ = max(0, …).
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
  constructor(inputSize: I, hiddenSize: H, options: RNNCellOptions = {}) {
    super(chosen, ['nonlinearity'], inputSize, hiddenSize, options)
  }

  protected override describe(): string {
    return `RNNCell(${shown(this.inputSize)} → ${shown(this.hiddenSize)})`
  }
}

/**
 * The Elman network (Elman 1990, "Finding structure in time") over sequences:
 *
 *     h_t = tanh(x_t·W_ihᵀ + b_ih + h_{t−1}·W_hhᵀ + b_hh)
 *
 * With nonlinearity 'relu', h_t = max(0, …).
 *
 * A layer's input is the output of the layer below, after dropout with probability `dropout` in
 * training.
 *
 * x (N, T, D) → output (N, T, H·directions); state h (numLayers·directions, N, H), ordered layer by
 * layer, forward before reverse. weight_ih_l0 (H, D), weight_ih_l1 (H, H·directions), weight_hh_l0
 * (H, H), bias_ih_l0 and bias_hh_l0 (H), …, weight_ih_l0_reverse, …: names, shapes and U(−1/√H,
 * 1/√H) are PyTorch's.
 *
 * With a list for hiddenSize, a width H_l for each layer, output is (N, T, H_last·directions),
 * weight_ih_l1 (H_1, H_0·directions), …, and state h a list of tensors (directions, N, H_l).
 *
 * Throws a ValueError for sizes that are no positive integers, dropout outside 0..1 or unknown
 * options, a DTypeError for a dtype that is not a float's. `forward` throws a ShapeError or
 * DTypeError naming the input that does not fit, a ValueError for a state that is not `{ h }`.
 *
 * ```ts
 * const { output, state } = new RNN(3, 5, { bidirectional: true }).forward(ones([2, 7, 3]))
 * output // (2, 7, 10)
 * state.h // (2, 2, 5)
 * ```
 */
export class RNN<
  I extends number = number,
  const H extends Widths = number,
  const O extends OptionsArgument = OptionsArgument,
> extends RecurrentLayer<'RNN', RNNState, I, H, O> {
  constructor(inputSize: I, hiddenSize: H, ...[options = {}]: O & NoMisspelt<O>) {
    super(chosen, ['nonlinearity'], inputSize, hiddenSize, options)
  }

  protected override describe(): string {
    return `RNN(${shown(this.inputSize)} → ${shown(this.hiddenSize)})`
  }
}
