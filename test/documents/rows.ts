// D2 computed by the library: from its (D, 4H) weights with gates i, f, o, g to ours, (4H, D) with
// gates i, f, g, o, and back.
import { LSTM, LSTMCell, RNN, RNNCell } from 'tapegrad'
import { float64, leaf } from '../support/tensors.ts'
import { biases, gradients, load, numbers, parametersOf, type WeightGradients } from './engine.ts'
import { type Matrix, transpose, type Volume, zerosLike } from './oracle/arrays.ts'
import type { Weights } from './oracle/d2.ts'

/** Exchanges the last two of four gates, o and g: there and back alike. */
function exchange<Row>(rows: Row[]): Row[] {
  const H = rows.length / 4
  return [...rows.slice(0, 2 * H), ...rows.slice(3 * H), ...rows.slice(2 * H, 3 * H)]
}
const keep = <Row>(rows: Row[]): Row[] => rows

type Reorder = <Row>(rows: Row[]) => Row[]
const from = ({ Wx, Wh, b }: Weights, reorder: Reorder) => ({
  weight_ih: reorder(transpose(Wx)),
  weight_hh: reorder(transpose(Wh)),
  ...biases(reorder(b)),
})
const to = (g: WeightGradients, reorder: Reorder) => ({
  dWx: transpose(reorder(g.weight_ih)),
  dWh: transpose(reorder(g.weight_hh)),
  db: reorder(g.bias_ih),
})

/** rnn_step_forward and rnn_step_backward by RNNCell and the tape. */
export function rnnStep(x: Matrix, prev_h: Matrix, weights: Weights, dnext_h: Matrix) {
  const cell = load(new RNNCell(x[0].length, prev_h[0].length, float64), from(weights, keep))
  const inputs = { dx: leaf(x), dprev_h: leaf(prev_h) }
  const { h } = cell.forward(inputs.dx, { h: inputs.dprev_h })
  const next_h = numbers<Matrix>(h)
  const g = gradients([h], [dnext_h], { ...inputs, ...parametersOf(cell) }) as WeightGradients &
    Record<keyof typeof inputs, Matrix>
  return { next_h, gradients: { dx: g.dx, dprev_h: g.dprev_h, ...to(g, keep) } }
}

/** rnn_forward and rnn_backward by RNN and the tape. */
export function rnn(x: Volume, h0: Matrix, weights: Weights, dh: Volume) {
  const layer = load(new RNN(x[0][0].length, h0[0].length, float64), from(weights, keep))
  const inputs = { dx: leaf(x), dh0: leaf([h0]) }
  const { output } = layer.forward(inputs.dx, { h: inputs.dh0 })
  const h = numbers<Volume>(output)
  const g = gradients([output], [dh], { ...inputs, ...parametersOf(layer) }) as WeightGradients &
    Record<keyof typeof inputs, Volume>
  return { h, gradients: { dx: g.dx, dh0: g.dh0[0], ...to(g, keep) } }
}

/** lstm_step_forward and lstm_step_backward by LSTMCell and the tape. */
export function lstmStep(
  x: Matrix,
  prev_h: Matrix,
  prev_c: Matrix,
  weights: Weights,
  dnext_h: Matrix,
  dnext_c: Matrix,
) {
  const cell = load(new LSTMCell(x[0].length, prev_h[0].length, float64), from(weights, exchange))
  const inputs = { dx: leaf(x), dprev_h: leaf(prev_h), dprev_c: leaf(prev_c) }
  const { h, c } = cell.forward(inputs.dx, { h: inputs.dprev_h, c: inputs.dprev_c })
  const [next_h, next_c] = [numbers<Matrix>(h), numbers<Matrix>(c)]
  const g = gradients([h, c], [dnext_h, dnext_c], {
    ...inputs,
    ...parametersOf(cell),
  }) as WeightGradients & Record<keyof typeof inputs, Matrix>
  return {
    next_h,
    next_c,
    gradients: { dx: g.dx, dprev_h: g.dprev_h, dprev_c: g.dprev_c, ...to(g, exchange) },
  }
}

/** lstm_forward and lstm_backward by LSTM and the tape, the memory starting from zero. */
export function lstm(x: Volume, h0: Matrix, weights: Weights, dh: Volume) {
  const layer = load(new LSTM(x[0][0].length, h0[0].length, float64), from(weights, exchange))
  const inputs = { dx: leaf(x), dh0: leaf([h0]) }
  const c0 = leaf([zerosLike(h0)])
  const { output } = layer.forward(inputs.dx, { h: inputs.dh0, c: c0 })
  const h = numbers<Volume>(output)
  const g = gradients([output], [dh], { ...inputs, ...parametersOf(layer) }) as WeightGradients &
    Record<keyof typeof inputs, Volume>
  return { h, gradients: { dx: g.dx, dh0: g.dh0[0], ...to(g, exchange) } }
}
