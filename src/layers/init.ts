// How parameters get their first values; it knows no layer.
import {
  type DType,
  type Generator,
  noGrad,
  rand,
  type Shape,
  type Tensor,
} from '../tensor/index.ts'

/** Of what type a layer's parameters are, and which random stream draws them. */
export interface InitOptions {
  /** Default 'float32'. */
  dtype?: DType | undefined
  /** The stream to draw from; by default the one of `manualSeed`. */
  generator?: Generator | undefined
}

/** A parameter drawn from U(−bound, bound). */
export function uniform(
  shape: Shape,
  bound: number,
  { dtype = 'float32', generator }: InitOptions,
): Tensor {
  const p = rand(shape, { dtype, generator })
  noGrad(() => void p.assign_(p.mul(2 * bound).sub(bound)))
  p.requiresGrad = true
  return p
}
