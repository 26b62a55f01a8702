// D4's formulas as printed, tanh and softmax (erratum E3) and rnn_backward (erratum E2) included:
// negative controls, not to be relied on.
import {
  add,
  columnsAt,
  each,
  joinColumns,
  type Matrix,
  times,
  type Volume,
  zerosLike,
} from './arrays.ts'
import { type RNNCache, type RNNParameters, rnnCellBackward } from './d0.ts'

const { exp } = Math

/** (eˣ − e⁻ˣ) / (eˣ + e⁻ˣ): ∞/∞ where eˣ overflows. */
export const tanhForward = (x: Matrix): Matrix =>
  each((v) => (exp(v) - exp(-v)) / (exp(v) + exp(-v)), x)

/**
 * Columns, each shifted by the maximum of the whole matrix: 0/0 in a column that lies far below it.
 */
export function softmaxForward(x: Matrix): Matrix {
  const largest = Math.max(...x.flat())
  const e_x = each((v) => exp(v - largest), x)
  const total = e_x[0].map((_, j) => e_x.reduce((sum, row) => sum + row[j], 0))
  return each((e, s) => e / s, e_x, [total])
}

export function rnnCellForward(xt: Matrix, a_prev: Matrix, parameters: RNNParameters) {
  const { Waa, Wax, Wya, ba, by } = parameters
  const a_next = tanhForward(add(times(Waa, a_prev), times(Wax, xt), ba))
  const yt_pred = softmaxForward(add(times(Wya, a_next), by))
  return { a_next, yt_pred, cache: { a_next, a_prev, xt, parameters } }
}

export function rnnForward(x: Volume, a0: Matrix, parameters: RNNParameters) {
  const steps: ReturnType<typeof rnnCellForward>[] = []
  for (let t = 0; t < x[0][0].length; t++)
    steps.push(rnnCellForward(columnsAt(x, t), steps.at(-1)?.a_next ?? a0, parameters))
  return {
    a: joinColumns(steps.map((s) => s.a_next)),
    y_pred: joinColumns(steps.map((s) => s.yt_pred)),
    caches: steps.map((s) => s.cache),
  }
}

/**
 * Erratum E2, a negative control: the da_prev it adds stays zero, for what comes back is stored as
 * da_prevt.
 */
export function rnnBackwardAsPublished(da: Volume, caches: RNNCache[]) {
  const { a_prev: a0, parameters } = caches[0]
  const da_prev = zerosLike(a0)
  let [dWax, dWaa, dba, da_prevt] = [
    zerosLike(parameters.Wax),
    zerosLike(parameters.Waa),
    zerosLike(parameters.ba),
    zerosLike(a0),
  ]
  const dx: Matrix[] = []
  for (let t = caches.length - 1; t >= 0; t--) {
    const g = rnnCellBackward(add(columnsAt(da, t), da_prev), caches[t])
    ;[dx[t], da_prevt, dWax, dWaa, dba] = [
      g.dxt,
      g.da_prev,
      add(dWax, g.dWax),
      add(dWaa, g.dWaa),
      add(dba, g.dba),
    ]
  }
  return { dx: joinColumns(dx), da0: da_prevt, dWax, dWaa, dba }
}
