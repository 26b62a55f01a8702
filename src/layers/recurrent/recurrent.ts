// Recurrent runs a user's cell over sequences, in layers and directions. Where its step is a
// program it runs as the layers of this package do, else step by step.
import { DTypeError, type Generator, type Tensor, ValueError, zeros } from '../../tensor/index.ts'
import { NoProgram, requireSizes, type Steps } from '../../tensor/internal.ts'
import { dropout } from '../dropout.ts'
import { Module } from '../module/module.ts'
import { constant } from '../parameters.ts'
import { heldBack } from './held.ts'
import {
  OF_THE_PARAMETERS,
  type RecurrentOptions,
  type Regularisation,
  readOptions,
  requireLayers,
  requireRecurrentOptions,
  type SequenceOptions,
} from './options.ts'
import { packing } from './packing.ts'
import { fold, kindOf, type Rows, run, type Scanned, type StateStep, stepsFor } from './scan.ts'
import {
  type Direction,
  repeated,
  requireArguments,
  requireSequences,
  runStack,
  type Stacked,
} from './stack.ts'
import type { NamedTensors } from './state.ts'
import {
  dtypeOf,
  type RecurrentCell,
  requireCell,
  requireSameStates,
  requireStates,
} from './userCell.ts'
import { isWatched } from './watch.ts'
import { formOf, requireState } from './widths.ts'

/** The options of a call that asks for the states after every step. */
type EveryStep = SequenceOptions & { readonly every: true }

/** The options of Recurrent. */
export interface RecurrentCellOptions
  extends Omit<RecurrentOptions, 'bias' | 'dtype' | 'weightDrop'> {
  /** D, the last axis of x; needed where the cell is given as a function of it. */
  inputSize?: number | undefined
}

/**
 * A cell over sequences, with everything that LSTM has: layers, directions, dropout, `lengths`,
 * `mask`, `resets`, carried state. A cell is a Module with `stateSize` and `forward(x, state)`. For
 * more layers or directions give a function that makes one from the size of its input.
 *
 * Where its forward is made of products with weights, elementwise ops, parts of rows and sums of
 * rows, it is recorded for an example and runs as a program, as fast as the layers of the package.
 * Where not, it runs step by step. The result is the same. After the first call `toString()` says
 * which, and why.
 *
 * The cell's forward is also called with examples. So it depends on x, the state, and the cell's
 * tensors, numbers and modes, and it has no memory of its own: it does not count its calls, and
 * does the same for any number of rows. Rows belong to different sequences: what mixes them sees
 * those that happen to run beside each other.
 *
 * x (N, T, D) → output (N, T, size of h·directions) and the state (numLayers·directions, N, size),
 * as of LSTM. Its cells are `l0`, `l0_reverse`, `l1`, …. With `recurrentDropout` the cell sees what
 * is left of h.
 *
 * Throws a ValueError or DTypeError for what is no cell, for wrong options, and for a cell that
 * gives something else than its states.
 *
 * ```ts
 * class Leaky extends Module {
 *   stateSize = { h: 4 }
 *   input = new Linear(3, 4)
 *   forward(x: Tensor, { h }: { h: Tensor }) {
 *     return { h: h.mul(0.9).add(this.input.forward(x).tanh().mul(0.1)) }
 *   }
 * }
 * new Recurrent(new Leaky()).forward(ones([2, 7, 3])).output // (2, 7, 4)
 * ```
 */
export class Recurrent<S extends NamedTensors<S>> extends Module {
  readonly [cell: `l${number}` | `l${number}_reverse`]: RecurrentCell<S>
  readonly [state: `first_${string}_l${string}`]: Tensor
  /** Layers on top of each other. */
  readonly numLayers: number
  /** Whether every layer also scans from the last step to the first. */
  readonly bidirectional: boolean
  /** Whether sequences are (N, T, D) or (T, N, D). */
  readonly batchFirst: boolean
  /** Whether the state that sequences begin from is learned. */
  readonly learnState: boolean
  /** @internal */ readonly regularisation: Regularisation
  private readonly generator: Generator | undefined
  private readonly names: readonly (keyof S & string)[]
  private readonly steps = new WeakMap<RecurrentCell<S>, Map<string, Steps>>()
  private way = ''

  constructor(
    cell: RecurrentCell<S> | ((inputSize: number) => RecurrentCell<S>),
    options: RecurrentCellOptions = {},
  ) {
    super()
    for (const name of OF_THE_PARAMETERS)
      if ((options as RecurrentOptions | null)?.[name] !== undefined)
        throw new ValueError(`Recurrent: unknown option '${name}': it is up to the cell`)
    const given: RecurrentCellOptions = readOptions(
      'Recurrent',
      options,
      ['inputSize'],
      OF_THE_PARAMETERS,
    )
    const { inputSize } = given
    const make = typeof cell === 'function' && !(cell instanceof Module) ? cell : null
    if (inputSize !== undefined) requireSizes('Recurrent', { inputSize })
    if (make !== null && make.prototype instanceof Module)
      throw new DTypeError(
        `Recurrent: expected a cell, got the class ${make.name}: make one with new, or give ` +
          'a function of the input size that does',
      )
    if (make !== null && inputSize === undefined)
      throw new ValueError(
        'Recurrent: expected inputSize with a function that makes cells, got none',
      )
    const first = requireCell<S>(make === null ? cell : make(inputSize as number))
    // The output comes first, wherever the cell names it.
    const others = Object.keys(first.stateSize).filter((name) => name !== 'h')
    this.names = ['h', ...others] as (keyof S & string)[]
    const read = requireRecurrentOptions('Recurrent', given, this.names)
    this.numLayers = requireLayers('Recurrent', given.numLayers)
    this.bidirectional = read.bidirectional
    this.batchFirst = read.batchFirst
    this.learnState = read.learnState
    this.regularisation = read.regularisation
    this.generator = read.init.generator
    if (make === null && (this.numLayers > 1 || this.bidirectional))
      throw new ValueError(
        'Recurrent: expected a function that makes cells for more layers or directions, got a cell',
      )
    this.suffixes().forEach((suffixes, layer) => {
      for (const [k, suffix] of suffixes.entries()) {
        const D = layer === 0 ? (inputSize as number) : this.outputSize(first) * suffixes.length
        const own = layer + k === 0 ? first : requireCell<S>(make?.(D))
        requireSameStates(first as RecurrentCell<never>, own as RecurrentCell<never>)
        Object.assign(this, { [suffix]: own })
        if (this.learnState)
          for (const name of this.names)
            Object.assign(this, {
              [`first_${name}_${suffix}`]: constant([own.stateSize[name]], 0, {
                dtype: dtypeOf(own),
              }),
            })
      }
    })
  }

  private outputSize({ stateSize }: RecurrentCell<S>): number {
    return stateSize[this.names[0]]
  }

  /** The names of the cells, layer by layer. */
  private suffixes(): (`l${number}` | `l${number}_reverse`)[][] {
    return Array.from({ length: this.numLayers }, (_, layer) =>
      this.bidirectional ? [`l${layer}`, `l${layer}_reverse`] : [`l${layer}`],
    )
  }

  protected override describe(): string {
    return `Recurrent(${this.l0?.constructor.name ?? ''}${this.way})`
  }

  /**
   * x (N, T, D), or (T, N, D), the state and options as of LSTM's forward. Throws a ShapeError,
   * DTypeError or ValueError that names what does not fit.
   */
  forward(x: Tensor, options: EveryStep): Required<Stacked<S>>
  forward(x: Tensor, state: S | undefined, options: EveryStep): Required<Stacked<S>>
  forward(x: Tensor, state?: S | SequenceOptions, options?: SequenceOptions): Stacked<S>
  forward(x: Tensor, second?: S | SequenceOptions, third?: SequenceOptions): Stacked<S> {
    const who = this.describe()
    const { state, options } = requireArguments(who, second as S | SequenceOptions, third)
    const { N, T } = requireSequences(who, x, this.batchFirst, 'D', 'float32', 'float64')
    const { names } = this
    const { stateSize } = this.l0
    const suffixes = this.suffixes()
    const layers = suffixes.map((own) => own.map(() => ({ sizes: stateSize })))
    const form = formOf(false, names, layers)
    const given = state === undefined ? null : requireState(who, form, state, N, x.dtype)
    const result = runStack(
      suffixes.map((own) => own.map((suffix) => this.direction(who, suffix, x.dtype))),
      {
        x,
        N,
        packed: packing(who, { N, T, batchFirst: this.batchFirst }, options),
        every: options.every ?? false,
        form,
        given,
        between: (rows) => this.drop(rows, this.regularisation.dropout),
      },
    )
    return result as Stacked<S>
  }

  private drop(t: Tensor, p: number): Tensor {
    return this.training ? dropout(t, p, this.generator) : t
  }

  private direction(
    who: string,
    suffix: `l${number}` | `l${number}_reverse`,
    dtype: Tensor['dtype'],
  ): Direction<S> {
    const { names, training, generator, regularisation } = this
    const cell = this[suffix]
    return {
      layer: this,
      suffix,
      isReverse: suffix.endsWith('reverse'),
      fresh: (name, N) =>
        this.learnState
          ? repeated(this[`first_${String(name)}_${suffix}`], N)
          : zeros([N, cell.stateSize[name as keyof S & string]], { dtype }),
      scan: (x, before, rows) => {
        const [R, M] = [x.shape[0], before.h.shape[0]]
        const { stateSize: sizes } = cell
        const held = heldBack({ names, sizes, training, generator, regularisation }, R, M, dtype)
        return this.scan(who, cell, before, { x, ...rows, held })
      },
    }
  }

  private scan(who: string, cell: RecurrentCell<S>, before: S, rows: Rows): Scanned<S> {
    const { names } = this
    const step: StateStep<S> = (_, x, state, hidden) => {
      const after = cell.forward(x, hidden === state.h ? state : { ...state, h: hidden })
      return requireStates(who, after, cell.stateSize, x) as S
    }
    if (isWatched()) return fold(step, names, before, rows)
    const own = this.steps.get(cell) ?? new Map<string, Steps>()
    this.steps.set(cell, own)
    // Layers may do something else in training.
    const key = `${cell.training} ${kindOf(rows.held)}`
    const steps = own.get(key) ?? stepsFor(cell.constructor.name, names, step, rows.held)
    own.set(key, steps)
    try {
      const scanned = run(steps, names, [], before, rows)
      this.way = ', as a program'
      return scanned
    } catch (error) {
      if (!(error instanceof NoProgram)) throw error
      this.way = `, step by step: it ${error.message}`
      return fold(step, names, before, rows)
    }
  }
}
