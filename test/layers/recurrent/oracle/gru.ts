// One step of a GRU, forward and backward by hand; it imports nothing from the package. The forward
// is of Cho et al. 2014 (arXiv:1406.1078, equations 5 to 8), with r, z, n and the roles of z and
// 1 − z as in PyTorch's nn.GRUCell; reset after the product is PyTorch's and cuDNN's, before it the
// paper's.
//
//     k = m ⊙ h                                    m: the mask of recurrent dropout, or ones
//     r = σ(W_ir x + b_ir + W_hr k + b_hr)
//     z = σ(W_iz x + b_iz + W_hz k + b_hz)
//     a = W_hn u + b_hn                            u = k (reset after), r ⊙ k (reset before)
//     n = tanh(W_in x + b_in + s ⊙ a)              s = r (reset after), 1 (reset before)
//     h′ = (1 − z) ⊙ n + z ⊙ h
//
// Backward: d… is the cotangent of …, δ… that of a gate's sum before σ or tanh.
//
//     δn = dh′ ⊙ (1 − z) ⊙ (1 − n²)
//     δz = dh′ ⊙ (h − n) ⊙ z ⊙ (1 − z)
//     da = s ⊙ δn
//     du = W_hnᵀ da
//     dr = δn ⊙ a (reset after), du ⊙ k (reset before)
//     δr = dr ⊙ r ⊙ (1 − r)
//     dk = W_hrᵀ δr + W_hzᵀ δz + du (reset after), du ⊙ r (reset before)
//     dh = z ⊙ dh′ + m ⊙ dk
//     dx = W_irᵀ δr + W_izᵀ δz + W_inᵀ δn
//     dW_i = [δr; δz; δn] xᵀ, db_i = [δr; δz; δn]
//     dW_hr = δr kᵀ, dW_hz = δz kᵀ, dW_hn = da uᵀ, db_h = [δr; δz; da]
import { add, affine, each, mul, outer, part, type Row, sigmoid, transposed } from './arrays.ts'
import { type Cell, type Products, present } from './cell.ts'

interface Saved {
  x: Row
  h: Row
  m: Row
  k: Row
  u: Row
  a: Row
  r: Row
  z: Row
  n: Row
}

/** weight_ih (3H, D), weight_hh (3H, H), bias_ih and bias_hh (3H), gates r, z, n; state h (H). */
export const gru = (resetAfter = true): Cell<Saved> => ({
  states: ['h'],

  forward(p, x, { h }, m = h.map(() => 1)) {
    const { weight_ih, weight_hh, bias_ih, bias_hh } = p as unknown as Products
    const H = h.length
    const k = mul(m, h)
    const [inR, inZ, inN] = parts(affine(weight_ih, x, bias_ih), H)
    const hidden = (gate: number, v: Row): Row =>
      affine(part(weight_hh, gate, H), v, bias_hh && part(bias_hh, gate, H))
    const r = add(inR, hidden(0, k)).map(sigmoid)
    const z = add(inZ, hidden(1, k)).map(sigmoid)
    const u = resetAfter ? k : mul(r, k)
    const a = hidden(2, u)
    const n = add(inN, resetAfter ? mul(r, a) : a).map(Math.tanh)
    const after = each((z, n, h) => (1 - z) * n + z * h, z, n, h)
    return { state: { h: after }, saved: { x, h, m, k, u, a, r, z, n } }
  },

  backward(p, { x, h, m, k, u, a, r, z, n }, { h: dAfter }) {
    const { weight_ih, weight_hh } = p as unknown as Products
    const H = h.length
    const [Whr, Whz, Whn] = parts(weight_hh, H)
    const δn = each((d, z, n) => d * (1 - z) * (1 - n * n), dAfter, z, n)
    const δz = each((d, h, n, z) => d * (h - n) * z * (1 - z), dAfter, h, n, z)
    const da = resetAfter ? mul(r, δn) : δn
    const du = transposed(Whn, da)
    const dr = resetAfter ? mul(δn, a) : mul(du, k)
    const δr = each((d, r) => d * r * (1 - r), dr, r)
    const dk = add(transposed(Whr, δr), transposed(Whz, δz), resetAfter ? du : mul(du, r))
    const δi = [...δr, ...δz, ...δn]
    return {
      dx: transposed(weight_ih, δi),
      dState: { h: add(mul(z, dAfter), mul(m, dk)) },
      dp: present(p, {
        weight_ih: outer(δi, x),
        weight_hh: [...outer(δr, k), ...outer(δz, k), ...outer(da, u)],
        bias_ih: δi,
        bias_hh: [...δr, ...δz, ...da],
      }),
    }
  },
})

const parts = <V>(whole: V[], H: number): V[][] => [0, 1, 2].map((k) => part(whole, k, H))
