// The LSTM: its step, LSTMCell with parameters for one step, and LSTM over sequences.
import { affine, shown } from '../../tensor/internal.ts'
import { Cell, type CellOptions } from './cell.ts'
import type { NoMisspelt, OptionsArgument } from './options.ts'
import { gated, type Recurrence } from './recurrence.ts'
import { Recurrent } from './recurrent.ts'
import type { LSTMState } from './state.ts'

/**
 * With z = (i, f, g, o): c′ = σ(f) ⊙ c + σ(i) ⊙ tanh(g) and h′ = σ(o) ⊙ tanh(c′) (Hochreiter &
 * Schmidhuber 1997, "Long short-term memory"; forget gate: Gers, Schmidhuber & Cummins 2000,
 * "Learning to forget").
 */
export const lstm: Recurrence<LSTMState> = {
  states: (H) => ({ h: H, c: H }),
  parameters: (D, H) => gated(4, D, H),
  step({ weight_ih, weight_hh, bias_ih, bias_hh }, x, { c }, hidden) {
    const z = affine(x, weight_ih, bias_ih).add(affine(hidden, weight_hh, bias_hh))
    const [i, f, g, o] = z.chunk(4, 1)
    const cNext = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()))
    return { h: o.sigmoid().mul(cNext.tanh()), c: cNext }
  },
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
