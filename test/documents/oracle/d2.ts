// D2's formulas in its own layout, rows: x (N, T, D), h (N, T, H), gates packed i, f, o, g;
// embedding, temporal affine, masked softmax loss, stable sigmoid.
import {
  add,
  columns,
  each,
  joinRows,
  type Matrix,
  matrix,
  rowsAt,
  sumRows,
  times,
  transpose,
  type Vector,
  type Volume,
  volume,
  zerosLike,
} from './arrays.ts'

const { exp, log, max, tanh } = Math

export interface Weights {
  /** (D, H), or (D, 4H) for the LSTM */
  Wx: Matrix
  /** (H, H), or (H, 4H) */
  Wh: Matrix
  /** (H), or (4H) */
  b: Vector
}
interface RNNCache extends Record<'x' | 'prev_h' | 'next_h', Matrix>, Weights {}
interface LSTMCache
  extends Record<'z_i' | 'z_f' | 'z_o' | 'z_g' | 'z_t' | 'prev_c' | 'prev_h' | 'x', Matrix>,
    Weights {}

export function rnnStepForward(x: Matrix, prev_h: Matrix, { Wx, Wh, b }: Weights) {
  const next_h = each(tanh, add(times(prev_h, Wh), times(x, Wx), [b]))
  return { next_h, cache: { x, prev_h, next_h, Wx, Wh, b } }
}

/**
 * The gradients that both kinds of step share, from the gradient da of what goes into their
 * activations.
 */
const affineBackward = (da: Matrix, { x, prev_h, Wx, Wh }: RNNCache | LSTMCache) => ({
  dx: times(da, transpose(Wx)),
  dprev_h: times(da, transpose(Wh)),
  dWx: times(transpose(x), da),
  dWh: times(transpose(prev_h), da),
  db: sumRows(da),
})

export function rnnStepBackward(dnext_h: Matrix, cache: RNNCache) {
  const da = each((dh, h) => dh * (1 - h * h), dnext_h, cache.next_h)
  return affineBackward(da, cache)
}

export function rnnForward(x: Volume, h0: Matrix, weights: Weights) {
  const steps: ReturnType<typeof rnnStepForward>[] = []
  for (let t = 0; t < x[0].length; t++)
    steps.push(rnnStepForward(rowsAt(x, t), steps.at(-1)?.next_h ?? h0, weights))
  return { h: joinRows(steps.map((s) => s.next_h)), caches: steps.map((s) => s.cache) }
}

export function rnnBackward(dh: Volume, caches: RNNCache[]) {
  const { Wx, Wh, b, prev_h } = caches[0]
  let [dWx, dWh, db, dprev_h] = [zerosLike(Wx), zerosLike(Wh), zerosLike([b])[0], zerosLike(prev_h)]
  const dx: Matrix[] = []
  for (let t = caches.length - 1; t >= 0; t--) {
    const g = rnnStepBackward(add(rowsAt(dh, t), dprev_h), caches[t])
    ;[dx[t], dprev_h, dWx, dWh, db] = [
      g.dx,
      g.dprev_h,
      add(dWx, g.dWx),
      add(dWh, g.dWh),
      add([db], [g.db])[0],
    ]
  }
  return { dx: joinRows(dx), dh0: dprev_h, dWx, dWh, db }
}

/** Never exponentiates a positive number. */
export function sigmoid(v: number): number {
  const z = exp(v >= 0 ? -v : v)
  return (v >= 0 ? 1 : z) / (1 + z)
}

export function lstmStepForward(x: Matrix, prev_h: Matrix, prev_c: Matrix, { Wx, Wh, b }: Weights) {
  const H = Wh.length
  const a = add(times(x, Wx), times(prev_h, Wh), [b])
  const z_i = each(sigmoid, columns(a, 0, H))
  const z_f = each(sigmoid, columns(a, H, 2 * H))
  const z_o = each(sigmoid, columns(a, 2 * H, 3 * H))
  const z_g = each(tanh, columns(a, 3 * H))
  const next_c = each((f, c, i, g) => f * c + i * g, z_f, prev_c, z_i, z_g)
  const z_t = each(tanh, next_c)
  const next_h = each((o, t) => o * t, z_o, z_t)
  return { next_h, next_c, cache: { z_i, z_f, z_o, z_g, z_t, prev_c, prev_h, x, Wx, Wh, b } }
}

export function lstmStepBackward(dnext_h: Matrix, dnext_c: Matrix, cache: LSTMCache) {
  const { z_i, z_f, z_o, z_g, z_t, prev_c } = cache
  const dz_o = each((t, dh) => t * dh, z_t, dnext_h)
  const dc_t = each((o, t, dh, dc) => o * (1 - t * t) * dh + dc, z_o, z_t, dnext_h, dnext_c)
  const dz_f = each((c, dc) => c * dc, prev_c, dc_t)
  const dz_i = each((g, dc) => g * dc, z_g, dc_t)
  const dz_g = each((i, dc) => i * dc, z_i, dc_t)
  const dprev_c = each((f, dc) => f * dc, z_f, dc_t)
  const dsigmoid = (z: Matrix, dz: Matrix) => each((z, dz) => (1 - z) * z * dz, z, dz)
  const [da_i, da_f, da_o] = [dsigmoid(z_i, dz_i), dsigmoid(z_f, dz_f), dsigmoid(z_o, dz_o)]
  const da_g = each((g, dg) => (1 - g * g) * dg, z_g, dz_g)
  const da = da_i.map((row, n) => [...row, ...da_f[n], ...da_o[n], ...da_g[n]])
  return { ...affineBackward(da, cache), dprev_c }
}

/** As in the document, c starts from zero and is not returned. */
export function lstmForward(x: Volume, h0: Matrix, weights: Weights) {
  const steps: ReturnType<typeof lstmStepForward>[] = []
  for (let t = 0; t < x[0].length; t++) {
    const { next_h, next_c } = steps.at(-1) ?? { next_h: h0, next_c: zerosLike(h0) }
    steps.push(lstmStepForward(rowsAt(x, t), next_h, next_c, weights))
  }
  return { h: joinRows(steps.map((s) => s.next_h)), caches: steps.map((s) => s.cache) }
}

export function lstmBackward(dh: Volume, caches: LSTMCache[]) {
  const { Wx, Wh, b, prev_h } = caches[0]
  let [dWx, dWh, db, dprev_h, dprev_c] = [
    zerosLike(Wx),
    zerosLike(Wh),
    zerosLike([b])[0],
    zerosLike(prev_h),
    zerosLike(prev_h),
  ]
  const dx: Matrix[] = []
  for (let t = caches.length - 1; t >= 0; t--) {
    const g = lstmStepBackward(add(rowsAt(dh, t), dprev_h), dprev_c, caches[t])
    ;[dx[t], dprev_h, dprev_c, dWx, dWh, db] = [
      g.dx,
      g.dprev_h,
      g.dprev_c,
      add(dWx, g.dWx),
      add(dWh, g.dWh),
      add([db], [g.db])[0],
    ]
  }
  return { dx: joinRows(dx), dh0: dprev_h, dWx, dWh, db }
}

/** x (N, T) word indices, W (V, D) → out (N, T, D) */
export const wordEmbeddingForward = (x: Matrix, W: Matrix): Volume =>
  x.map((words) => words.map((word) => [...W[word]]))

/** A word met twice receives the sum of both gradients. */
export function wordEmbeddingBackward(dout: Volume, x: Matrix, W: Matrix) {
  const dW = zerosLike(W)
  for (let n = 0; n < x.length; n++)
    for (let t = 0; t < x[n].length; t++)
      for (let d = 0; d < dW[0].length; d++) dW[x[n][t]][d] += dout[n][t][d]
  return { dW }
}

/** x (N, T, D), w (D, M), b (M) → out (N, T, M) */
export const temporalAffineForward = (x: Volume, w: Matrix, b: Vector): Volume =>
  x.map((sequence) => add(times(sequence, w), [b]))

export function temporalAffineBackward(dout: Volume, x: Volume, w: Matrix) {
  const [flat, dflat] = [x.flat(), dout.flat()]
  return {
    dx: dout.map((sequence) => times(sequence, transpose(w))),
    dw: times(transpose(flat), dflat),
    db: sumRows(dflat),
  }
}

/**
 * Scores x (N, T, V), words y (N, T): summed over the steps that the mask keeps, averaged over the
 * minibatch.
 */
export function temporalSoftmaxLoss(x: Volume, y: Matrix, mask: boolean[][]) {
  const [N, T, V] = [x.length, x[0].length, x[0][0].length]
  const probs = x.map((sequence) =>
    sequence.map((scores) => {
      const e = scores.map((s) => exp(s - max(...scores)))
      const total = e.reduce((sum, v) => sum + v)
      return e.map((v) => v / total)
    }),
  )
  const lost = matrix(N, T, (n, t) => (mask[n][t] ? -log(probs[n][t][y[n][t]]) : 0))
  const dx = volume(N, T, V, (n, t, v) =>
    mask[n][t] ? (probs[n][t][v] - (v === y[n][t] ? 1 : 0)) / N : 0,
  )
  return { loss: lost.flat().reduce((sum, v) => sum + v) / N, dx }
}
