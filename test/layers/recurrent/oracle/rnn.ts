// One step of a plain RNN, forward and backward by hand; it imports nothing from the package. The
// forward is Elman's (1990), as in PyTorch's nn.RNNCell.
//
//     k = m ⊙ h                                    m: the mask of recurrent dropout, or ones
//     z = W_ih x + b_ih + W_hh k + b_hh
//     h′ = φ(z)                                    φ = tanh, or relu
//
// Backward: d… is the cotangent of ….
//
//     dz = dh′ ⊙ φ′(z)                             tanh′ = 1 − h′², relu′ = 1 where z > 0, else 0
//     dx = W_ihᵀ dz, dh = m ⊙ W_hhᵀ dz
//     dW_ih = dz xᵀ, dW_hh = dz kᵀ, db_ih = db_hh = dz
import { add, affine, mul, outer, type Row, transposed } from './arrays.ts'
import { type Cell, type Products, present } from './cell.ts'

interface Saved {
  x: Row
  m: Row
  k: Row
  z: Row
}

const nonlinearities = {
  tanh: { of: Math.tanh, slope: (z: number) => 1 - Math.tanh(z) ** 2 },
  relu: { of: (z: number) => Math.max(z, 0), slope: (z: number) => (z > 0 ? 1 : 0) },
}

/** weight_ih (H, D), weight_hh (H, H), bias_ih and bias_hh (H); state h (H). */
export function rnn(nonlinearity: keyof typeof nonlinearities = 'tanh'): Cell<Saved> {
  const { of, slope } = nonlinearities[nonlinearity]
  return {
    states: ['h'],

    forward(p, x, { h }, m = h.map(() => 1)) {
      const { weight_ih, weight_hh, bias_ih, bias_hh } = p as unknown as Products
      const k = mul(m, h)
      const z = add(affine(weight_ih, x, bias_ih), affine(weight_hh, k, bias_hh))
      return { state: { h: z.map(of) }, saved: { x, m, k, z } }
    },

    backward(p, { x, m, k, z }, { h: dAfter }) {
      const { weight_ih, weight_hh } = p as unknown as Products
      const dz = mul(dAfter, z.map(slope))
      return {
        dx: transposed(weight_ih, dz),
        dState: { h: mul(m, transposed(weight_hh, dz)) },
        dp: present(p, {
          weight_ih: outer(dz, x),
          weight_hh: outer(dz, k),
          bias_ih: dz,
          bias_hh: dz,
        }),
      }
    },
  }
}
