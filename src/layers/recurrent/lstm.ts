// The LSTM: its step, LSTMCell with parameters for one step, and LSTM over sequences.
import { ValueError } from '../../tensor/index.ts'
import { shown } from '../../tensor/internal.ts'
import type { Widths } from '../types.ts'
import { Cell, type CellOptions } from './cell.ts'
import { RecurrentLayer } from './layer.ts'
import { chosenLSTM, LSTM_VARIANT, type LSTMVariant } from './lstmStep.ts'
import type { AnyOptions, NoMisspelt, OptionsArgument, RecurrentOptions } from './options.ts'
import type { LSTMState } from './state.ts'

/** The options of an LSTMCell. */
export interface LSTMCellOptions extends CellOptions, LSTMVariant {}
/** The options of an LSTM. */
export interface LSTMOptions extends RecurrentOptions, LSTMVariant {}

/** H, or some number where h has, or may have, a size of its own. */
type Projected<H extends Widths, O> = O extends readonly [{ projSize?: infer P }]
  ? unknown extends P
    ? H
    : [P] extends [undefined]
      ? H
      : H extends readonly number[]
        ? { readonly [L in keyof H]: number }
        : number
  : H

/** The recurrence of these options, for cells of these widths. Throws for a wrong one. */
function chosen(who: string, options: AnyOptions, widths: readonly number[]) {
  const recurrence = chosenLSTM(who, options)
  const { projSize } = options
  const narrowest = Math.min(...widths)
  if (projSize !== undefined && projSize >= narrowest)
    throw new ValueError(
      `${who}: expected projSize to be less than hiddenSize, got ${projSize} and ${narrowest}: ` +
        'leave it out for an h that is not projected',
    )
  return recurrence
}

/**
 * One LSTM step (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000), without options:
 *
 *     (i, f, g, o) = x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh
 *     c′ = σ(f) ⊙ c + σ(i) ⊙ tanh(g)
 *     h′ = σ(o) ⊙ tanh(c′)
 *
 * x (N, D), h, c, h′, c′ (N, H), weight_ih (4H, D), weight_hh (4H, H), biases (4H), all drawn from
 * U(−1/√H, 1/√H), as in PyTorch.
 *
 * With projSize P, h and h′ are (N, P), and weight_hh (4H, P). With coupledGates, weights and
 * biases have 3H rows. Parameters of options come behind these.
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
  /** With projSize the compiler takes H for either of hiddenSize and projSize. */
  constructor(
    inputSize: I,
    hiddenSize: H,
    options: LSTMCellOptions & { projSize?: H | undefined } = {},
  ) {
    super(chosen, LSTM_VARIANT, inputSize, hiddenSize, options)
  }

  protected override describe(): string {
    return `LSTMCell(${shown(this.inputSize)} → ${shown(this.hiddenSize)})`
  }
}

/**
 * Long short-term memory (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000) over
 * sequences:
 *
 *     (i, f, g, o) = x_t·W_ihᵀ + b_ih + h_{t−1}·W_hhᵀ + b_hh
 *     c_t = σ(f) ⊙ c_{t−1} + σ(i) ⊙ tanh(g)
 *     h_t = σ(o) ⊙ tanh(c_t)
 *
 * A layer's input is the output of the layer below, after dropout with probability `dropout` in
 * training.
 *
 * x (N, T, D) → output (N, T, H·directions); state h and c (numLayers·directions, N, H), ordered
 * layer by layer, forward before reverse. weight_ih_l0 (4H, D), weight_ih_l1 (4H, H·directions),
 * weight_hh_l0 (4H, H), bias_ih_l0 and bias_hh_l0 (4H), …, weight_ih_l0_reverse, …: names, shapes,
 * gate order and U(−1/√H, 1/√H) are PyTorch's.
 *
 * With projSize P, h has P for H: output (N, T, P·directions), weight_hh_l0 (4H, P), weight_ih_l1
 * (4H, P·directions). With coupledGates, weights and biases have 3H rows. Parameters of options
 * come behind these.
 *
 * With a list for hiddenSize, a width H_l for each layer, output is (N, T, H_last·directions),
 * weight_ih_l1 (4H_1, H_0·directions), …, and state h and c lists of tensors (directions, N,
 * H_l).
 *
 * Throws a ValueError for sizes that are no positive integers, dropout outside 0..1 or unknown
 * options, a DTypeError for a dtype that is not a float's. `forward` throws a ShapeError or
 * DTypeError naming the input that does not fit, a ValueError for a state that is not `{ h, c }`.
 *
 * ```ts
 * const lstm = new LSTM(3, 5, { numLayers: 2 })
 * const { output, state } = lstm.forward(ones([4, 7, 3]))
 * output // (4, 7, 5)
 * state.c // (2, 4, 5)
 * lstm.forward(ones([4, 7, 3]), state) // goes on from there
 * new LSTM(3, [8, 5]).forward(ones([4, 7, 3])).state.c[0] // (1, 4, 8)
 * ```
 */
export class LSTM<
  I extends number = number,
  const H extends Widths = number,
  const O extends OptionsArgument = OptionsArgument,
> extends RecurrentLayer<'LSTM', LSTMState, I, Projected<H, O>, O> {
  constructor(inputSize: I, hiddenSize: H, ...[options = {}]: O & NoMisspelt<O>) {
    const own = hiddenSize as Projected<H, O>
    super(chosen, LSTM_VARIANT, inputSize, own, options)
  }

  protected override describe(): string {
    return `LSTM(${shown(this.inputSize)} → ${shown(this.hiddenSize)})`
  }
}
