// Random tensors, and seeds; the streams that they are drawn from are those of streams.ts.

import { byteKernels } from '../../kernels/engine.ts'
import { creation } from '../core/blank.ts'
import { dtypeName, requireDType, requireFloat } from '../core/dtype.ts'
import { DTypeError, shown, ValueError } from '../core/errors.ts'
import { kernelsOf } from '../core/kernels.ts'
import { requireFlag, requireOptions } from '../core/require.ts'
import { requireShape, type Shape } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import type { Simplified } from '../types/shapes.ts'
import type { TensorOptions } from './creation.ts'
import { type Generator, streamOf } from './streams.ts'

/** Options of a random tensor. */
export interface RandomOptions extends TensorOptions {
  /** The stream to draw from; by default the one of `manualSeed`. */
  generator?: Generator | undefined
}

function drawFloats(
  who: 'rand' | 'randn',
  kernel: 'uniform' | 'normal',
  shape: Shape,
  given: RandomOptions,
): Tensor {
  const options = requireOptions(who, given, ['dtype', 'requiresGrad', 'generator'])
  requireShape(who, shape)
  const { dtype = 'float32', requiresGrad = false } = options
  const generator = streamOf(who, options.generator)
  requireFlag(who, 'requiresGrad', requiresGrad)
  requireDType(who, dtype)
  requireFloat(who, dtype)
  const out = creation([...shape], dtype, who)
  kernelsOf(out)[kernel](
    out.address(),
    out.size,
    ...generator.draw(Math.ceil(out.size / (dtype === 'float32' ? 4 : 2))),
  )
  if (requiresGrad) out.requiresGrad = true
  return out
}

/**
 * Uniform in [0, 1). Throws a DTypeError unless the dtype is a float, a ShapeError for a wrong
 * shape. `rand([2, 3]) // (2, 3)`
 */
export function rand<S extends Shape>(shape: S, options?: RandomOptions): Tensor<Simplified<S>>
export function rand(shape: Shape, options: RandomOptions = {}): Tensor {
  return drawFloats('rand', 'uniform', shape, options)
}

/**
 * Normal with mean 0 and variance 1. Throws a DTypeError unless the dtype is a float, a ShapeError
 * for a wrong shape. `randn([2, 3]) // (2, 3)`
 */
export function randn<S extends Shape>(shape: S, options?: RandomOptions): Tensor<Simplified<S>>
export function randn(shape: Shape, options: RandomOptions = {}): Tensor {
  return drawFloats('randn', 'normal', shape, options)
}

/**
 * Whole numbers (int32), uniform in [low, high). Throws a ValueError for an empty range, a
 * ShapeError for a wrong shape. `randint(0, 6, [10]) // (10)`
 */
export function randint<S extends Shape>(
  low: number,
  high: number,
  shape: S,
  options?: RandomOptions,
): Tensor<Simplified<S>>
export function randint(
  low: number,
  high: number,
  shape: Shape,
  given: RandomOptions = {},
): Tensor {
  const options = requireOptions('randint', given, ['dtype', 'generator'])
  const whole = (x: unknown): boolean => typeof x === 'number' && (x | 0) === x
  if (!whole(low) || !whole(high) || low >= high)
    throw new ValueError(
      `randint: expected int32 numbers low < high, got ${shown(low)} and ${shown(high)}`,
    )
  const { dtype = 'int32' } = options
  if (dtype !== 'int32')
    throw new DTypeError(`randint: expected int32, got ${dtypeName(dtype)}: convert with .to()`)
  requireShape('randint', shape)
  const generator = streamOf('randint', options.generator)
  const out = creation([...shape], 'int32', 'randint')
  byteKernels.randint(
    out.address(),
    out.size,
    low,
    high,
    ...generator.draw(Math.ceil(out.size / 4)),
  )
  return out
}

/**
 * A seed for another stream: a whole number from 0 to 2⁵³ − 1. It takes one block. Draw one for
 * each worker and hand it over: the worker that calls `manualSeed(seed)` has a stream of its own,
 * and the same one in every run. Throws a ValueError unless `generator` is a Generator.
 *
 * ```ts
 * manualSeed(7)
 * const seeds = Array.from({ length: 4 }, () => randomSeed())
 * const generators = seeds.map((seed) => new Generator(seed))
 * ```
 */
export function randomSeed(given: Pick<RandomOptions, 'generator'> = {}): number {
  const { generator } = requireOptions('randomSeed', given, ['generator'])
  streamOf('randomSeed', generator)
  return rand([1], { generator, dtype: 'float64' }).item() * 2 ** 53
}
