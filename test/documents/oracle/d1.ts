// D1's formulas, a character-level RNN language model in columns with m = 1, its summed loss,
// gradients and SGD update, the products lost in print restored.
import { add, each, type Matrix, matrix, times, transpose, zerosLike } from './arrays.ts'
import { softmax } from './d0.ts'

export type CharacterParameters = Record<'Wax' | 'Waa' | 'Wya' | 'b' | 'by', Matrix>
export type CharacterGradients = Record<'dWax' | 'dWaa' | 'dWya' | 'db' | 'dby' | 'da_next', Matrix>

interface CharacterCache {
  x: Matrix[]
  /** a[0] is the initial state: the state after step t is a[t + 1]. */
  a: Matrix[]
  y_hat: Matrix[]
}

/** Character → one-hot column (V, 1); none → the zero vector. */
export const oneHot = (index: number | null, V: number): Matrix =>
  matrix(V, 1, (i) => (i === index ? 1 : 0))

export function rnnStepForward(
  { Waa, Wax, Wya, b, by }: CharacterParameters,
  a_prev: Matrix,
  x: Matrix,
) {
  const a_next = each(Math.tanh, add(times(Wax, x), times(Waa, a_prev), b))
  return { a_next, p_t: softmax(add(times(Wya, a_next), by)) }
}

export function rnnStepBackward(
  dy: Matrix,
  g: CharacterGradients,
  { Wya, Waa }: CharacterParameters,
  x: Matrix,
  a: Matrix,
  a_prev: Matrix,
) {
  const da = add(times(transpose(Wya), dy), g.da_next)
  const daraw = each((a, da) => (1 - a * a) * da, a, da)
  return {
    dWya: add(g.dWya, times(dy, transpose(a))),
    dby: add(g.dby, dy),
    db: add(g.db, daraw),
    dWax: add(g.dWax, times(daraw, transpose(x))),
    dWaa: add(g.dWaa, times(daraw, transpose(a_prev))),
    da_next: times(transpose(Waa), daraw),
  }
}

export function rnnForward(
  X: (number | null)[],
  Y: number[],
  a0: Matrix,
  parameters: CharacterParameters,
  V = 27,
) {
  const cache: CharacterCache = { x: [], a: [a0], y_hat: [] }
  let loss = 0
  X.forEach((index, t) => {
    const x = oneHot(index, V)
    const { a_next, p_t } = rnnStepForward(parameters, cache.a[t], x)
    loss -= Math.log(p_t[Y[t]][0])
    cache.x.push(x)
    cache.a.push(a_next)
    cache.y_hat.push(p_t)
  })
  return { loss, cache }
}

export function rnnBackward(
  X: (number | null)[],
  Y: number[],
  parameters: CharacterParameters,
  { y_hat, a, x }: CharacterCache,
): CharacterGradients {
  const { Wax, Waa, Wya, b, by } = parameters
  const [dWax, dWaa, dWya, db, dby, da_next] = [Wax, Waa, Wya, b, by, a[0]].map(zerosLike)
  let gradients: CharacterGradients = { dWax, dWaa, dWya, db, dby, da_next }
  for (let t = X.length - 1; t >= 0; t--) {
    const dy = y_hat[t].map(([p], i) => [p - (i === Y[t] ? 1 : 0)])
    gradients = rnnStepBackward(dy, gradients, parameters, x[t], a[t + 1], a[t])
  }
  return gradients
}

export function updateParameters(
  p: CharacterParameters,
  g: CharacterGradients,
  lr: number,
): CharacterParameters {
  const descend = (w: Matrix, dw: Matrix) => each((w, dw) => w - lr * dw, w, dw)
  return {
    Wax: descend(p.Wax, g.dWax),
    Waa: descend(p.Waa, g.dWaa),
    Wya: descend(p.Wya, g.dWya),
    b: descend(p.b, g.db),
    by: descend(p.by, g.dby),
  }
}
