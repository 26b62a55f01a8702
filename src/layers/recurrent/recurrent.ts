// A recurrence folded over time, in layers and directions: what RNN and LSTM share. The recurrence
// itself is recurrence.ts.
import {
  cat,
  type DType,
  type Generator,
  type Shape,
  ShapeError,
  stack,
  type Tensor,
} from '../../tensor/index.ts'
import {
  asResult,
  isOptions,
  type LookUp,
  type Ok,
  pickedBy,
  type Refusal,
  requireFlag,
  requireOptions,
  requireProbability,
  requireSizes,
  requireWhole,
  show,
} from '../../tensor/internal.ts'
import { dropout } from '../dropout.ts'
import { requireInit, requireMatch, requireOwnParameters } from '../fit.ts'
import { Module } from '../module/module.ts'
import {
  type GivenOptions,
  optionNames,
  type RecurrentOptions,
  type SequenceOptions,
} from '../options.ts'
import type { Finals, Given, Initials, Option, Passes, Sequence, States, Who } from '../types.ts'
import { type Packing, packing } from './packing.ts'
import {
  expectedOf,
  type NamedTensors,
  type PassParameters,
  type Recurrence,
  type RNNState,
  recurrentParameters,
  stateOf,
  stateOrZeros,
  unrolled,
} from './recurrence.ts'

/** Options in the place of a state. */
type Lengths = { lengths: SequenceOptions['lengths'] }

/**
 * Any recurrence over sequences. One pass (a layer in a direction) owns the parameters with its
 * suffix: `l0`, `l0_reverse`, `l1`, …
 */
export abstract class Recurrent<
  Name extends string,
  S extends NamedTensors<S>,
  I extends number,
  H extends number,
  O extends GivenOptions,
> extends Module {
  [weight: `weight_ih_l${string}` | `weight_hh_l${string}`]: Tensor
  [bias: `bias_ih_l${string}` | `bias_hh_l${string}`]: Tensor | null
  /** D: how many numbers come in at a step. */
  readonly inputSize: I
  /** H: how many numbers one direction hands on at a step. */
  readonly hiddenSize: H
  /** Layers on top of each other. */
  readonly numLayers: Option<O, 'numLayers', 1, number>
  /** Whether every layer also runs from the end to the start. */
  readonly bidirectional: Option<O, 'bidirectional', false, boolean>
  /** The probability of dropping an element between two layers. */
  readonly dropout: number
  /** Whether sequences are (N, T, D) or (T, N, D). */
  readonly batchFirst: Option<O, 'batchFirst', true, boolean>
  private readonly generator: Generator | undefined
  private readonly recurrence: Recurrence<S>

  constructor(recurrence: Recurrence<S>, inputSize: I, hiddenSize: H, options: RecurrentOptions) {
    super()
    this.recurrence = recurrence
    this.inputSize = inputSize
    this.hiddenSize = hiddenSize
    const who = this.describe()
    const {
      numLayers = 1,
      bidirectional = false,
      dropout = 0,
      bias = true,
      batchFirst = true,
      dtype = 'float32',
      generator,
    } = requireOptions(who, options, optionNames)
    this.numLayers = numLayers as typeof this.numLayers
    this.bidirectional = bidirectional as typeof this.bidirectional
    this.dropout = dropout
    this.batchFirst = batchFirst as typeof this.batchFirst
    this.generator = generator
    for (const [name, flag] of Object.entries({ bidirectional, bias, batchFirst }))
      requireFlag(who, name, flag)
    requireSizes(who, { inputSize, hiddenSize })
    requireWhole(who, 'numLayers', numLayers, 1, 1000)
    requireProbability(who, 'dropout', dropout)
    requireInit(who, { dtype, generator })
    for (let layer = 0; layer < numLayers; layer++) {
      const D = this.inputOf(layer)
      for (const suffix of this.suffixes(layer)) {
        const { weight_ih, weight_hh, bias_ih, bias_hh } = recurrentParameters(
          recurrence.gates,
          D,
          hiddenSize,
          { bias, dtype, generator },
        )
        this[`weight_ih_${suffix}`] = weight_ih
        this[`weight_hh_${suffix}`] = weight_hh
        this[`bias_ih_${suffix}`] = bias_ih
        this[`bias_hh_${suffix}`] = bias_hh
      }
    }
  }

  protected abstract override describe(): string

  /** A group for each pass, under the suffix that its tensors' names share. */
  protected override tensorGroups(own: readonly [string, Tensor][]) {
    const suffixes = Array.from({ length: this.numLayers }, (_, layer) =>
      this.suffixes(layer),
    ).flat()
    return suffixes.map((suffix) => {
      const tensors = own.flatMap(([name, t]) =>
        name.endsWith(`_${suffix}`) ? [[name.slice(0, -suffix.length - 1), t] as const] : [],
      )
      return [`…_${suffix}`, tensors] as const
    })
  }

  /** How many numbers come in at a step of one layer: from below, those of every direction. */
  private inputOf(layer: number): number {
    return layer === 0 ? this.inputSize : this.hiddenSize * this.suffixes(layer).length
  }

  /** The passes of one layer, forward first. */
  private suffixes(layer: number) {
    return this.bidirectional
      ? ([`l${layer}`, `l${layer}_reverse`] as const)
      : ([`l${layer}`] as const)
  }

  /**
   * x (N, T, D), state tensors (L, N, H) (zeros when left out) → output (N, T, H·directions), the
   * last layer's h at every step, and the state after the last step of every pass, L =
   * numLayers·directions. With `lengths`, sequence n ends after lengths[n] steps: its state is the
   * one there (in reverse, the one at its beginning), output is 0 behind it, and nothing is
   * computed for the padding, whatever stands there. Where no state is given, options may take its
   * place: `forward(x, { lengths })`.
   */
  forward<
    A extends Shape,
    D extends number,
    K extends number,
    L extends number,
    Both extends boolean,
    First extends boolean,
    G extends RNNState | Lengths = RNNState,
  >(
    this: Passes<D, K, L, Both, First>,
    x: Refusal<Sequence<Name, A, D, K, Both, First>> & Tensor<A>,
    state?: Refusal<Given<Who<Name, D, K>, G, Initials<A, K, L, Both, First>>> &
      G &
      ('lengths' extends keyof G ? unknown : States<S, Shape>),
    options?: SequenceOptions,
  ): {
    output: Tensor<Ok<Sequence<Name, A, D, K, Both, First>>>
    state: States<S, Finals<A, K, L, Both, First>>
  }
  forward(
    x: Tensor,
    second?: States<S, Shape> | SequenceOptions,
    third?: SequenceOptions,
  ): { output: Tensor; state: States<S, Shape> } {
    const who = this.describe()
    const leading = third === undefined && isOptions(second) && 'lengths' in second
    const [state, options = {}] = leading
      ? [undefined, second as SequenceOptions]
      : [second as States<S, Shape> | undefined, third]
    const { recurrence } = this
    const dtype = this.checkOwn(who)
    const { lengths } = requireOptions(who, options, [
      'lengths',
    ] satisfies (keyof SequenceOptions)[])
    const axes = this.batchFirst ? ['N', 'T'] : ['T', 'N']
    requireMatch(who, 'x', x, [...axes, this.inputSize], dtype)
    const [N, T] = this.batchFirst ? x.shape : [x.shape[1], x.shape[0]]
    if (T === 0)
      throw new ShapeError(
        `${who}: expected at least one time step, got x of shape ${show(x.shape)}`,
      )
    const passes = this.numLayers * this.suffixes(0).length
    const given = stateOrZeros(
      who,
      recurrence,
      state as S | undefined,
      [passes, N, this.hiddenSize],
      dtype,
    )
    const layout = packing(who, N, T, this.batchFirst, lengths)
    // Zeros are the same in any order.
    const initial =
      state === undefined ? given : stateOf(recurrence, (name) => layout.sort(given[name]))

    const finals: S[] = []
    let rows = layout.pack(x)
    let lookUp = lookUpOf(x, layout)
    for (let layer = 0; layer < this.numLayers; layer++) {
      const input = layer > 0 && this.training ? dropout(rows, this.dropout, this.generator) : rows
      const outputs = this.suffixes(layer).map((suffix) => {
        const pass = finals.length
        const before = stateOf(recurrence, (name) => initial[name].select(0, pass))
        const { hs, last } = this.fold(input, lookUp, suffix, before, layout)
        finals.push(last)
        return hs
      })
      rows = outputs.length > 1 ? cat(outputs, 1) : outputs[0]
      lookUp = null
    }
    const results = (name: keyof S): Tensor =>
      layout.restore(stack(finals.map((last): Tensor => last[name])))
    return {
      output: asResult(layout.unpack(rows)),
      state: stateOf(recurrence, (name) => asResult(results(name))),
    }
  }

  /** Throws unless the parameters fit each other; returns their dtype. */
  private checkOwn(who: string): DType {
    const all = Array.from({ length: this.numLayers }, (_, layer) => {
      const D = this.inputOf(layer)
      return this.suffixes(layer).flatMap((suffix) =>
        expectedOf(this.pass(suffix), `_${suffix}`, [this.recurrence.gates, D, this.hiddenSize]),
      )
    })
    return requireOwnParameters(who, all.flat())
  }

  private pass(suffix: `l${string}`): PassParameters {
    return {
      weight_ih: this[`weight_ih_${suffix}`],
      weight_hh: this[`weight_hh_${suffix}`],
      bias_ih: this[`bias_ih_${suffix}`],
      bias_hh: this[`bias_hh_${suffix}`],
    }
  }

  /**
   * Packed rows x (Σ sizes, D), state (N, H) → h after every step (Σ sizes, H), and every
   * sequence's last state.
   */
  private fold(
    x: Tensor,
    lookUp: LookUp | null,
    suffix: `l${string}`,
    state: S,
    layout: Packing,
  ): { hs: Tensor; last: S } {
    const { recurrence } = this
    const { names } = recurrence
    const { weight_ih, weight_hh, bias_ih, bias_hh } = this.pass(suffix)
    const backwards = suffix.endsWith('reverse')
    const biases = [bias_ih, bias_hh].filter((bias) => bias !== null)
    const turned = (rows: Tensor): Tensor => (backwards ? layout.reverse(rows) : rows)
    const inputs = [
      turned(x),
      weight_ih,
      weight_hh,
      ...names.map((name) => state[name]),
      ...(biases.length > 0 ? [biases.reduce((sum, bias) => sum.add(bias))] : []),
    ]
    const y = recurrence.fused(
      inputs,
      layout.sizes,
      (same) => unrolled(recurrence, same, layout.sizes),
      lookUp && { ...lookUp, index: turned(lookUp.index) },
    )
    const N = state.h.shape[0]
    const end = N + x.shape[0]
    const hs = y.slice(0, N, end)
    const last = stateOf(recurrence, (name) =>
      y.slice(0, end + names.indexOf(name) * N, end + (names.indexOf(name) + 1) * N),
    )
    return { hs: turned(hs), last }
  }
}

/** Which rows of x are known to be equal, in the order of the layout. */
function lookUpOf(x: Tensor, layout: Packing): LookUp | null {
  const index = pickedBy(x)
  return index && { picked: x, index: layout.pack(index.unsqueeze(2)) }
}
