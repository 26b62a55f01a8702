// The first values of parameters; it knows no layer.
import {
  type DType,
  type Generator,
  noGrad,
  rand,
  type Shape,
  type Tensor,
} from '../tensor/index.ts'

/** The dtype of a layer's parameters, and the random stream that draws them. */
export interface InitOptions {
  /** Default 'float32'. */
  dtype?: DType | undefined
  /** The random stream; by default the one of `manualSeed`. */
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
