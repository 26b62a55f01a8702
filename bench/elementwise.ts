// A chain of 8 elementwise ops on many numbers with its backward pass: op by op, or as one op of
// `fuse`.

import { fuse, linspace, ones, type Tensor } from 'tapegrad'

const SIZE = 1_000_000
/** The element that is compared with others'. */
const AT = 700_000

/** Twice the GELU, by tanh (Hendrycks & Gimpel 2016, "Gaussian error linear units"). */
const gelu = (x: Tensor): Tensor =>
  x.square().mul(x).mul(0.044715).add(x).mul(0.797884).tanh().add(1).mul(x)

/** A function that runs the chain both ways and returns one element of its value plus its slope. */
export function elementwise(isFused: boolean): () => number {
  const f = isFused ? fuse(gelu) : gelu
  const x = linspace(-3, 3, SIZE, { requiresGrad: true })
  const g = ones([SIZE])
  const at = (t: Tensor | null): number => t?.select(0, AT).item() ?? Number.NaN
  return () => {
    const y = f(x)
    y.backward(g)
    const value = at(y.detach()) + at(x.grad)
    x.grad = null
    return value
  }
}
