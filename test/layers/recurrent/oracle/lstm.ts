// One step of an LSTM and of its variants, forward and backward by hand; it imports nothing from
// the package. The forward is Hochreiter & Schmidhuber's (1997) with forget gates (Gers et al.
// 2000), the gates in PyTorch's order i, f, g, o. The variants: peepholes w_c (Gers & Schmidhuber
// 2000), coupled gates (Greff et al. 2017, arXiv:1503.04069), projection W_hr (Sak et al. 2014,
// arXiv:1402.1128), layer normalization γ, β (Ba, Kiros & Hinton 2016, arXiv:1607.06450,
// supplement), and a clipped c.
//
//     k = m ⊙ h                                    m: the mask of recurrent dropout, or ones
//     u = W_ih x, v = W_hh k
//     L(u) = û = (u − mean u) / √(mean (u − mean u)² + ε)
//     a = u + b_ih + v + b_hh                      û ⊙ γ_ih + b_ih + v̂ ⊙ γ_hh + b_hh (normalized)
//     f = σ(a_f + w_cf ⊙ c)
//     i = σ(a_i + w_ci ⊙ c)                        1 − f (coupled: a has no part i)
//     g = tanh(a_g)
//     c̄ = f ⊙ c + i ⊙ g
//     c′ = min(max(c̄, −κ), κ)                      κ = ∞: not clipped
//     o = σ(a_o + w_co ⊙ c′)
//     s = c′                                       L(c′) ⊙ γ_c + β_c (normalized)
//     q = tanh(s)
//     y = o ⊙ q
//     h′ = y                                       W_hr y (projected)
//
// Backward: d… is the cotangent of …, δ… that of a gate's sum before σ or tanh.
//
//     dy = dh′                                     W_hrᵀ dh′, dW_hr = dh′ yᵀ (projected)
//     δo = dy ⊙ q ⊙ o ⊙ (1 − o)
//     ds = dy ⊙ o ⊙ (1 − q²)
//     L*(e, u) = (e − mean e − û ⊙ mean(e ⊙ û)) / √(mean (u − mean u)² + ε), e the cotangent of û
//     dc̄ = dc′ + w_co ⊙ δo + ds                    with L*(γ_c ⊙ ds, c′) for ds (normalized);
//                                                  0 where |c̄| > κ
//     δf = dc̄ ⊙ c ⊙ f ⊙ (1 − f)                    dc̄ ⊙ (c − g) ⊙ f ⊙ (1 − f) (coupled)
//     δi = dc̄ ⊙ g ⊙ i ⊙ (1 − i)
//     δg = dc̄ ⊙ i ⊙ (1 − g²)
//     dc = f ⊙ dc̄ + w_ci ⊙ δi + w_cf ⊙ δf
//     dw_ci = δi ⊙ c, dw_cf = δf ⊙ c, dw_co = δo ⊙ c′
//     δ = [δi; δf; δg; δo] = db_ih = db_hh
//     du = dv = δ                                  L*(γ_ih ⊙ δ, u), L*(γ_hh ⊙ δ, v) (normalized)
//     dγ_ih = δ ⊙ û, dγ_hh = δ ⊙ v̂, dγ_c = ds ⊙ L(c′), dβ_c = ds
//     dx = W_ihᵀ du, dW_ih = du xᵀ, dh = m ⊙ W_hhᵀ dv, dW_hh = dv kᵀ
import {
  add,
  affine,
  each,
  type Matrix,
  mul,
  outer,
  part,
  type Row,
  sigmoid,
  transposed,
} from './arrays.ts'
import { type Cell, type Products, present } from './cell.ts'

interface Weights extends Products {
  weight_ci?: Row
  weight_cf?: Row
  weight_co?: Row
  weight_hr?: Matrix
  weight_ln_ih?: Row
  weight_ln_hh?: Row
  weight_ln_c?: Row
  bias_ln_c?: Row
}

type Name =
  | 'x'
  | 'm'
  | 'k'
  | 'u'
  | 'v'
  | 'c'
  | 'i'
  | 'f'
  | 'g'
  | 'o'
  | 'cBar'
  | 'cAfter'
  | 'q'
  | 'y'

const EPSILON = 1e-5
const mean = (row: Row): number => row.reduce((sum, v) => sum + v, 0) / row.length

/** û = L(u), and what it was divided by. */
function normalize(u: Row): { hat: Row; deviation: number } {
  const center = mean(u)
  const centered = u.map((v) => v - center)
  const deviation = Math.sqrt(mean(mul(centered, centered)) + EPSILON)
  return { hat: centered.map((v) => v / deviation), deviation }
}

const normalized = (u: Row): Row => normalize(u).hat

/** L*(e, u) */
function normalizedBack(e: Row, u: Row): Row {
  const { hat, deviation } = normalize(u)
  const [center, along] = [mean(e), mean(mul(e, hat))]
  return each((e, hat) => (e - center - hat * along) / deviation, e, hat)
}

/**
 * weight_ih (4H, D), weight_hh (4H, size of h), bias_ih and bias_hh (4H); states h and c (H). Its
 * parameters say which variant it is. With weight_ci, weight_cf, weight_co (H) it has peepholes,
 * with weight_hr (P, H) a projection and an h of P, with weight_ln_ih, weight_ln_hh (4H) and
 * weight_ln_c, bias_ln_c (H) layer normalization. With 3H rows for 4H (f, g, o) its gates are
 * coupled.
 */
export const lstm = ({ cellClip = Number.POSITIVE_INFINITY } = {}): Cell<Record<Name, Row>> => ({
  states: ['h', 'c'],

  forward(p, x, { h, c }, m = h.map(() => 1)) {
    const w = p as unknown as Weights
    const zero = c.map(() => 0)
    const k = mul(m, h)
    const [u, v] = [affine(w.weight_ih, x), affine(w.weight_hh, k)]
    const none = u.map(() => 0)
    const a = add(
      w.weight_ln_ih ? mul(normalized(u), w.weight_ln_ih) : u,
      w.weight_ln_hh ? mul(normalized(v), w.weight_ln_hh) : v,
      w.bias_ih ?? none,
      w.bias_hh ?? none,
    )
    const [ai, af, ag, ao] = gates(a, c.length)
    const f = add(af, mul(w.weight_cf ?? zero, c)).map(sigmoid)
    const i = ai ? add(ai, mul(w.weight_ci ?? zero, c)).map(sigmoid) : f.map((f) => 1 - f)
    const g = ag.map(Math.tanh)
    const cBar = add(mul(f, c), mul(i, g))
    const cAfter = cBar.map((v) => Math.min(Math.max(v, -cellClip), cellClip))
    const o = add(ao, mul(w.weight_co ?? zero, cAfter)).map(sigmoid)
    const s = w.weight_ln_c
      ? add(mul(normalized(cAfter), w.weight_ln_c), w.bias_ln_c ?? zero)
      : cAfter
    const q = s.map(Math.tanh)
    const y = mul(o, q)
    const after = w.weight_hr ? affine(w.weight_hr, y) : y
    const saved = { x, m, k, u, v, c, i, f, g, o, cBar, cAfter, q, y }
    return { state: { h: after, c: cAfter }, saved }
  },

  backward(p, { x, m, k, u, v, c, i, f, g, o, cBar, cAfter, q, y }, { h: dAfter, c: dcAfter }) {
    const w = p as unknown as Weights
    const zero = c.map(() => 0)
    const isCoupled = u.length === 3 * c.length
    const dy = w.weight_hr ? transposed(w.weight_hr, dAfter) : dAfter
    const δo = each((d, q, o) => d * q * o * (1 - o), dy, q, o)
    const ds = each((d, o, q) => d * o * (1 - q * q), dy, o, q)
    const dcBar = each(
      (d, cBar) => (Math.abs(cBar) > cellClip ? 0 : d),
      add(
        dcAfter,
        mul(w.weight_co ?? zero, δo),
        w.weight_ln_c ? normalizedBack(mul(w.weight_ln_c, ds), cAfter) : ds,
      ),
      cBar,
    )
    const δf = each((d, c, g, f) => d * (isCoupled ? c - g : c) * f * (1 - f), dcBar, c, g, f)
    const δi = isCoupled ? [] : each((d, g, i) => d * g * i * (1 - i), dcBar, g, i)
    const δg = each((d, i, g) => d * i * (1 - g * g), dcBar, i, g)
    const δ = [...δi, ...δf, ...δg, ...δo]
    const du = w.weight_ln_ih ? normalizedBack(mul(w.weight_ln_ih, δ), u) : δ
    const dv = w.weight_ln_hh ? normalizedBack(mul(w.weight_ln_hh, δ), v) : δ
    return {
      dx: transposed(w.weight_ih, du),
      dState: {
        h: mul(m, transposed(w.weight_hh, dv)),
        c: add(
          mul(f, dcBar),
          mul(w.weight_cf ?? zero, δf),
          w.weight_ci ? mul(w.weight_ci, δi) : zero,
        ),
      },
      dp: present(p, {
        weight_ih: outer(du, x),
        weight_hh: outer(dv, k),
        bias_ih: δ,
        bias_hh: δ,
        weight_ci: mul(δi, c),
        weight_cf: mul(δf, c),
        weight_co: mul(δo, cAfter),
        weight_hr: outer(dAfter, y),
        weight_ln_ih: mul(δ, normalized(u)),
        weight_ln_hh: mul(δ, normalized(v)),
        weight_ln_c: mul(ds, normalized(cAfter)),
        bias_ln_c: ds,
      }),
    }
  },
})

/** The parts i, f, g, o of a row; without i where it has three. */
function gates(a: Row, H: number): [Row | null, Row, Row, Row] {
  const first = a.length / H - 3
  const [f, g, o] = [0, 1, 2].map((k) => part(a, first + k, H))
  return [first === 1 ? part(a, 0, H) : null, f, g, o]
}
