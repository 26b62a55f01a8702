// The options of RNN and LSTM, when they are made and when they are called.
import {
  requireFlag,
  requireOptions,
  requireProbability,
  requireWhole,
} from '../../tensor/internal.ts'
import type { LinearOptions } from '../linear.ts'
import { requireInit } from '../parameters.ts'

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

/** The options with their defaults; throws a ValueError or DTypeError for the first wrong one. */
export function requireRecurrentOptions(who: string, options: RecurrentOptions) {
  const {
    numLayers = 1,
    bidirectional = false,
    dropout = 0,
    bias = true,
    batchFirst = true,
    dtype = 'float32',
    generator,
  } = requireOptions(who, options, [
    'numLayers',
    'bidirectional',
    'dropout',
    'bias',
    'batchFirst',
    'dtype',
    'generator',
  ])
  for (const [name, flag] of Object.entries({ bidirectional, bias, batchFirst }))
    requireFlag(who, name, flag)
  requireWhole(who, 'numLayers', numLayers, 1, 1000)
  requireProbability(who, 'dropout', dropout)
  requireInit(who, { dtype, generator })
  return { numLayers, bidirectional, dropout, bias, batchFirst, dtype, generator }
}
