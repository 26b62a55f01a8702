// A cell of one's own, which `Recurrent` runs over sequences; not one of the package's.
import { type Generator, Linear, Module, type Tensor } from 'tapegrad'

/** The minimal gated unit (Zhou et al. 2016): f decides what of h is new. */
export class MinimalGatedCell extends Module {
  readonly stateSize: { h: number }
  readonly input: Linear
  readonly gate: Linear
  readonly candidate: Linear

  constructor(D: number, H: number, generator: Generator) {
    super()
    this.stateSize = { h: H }
    this.input = new Linear(D, 2 * H, { generator })
    this.gate = new Linear(H, H, { bias: false, generator })
    this.candidate = new Linear(H, H, { bias: false, generator })
  }

  /** x (N, D), h (N, H) → h′ = (1 − f) ⊙ h + f ⊙ n */
  forward(x: Tensor, { h }: { h: Tensor }): { h: Tensor } {
    const [xf, xn] = this.input.forward(x).chunk(2, 1)
    const f = xf.add(this.gate.forward(h)).sigmoid()
    const n = xn.add(this.candidate.forward(f.mul(h))).tanh()
    return { h: n.sub(h).mul(f).add(h) }
  }
}
