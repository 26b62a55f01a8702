// A recurrence over sequences, in layers and directions: the base of RNN and LSTM. Its definition
// is recurrence.ts, the order of its rows packing.ts.
import {
  cat,
  type DType,
  type Generator,
  type Shape,
  ShapeError,
  stack,
  type Tensor,
  zeros,
} from '../../tensor/index.ts'
import {
  asResult,
  isOptions,
  type LookUp,
  type Ok,
  pickedBy,
  type Refusal,
  requireOptions,
  requireSizes,
  show,
} from '../../tensor/internal.ts'
import { dropout } from '../dropout.ts'
import { Module } from '../module/module.ts'
import { requireMatch, requireOwnParameters } from '../parameters.ts'
import type {
  FittingState,
  Option,
  SequenceOutput,
  ShapedState,
  StackSizes,
  StateAfter,
  StateBefore,
  Who,
} from '../types.ts'
import {
  type OptionsArgument,
  type OptionsForState,
  type RecurrentOptions,
  requireRecurrentOptions,
  SEQUENCE_OPTIONS,
  type SequenceOptions,
} from './options.ts'
import { type Packing, packing } from './packing.ts'
import {
  drawnParameters,
  namesOf,
  type Parameters,
  type Recurrence,
  withShapes,
} from './recurrence.ts'
import { scan } from './scan.ts'
import { type NamedTensors, type RNNState, stateOf, stateOrZeros } from './state.ts'

/** Of the parameters of one scan: `l0`, `l0_reverse`, `l1`, … */
type Suffix = `l${string}`
/** Whether an argument with these names is options in the place of a state. */
type IsOptions<Names> = Extract<Names, keyof SequenceOptions> extends never ? false : true

/**
 * Any recurrence over sequences. A layer scans its input from the first step to the last and, when
 * bidirectional, from the last to the first. Each scan has parameters, named by its suffix (`l0`,
 * `l0_reverse`, `l1`, …), and a state of its own.
 *
 *     x (N, T, D) → packed rows (R, D), one for each step that is run
 *     a scan of layer 0: at every step z = x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh, and from it the next h
 *                        → rows of h (R, H)
 *     layer 1, 2, …: the same, x being the h of all directions side by side, rows (R, H·directions)
 *     the last layer's rows (R, H·directions) → output (N, T, H·directions)
 */
export abstract class Recurrent<
  Name extends string,
  S extends NamedTensors<S>,
  I extends number,
  H extends number,
  O extends OptionsArgument,
> extends Module {
  [weight: `weight_ih_l${string}` | `weight_hh_l${string}`]: Tensor
  [bias: `bias_ih_l${string}` | `bias_hh_l${string}`]: Tensor | null
  /** D: the last axis of the input. */
  readonly inputSize: I
  /** H: the size of h, in each direction. */
  readonly hiddenSize: H
  /** Layers on top of each other. */
  readonly numLayers: Option<O, 'numLayers', 1, number>
  /** Whether every layer also scans from the last step to the first. */
  readonly bidirectional: Option<O, 'bidirectional', false, boolean>
  /** The probability of dropping an element between two layers. */
  readonly dropout: number
  /** Whether sequences are (N, T, D) or (T, N, D). */
  readonly batchFirst: Option<O, 'batchFirst', true, boolean>
  private readonly generator: Generator | undefined
  private readonly recurrence: Recurrence<S>
  private readonly parameterNames: readonly string[]
  private scanList: readonly { suffix: Suffix; D: number }[] | null = null

  constructor(recurrence: Recurrence<S>, inputSize: I, hiddenSize: H, options: RecurrentOptions) {
    super()
    this.recurrence = recurrence
    this.parameterNames = Object.keys(recurrence.parameters(1, 1))
    this.inputSize = inputSize
    this.hiddenSize = hiddenSize
    const who = this.describe()
    const { numLayers, bidirectional, dropout, batchFirst, ...init } = requireRecurrentOptions(
      who,
      options,
    )
    requireSizes(who, { inputSize, hiddenSize })
    this.numLayers = numLayers as typeof this.numLayers
    this.bidirectional = bidirectional as typeof this.bidirectional
    this.dropout = dropout
    this.batchFirst = batchFirst as typeof this.batchFirst
    this.generator = init.generator
    for (const { suffix, D } of this.scans()) {
      const drawn = drawnParameters(recurrence, D, hiddenSize, init)
      for (const [name, p] of Object.entries(drawn))
        Object.assign(this, { [`${name}_${suffix}`]: p })
    }
  }

  protected abstract override describe(): string

  /** A group for each scan, under the suffix that its tensors' names share. */
  protected override tensorGroups(own: readonly [string, Tensor][]) {
    return this.scans().map(({ suffix }) => {
      const tensors = own.flatMap(([name, t]) =>
        name.endsWith(`_${suffix}`) ? [[name.slice(0, -suffix.length - 1), t] as const] : [],
      )
      return [`…_${suffix}`, tensors] as const
    })
  }

  /** All scans, layer by layer, and the last axis of the input of each. */
  private scans(): readonly { suffix: Suffix; D: number }[] {
    this.scanList ??= Array.from({ length: this.numLayers }, (_, layer) => {
      const suffixes = this.suffixes(layer)
      const D = layer === 0 ? this.inputSize : this.hiddenSize * suffixes.length
      return suffixes.map((suffix) => ({ suffix, D }))
    }).flat()
    return this.scanList
  }

  /** The scans of one layer, forward first. */
  private suffixes(layer: number): Suffix[] {
    return this.bidirectional ? [`l${layer}`, `l${layer}_reverse`] : [`l${layer}`]
  }

  /**
   * x (N, T, D), state tensors (L, N, H), L = numLayers·directions, zeros when left out → output
   * (N, T, H·directions), the last layer's h after every step, and the state (L, N, H) after the
   * last step in each direction. The options say which steps are run, and where the state starts
   * afresh. Where no state is given, they may take its place: `forward(x, { lengths })`.
   *
   * Throws a ShapeError, DTypeError or ValueError that names what does not fit.
   */
  forward<
    A extends Shape,
    D extends number,
    K extends number,
    L extends number,
    Both extends boolean,
    First extends boolean,
    G extends RNNState | OptionsForState = RNNState,
  >(
    this: StackSizes<D, K, L, Both, First>,
    x: Refusal<SequenceOutput<Name, A, D, K, Both, First>> & Tensor<A>,
    state?: G &
      (IsOptions<keyof G> extends true
        ? unknown
        : Refusal<FittingState<Who<Name, D, K>, G, StateBefore<A, K, L, Both, First>>> &
            ShapedState<S, Shape>),
    options?: SequenceOptions,
  ): {
    output: Tensor<Ok<SequenceOutput<Name, A, D, K, Both, First>>>
    state: ShapedState<S, StateAfter<A, K, L, Both, First>>
  }
  forward(
    x: Tensor,
    second?: ShapedState<S, Shape> | SequenceOptions,
    third?: SequenceOptions,
  ): { output: Tensor; state: ShapedState<S, Shape> } {
    const who = this.describe()
    const isStateLeftOut =
      third === undefined && isOptions(second) && SEQUENCE_OPTIONS.some((name) => name in second)
    const [state, options = {}] = isStateLeftOut
      ? [undefined, second as SequenceOptions]
      : [second as S | undefined, third]
    const dtype = this.requireParameters(who)
    const chosen = requireOptions(who, options, SEQUENCE_OPTIONS)
    const axes = this.batchFirst ? ['N', 'T'] : ['T', 'N']
    requireMatch(who, 'x', x, [...axes, this.inputSize], dtype)
    const [N, T] = this.batchFirst ? x.shape : [x.shape[1], x.shape[0]]
    if (T === 0)
      throw new ShapeError(
        `${who}: expected at least one time step, got x of shape ${show(x.shape)}`,
      )
    const names = namesOf(this.recurrence)
    const widths = this.recurrence.states(this.hiddenSize)
    const given = stateOrZeros(who, widths, state, [this.scans().length, N], dtype)
    const packed = packing(who, { N, T, batchFirst: this.batchFirst }, chosen)
    const fresh = (name: keyof S) => zeros([widths[name as keyof S & string]], { dtype })
    // Zeros are the same in any order.
    const isAnyOrder = state === undefined && packed.sizes[0] === N

    const last: S[] = []
    let rows = packed.pack(x)
    let lookUp = lookUpOf(x, packed)
    /** The origins of h of the layer that was scanned last, by direction. */
    let origins: Tensor[] = []
    for (let layer = 0; layer < this.numLayers; layer++) {
      const input = layer > 0 && this.training ? dropout(rows, this.dropout, this.generator) : rows
      origins = []
      const outputs = this.suffixes(layer).map((suffix, k) => {
        const isReverse = k === 1
        const own = stateOf(names, (name) => given[name].select(0, last.length))
        const from = packed.origins(own, fresh)
        const before = isAnyOrder ? own : packed.before(from, isReverse)
        const { hs, after } = this.scan(input, lookUp, suffix, before, packed)
        origins.push(from.h)
        last.push(packed.after(after, from, isReverse))
        return hs
      })
      rows = outputs.length > 1 ? cat(outputs, 1) : outputs[0]
      lookUp = null
    }
    const lastOf = (name: keyof S): Tensor => stack(last.map((after): Tensor => after[name]))
    return {
      output: asResult(packed.unpack(rows, origins)),
      state: stateOf(names, (name) => asResult(lastOf(name))),
    }
  }

  /** The parameters' dtype. Throws what `requireOwnParameters` throws. */
  private requireParameters(who: string): DType {
    const { recurrence, hiddenSize: H } = this
    const all = this.scans().flatMap(({ suffix, D }) =>
      withShapes(recurrence, this.parametersOf(suffix), `_${suffix}`, D, H),
    )
    return requireOwnParameters(who, all)
  }

  private parametersOf(suffix: Suffix): Parameters {
    const own = this.parameterNames.map((name) => [
      name,
      this[`${name}_${suffix}` as `weight_ih_l${string}`],
    ])
    return Object.fromEntries(own)
  }

  /**
   * A layer in one direction: packed rows x (R, D) and the state before, each tensor (N, H) → hs
   * (R, H), h after every step, and the state after each sequence's last step (N, H).
   */
  private scan(
    x: Tensor,
    lookUp: LookUp | null,
    suffix: Suffix,
    before: S,
    packed: Packing,
  ): { hs: Tensor; after: S } {
    const isReverse = suffix.endsWith('reverse')
    /** The rows in the order in which this direction reads them; applied twice, as they were. */
    const turned = (rows: Tensor): Tensor => (isReverse ? packed.reverse(rows) : rows)
    const { rows, after } = scan(this.recurrence, this.parametersOf(suffix), before, {
      x: turned(x),
      sizes: packed.sizes,
      every: false,
      lookUp: lookUp && { ...lookUp, index: turned(lookUp.index) },
      regularisation: { hidden: null, zoneout: [] },
    })
    return { hs: turned(rows.h), after }
  }
}

/** Which packed rows of x are equal, where x was looked up in a table. */
function lookUpOf(x: Tensor, packed: Packing): LookUp | null {
  const index = pickedBy(x)
  return index && { picked: x, index: packed.pack(index.unsqueeze(2)) }
}
