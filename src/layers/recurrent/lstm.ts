// LSTM over sequences. One step of it is LSTMCell in cells.ts.

import { shown } from '../../tensor/internal.ts'
import type { NoMisspelt, OptionsArgument } from '../options.ts'
import { lstm } from './recurrence.ts'
import { Recurrent } from './recurrent.ts'
import type { LSTMState } from './state.ts'

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
 * ```
 */
export class LSTM<
  I extends number = number,
  H extends number = number,
  const O extends OptionsArgument = OptionsArgument,
> extends Recurrent<'LSTM', LSTMState, I, H, O> {
  constructor(inputSize: I, hiddenSize: H, ...[options = {}]: O & NoMisspelt<O>) {
    super(lstm, inputSize, hiddenSize, options)
  }

  protected override describe(): string {
    return `LSTM(${shown(this.inputSize)} → ${shown(this.hiddenSize)})`
  }
}
