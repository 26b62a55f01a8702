// Random tensors from counter-based streams: Philox 4×32-10 (Salmon et al. 2011), the same numbers
// on every platform.

import { byteKernels } from '../../kernels/engine.ts'
import { creation } from '../core/blank.ts'
import { dtypeName, requireDType, requireFloat } from '../core/dtype.ts'
import { DTypeError, shown, ValueError } from '../core/errors.ts'
import { kernelsOf } from '../core/kernels.ts'
import { KIND, OURS } from '../core/otherCopy.ts'
import { requireFlag, requireOptions } from '../core/require.ts'
import { requireShape, type Shape } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import type { Simplified } from '../types/shapes.ts'
import type { TensorOptions } from './creation.ts'

/**
 * A stream of random numbers. It consists of a seed (the key, 0 by default) and the number of
 * blocks drawn (the counter). Equal seeds give equal streams in every process, worker and browser.
 *
 * A block is four words of 32 bits. A draw of n elements takes ⌈n / 4⌉ blocks, in float64 ⌈n / 2⌉.
 * So the position of a stream follows from the shapes that were drawn.
 *
 * ```ts
 * const generator = new Generator(7)
 * randn([2, 3], { generator }) // (2, 3)
 * ```
 */
export class Generator {
  readonly #key: readonly [low: number, high: number]
  /** @internal The number of blocks drawn so far. */
  drawn = 0

  /** @internal */
  get [KIND](): string {
    return 'Generator'
  }
  /** @internal */
  get [OURS](): boolean {
    return true
  }

  /** @internal False for a Proxy of a generator, which has no private fields. */
  static [Symbol.hasInstance](x: unknown): boolean {
    return typeof x === 'object' && x !== null && #key in x
  }

  /** Throws a ValueError unless the seed is a whole number from 0 to 2⁵³ − 1. */
  constructor(seed = 0) {
    requireSeed('Generator', seed)
    this.#key = [seed >>> 0, Math.floor(seed / 2 ** 32)]
  }

  /** @internal Draws blocks. Returns the key, and the counter before them. */
  draw(blocks: number): readonly [key0: number, key1: number, counter: number] {
    const counter = this.drawn
    if (watched !== null && !watched.has(this)) watched.set(this, counter)
    this.drawn += blocks
    return [...this.#key, counter]
  }
}

function requireSeed(who: string, seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new ValueError(
      `${who}: expected a seed that is a whole number from 0 to 2^53 − 1, got ${shown(seed)}`,
    )
}

let shared = new Generator(0)
/** The counter of each generator before its first draw inside the innermost `watchStreams`. */
let watched: Map<Generator, number> | null = null

/**
 * Runs `fn`. Returns its result, and a function that runs another one with the streams as they were
 * before `fn`, and restores them afterwards.
 */
export function watchStreams<T>(fn: () => T): [result: T, withStreams: <U>(fn: () => U) => U] {
  const outer = watched
  const initial = shared
  const streams = new Map<Generator, number>()
  watched = streams
  try {
    const result = fn()
    return [result, (body) => withStreams(initial, streams, body)]
  } finally {
    watched = outer
    for (const [generator, drawn] of streams)
      if (outer !== null && !outer.has(generator)) outer.set(generator, drawn)
  }
}

function withStreams<U>(
  initial: Generator,
  streams: ReadonlyMap<Generator, number>,
  fn: () => U,
): U {
  const before = {
    shared,
    streams: [...streams.keys()].map((generator) => [generator, generator.drawn] as const),
  }
  shared = initial
  for (const [generator, drawn] of streams) generator.drawn = drawn
  try {
    return fn()
  } finally {
    shared = before.shared
    for (const [generator, drawn] of before.streams) generator.drawn = drawn
  }
}

/**
 * Restarts the default stream, from which parameters, dropout and random tensors are drawn. Without
 * a call it starts at seed 0, so that a program gives the same numbers in every run; for different
 * numbers seed with `Date.now()`. Every process and every worker thread has its own default stream:
 * workers that must draw different numbers need different seeds, for example
 * `manualSeed(1 + index)`. Throws a ValueError unless the seed is a whole number from 0 to 2⁵³ − 1.
 *
 * ```ts
 * manualSeed(7)
 * const x = randn([3])
 * manualSeed(7)
 * randn([3]).sub(x) // [0, 0, 0]
 * ```
 */
export function manualSeed(seed: number): void {
  requireSeed('manualSeed', seed)
  shared = new Generator(seed)
}

/** Options of a random tensor. */
export interface RandomOptions extends TensorOptions {
  /** The stream to draw from; by default the one of `manualSeed`. */
  generator?: Generator | undefined
}

/** Throws a ValueError unless `generator` is a Generator or undefined. */
export function requireGenerator(who: string, generator: Generator | undefined): void {
  if (generator === undefined || generator instanceof Generator) return
  const proxied =
    Object.getPrototypeOf(Object(generator)) === Generator.prototype
      ? 'a Proxy of one'
      : shown(generator)
  throw new ValueError(
    `${who}: expected a Generator, got ${proxied}: make one with new Generator(seed)`,
  )
}

function generatorOf(who: string, { generator = shared }: RandomOptions): Generator {
  requireGenerator(who, generator)
  return generator
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
  const generator = generatorOf(who, options)
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
  const generator = generatorOf('randint', options)
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
