// The checks every layer makes on what it is given, and how they are worded; it computes nothing.
import {
  checkGenerator,
  type DType,
  DTypeError,
  dtypeName,
  isFloat,
  noTensor,
  type Shape,
  ShapeError,
  show,
  shown,
  Tensor,
  ValueError,
} from '../tensor/index.ts'
import type { InitOptions } from './init.ts'

/**
 * A shape to match: numbers must agree, letters stand for any size, a leading '…' for any number of
 * axes.
 */
export type Pattern = readonly (number | string)[]

/** Throws ValueError unless every size, given by name, is a positive integer. */
export function checkSizes(who: string, sizes: Record<string, number>): void {
  for (const [name, size] of Object.entries(sizes)) {
    if (!Number.isInteger(size) || size < 1)
      throw new ValueError(`${who}: expected ${name} to be a positive integer, got ${shown(size)}`)
  }
}

/**
 * More layers than this on top of each other are taken for a mistake: each has parameters of its
 * own.
 */
const MOST_LAYERS = 1000

/** Throws ValueError for more layers than anybody means. */
export function checkDepth(who: string, numLayers: number): void {
  if (numLayers > MOST_LAYERS)
    throw new ValueError(
      `${who}: expected numLayers to be at most ${MOST_LAYERS}, got ${numLayers}`,
    )
}

/** Throws ValueError unless p is a number from 0 to 1. */
export function checkProbability(who: string, name: string, p: number): void {
  if (!(typeof p === 'number' && p >= 0 && p <= 1))
    throw new ValueError(`${who}: expected ${name} to be a number from 0 to 1, got ${shown(p)}`)
}

/** Throws ValueError unless the option's value is one of the allowed ones. */
export function checkChoice(
  who: string,
  name: string,
  value: string,
  allowed: readonly string[],
): void {
  if (!allowed.includes(value))
    throw new ValueError(
      `${who}: expected ${name} to be one of ${allowed.join(', ')}, got ${shown(value)}`,
    )
}

/**
 * Throws DTypeError unless parameters of this dtype can have gradients, ValueError unless the
 * generator can draw them.
 */
export function checkInit(who: string, { dtype = 'float32', generator }: InitOptions): void {
  if (!isFloat(dtype))
    throw new DTypeError(`${who}: expected dtype float32 or float64, got ${dtypeName(dtype)}`)
  checkGenerator(who, generator)
}

/**
 * Throws ShapeError, DTypeError or (for no tensor at all) ValueError unless x is a tensor of one of
 * these dtypes that matches the pattern.
 */
export function checkTensor(
  who: string,
  name: string,
  x: Tensor,
  pattern: Pattern,
  ...dtypes: DType[]
): void {
  if (!(x instanceof Tensor))
    throw new ValueError(`${who}: expected ${name} to be a Tensor, got ${noTensor(x)}`)
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
export type Expected = readonly [name: string, parameter: Tensor | null, shape: Shape]

/**
 * Throws as `checkTensor` does unless every parameter that is there has its shape, and all have one
 * float dtype, which is returned. The first must be there. Kernels read by place: they would take
 * whatever stands behind a parameter that is too small.
 */
export function checkOwnParameters(who: string, expected: readonly Expected[]): DType {
  const first = expected[0][1] as Tensor
  expected.forEach(([name, parameter, shape], i) => {
    if (parameter === null && i > 0) return
    const dtypes: DType[] = i === 0 ? ['float32', 'float64'] : [first.dtype]
    checkTensor(who, name, parameter as Tensor, shape, ...dtypes)
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
