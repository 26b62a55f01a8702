// D0, D3 and D4 computed by the library: from the documents' columns to its rows and back, one
// matrix per gate to its packed weights and back.
import { Linear, LSTM, LSTMCell, RNN, RNNCell, type Tensor } from 'tapegrad'
import { float64, leaf } from '../support/tensors.ts'
import { biases, gradients, load, numbers, parametersOf, type WeightGradients } from './engine.ts'
import {
  columns,
  type Matrix,
  type Nested,
  transpose,
  type Vector,
  type Volume,
  volume,
  zerosLike,
} from './oracle/arrays.ts'
import type { LSTMParameters, RNNParameters } from './oracle/d0.ts'

/** (n, m, T) → (m, T, n) */
const toRows = (x: Volume): Volume =>
  volume(x[0].length, x[0][0].length, x.length, (j, t, i) => x[i][j][t])
/** (m, T, n) → (n, m, T) */
const toColumns = (y: Volume): Volume =>
  volume(y[0][0].length, y.length, y[0].length, (i, j, t) => y[j][t][i])

const flat = (b: Matrix): Vector => b.map(([v]) => v)
const upright = (b: Vector): Matrix => b.map((v) => [v])

const fromRNN = ({ Wax, Waa, ba }: RNNParameters) => ({
  weight_ih: Wax,
  weight_hh: Waa,
  ...biases(flat(ba)),
})
const toRNN = (g: WeightGradients) => ({
  dWax: g.weight_ih,
  dWaa: g.weight_hh,
  dba: upright(g.bias_ih),
})

/**
 * Wf, Wi, Wc, Wo (n_a, n_a + n_x) on [a_prev; x] → weight_ih (4·n_a, n_x) and weight_hh (4·n_a,
 * n_a), gates i, f, g = c̃, o.
 */
function fromLSTM({ Wf, Wi, Wc, Wo, bf, bi, bc, bo }: LSTMParameters) {
  const n_a = bf.length
  const W = [...Wi, ...Wf, ...Wc, ...Wo]
  return {
    weight_ih: columns(W, n_a),
    weight_hh: columns(W, 0, n_a),
    ...biases(flat([...bi, ...bf, ...bc, ...bo])),
  }
}
function toLSTM({ weight_ih, weight_hh, bias_ih }: WeightGradients) {
  const n_a = weight_hh[0].length
  const gates = [0, 1, 2, 3].map((k) => [k * n_a, (k + 1) * n_a])
  const [dWi, dWf, dWc, dWo] = gates.map(([from, to]) =>
    weight_hh.slice(from, to).map((row, i) => [...row, ...weight_ih[from + i]]),
  )
  const [dbi, dbf, dbc, dbo] = gates.map(([from, to]) => upright(bias_ih.slice(from, to)))
  return { dWf, dWi, dWc, dWo, dbf, dbi, dbc, dbo }
}

/** softmax(Wy h + by) along the last axis of h (…, n_a), as rows. */
function readOut<A extends Nested>(h: Tensor, weight: Matrix, by: Matrix): A {
  const layer = load(new Linear(weight[0].length, weight.length, float64), {
    weight,
    bias: flat(by),
  })
  return numbers(layer.forward(h).softmax(-1))
}

/** rnn_cell_forward and rnn_cell_backward by RNNCell and the tape. */
export function rnnCell(xt: Matrix, a_prev: Matrix, parameters: RNNParameters, da_next: Matrix) {
  const cell = load(new RNNCell(xt.length, a_prev.length, float64), fromRNN(parameters))
  const [x, a] = [leaf(transpose(xt)), leaf(transpose(a_prev))]
  const { h } = cell.forward(x, { h: a })
  const [a_next, yt_pred] = [
    transpose(numbers(h)),
    transpose(readOut(h, parameters.Wya, parameters.by)),
  ]
  const g = gradients([h], [transpose(da_next)], {
    x,
    a,
    ...parametersOf(cell),
  }) as WeightGradients & Record<'x' | 'a', Matrix>
  return {
    a_next,
    yt_pred,
    gradients: { dxt: transpose(g.x), da_prev: transpose(g.a), ...toRNN(g) },
  }
}

/** rnn_forward and rnn_backward by RNN and the tape. */
export function rnn(x: Volume, a0: Matrix, parameters: RNNParameters, da: Volume) {
  const layer = load(new RNN(x.length, a0.length, float64), fromRNN(parameters))
  const [input, h0] = [leaf(toRows(x)), leaf([transpose(a0)])]
  const { output } = layer.forward(input, { h: h0 })
  const [a, y_pred] = [
    toColumns(numbers(output)),
    toColumns(readOut(output, parameters.Wya, parameters.by)),
  ]
  const g = gradients([output], [toRows(da)], {
    input,
    h0,
    ...parametersOf(layer),
  }) as WeightGradients & Record<'input' | 'h0', Volume>
  return { a, y_pred, gradients: { dx: toColumns(g.input), da0: transpose(g.h0[0]), ...toRNN(g) } }
}

/** lstm_cell_forward and lstm_cell_backward by LSTMCell and the tape. */
export function lstmCell(
  xt: Matrix,
  a_prev: Matrix,
  c_prev: Matrix,
  parameters: LSTMParameters,
  da_next: Matrix,
  dc_next: Matrix,
) {
  const cell = load(new LSTMCell(xt.length, a_prev.length, float64), fromLSTM(parameters))
  const [x, a, c] = [leaf(transpose(xt)), leaf(transpose(a_prev)), leaf(transpose(c_prev))]
  const next = cell.forward(x, { h: a, c })
  const [a_next, c_next, yt_pred] = [
    numbers<Matrix>(next.h),
    numbers<Matrix>(next.c),
    readOut<Matrix>(next.h, parameters.Wy, parameters.by),
  ].map(transpose)
  const upstream = [transpose(da_next), transpose(dc_next)]
  const g = gradients([next.h, next.c], upstream, {
    x,
    a,
    c,
    ...parametersOf(cell),
  }) as WeightGradients & Record<'x' | 'a' | 'c', Matrix>
  return {
    a_next,
    c_next,
    yt_pred,
    gradients: {
      dxt: transpose(g.x),
      da_prev: transpose(g.a),
      dc_prev: transpose(g.c),
      ...toLSTM(g),
    },
  }
}

/**
 * lstm_forward and lstm_backward by LSTM and the tape, the memory starting from zero; dc is the
 * gradient of the last memory state, c_last.
 */
export function lstm(x: Volume, a0: Matrix, parameters: LSTMParameters, da: Volume, dc: Matrix) {
  const layer = load(new LSTM(x.length, a0.length, float64), fromLSTM(parameters))
  const [input, h0, c0] = [leaf(toRows(x)), leaf([transpose(a0)]), leaf([zerosLike(transpose(a0))])]
  const { output, state } = layer.forward(input, { h: h0, c: c0 })
  const [a, y, c_last] = [
    toColumns(numbers(output)),
    toColumns(readOut(output, parameters.Wy, parameters.by)),
    transpose(numbers<Volume>(state.c)[0]),
  ]
  const upstream = [toRows(da), [transpose(dc)]]
  const g = gradients([output, state.c], upstream, {
    input,
    h0,
    ...parametersOf(layer),
  }) as WeightGradients & Record<'input' | 'h0', Volume>
  return {
    a,
    y,
    c_last,
    gradients: { dx: toColumns(g.input), da0: transpose(g.h0[0]), ...toLSTM(g) },
  }
}
