// D0's formulas in its own layout, RNN and LSTM in columns, x (n_x, m, T_x), a (n_a, m, T_x); D3
// prints the same LSTM cell, D4 the same RNN backward cell.
import {
  add,
  columns,
  columnsAt,
  each,
  joinColumns,
  type Matrix,
  sumColumns,
  times,
  transpose,
  type Volume,
  zerosLike,
} from './arrays.ts'

export type RNNParameters = Record<'Wax' | 'Waa' | 'Wya' | 'ba' | 'by', Matrix>
export type LSTMParameters = Record<
  'Wf' | 'Wi' | 'Wc' | 'Wo' | 'bf' | 'bi' | 'bc' | 'bo' | 'Wy' | 'by',
  Matrix
>

export interface RNNCache {
  a_next: Matrix
  a_prev: Matrix
  xt: Matrix
  parameters: RNNParameters
}
export interface LSTMCache
  extends Record<
    'a_next' | 'c_next' | 'a_prev' | 'c_prev' | 'ft' | 'it' | 'cct' | 'ot' | 'xt',
    Matrix
  > {
  parameters: LSTMParameters
}

const { exp, tanh } = Math
const square = (v: number) => v * v

export const sigmoid = (v: number): number => 1 / (1 + exp(-v))

/** softmax of every column of z (n_y, m). */
export const softmax = (z: Matrix): Matrix =>
  transpose(
    transpose(z).map((column) => {
      const e = column.map((v) => exp(v - Math.max(...column)))
      const total = e.reduce((sum, v) => sum + v)
      return e.map((v) => v / total)
    }),
  )

/** a⟨t⟩ = tanh(Waa a⟨t−1⟩ + Wax x⟨t⟩ + ba), ŷ⟨t⟩ = softmax(Wya a⟨t⟩ + by) */
export function rnnCellForward(xt: Matrix, a_prev: Matrix, parameters: RNNParameters) {
  const { Wax, Waa, Wya, ba, by } = parameters
  const a_next = each(tanh, add(times(Waa, a_prev), times(Wax, xt), ba))
  const yt_pred = softmax(add(times(Wya, a_next), by))
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

export function rnnCellBackward(da_next: Matrix, { a_next, a_prev, xt, parameters }: RNNCache) {
  const dtanh = each((a, da) => (1 - a * a) * da, a_next, da_next)
  return {
    dxt: times(transpose(parameters.Wax), dtanh),
    da_prev: times(transpose(parameters.Waa), dtanh),
    dWax: times(dtanh, transpose(xt)),
    dWaa: times(dtanh, transpose(a_prev)),
    dba: sumColumns(dtanh),
  }
}

export function rnnBackward(da: Volume, caches: RNNCache[]) {
  const { a_prev: a0, parameters } = caches[0]
  let [dWax, dWaa, dba, da_prevt] = [
    zerosLike(parameters.Wax),
    zerosLike(parameters.Waa),
    zerosLike(parameters.ba),
    zerosLike(a0),
  ]
  const dx: Matrix[] = []
  for (let t = caches.length - 1; t >= 0; t--) {
    const g = rnnCellBackward(add(columnsAt(da, t), da_prevt), caches[t])
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

/**
 * Γ = σ(W [a⟨t−1⟩; x⟨t⟩] + b) for f, i, o; c̃ = tanh(…); c⟨t⟩ = Γi c̃ + Γf c⟨t−1⟩; a⟨t⟩ = Γo
 * tanh(c⟨t⟩)
 */
export function lstmCellForward(
  xt: Matrix,
  a_prev: Matrix,
  c_prev: Matrix,
  parameters: LSTMParameters,
) {
  const { Wf, Wi, Wc, Wo, bf, bi, bc, bo, Wy, by } = parameters
  const concat = [...a_prev, ...xt]
  const ft = each(sigmoid, add(times(Wf, concat), bf))
  const it = each(sigmoid, add(times(Wi, concat), bi))
  const cct = each(tanh, add(times(Wc, concat), bc))
  const ot = each(sigmoid, add(times(Wo, concat), bo))
  const c_next = each((i, cc, f, c) => i * cc + f * c, it, cct, ft, c_prev)
  const a_next = each((o, c) => o * tanh(c), ot, c_next)
  const yt_pred = softmax(add(times(Wy, a_next), by))
  return {
    a_next,
    c_next,
    yt_pred,
    cache: { a_next, c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters },
  }
}

/** As in the document, c starts from zero. */
export function lstmForward(x: Volume, a0: Matrix, parameters: LSTMParameters) {
  const steps: ReturnType<typeof lstmCellForward>[] = []
  for (let t = 0; t < x[0][0].length; t++) {
    const { a_next, c_next } = steps.at(-1) ?? { a_next: a0, c_next: zerosLike(a0) }
    steps.push(lstmCellForward(columnsAt(x, t), a_next, c_next, parameters))
  }
  const [a, y, c] = (['a_next', 'yt_pred', 'c_next'] as const).map((name) =>
    joinColumns(steps.map((s) => s[name])),
  )
  return { a, y, c, caches: steps.map((s) => s.cache) }
}

export function lstmCellBackward(da_next: Matrix, dc_next: Matrix, cache: LSTMCache) {
  const { c_next, a_prev, c_prev, ft, it, cct, ot, xt, parameters } = cache
  const { Wf, Wi, Wc, Wo } = parameters
  const n_a = a_prev.length
  const dot = each((da, c, o) => da * tanh(c) * o * (1 - o), da_next, c_next, ot)
  const dcct = each(
    (dc, i, o, c, da, cc) => (dc * i + o * (1 - square(tanh(c))) * i * da) * (1 - square(cc)),
    dc_next,
    it,
    ot,
    c_next,
    da_next,
    cct,
  )
  const dit = each(
    (dc, cc, o, c, da, i) => (dc * cc + o * (1 - square(tanh(c))) * cc * da) * i * (1 - i),
    dc_next,
    cct,
    ot,
    c_next,
    da_next,
    it,
  )
  const dft = each(
    (dc, cp, o, c, da, f) => (dc * cp + o * (1 - square(tanh(c))) * cp * da) * f * (1 - f),
    dc_next,
    c_prev,
    ot,
    c_next,
    da_next,
    ft,
  )
  const concatT = transpose([...a_prev, ...xt])
  const back = (from: number, to?: number) => {
    const part = (W: Matrix, d: Matrix) => times(transpose(columns(W, from, to)), d)
    return add(part(Wf, dft), part(Wi, dit), part(Wc, dcct), part(Wo, dot))
  }
  const dc_prev = each(
    (dc, f, o, c, da) => dc * f + o * (1 - square(tanh(c))) * f * da,
    dc_next,
    ft,
    ot,
    c_next,
    da_next,
  )
  const [dWf, dWi, dWc, dWo] = [dft, dit, dcct, dot].map((d) => times(d, concatT))
  const [dbf, dbi, dbc, dbo] = [dft, dit, dcct, dot].map(sumColumns)
  return { dxt: back(n_a), da_prev: back(0, n_a), dc_prev, dWf, dWi, dWc, dWo, dbf, dbi, dbc, dbo }
}

const weightGradients = ['dWf', 'dWi', 'dWc', 'dWo', 'dbf', 'dbi', 'dbc', 'dbo'] as const
type WeightGradients = Record<(typeof weightGradients)[number], Matrix>

const sumSteps = (steps: WeightGradients[]) =>
  Object.fromEntries(
    weightGradients.map((name) => [
      name,
      steps.map((g) => g[name]).reduce((sum, g) => add(sum, g)),
    ]),
  ) as WeightGradients

/**
 * D0's lstm_backward set right: both da_prevt and dc_prevt travel back. dc (zero in the document)
 * is the gradient of the last memory state.
 */
export function lstmBackward(
  da: Volume,
  caches: LSTMCache[],
  dc: Matrix = zerosLike(caches[0].a_prev),
) {
  let [da_prevt, dc_prevt] = [zerosLike(caches[0].a_prev), dc]
  const steps: ReturnType<typeof lstmCellBackward>[] = []
  for (let t = caches.length - 1; t >= 0; t--) {
    steps[t] = lstmCellBackward(add(columnsAt(da, t), da_prevt), dc_prevt, caches[t])
    ;[da_prevt, dc_prevt] = [steps[t].da_prev, steps[t].dc_prev]
  }
  return { dx: joinColumns(steps.map((g) => g.dxt)), da0: da_prevt, ...sumSteps(steps) }
}

/**
 * Erratum E1, a negative control: as printed, every step is differentiated as if it were the last.
 */
export function lstmBackwardAsPublished(da: Volume, caches: LSTMCache[]) {
  const dc_prevt = zerosLike(caches[0].a_prev)
  const steps = caches.map((cache, t) => lstmCellBackward(columnsAt(da, t), dc_prevt, cache))
  return { dx: joinColumns(steps.map((g) => g.dxt)), da0: steps[0].da_prev, ...sumSteps(steps) }
}
