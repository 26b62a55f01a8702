// Counter-based streams of random numbers: Philox 4×32-10 (Salmon et al. 2011), the same numbers on
// every platform. Here are their positions; the numbers are drawn in random.ts.

import { noteEffect } from '../core/effects.ts'
import { shown, ValueError } from '../core/errors.ts'
import { KIND, OURS } from '../core/otherCopy.ts'
import { isOptions } from '../core/require.ts'

/** The position of a stream, as plain data: JSON keeps it exactly. */
export interface GeneratorState {
  /** The algorithm that makes numbers of seed and block. */
  readonly algorithm: typeof ALGORITHM
  /** The seed of the stream. */
  readonly seed: number
  /** The number of blocks drawn so far. */
  readonly blocks: number
}

const ALGORITHM = 'philox4x32-10'

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
  #seed: number
  #blocks = 0

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
    return typeof x === 'object' && x !== null && #seed in x
  }

  /** Throws a ValueError unless the seed is a whole number from 0 to 2⁵³ − 1. */
  constructor(seed = 0) {
    requireSeed('Generator', seed)
    this.#seed = seed
  }

  /**
   * The position of the stream. `restore` goes back to it, in this generator or another one, also
   * in another process.
   *
   * ```ts
   * const generator = new Generator(7)
   * rand([5], { generator }) // (5)
   * generator.state() // { algorithm: 'philox4x32-10', seed: 7, blocks: 2 }
   * ```
   */
  state(): GeneratorState {
    return { algorithm: ALGORITHM, seed: this.#seed, blocks: this.#blocks }
  }

  /**
   * Goes on from a position that `state` gave: the next draws are bit for bit those that followed
   * it. Throws a ValueError for anything else; the stream then stays where it is.
   *
   * ```ts
   * const generator = new Generator(7)
   * const state = generator.state()
   * const x = randn([3], { generator })
   * generator.restore(state)
   * randn([3], { generator }).sub(x) // [0, 0, 0]
   * ```
   */
  restore(state: GeneratorState): void {
    const { seed, blocks } = requireState('Generator.restore', state, 'state()')
    this.#noteForCheckpoint()
    this.#seed = seed
    this.#blocks = blocks
  }

  /** @internal Draws blocks. Returns the key, and the counter before them. */
  draw(blocks: number): readonly [key0: number, key1: number, counter: number] {
    const counter = this.#blocks
    if (counter + blocks > Number.MAX_SAFE_INTEGER)
      throw new ValueError(
        `Generator: expected a draw within 2^53 − 1 blocks, got ${blocks} after ${counter}: ` +
          'begin another stream',
      )
    noteEffect('draws random numbers')
    this.#noteForCheckpoint()
    this.#blocks += blocks
    return [this.#seed >>> 0, Math.floor(this.#seed / 2 ** 32), counter]
  }

  #noteForCheckpoint(): void {
    if (watched !== null && !watched.has(this)) watched.set(this, this.state())
  }
}

function requireSeed(who: string, seed: number): void {
  if (!isCount(seed))
    throw new ValueError(
      `${who}: expected a seed that is a whole number from 0 to 2^53 − 1, got ${shown(seed)}`,
    )
}

const isCount = (x: unknown): boolean => Number.isSafeInteger(x) && (x as number) >= 0

/** A copy of the state, each part read once; throws a ValueError unless it is one. */
function requireState(who: string, state: GeneratorState, source: string): GeneratorState {
  const refuse = (expected: string, got: unknown): never => {
    throw new ValueError(
      `${who}: expected ${expected}, got ${shown(got)}: pass what ${source} gave`,
    )
  }
  if (!isOptions(state)) return refuse('a state { algorithm, seed, blocks }', state)
  const read = { ...state }
  if (Object.keys(read).some((name) => !['algorithm', 'seed', 'blocks'].includes(name)))
    refuse('a state { algorithm, seed, blocks }', read)
  if (read.algorithm !== ALGORITHM) refuse(`algorithm '${ALGORITHM}'`, read.algorithm)
  for (const name of ['seed', 'blocks'] as const)
    if (!isCount(read[name])) refuse(`${name} to be a whole number from 0 to 2^53 − 1`, read[name])
  return read
}

let shared = new Generator(0)
/** The position of each generator before its first use inside the innermost `watchStreams`. */
let watched: Map<Generator, GeneratorState> | null = null

/**
 * Runs `fn`. Returns its result, and a function that runs another one with the streams as they were
 * before `fn`, and restores them afterwards.
 */
export function watchStreams<T>(fn: () => T): [result: T, withStreams: <U>(fn: () => U) => U] {
  const outer = watched
  const initial = shared
  const streams = new Map<Generator, GeneratorState>()
  watched = streams
  try {
    const result = fn()
    return [result, (body) => withStreams(initial, streams, body)]
  } finally {
    watched = outer
    for (const [generator, state] of streams)
      if (outer !== null && !outer.has(generator)) outer.set(generator, state)
  }
}

function withStreams<U>(
  initial: Generator,
  streams: ReadonlyMap<Generator, GeneratorState>,
  fn: () => U,
): U {
  const before = {
    shared,
    streams: [...streams.keys()].map((generator) => [generator, generator.state()] as const),
  }
  shared = initial
  for (const [generator, state] of streams) generator.restore(state)
  try {
    return fn()
  } finally {
    shared = before.shared
    for (const [generator, state] of before.streams) generator.restore(state)
  }
}

/**
 * Restarts the default stream, from which parameters, dropout and random tensors are drawn. Without
 * a call it starts at seed 0, so that a program gives the same numbers in every run; for different
 * numbers seed with `Date.now()`. Every process and every worker thread has its own default stream,
 * and each starts at seed 0. Workers that must draw different numbers need different seeds: draw
 * one for each with `randomSeed()`, send it, and call `manualSeed(seed)` in the worker. Throws a
 * ValueError unless the seed is a whole number from 0 to 2⁵³ − 1.
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

/**
 * The position of the default stream: plain data, for a file beside the state dicts of model and
 * optimiser. `setRandomState` goes back to it.
 *
 * ```ts
 * manualSeed(7)
 * randomState() // { algorithm: 'philox4x32-10', seed: 7, blocks: 0 }
 * ```
 */
export function randomState(): GeneratorState {
  return shared.state()
}

/**
 * Goes on from a position of the default stream that `randomState` gave: the next draws are bit for
 * bit those that followed it. Throws a ValueError for anything else; the default stream then stays
 * where it is.
 *
 * ```ts
 * const state = randomState()
 * const x = randn([3])
 * setRandomState(state)
 * randn([3]).sub(x) // [0, 0, 0]
 * ```
 */
export function setRandomState(state: GeneratorState): void {
  const read = requireState('setRandomState', state, 'randomState()')
  const next = new Generator()
  next.restore(read)
  shared = next
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

/** The given generator, by default the default stream; throws what `requireGenerator` throws. */
export function streamOf(who: string, generator: Generator | undefined): Generator {
  requireGenerator(who, generator)
  return generator ?? shared
}
