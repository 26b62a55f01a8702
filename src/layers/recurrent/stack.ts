// Layers of scans over a batch of sequences: how rows and states go from one scan to the next. It
// knows no parameters.
import { cat, type Shape, ShapeError, type Tensor, zeros } from '../../tensor/index.ts'
import {
  asResult,
  isOptions,
  type LookUp,
  pickedBy,
  requireFlag,
  show,
} from '../../tensor/internal.ts'
import { requireMatch } from '../parameters.ts'
import { requireSequenceOptions, SEQUENCE_OPTIONS, type SequenceOptions } from './options.ts'
import type { Packing } from './packing.ts'
import type { Scanned } from './scan.ts'
import { type NamedTensors, stateOf } from './state.ts'
import { noteScan, type WatchedScan } from './watch.ts'
import { type Formed, formed, type StateForm } from './widths.ts'

/** One direction of one layer, in one call. */
export interface Direction<S> extends Pick<WatchedScan, 'layer' | 'suffix'> {
  readonly isReverse: boolean
  /** N times a tensor of the state that a sequence begins from where none is given (N, size). */
  fresh(name: keyof S, N: number): Tensor
  /** Packed rows x (R, D), in the order of this direction, and the state before (M, size). */
  scan(x: Tensor, before: S, run: ScanOptions): Scanned<S>
}

/** What a scan is told of the batch: see `Run` of tensor/sequence. */
export interface ScanOptions {
  readonly sizes: readonly number[]
  readonly every: boolean
  readonly lookUp: LookUp | null
}

/** A call's arguments after x: the state, or options in its place, and options. */
export function requireArguments<State>(
  who: string,
  second: State | SequenceOptions | undefined,
  third: SequenceOptions | undefined,
): { state: State | undefined; options: SequenceOptions } {
  const isStateLeftOut =
    third === undefined && isOptions(second) && SEQUENCE_OPTIONS.some((name) => name in second)
  const [state, options = {}] = isStateLeftOut
    ? [undefined, second as SequenceOptions]
    : [second as State | undefined, third]
  const read = requireSequenceOptions(who, options)
  requireFlag(who, 'every', read.every)
  return { state, options: read }
}

/** The sizes N and T of x, which must be (N, T, D), or (T, N, D), and not without steps. */
export function requireSequences(
  who: string,
  x: Tensor,
  batchFirst: boolean,
  D: number | string,
  ...dtypes: Tensor['dtype'][]
): { N: number; T: number } {
  requireMatch(who, 'x', x, [...(batchFirst ? ['N', 'T'] : ['T', 'N']), D], ...dtypes)
  const [N, T] = batchFirst ? x.shape : [x.shape[1], x.shape[0]]
  if (T === 0)
    throw new ShapeError(`${who}: expected at least one time step, got x of shape ${show(x.shape)}`)
  return { N, T }
}

/** A batch for all layers of a stack. */
export interface Batch<S> {
  readonly x: Tensor
  readonly N: number
  readonly packed: Packing
  readonly every: boolean
  /** Of the states that come out. */
  readonly form: StateForm<S>
  /** The state before direction k, counted over all layers (N, size); null for the fresh one. */
  readonly given: ((k: number) => S) | null
  /** Applied to the rows between two layers. */
  readonly between: (rows: Tensor) => Tensor
}

/** The result of a stack; the tensors of its states have one more axis in front, of directions. */
export interface Stacked<State> {
  output: Tensor
  state: State
  /** The states after every step, where they were wanted. */
  states?: State
}

/** Runs the layers one after the other, and their directions side by side. */
export function runStack<S extends NamedTensors<S>>(
  layers: readonly (readonly Direction<S>[])[],
  { x, N, packed, every, form, given, between }: Batch<S>,
): Stacked<Formed<S>> {
  const { names } = form
  const last: S[] = []
  const after: S[] = []
  let rows = packed.pack(x)
  let lookUp = lookUpOf(x, packed)
  /** The origins of h of the layer that was scanned last, by direction. */
  let origins: Tensor[] = []
  layers.forEach((directions, layer) => {
    const input = layer > 0 ? between(rows) : rows
    origins = []
    const outputs = directions.map((direction) => {
      const { isReverse } = direction
      /** The rows in the order in which this direction reads them; applied twice, as they were. */
      const turned = (t: Tensor): Tensor => (isReverse ? packed.reverse(t) : t)
      const own =
        given === null ? stateOf(names, (name) => direction.fresh(name, N)) : given(last.length)
      const from = packed.origins(own, (name) => direction.fresh(name, 1))
      // Equal rows are the same in any order.
      const isAnyOrder = given === null && packed.sizes[0] === N
      const before = isAnyOrder ? own : packed.before(from, isReverse)
      const scanned = direction.scan(turned(input), before, {
        sizes: packed.sizes,
        every,
        lookUp: lookUp && { ...lookUp, index: turned(lookUp.index) },
      })
      const steps = scanned.steps as WatchedScan['steps'] | undefined
      if (steps !== undefined)
        noteScan({
          layer: direction.layer,
          suffix: direction.suffix,
          steps,
          place(own, name) {
            const { shape } = from[name as keyof S]
            const none = zeros(shape, { dtype: own.dtype })
            return packed.unpack(turned(own), [none], isReverse ? 1 : 0)
          },
        })
      if (every)
        after.push(
          stateOf(names, (name) =>
            packed.unpack(turned((scanned.rows as S)[name]), [from[name]], isReverse ? 1 : 0),
          ),
        )
      origins.push(from.h)
      last.push(packed.after(scanned.after, from, isReverse))
      return turned(scanned.rows.h)
    })
    rows = outputs.length > 1 ? cat(outputs, 1) : outputs[0]
    lookUp = null
  })
  const result: Stacked<Formed<S>> = {
    output: asResult(packed.unpack(rows, origins)),
    state: formed(form, last),
  }
  if (every) result.states = formed(form, after)
  return result
}

/** One row (size) as N rows. */
export function repeated(row: Tensor, N: number): Tensor {
  const shape: Shape = [N, row.shape[0]]
  return row.unsqueeze(0).broadcastTo(shape)
}

/** Which packed rows of x are equal, where x was looked up in a table. */
function lookUpOf(x: Tensor, packed: Packing): LookUp | null {
  const index = pickedBy(x)
  return index && { picked: x, index: packed.pack(index.unsqueeze(2)) }
}
