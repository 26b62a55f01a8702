// What RNN and LSTM can be told, when they are made and when they are called; it acts on nothing.
import type { LinearOptions } from './linear.ts'

/** How the layers of an RNN or LSTM are stacked, and how its sequences lie. */
export interface RecurrentOptions extends LinearOptions {
  /** Layers on top of each other (1). */
  numLayers?: number | undefined
  /**
   * Run every layer from the end to the start as well, and hand on both outputs side by side
   * (false).
   */
  bidirectional?: boolean | undefined
  /** The probability of dropping an element between two layers, in training (0). */
  dropout?: number | undefined
  /** Sequences are (N, T, D) (true) or (T, N, D). */
  batchFirst?: boolean | undefined
}

/** What one call of a sequence layer may be told. */
export interface SequenceOptions {
  /** How many steps of each of the N sequences count; all of them when left out. */
  lengths?: readonly number[] | undefined
}

/** The constructors' last argument, there or not: what it says decides on shapes. */
export type GivenOptions = readonly [options?: RecurrentOptions]
/** Options by their names alone: what is inferred would otherwise keep a misspelt one. */
export type Spelt<O extends GivenOptions> = {
  readonly [K in keyof O]: {
    readonly [N in keyof O[K]]: N extends keyof RecurrentOptions ? O[K][N] : never
  }
}

/** The names there are. */
export const optionNames = [
  'numLayers',
  'bidirectional',
  'dropout',
  'bias',
  'batchFirst',
  'dtype',
  'generator',
] satisfies (keyof RecurrentOptions)[]
