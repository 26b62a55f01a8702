// A layer's parameters, their first values, and the dtypes and shapes that they and the layer's
// inputs must have. It knows no layer.
import {
  type DType,
  DTypeError,
  full,
  type Generator,
  noGrad,
  rand,
  type Shape,
  ShapeError,
  Tensor,
} from '../tensor/index.ts'
import { dtypeName, isFloat, noTensor, requireGenerator, show } from '../tensor/internal.ts'

/** The dtype of a layer's parameters, and the random stream that draws them. */
export interface InitOptions {
  /** Default 'float32'. */
  dtype?: DType | undefined
  /** The random stream; by default the one of `manualSeed`. */
  generator?: Generator | undefined
}

/**
 * Throws a DTypeError unless parameters of this dtype can have gradients, a ValueError unless the
 * generator is one.
 */
export function requireInit(who: string, { dtype = 'float32', generator }: InitOptions): void {
  if (!isFloat(dtype))
    throw new DTypeError(`${who}: expected dtype float32 or float64, got ${dtypeName(dtype)}`)
  requireGenerator(who, generator)
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

/** A parameter all of whose elements are `value`. */
export const constant = (shape: Shape, value: number, { dtype = 'float32' }: InitOptions): Tensor =>
  full(shape, value, { dtype, requiresGrad: true })

/**
 * A shape to match: numbers must agree, letters stand for any size, a leading '…' for any number of
 * axes.
 */
export type Pattern = readonly (number | string)[]

/**
 * Throws a DTypeError unless x is a tensor of one of these dtypes, a ShapeError unless its shape
 * matches the pattern.
 */
export function requireMatch(
  who: string,
  name: string,
  x: Tensor,
  pattern: Pattern,
  ...dtypes: DType[]
): void {
  if (!(x instanceof Tensor))
    throw new DTypeError(`${who}: expected ${name} to be a Tensor, got ${noTensor(x)}`)
  if (!matches(x.shape, pattern))
    throw new ShapeError(
      `${who}: expected ${name} of shape (${pattern.join(', ')}), got ${show(x.shape)}`,
    )
  if (!dtypes.includes(x.dtype)) {
    throw new DTypeError(
      `${who}: expected ${name} of dtype ${dtypes.join(' or ')}, got ${x.dtype}: convert it ` +
        `with .to('${dtypes[0]}')`,
    )
  }
}

/** A parameter as a caller may have replaced it, with its name and the shape that it must have. */
export type OwnParameter = readonly [name: string, parameter: Tensor | null, shape: Shape]

/**
 * The dtype of these parameters. Throws what `requireMatch` throws unless all have one float dtype
 * and each its shape; all but the first may be null. Kernels trust the shapes: they would read
 * beyond the end of a parameter that is too small.
 */
export function requireOwnParameters(who: string, parameters: readonly OwnParameter[]): DType {
  const first = parameters[0][1] as Tensor
  parameters.forEach(([name, parameter, shape], i) => {
    if (parameter === null && name.startsWith('bias')) return
    const dtypes: DType[] = i === 0 ? ['float32', 'float64'] : [first.dtype]
    requireMatch(who, name, parameter as Tensor, shape, ...dtypes)
  })
  return first.dtype
}

function matches(shape: Shape, pattern: Pattern): boolean {
  const open = pattern[0] === '…'
  const sizes = open ? pattern.slice(1) : pattern
  const skipped = shape.length - sizes.length
  return (
    (open ? skipped >= 0 : skipped === 0) &&
    sizes.every((size, k) => typeof size === 'string' || size === shape[skipped + k])
  )
}
