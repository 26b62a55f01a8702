// The options of RNN and LSTM, when they are made and when they are called.
import type { Tensor } from '../../tensor/index.ts'
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

/**
 * The options of one call of an RNN or LSTM: which steps of its sequences are run, and where the
 * state starts afresh. Other steps of x are not read, and their gradient is 0.
 *
 * ```ts
 * const rnn = new RNN(3, 5)
 * const x = ones([2, 4, 3])
 * rnn.forward(x, { lengths: [4, 2] }).output // (2, 4, 5)
 * const mask = tensor([[true, false, true, true], [true, true, false, false]])
 * rnn.forward(x, { mask }).state.h // (1, 2, 5)
 * ```
 */
export interface SequenceOptions {
  /**
   * How many steps each of the N sequences has, from 0 to T; T each when left out. The forward
   * direction ends with the last of them, the reverse one begins there. The steps behind are
   * padding: output is 0 there, and mask and resets are not looked at.
   */
  lengths?: readonly number[] | undefined
  /**
   * bool, (N, T) or (T, N) as x: the steps that are run. At the others, the holes, the state is
   * carried over as it is, and output is the h carried over. A sequence in which no step is run
   * ends with its first state.
   */
  mask?: Tensor | undefined
  /**
   * bool, (N, T) or (T, N) as x: the steps at which a sequence starts afresh, so that nothing flows
   * between the step before and this one, in either direction. The forward direction goes on from
   * zeros at this step, the reverse one from zeros at the step before. The given state belongs to
   * the step where a direction begins: the forward direction does not use that of a sequence with a
   * reset at step 0. The last state is that where a direction ends. A reset at a hole holds from
   * the hole on.
   */
  resets?: Tensor | undefined
}

/** Their names. */
export const SEQUENCE_OPTIONS = ['lengths', 'mask', 'resets'] as const

/** Options in the place of a state: one of them is named at least. */
export type OptionsForState = {
  [K in keyof SequenceOptions]-?: { [Name in K]: SequenceOptions[Name] }
}[keyof SequenceOptions]

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
