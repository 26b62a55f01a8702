// The options of recurrent layers, when they are made and when they are called.
import { Tensor, ValueError } from '../../tensor/index.ts'
import {
  isOptions,
  requireFlag,
  requireOptions,
  requireProbability,
  requireWhole,
  shown,
} from '../../tensor/internal.ts'
import type { LinearOptions } from '../linear.ts'
import { requireInit } from '../parameters.ts'
import type { LSTMVariant } from './lstmStep.ts'

/** The layers, their regularisation, and the order of the axes of their sequences. */
export interface RecurrentOptions extends LinearOptions {
  /** Layers on top of each other (1, or the length of hiddenSize, where it is a list). */
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
  /**
   * The probability of dropping an element of h before its products, in training: the same elements
   * at every step of a sequence (Gal & Ghahramani 2016, "A theoretically grounded application of
   * dropout in recurrent neural networks"). They are drawn anew for each sequence of each call, and
   * after a reset, where another sequence begins (0).
   */
  recurrentDropout?: number | undefined
  /**
   * The probability that an element of a state stays as it was at a step, in training; after eval()
   * the share of it that stays (Krueger et al. 2017, "Zoneout"). One for all states, or one for
   * each by name (0).
   */
  zoneout?: number | Readonly<Record<string, number>> | undefined
  /**
   * The probability of dropping an element of weight_hh, in training: one draw for each call
   * (Merity, Keskar & Socher 2018, "Regularizing and optimizing LSTM language models") (0).
   */
  weightDrop?: number | undefined
  /**
   * Learn the state from which sequences begin where none is given: parameters `first_h_l0`, …, of
   * the sizes of the states, 0 at first (false).
   */
  learnState?: boolean | undefined
}

/**
 * The options of one call of a recurrent layer: which steps of its sequences are run, and where the
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
  /**
   * Give the states after every step as well: `states`, in the form of the state, each tensor (…,
   * N, T, its size), or (…, T, N, its size), at holes and in the padding as `output` (false).
   */
  every?: boolean | undefined
}

/** Their names. */
export const SEQUENCE_OPTIONS = ['lengths', 'mask', 'resets', 'every'] as const

/**
 * The options of a call, each read once. Throws a ValueError for unknown ones, which says where a
 * state stands if they are tensors.
 */
export function requireSequenceOptions(who: string, options: SequenceOptions): SequenceOptions {
  const names = isOptions(options) ? Object.keys(options) : []
  const isKnown = (name: string): boolean => SEQUENCE_OPTIONS.some((known) => known === name)
  const state = names.filter(
    (name) => !isKnown(name) && (options as Record<string, unknown>)[name] instanceof Tensor,
  )
  const others = names.filter(isKnown).join(', ')
  if (state.length > 0)
    throw new ValueError(
      `${who}: expected options { ${SEQUENCE_OPTIONS.join(', ')} }, got ${shown(options)}: the ` +
        `state stands before them: forward(x, { ${state.join(', ')} }` +
        `${others === '' ? ', options)' : `, { ${others} })`}`,
    )
  return requireOptions(who, options, SEQUENCE_OPTIONS)
}

/** Options in the place of a state: one of them is named at least. */
export type OptionsForState = {
  [K in keyof SequenceOptions]-?: { [Name in K]: SequenceOptions[Name] }
}[keyof SequenceOptions]

/**
 * The options of any recurrent layer. The constructors share this type, so that a class can be
 * chosen by a condition; each refuses the others' options when it runs.
 */
export interface AnyOptions extends RecurrentOptions, LSTMVariant {
  nonlinearity?: 'tanh' | 'relu' | undefined
  resetAfter?: boolean | undefined
}

/** The constructors' last argument, which may be left out; the results' shapes depend on it. */
export type OptionsArgument = readonly [options?: AnyOptions]
/** The options without names that do not exist: an inferred type would accept a misspelt one. */
export type NoMisspelt<O extends OptionsArgument> = {
  readonly [K in keyof O]: {
    readonly [N in keyof O[K]]: N extends keyof AnyOptions ? O[K][N] : never
  }
}

/** Probabilities of what is dropped or held back in training; `zoneout` has one for each state. */
export interface Regularisation {
  readonly dropout: number
  readonly recurrentDropout: number
  readonly weightDrop: number
  readonly zoneout: readonly number[]
}

const NAMES = [
  'numLayers',
  'bidirectional',
  'dropout',
  'batchFirst',
  'recurrentDropout',
  'zoneout',
  'weightDrop',
  'learnState',
  'bias',
  'dtype',
  'generator',
] as const

/** The options that concern a cell's parameters: a user's cell decides these itself. */
export const OF_THE_PARAMETERS = ['bias', 'dtype', 'weightDrop'] as const

/**
 * The options, each read once; `others` are those of the cell, `without` those that the layer does
 * not take. Throws for unknown ones.
 */
export function readOptions<Options extends RecurrentOptions>(
  who: string,
  options: Options,
  others: readonly string[],
  without: readonly string[] = [],
): Options {
  const taken = NAMES.filter((name) => !without.includes(name))
  return requireOptions(who, options, [...taken, ...others] as (keyof Options & string)[])
}

/** The number of layers. Throws a ValueError for a wrong one. */
export function requireLayers(who: string, numLayers = 1): number {
  requireWhole(who, 'numLayers', numLayers, 1, 1000)
  return numLayers
}

/**
 * The options of any cell but the number of layers, with their defaults. Throws a ValueError or
 * DTypeError for the first wrong one.
 */
export function requireRecurrentOptions(
  who: string,
  {
    bidirectional = false,
    dropout = 0,
    bias = true,
    batchFirst = true,
    recurrentDropout = 0,
    zoneout = 0,
    weightDrop = 0,
    learnState = false,
    dtype = 'float32',
    generator,
  }: RecurrentOptions,
  states: readonly string[],
) {
  for (const [name, flag] of Object.entries({ bidirectional, bias, batchFirst, learnState }))
    requireFlag(who, name, flag)
  for (const [name, p] of Object.entries({ dropout, recurrentDropout, weightDrop }))
    requireProbability(who, name, p)
  requireInit(who, { dtype, generator })
  return {
    bidirectional,
    batchFirst,
    learnState,
    regularisation: {
      dropout,
      recurrentDropout,
      weightDrop,
      zoneout: requireZoneout(who, zoneout, states),
    },
    init: { bias, dtype, generator },
  }
}

/** The probability of each state. */
function requireZoneout(
  who: string,
  zoneout: number | Readonly<Record<string, number>>,
  states: readonly string[],
): readonly number[] {
  const given = isOptions(zoneout) ? (zoneout as Readonly<Record<string, number>>) : null
  const wrong = Object.keys(given ?? {}).find((name) => !states.includes(name))
  if (wrong !== undefined)
    throw new ValueError(`${who}: expected zoneout of ${states.join(', ')}, got one of ${wrong}`)
  return states.map((name) => {
    const { [name]: p = 0 } = given ?? { [name]: zoneout as number }
    requireProbability(who, given === null ? 'zoneout' : `zoneout.${name}`, p)
    return p
  })
}
