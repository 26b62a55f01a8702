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
import type { Known } from '../types/shapes.ts'
import type { TensorOptions } from './creation.ts'

/**
 * A stream of random numbers: a seed (the key, 0 unless given) and how many blocks of it have been
 * drawn (the counter). Equal seeds give equal streams, in every process, worker and browser.
 *
 * A block is four words of 32 bits. A draw of n elements takes ⌈n / 4⌉ blocks, in float64 ⌈n / 2⌉,
 * whatever comes out; so a stream's place follows from the shapes that were drawn.
 *
 * ```ts
 * const generator = new Generator(7)
 * randn([2, 3], { generator }) // (2, 3)
 * ```
 */
export class Generator {
  readonly #key: readonly [low: number, high: number]
  /** @internal Blocks drawn so far: where the stream stands. */
  drawn = 0

  /** @internal */
  get [KIND](): string {
    return 'Generator'
  }
  /** @internal */
  get [OURS](): boolean {
    return true
  }

  /** @internal Not a Proxy of a generator, which has no private fields. */
  static [Symbol.hasInstance](x: unknown): boolean {
    return typeof x === 'object' && x !== null && #key in x
  }

  /** Throws a ValueError unless the seed is a whole number from 0 to 2⁵³ − 1. */
  constructor(seed = 0) {
    requireSeed('Generator', seed)
    this.#key = [seed >>> 0, Math.floor(seed / 2 ** 32)]
  }

  /**
   * @internal The key, and the counter before `blocks` further blocks of four 32-bit words are
   * drawn.
   */
  draw(blocks: number): readonly [key0: number, key1: number, counter: number] {
    const counter = this.drawn
    if (begun !== null && !begun.has(this)) begun.set(this, counter)
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
/** Where the generators stood that have drawn inside the innermost `watchStreams`. */
let begun: Map<Generator, number> | null = null

/**
 * Runs `fn`. Returns its result, and what runs a function with the streams as they stood for `fn`,
 * and puts them back.
 */
export function watchStreams<T>(fn: () => T): [result: T, again: <U>(fn: () => U) => U] {
  const [outer, streams, initial] = [begun, new Map<Generator, number>(), shared]
  begun = streams
  try {
    const result = fn()
    return [result, (body) => withStreams(initial, streams, body)]
  } finally {
    begun = outer
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
 * Begins the default stream anew, the one from which parameters, dropout and random tensors are
 * drawn. Without a call it begins at seed 0, so that a program gives the same numbers each time it
 * runs. Every process and every worker thread has a default stream of its own: workers that shall
 * draw different numbers need seeds of their own, `manualSeed(1 + index)` for example. For another
 * run each time, seed with `Date.now()`. Throws a ValueError unless the seed is a whole number from
 * 0 to 2⁵³ − 1.
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

/** What a random tensor is, and where its numbers are drawn from. */
export interface RandomOptions extends TensorOptions {
  /** The stream to draw from; by default the one of `manualSeed`. */
  generator?: Generator | undefined
}

/** Throws ValueError unless there is no generator, or one that can be drawn from. */
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
export function rand<S extends Shape>(shape: S, options?: RandomOptions): Tensor<Known<S>>
export function rand(shape: Shape, options: RandomOptions = {}): Tensor {
  return drawFloats('rand', 'uniform', shape, options)
}

/**
 * Normal with mean 0 and variance 1. Throws a DTypeError unless the dtype is a float, a ShapeError
 * for a wrong shape. `randn([2, 3]) // (2, 3)`
 */
export function randn<S extends Shape>(shape: S, options?: RandomOptions): Tensor<Known<S>>
export function randn(shape: Shape, options: RandomOptions = {}): Tensor {
  return drawFloats('randn', 'normal', shape, options)
}

/**
 * Whole numbers (int32), each of [low, high) as likely as the others. Throws a ValueError for an
 * empty range, a ShapeError for a wrong shape. `randint(0, 6, [10]) // (10)`
 */
export function randint<S extends Shape>(
  low: number,
  high: number,
  shape: S,
  options?: RandomOptions,
): Tensor<Known<S>>
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
