// Segments: the stretches of a batch's sequences through which the state flows, and the steps of
// each that are run. How these are laid out as rows is packing.ts.
import { Tensor, ValueError } from '../../tensor/index.ts'
import { shown } from '../../tensor/internal.ts'
import { requireMatch } from '../parameters.ts'
import type { SequenceOptions } from './options.ts'

/** A padded batch of N sequences of T steps, (N, T, …) or (T, N, …). */
export interface Batch {
  readonly N: number
  readonly T: number
  readonly batchFirst: boolean
}

/** The place of step t of sequence n among the N·T steps of a padded batch. */
export const placeOf = ({ N, T, batchFirst }: Batch, n: number, t: number): number =>
  batchFirst ? n * T + t : t * N + n

/** Steps `start` to before `end` of sequence n: no state flows into them, or out of them. */
export interface Segment {
  readonly n: number
  readonly start: number
  readonly end: number
  /** Those that are run are `count` of `times`, from `first` on; the others are holes. */
  readonly first: number
  readonly count: number
  /** The state that it begins from: n, the one given for sequence n, or N, the fresh one. */
  readonly origins: readonly [forward: number, reverse: number]
}

/** The segments of all sequences, those of one sequence in the order of time. */
export interface Segments {
  readonly segments: readonly Segment[]
  /** The steps of all segments that are run. */
  readonly times: Int32Array
  readonly hasHoles: boolean
}

/**
 * The segments that options make of a batch; every sequence has at least one, be it without steps.
 * Throws a ValueError unless `lengths` are N whole numbers from 0 to T, a DTypeError or ShapeError
 * unless `mask` and `resets` are bool tensors (N, T), or (T, N).
 */
export function segmentsOf(
  who: string,
  batch: Batch,
  { lengths, mask, resets }: SequenceOptions,
): Segments {
  const { N, T } = batch
  const ends = lengths === undefined ? Array<number>(N).fill(T) : requireLengths(who, N, T, lengths)
  const isRun = requireFlags(who, 'mask', batch, mask) ?? (() => true)
  const isReset = requireFlags(who, 'resets', batch, resets) ?? (() => false)
  const total = ends.reduce((sum, end) => sum + end, 0)
  const times = new Int32Array(total)
  const segments: Segment[] = []
  let rows = 0
  ends.forEach((length, n) => {
    const starts = [0]
    for (let t = 1; t < length; t++) if (isReset(n, t)) starts.push(t)
    starts.forEach((start, k) => {
      const end = starts[k + 1] ?? length
      const first = rows
      for (let t = start; t < end; t++) if (isRun(n, t)) times[rows++] = t
      const isFresh = k > 0 || (length > 0 && isReset(n, 0))
      const origins = [isFresh ? N : n, k < starts.length - 1 ? N : n] as const
      segments.push({ n, start, end, first, count: rows - first, origins })
    })
  })
  return { segments, times: times.subarray(0, rows), hasHoles: rows < total }
}

function requireLengths(who: string, N: number, T: number, given: unknown): number[] {
  const expected = `${who}: expected lengths to be an array of ${N} numbers, got `
  if (!Array.isArray(given)) {
    const numbers = given instanceof Tensor ? 'lengths.toTypedArray()' : 'lengths'
    const isConvertible = given instanceof Tensor || ArrayBuffer.isView(given)
    const remedy = isConvertible ? `: use Array.from(${numbers})` : ''
    throw new ValueError(expected + shown(given) + remedy)
  }
  const lengths: number[] = Array.from(given)
  if (lengths.some(Array.isArray))
    throw new ValueError(`${expected}${shown(given)}: give one number for each sequence`)
  if (lengths.length !== N) throw new ValueError(expected + lengths.length)
  lengths.forEach((length, n) => {
    if (!Number.isInteger(length) || length < 0 || length > T)
      throw new ValueError(
        `${who}: expected length ${n} to be a whole number from 0 to ${T}, got ${shown(length)}`,
      )
  })
  return lengths
}

/** Whether a flag is set for step t of sequence n; undefined where there are no flags. */
function requireFlags(
  who: string,
  name: string,
  batch: Batch,
  flags: Tensor | undefined,
): ((n: number, t: number) => boolean) | undefined {
  if (flags === undefined) return undefined
  const { N, T, batchFirst } = batch
  requireMatch(who, name, flags, batchFirst ? [N, T] : [T, N], 'bool')
  const set = flags.toTypedArray()
  return (n, t) => set[placeOf(batch, n, t)] !== 0
}
