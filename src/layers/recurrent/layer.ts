// A recurrence over sequences, in layers and directions: the base of RNN, GRU and LSTM. Its steps
// are run by scan.ts, and its layers by stack.ts.
import { type DType, type Generator, type Shape, type Tensor, zeros } from '../../tensor/index.ts'
import { type Ok, type Refusal, requireSizes } from '../../tensor/internal.ts'
import { dropout } from '../dropout.ts'
import { Module } from '../module/module.ts'
import { constant, type OwnParameter, requireOwnParameters } from '../parameters.ts'
import type {
  FittingState,
  LayerCount,
  Layered,
  Option,
  SequenceOutput,
  ShapedState,
  StackSizes,
  StateAfter,
  StateBefore,
  Who,
  Widths,
} from '../types.ts'
import { heldBack } from './held.ts'
import {
  type AnyOptions,
  type OptionsArgument,
  type OptionsForState,
  type RecurrentOptions,
  type Regularisation,
  readOptions,
  requireRecurrentOptions,
  type SequenceOptions,
} from './options.ts'
import { packing } from './packing.ts'
import { drawnParameters, namesOf, type Parameters, type Recurrence } from './recurrence.ts'
import { scan } from './scan.ts'
import {
  type Direction,
  repeated,
  requireArguments,
  requireSequences,
  runStack,
  type Stacked,
} from './stack.ts'
import type { NamedTensors, Names, RNNState } from './state.ts'
import { copied, type Formed, formOf, requireState, requireWidths, type Sizes } from './widths.ts'

/** Whether an argument with these names is options in the place of a state. */
type IsOptions<Names> = Extract<Names, keyof SequenceOptions> extends never ? false : true
/** What a state has at least. */
type GivenState = { readonly h: Tensor | readonly Tensor[] }
/** The states after every step, where one of a call's last arguments asks for them. */
type Every<S, K extends Widths, G, E> =
  Extract<G | E, { readonly every: true }> extends never
    ? unknown
    : { states: ShapedState<S, Layered<K, Shape>> }

/** Of the parameters of one scan: `l0`, `l0_reverse`, `l1`, … */
type Suffix = `l${string}`
/** A layer in one direction; D is the last axis of its input. */
interface Scan<S> {
  readonly suffix: Suffix
  readonly D: number
  readonly H: number
  readonly sizes: Sizes<S>
  readonly isReverse: boolean
  /** Its parameters: their names in the recurrence and in the layer, and their shapes. */
  readonly fields: readonly Field[]
}
interface Field {
  readonly name: string
  readonly field: `bias_${string}_l${string}`
  readonly shape: Shape
}

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
 *
 * H is one for all layers, or every layer has its own.
 */
export abstract class RecurrentLayer<
  Name extends string,
  S extends NamedTensors<S>,
  I extends number,
  H extends Widths,
  O extends OptionsArgument,
> extends Module {
  [weight: `weight_${string}_l${string}`]: Tensor
  [bias: `bias_${string}_l${string}`]: Tensor | null
  [state: `first_${string}_l${string}`]: Tensor
  /** D: the last axis of the input. */
  readonly inputSize: I
  /** H: the size of h, in each direction; or a list of every layer's. */
  readonly hiddenSize: H
  /** Layers on top of each other. */
  readonly numLayers: LayerCount<O, H>
  /** Whether every layer also scans from the last step to the first. */
  readonly bidirectional: Option<O, 'bidirectional', false, boolean>
  /** The probability of dropping an element between two layers. */
  readonly dropout: number
  /** Whether sequences are (N, T, D) or (T, N, D). */
  readonly batchFirst: Option<O, 'batchFirst', true, boolean>
  /** Whether the state that sequences begin from is learned. */
  readonly learnState: boolean
  /** @internal */ readonly regularisation: Regularisation
  private readonly generator: Generator | undefined
  /** @internal */ readonly recurrence: Recurrence<S>
  private readonly names: Names<S>
  /** H of each layer. */
  private readonly widths: readonly number[]
  private scanList: readonly (readonly Scan<S>[])[] | null = null

  /** `recurrence` chooses one by the options whose names are `others`, for these widths. */
  constructor(
    recurrence: (who: string, options: AnyOptions, widths: readonly number[]) => Recurrence<S>,
    others: readonly string[],
    inputSize: I,
    hiddenSize: H,
    options: RecurrentOptions,
  ) {
    super()
    this.inputSize = inputSize
    this.hiddenSize = copied(hiddenSize)
    const who = this.describe()
    const given = readOptions(who, options, others)
    requireSizes(who, { inputSize })
    this.widths = requireWidths(who, this.hiddenSize, given.numLayers)
    this.recurrence = recurrence(who, given, this.widths)
    this.names = namesOf(this.recurrence)
    const read = requireRecurrentOptions(who, given, this.names)
    this.numLayers = this.widths.length as typeof this.numLayers
    this.bidirectional = read.bidirectional as typeof this.bidirectional
    this.dropout = read.regularisation.dropout
    this.batchFirst = read.batchFirst as typeof this.batchFirst
    this.learnState = read.learnState
    this.regularisation = read.regularisation
    this.generator = read.init.generator
    for (const { suffix, D, H, sizes } of this.scans().flat()) {
      const drawn = drawnParameters(this.recurrence, D, H, read.init)
      for (const [name, p] of Object.entries(drawn))
        Object.assign(this, { [`${name}_${suffix}`]: p })
      if (this.learnState)
        for (const name of this.names)
          Object.assign(this, {
            [`first_${name}_${suffix}`]: constant([sizes[name]], 0, read.init),
          })
    }
  }

  protected abstract override describe(): string

  /** A group for each scan, under the suffix that its tensors' names share. */
  protected override tensorGroups(own: readonly [string, Tensor][]) {
    return this.scans()
      .flat()
      .map(({ suffix }) => {
        const tensors = own.flatMap(([name, t]) =>
          name.endsWith(`_${suffix}`) ? [[name.slice(0, -suffix.length - 1), t] as const] : [],
        )
        return [`…_${suffix}`, tensors] as const
      })
  }

  /** @internal All scans, by layers, forward first. */
  scans(): readonly (readonly Scan<S>[])[] {
    let input: number = this.inputSize
    this.scanList ??= this.widths.map((H, layer) => {
      const suffixes: Suffix[] = this.bidirectional
        ? [`l${layer}`, `l${layer}_reverse`]
        : [`l${layer}`]
      const D = input
      const sizes = this.recurrence.states(H)
      input = sizes.h * suffixes.length
      const specs = Object.entries(this.recurrence.parameters(D, H))
      return suffixes.map((suffix, k) => ({
        suffix,
        D,
        H,
        sizes,
        isReverse: k === 1,
        fields: specs.map(([name, { shape }]) => {
          const field = `${name}_${suffix}` as Field['field']
          return { name, field, shape }
        }),
      }))
    })
    return this.scanList
  }

  /**
   * x (N, T, D), state tensors (L, N, H), L = numLayers·directions, zeros when left out → output
   * (N, T, H·directions), the last layer's h after every step, and the state (L, N, H) after the
   * last step in each direction. The options say which steps are run, and where the state starts
   * afresh; with `every`, the result has the `states` after every step as well. Where no state is
   * given, options may take its place: `forward(x, { lengths })`. Where hiddenSize is a list,
   * states are lists, of a tensor (directions, N, H) for each layer.
   *
   * Throws a ShapeError, DTypeError or ValueError that names what does not fit.
   */
  forward<
    A extends Shape,
    D extends number,
    L extends number,
    Both extends boolean,
    First extends boolean,
    // One number where there is no layer to infer it from: in the forward that an interface wants.
    K extends Widths = number,
    const G extends GivenState | OptionsForState = RNNState,
    const E extends SequenceOptions = SequenceOptions,
  >(
    this: StackSizes<D, K, L, Both, First>,
    x: Refusal<SequenceOutput<Name, A, D, K, Both, First>> & Tensor<A>,
    state?: G &
      (IsOptions<keyof G> extends true
        ? unknown
        : Refusal<FittingState<Who<Name, D, K>, G, StateBefore<A, K, L, Both, First>>> &
            ShapedState<S, K extends number ? Shape : readonly Shape[]>),
    options?: E & SequenceOptions,
  ): {
    output: Tensor<Ok<SequenceOutput<Name, A, D, K, Both, First>>>
    state: ShapedState<S, StateAfter<A, K, L, Both, First>>
  } & Every<S, K, G, E>
  forward(
    x: Tensor,
    second?: Formed<S> | SequenceOptions,
    third?: SequenceOptions,
  ): Stacked<object> {
    const who = this.describe()
    const { state, options } = requireArguments(who, second, third)
    const dtype = this.requireParameters(who)
    const { N, T } = requireSequences(who, x, this.batchFirst, this.inputSize, dtype)
    const scans = this.scans()
    const form = formOf(typeof this.hiddenSize !== 'number', this.names, scans)
    const given = state === undefined ? null : requireState(who, form, state, N, dtype)
    // A call that is refused draws nothing.
    const packed = packing(who, { N, T, batchFirst: this.batchFirst }, options)
    return runStack(
      scans.map((layer) => layer.map((scan) => this.direction(scan, dtype))),
      {
        x,
        N,
        packed,
        every: options.every ?? false,
        form,
        given,
        between: (rows) => this.drop(rows, this.dropout),
      },
    )
  }

  /** A layer in one direction, with what is dropped in this call. */
  private direction({ suffix, sizes, isReverse, fields }: Scan<S>, dtype: DType): Direction<S> {
    const { weightDrop } = this.regularisation
    const own: Record<string, Tensor | null> = {}
    for (const { name, field } of fields) own[name] = this[field]
    if (weightDrop > 0) own.weight_hh = this.drop(own.weight_hh as Tensor, weightDrop)
    return {
      layer: this,
      suffix,
      isReverse,
      fresh: (name, N) =>
        this.learnState
          ? repeated(this[`first_${String(name)}_${suffix}`], N)
          : zeros([N, sizes[name as keyof S & string]], { dtype }),
      scan: (x, before, run) => {
        const { names, training, generator, regularisation } = this
        const drawing = { names, sizes, training, generator, regularisation }
        const held = heldBack(drawing, x.shape[0], before.h.shape[0], dtype)
        return scan(this.recurrence, own as unknown as Parameters, before, { x, ...run, held })
      },
    }
  }

  private drop(t: Tensor, p: number): Tensor {
    return this.training ? dropout(t, p, this.generator) : t
  }

  /** The parameters' dtype. Throws what `requireOwnParameters` throws. */
  private requireParameters(who: string): DType {
    const all: OwnParameter[] = []
    for (const layer of this.scans())
      for (const { suffix, sizes, fields } of layer) {
        for (const { field, shape } of fields) all.push([field, this[field], shape])
        if (this.learnState)
          for (const name of this.names) {
            const first: `first_${string}_l${string}` = `first_${name}_${suffix}`
            all.push([first, this[first], [sizes[name]]])
          }
      }
    return requireOwnParameters(who, all)
  }
}
