// The options of RNN and LSTM, when they are made and when they are called.
import type { LinearOptions } from './linear.ts'

/** The layers of an RNN or LSTM, and the order of the axes of its sequences. */
export interface RecurrentOptions extends LinearOptions {
  /** Layers on top of each other (1). */
  numLayers?: number | undefined
  /**
   * Run every layer from the last step to the first as well; its output has both directions side by
   * side (false).
   */
  bidirectional?: boolean | undefined
  /** The probability of dropping an element between two layers, in training (0). */
  dropout?: number | undefined
  /** Sequences are (N, T, D) (true) or (T, N, D). */
  batchFirst?: boolean | undefined
}

/** The options of one call of an RNN or LSTM. */
export interface SequenceOptions {
  /** How many steps of each of the N sequences count; all of them when left out. */
  lengths?: readonly number[] | undefined
}

/** The constructors' last argument, which may be left out; the results' shapes depend on it. */
export type OptionsArgument = readonly [options?: RecurrentOptions]
/** The options without names that do not exist: an inferred type would accept a misspelt one. */
export type NoMisspelt<O extends OptionsArgument> = {
  readonly [K in keyof O]: {
    readonly [N in keyof O[K]]: N extends keyof RecurrentOptions ? O[K][N] : never
  }
}

export const optionNames = [
  'numLayers',
  'bidirectional',
  'dropout',
  'bias',
  'batchFirst',
  'dtype',
  'generator',
] satisfies (keyof RecurrentOptions)[]
