// The layers' formulas in plain loops over nested arrays, forward only. It imports nothing from the
// package.
type Row = number[]
type Matrix = Row[]
type Cube = Matrix[]

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))
const dot = (a: Row, b: Row) => a.reduce((sum, x, k) => sum + x * b[k], 0)

export interface CellWeights {
  weight_ih: Matrix
  weight_hh: Matrix
  bias_ih: Row | null
  bias_hh: Row | null
}

/**
 * One step for one row of the batch: x (D), h and c (H) → the next h and c. An RNN has as many
 * gates as h is long, an LSTM four times as many.
 */
export function cellStep(
  { weight_ih, weight_hh, bias_ih, bias_hh }: CellWeights,
  x: Row,
  h: Row,
  c: Row,
): { h: Row; c: Row } {
  const z = weight_ih.map(
    (w, k) => dot(w, x) + dot(weight_hh[k], h) + (bias_ih?.[k] ?? 0) + (bias_hh?.[k] ?? 0),
  )
  const H = h.length
  if (z.length === H) return { h: z.map(Math.tanh), c }
  const next: { h: Row; c: Row } = { h: [], c: [] }
  for (let j = 0; j < H; j++) {
    const [i, f, g, o] = [
      sigmoid(z[j]),
      sigmoid(z[H + j]),
      Math.tanh(z[2 * H + j]),
      sigmoid(z[3 * H + j]),
    ]
    next.c.push(f * c[j] + i * g)
    next.h.push(o * Math.tanh(next.c[j]))
  }
  return next
}

/** Of N sequences of T steps: how many count, which are run, and before which it starts afresh. */
export interface Steps {
  lengths?: readonly number[] | undefined
  mask?: readonly boolean[][] | undefined
  resets?: readonly boolean[][] | undefined
}

/**
 * x (N, T, D), h and c (layers·directions, N, H), weights by PyTorch's names → output (N, T,
 * H·directions) and the last h and c.
 */
export function recurrent(
  weights: Record<string, Matrix | Row>,
  layers: number,
  bidirectional: boolean,
  x: Cube,
  h: Cube,
  c: Cube,
  { lengths, mask, resets }: Steps = {},
) {
  const final = { h: [] as Cube, c: [] as Cube }
  let input = x
  for (let l = 0; l < layers; l++) {
    const output: Cube = input.map((sequence) => sequence.map(() => []))
    for (const suffix of bidirectional ? [`l${l}`, `l${l}_reverse`] : [`l${l}`]) {
      const pass = final.h.length
      const cell = {
        weight_ih: weights[`weight_ih_${suffix}`] as Matrix,
        weight_hh: weights[`weight_hh_${suffix}`] as Matrix,
        bias_ih: (weights[`bias_ih_${suffix}`] as Row | undefined) ?? null,
        bias_hh: (weights[`bias_hh_${suffix}`] as Row | undefined) ?? null,
      }
      const isReverse = suffix.endsWith('reverse')
      const last = input.map((sequence, n) => {
        let state = { h: h[pass][n], c: c[pass][n] }
        const zeros = { h: state.h.map(() => 0), c: state.c.map(() => 0) }
        const length = lengths?.[n] ?? sequence.length
        const times = sequence.map((_, t) => t).slice(0, length)
        for (const t of isReverse ? times.reverse() : times) {
          if (!isReverse && resets?.[n][t]) state = zeros
          if (isReverse && t + 1 < length && resets?.[n][t + 1]) state = zeros
          if (mask?.[n][t] ?? true) state = cellStep(cell, sequence[t], state.h, state.c)
          output[n][t].push(...state.h)
        }
        for (const padding of output[n].slice(length)) padding.push(...zeros.h)
        return state
      })
      final.h.push(last.map((state) => state.h))
      final.c.push(last.map((state) => state.c))
    }
    input = output
  }
  return { output: input, ...final }
}

/**
 * The loss of every row, and its gradient: logits (M, V), targets (M), weights (M). Rows of weight
 * 0 are not looked at.
 */
export function crossEntropyRows(
  logits: Matrix,
  targets: Row,
  weights: Row,
): { losses: Row; gradients: Matrix } {
  const gradients: Matrix = []
  const losses = logits.map((row, k) => {
    if (weights[k] === 0) {
      gradients.push(row.map(() => 0))
      return 0
    }
    const top = Math.max(...row)
    const sum = row.reduce((s, x) => s + Math.exp(x - top), 0)
    gradients.push(
      row.map((x, v) => weights[k] * (Math.exp(x - top) / sum - (v === targets[k] ? 1 : 0))),
    )
    return weights[k] * (top + Math.log(sum) - row[targets[k]])
  })
  return { losses, gradients }
}
