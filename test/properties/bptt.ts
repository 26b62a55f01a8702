// One recurrent layer, forward and back through time, in plain loops; it imports nothing from the
// package.
type Row = number[]
type Matrix = Row[]
type Cube = Matrix[]

export interface Weights {
  weight_ih: Matrix
  weight_hh: Matrix
  bias_ih: Row
  bias_hh: Row
}

interface Step {
  x: Row
  h: Row
  c: Row
  /** Activated: of an RNN the next h, of an LSTM i, f, g, o one after the other. */
  gates: Row
  hNext: Row
  cNext: Row
}

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))
const dot = (a: Row, b: Row): number => a.reduce((sum, v, k) => sum + v * b[k], 0)
/** Wᵀ·d */
const back = (W: Matrix, d: Row): Row =>
  W[0].map((_, j) => d.reduce((sum, v, k) => sum + v * W[k][j], 0))

function forward(
  { weight_ih, weight_hh, bias_ih, bias_hh }: Weights,
  x: Row,
  h: Row,
  c: Row,
): Step {
  const H = h.length
  const z = weight_ih.map((w, k) => dot(w, x) + bias_ih[k] + dot(weight_hh[k], h) + bias_hh[k])
  if (z.length === H) {
    const hNext = z.map(Math.tanh)
    return { x, h, c, gates: hNext, hNext, cNext: c }
  }
  const gates = z.map((v, k) => (k >= 2 * H && k < 3 * H ? Math.tanh(v) : sigmoid(v)))
  const cNext = c.map((v, j) => gates[H + j] * v + gates[j] * gates[2 * H + j])
  return { x, h, c, gates, hNext: cNext.map((v, j) => gates[3 * H + j] * Math.tanh(v)), cNext }
}

/** The cotangent of z, and of the c before, from those of the next h and c. */
function backward({ h, c, gates, cNext }: Step, dh: Row, dc: Row): { dz: Row; dc: Row } {
  const H = h.length
  if (gates.length === H) return { dz: gates.map((v, j) => (1 - v * v) * dh[j]), dc }
  const [i, f, g, o] = [0, 1, 2, 3].map((k) => gates.slice(k * H, (k + 1) * H))
  const t = cNext.map(Math.tanh)
  const s = dc.map((v, j) => v + o[j] * (1 - t[j] * t[j]) * dh[j])
  return {
    dz: [
      ...s.map((v, j) => v * g[j] * i[j] * (1 - i[j])),
      ...s.map((v, j) => v * c[j] * f[j] * (1 - f[j])),
      ...s.map((v, j) => v * i[j] * (1 - g[j] * g[j])),
      ...dh.map((v, j) => v * t[j] * o[j] * (1 - o[j])),
    ],
    dc: s.map((v, j) => v * f[j]),
  }
}

/**
 * x (N, T, D), h and c (N, H) (of an RNN, c comes out as it went in) → output (N, T, H), the last h
 * and c, and the gradients of Σ dOutput ⊙ output + Σ dh ⊙ h_T + Σ dc ⊙ c_T in which nothing travels
 * back across a multiple of k steps.
 */
export function bptt(
  weights: Weights,
  x: Cube,
  h: Matrix,
  c: Matrix,
  dOutput: Cube,
  dhLast: Matrix,
  dcLast: Matrix,
  k = Number.POSITIVE_INFINITY,
) {
  const zeros = (like: Matrix): Matrix => like.map((row) => row.map(() => 0))
  const dweight_ih = zeros(weights.weight_ih)
  const dweight_hh = zeros(weights.weight_hh)
  const dbias = weights.bias_ih.map(() => 0)
  const sequences = x.map((sequence, n) => {
    const steps: Step[] = []
    for (const xt of sequence)
      steps.push(forward(weights, xt, steps.at(-1)?.hNext ?? h[n], steps.at(-1)?.cNext ?? c[n]))
    let [dh, dc] = [dhLast[n], dcLast[n]]
    const dx: Matrix = []
    for (let t = steps.length - 1; t >= 0; t--) {
      if ((t + 1) % k === 0 && t + 1 < steps.length) [dh, dc] = [dh.map(() => 0), dc.map(() => 0)]
      const step = backward(
        steps[t],
        dh.map((v, j) => v + dOutput[n][t][j]),
        dc,
      )
      step.dz.forEach((d, row) => {
        for (const [j, v] of steps[t].x.entries()) dweight_ih[row][j] += d * v
        for (const [j, v] of steps[t].h.entries()) dweight_hh[row][j] += d * v
        dbias[row] += d
      })
      ;[dx[t], dh, dc] = [
        back(weights.weight_ih, step.dz),
        back(weights.weight_hh, step.dz),
        step.dc,
      ]
    }
    const last = steps[steps.length - 1]
    return { output: steps.map((step) => step.hNext), h: last.hNext, c: last.cNext, dx, dh, dc }
  })
  const each = <K extends keyof (typeof sequences)[number]>(name: K) =>
    sequences.map((sequence) => sequence[name])
  return {
    values: { output: each('output'), h: [each('h')], c: [each('c')] },
    gradients: {
      dx: each('dx'),
      dh0: [each('dh')],
      dc0: [each('dc')],
      dweight_ih_l0: dweight_ih,
      dweight_hh_l0: dweight_hh,
      dbias_ih_l0: dbias,
      dbias_hh_l0: dbias,
    },
  }
}
