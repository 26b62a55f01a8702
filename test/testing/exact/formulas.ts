// The formulas of D0 and D4 for RNN and LSTM, written with tensors, in columns as there. It compares
// nothing.

import { cat, stack, type Tensor, zeros } from 'tapegrad'
import { float64 } from '../../support/tensors.ts'

export const [M, D, H, V] = [3, 2, 4, 5]
/** δz of tanh, from y = tanh z. */
const dTanh = (y: Tensor, dy: Tensor): Tensor => y.square().neg().add(1).mul(dy)
/** δz of σ. */
const dSigmoid = (y: Tensor, dy: Tensor): Tensor => y.mul(y.neg().add(1)).mul(dy)
export const total = (list: readonly Tensor[]): Tensor => list.reduce((a, b) => a.add(b))
export const times = (T: number): number[] => Array.from({ length: T }, (_, t) => t)

/** The columns of step t of a sequence (m, T, n): (n, m). */
const column = (x: Tensor, t: number): Tensor => x.select(1, t).t()
export const columns = (x: Tensor): Tensor => x.t()

interface Rnn {
  readonly Wax: Tensor
  readonly Waa: Tensor
  readonly ba: Tensor
}

/** rnn_cell_forward of D0 and D4, in columns. */
export const rnnStep = (x: Tensor, a: Tensor, { Wax, Waa, ba }: Rnn): Tensor =>
  Waa.matmul(a).add(Wax.matmul(x)).add(ba.unsqueeze(1)).tanh()

/** rnn_cell_backward of D0 and D4: δx, δa⁻, δWax, δWaa, δba. */
export function rnnBackStep(
  x: Tensor,
  before: Tensor,
  after: Tensor,
  da: Tensor,
  { Wax, Waa }: Rnn,
) {
  const dz = dTanh(after, da)
  return {
    dx: Wax.t().matmul(dz),
    da: Waa.t().matmul(dz),
    dWax: dz.matmul(x.t()),
    dWaa: dz.matmul(before.t()),
    dba: dz.sum(1),
  }
}

/** rnn_backward: of all steps, with what is carried; or as D4 prints it, with nothing. */
export function rnnBack(x: Tensor, a0: Tensor, weights: Rnn, da: Tensor, isCarried: boolean) {
  const T = x.shape[1] as number
  const states = [columns(a0)]
  for (const t of times(T)) states.push(rnnStep(column(x, t), states[t] as Tensor, weights))
  let carry = zeros([H, M], float64)
  const steps: ReturnType<typeof rnnBackStep>[] = []
  for (const t of times(T).reverse()) {
    const upstream = isCarried ? column(da, t).add(carry) : column(da, t)
    const step = rnnBackStep(
      column(x, t),
      states[t] as Tensor,
      states[t + 1] as Tensor,
      upstream,
      weights,
    )
    steps.unshift(step)
    carry = step.da
  }
  return {
    dx: stack(
      steps.map(({ dx }) => columns(dx)),
      1,
    ),
    da0: columns(carry),
    dWax: total(steps.map(({ dWax }) => dWax)),
    dWaa: total(steps.map(({ dWaa }) => dWaa)),
    dba: total(steps.map(({ dba }) => dba)),
  }
}

/** Wk (n_a, n_a + n_x) on [a; x] for f, i, o and c, of packed weights, gates i, f, g, o. */
export function gatesOf(weight_ih: Tensor, weight_hh: Tensor, bias: Tensor) {
  const gate = (k: number) => {
    const part = (t: Tensor) => t.slice(0, k * H, (k + 1) * H)
    return { W: cat([part(weight_hh), part(weight_ih)], 1), b: part(bias).unsqueeze(1) }
  }
  return { i: gate(0), f: gate(1), c: gate(2), o: gate(3) }
}

/** lstm_cell_forward of D0 and D3. */
export function lstmStep(x: Tensor, a: Tensor, c: Tensor, gates: ReturnType<typeof gatesOf>) {
  const joined = cat([a, x])
  const z = ({ W, b }: { W: Tensor; b: Tensor }) => W.matmul(joined).add(b)
  const [f, i, o, g] = [
    z(gates.f).sigmoid(),
    z(gates.i).sigmoid(),
    z(gates.o).sigmoid(),
    z(gates.c).tanh(),
  ]
  const next = f.mul(c).add(i.mul(g))
  return { joined, before: c, f, i, o, g, c: next, a: o.mul(next.tanh()) }
}

/** lstm_cell_backward of D0 and D3. */
export function lstmBackStep(
  { joined, before, f, i, o, g, c }: ReturnType<typeof lstmStep>,
  da: Tensor,
  dc: Tensor,
  gates: ReturnType<typeof gatesOf>,
) {
  const s = dc.add(o.mul(dTanh(c.tanh(), da)))
  const dz = {
    i: dSigmoid(i, g.mul(s)),
    f: dSigmoid(f, before.mul(s)),
    c: dTanh(g, i.mul(s)),
    o: dSigmoid(o, c.tanh().mul(da)),
  }
  const names = ['i', 'f', 'c', 'o'] as const
  const dJoined = total(names.map((k) => gates[k].W.t().matmul(dz[k])))
  const dW = names.map((k) => dz[k].matmul(joined.t()))
  return {
    da: dJoined.slice(0, 0, H),
    dx: dJoined.slice(0, H),
    dc: f.mul(s),
    dWhh: cat(dW.map((one) => one.slice(1, 0, H))),
    dWih: cat(dW.map((one) => one.slice(1, H))),
    db: cat(names.map((k) => dz[k].sum(1))),
  }
}

/** lstm_backward as D0 should have it, or as it is printed: nothing is carried. */
export function lstmBack(
  x: Tensor,
  a0: Tensor,
  c0: Tensor,
  gates: ReturnType<typeof gatesOf>,
  da: Tensor,
  dc: Tensor,
  isCarried: boolean,
) {
  const T = x.shape[1] as number
  const forward: ReturnType<typeof lstmStep>[] = []
  for (const t of times(T)) {
    const { a, c } = forward[t - 1] ?? { a: columns(a0), c: columns(c0) }
    forward.push(lstmStep(column(x, t), a, c, gates))
  }
  const none = zeros([H, M], float64)
  let carry = { da: none, dc: columns(dc) }
  const steps: ReturnType<typeof lstmBackStep>[] = []
  for (const t of times(T).reverse()) {
    const upstream = column(da, t).add(carry.da)
    const step = lstmBackStep(forward[t] as (typeof forward)[0], upstream, carry.dc, gates)
    steps.unshift(step)
    carry = isCarried ? step : { da: none, dc: none }
  }
  const first = steps[0] as (typeof steps)[0]
  return {
    dx: stack(
      steps.map(({ dx }) => columns(dx)),
      1,
    ),
    da0: columns(first.da),
    dc0: columns(first.dc),
    dWih: total(steps.map(({ dWih }) => dWih)),
    dWhh: total(steps.map(({ dWhh }) => dWhh)),
    db: total(steps.map(({ db }) => db)),
  }
}
