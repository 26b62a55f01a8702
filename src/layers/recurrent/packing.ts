// Packing: a padded batch of sequences as rows without padding, step after step, the longest
// sequence first. It computes nothing.
//
//     x (2, 3, D), lengths 2 and 3 → 5 rows: x[1, 0], x[0, 0], x[1, 1], x[0, 1], x[1, 2]
//                                    sizes:  2 at step 0,      2 at step 1,      1 at step 2
//
// Segments (segments.ts) are packed as sequences of their own, by the steps of theirs that are run.
// There are M with such steps; without resets each is a whole sequence.
import { cat, type Tensor, tensor } from '../../tensor/index.ts'
import { noteEffect, scatterRows } from '../../tensor/internal.ts'
import type { SequenceOptions } from './options.ts'
import { type Batch, placeOf, type Segment, type Segments, segmentsOf } from './segments.ts'

/** The order of R rows, a step that is run each; those of step t follow those of step t − 1. */
export interface Packing {
  /** How many segments reach step t, and so how many rows it has. */
  readonly sizes: readonly number[]
  /** Padded (N, T, D), or (T, N, D), → rows (R, D). */
  pack(padded: Tensor): Tensor
  /** Rows (R, D) → the same rows with every segment back to front. */
  reverse(rows: Tensor): Tensor
  /**
   * The states that segments begin from, each tensor (N, H), or (N + 1, H): a state given for each
   * sequence, and the fresh one (1, H) where a segment needs it.
   */
  origins<S extends object>(given: S, fresh: (name: keyof S) => Tensor): S
  /** Origins → the state before the first step of every segment (M, H), in the order of rows. */
  before<S extends object>(origins: S, isReverse: boolean): S
  /**
   * The state after the last step of every segment (M, H), and the origins → the last state of
   * every sequence (N, H): that of the segment where the direction ends, its origin without steps.
   */
  after<S extends object>(ended: S, origins: S, isReverse: boolean): S
  /**
   * Rows (R, H·directions), and each direction's origins of h → padded (N, T, H·directions), or (T,
   * N, H·directions): at holes the h that is carried over them, zeros in the padding. The first
   * direction is 0, forward, or 1, reverse.
   */
  unpack(rows: Tensor, origins: readonly Tensor[], first?: 0 | 1): Tensor
}

/** The packing of a batch under the options of a call. Throws what `segmentsOf` throws. */
export function packing(who: string, batch: Batch, options: SequenceOptions): Packing {
  const { lengths, mask, resets } = options
  return lengths === undefined && mask === undefined && resets === undefined
    ? packingOfEqual(batch)
    : packingOf(batch, segmentsOf(who, batch, options))
}

/** All sequences have T steps: the rows are those of the batch with its time axis in front. */
function packingOfEqual({ N, T, batchFirst }: Batch): Packing {
  /** (N, T, …) ↔ (T, N, …) */
  const swapped = (x: Tensor): Tensor => (batchFirst ? x.permute([1, 0, 2]) : x)
  const same = <S>(state: S): S => state
  return {
    sizes: Array<number>(T).fill(N),
    pack: (padded) => swapped(padded).reshape([T * N, padded.shape[2]]),
    reverse: (rows) => rows.reshape([T, N, rows.shape[1]]).flip(0).reshape(rows.shape),
    origins: same,
    before: same,
    after: same,
    unpack: (rows) => swapped(rows.reshape([T, N, rows.shape[1]])),
  }
}

function packingOf(batch: Batch, cut: Segments): Packing {
  noteEffect('runs a recurrence with lengths, a mask or resets')
  const { N, T, batchFirst } = batch
  const { segments, times } = cut
  /** The segments with steps, the longest first. */
  const order = segments.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count)
  // There is always a step, be it without rows.
  const sizes = new Array<number>(order[0]?.count ?? 1).fill(0)
  for (const { count } of order) for (let t = 0; t < count; t++) sizes[t]++
  let R = 0
  /** The first row of step t. */
  const starts = sizes.map((size) => {
    R += size
    return R - size
  })
  /** Of each row: its place in the padded batch, and the row that is in its place in reverse. */
  const [places, mirrored] = [new Int32Array(R), new Int32Array(R)]
  order.forEach(({ n, first, count }, k) => {
    for (let t = 0; t < count; t++) {
      places[starts[t] + k] = placeOf(batch, n, times[first + t])
      mirrored[starts[t] + k] = starts[count - 1 - t] + k
    }
  })
  const placeOfRow = tensor(places)
  const needsFresh = segments.some(({ origins }) => origins.includes(N))
  const rank = new Map(order.map((segment, k) => [segment, k]))
  const isSymmetric = segments.every(({ origins: [forward, reverse] }) => forward === reverse)
  const made: Ends[] = []
  const endsOf = (isReverse: boolean): Ends => {
    const way = isReverse && !isSymmetric ? 1 : 0
    made[way] ??= endsIn(way, N, cut, rank)
    return made[way]
  }
  return {
    sizes,
    pack: (padded) => padded.reshape([N * T, padded.shape[2]]).indexSelect(0, placeOfRow),
    reverse: (rows) => rows.indexSelect(0, tensor(mirrored)),
    origins: (given, fresh) =>
      needsFresh ? mapped(given, (t, name) => cat([t, fresh(name)])) : given,
    before: (origins, isReverse) =>
      mapped(origins, (t) => t.indexSelect(0, endsOf(isReverse).firsts)),
    after(ended, origins, isReverse) {
      const { lasts, needsOrigins } = endsOf(isReverse)
      return mapped(ended, (t, name) =>
        (needsOrigins ? cat([t, origins[name] as Tensor]) : t).indexSelect(0, lasts),
      )
    },
    unpack(rows, origins, first = 0) {
      const width = rows.shape[1]
      const H = width / origins.length
      const scattered = cut.hasHoles
        ? origins.map((from, k) => {
            const { repeats, begins } = holesIn(first + k, batch, cut, rank, starts)
            const hs = origins.length === 1 ? rows : rows.slice(1, k * H, (k + 1) * H)
            return scatterRows(
              [hs, hs.indexSelect(0, repeats.index), from.indexSelect(0, begins.index)],
              { places: [placeOfRow, repeats.places, begins.places], shape: [N * T, H] },
            )
          })
        : [scatterRows([rows], { places: [placeOfRow], shape: [N * T, width] })]
      const padded = scattered.length > 1 ? cat(scattered, 1) : scattered[0]
      return padded.reshape(batchFirst ? [N, T, width] : [T, N, width])
    },
  }
}

/** f of each tensor of a state. */
function mapped<S extends object>(state: S, f: (t: Tensor, name: keyof S) => Tensor): S {
  const entries = Object.entries(state) as [string & keyof S, Tensor][]
  return Object.fromEntries(entries.map(([name, t]) => [name, f(t, name)])) as S
}

/** Where the scan of a direction begins and ends. */
interface Ends {
  /** Of each segment, in the order of rows: its origin. */
  readonly firsts: Tensor
  /** Of each sequence: the segment that has its last state, or M + an origin. */
  readonly lasts: Tensor
  readonly needsOrigins: boolean
}

/** The place of each segment with steps in the order of rows. */
type Rank = ReadonlyMap<Segment, number>

/** The ends in direction `way`, 0 forward, 1 reverse, of N sequences. */
function endsIn(way: 0 | 1, N: number, { segments }: Segments, rank: Rank): Ends {
  const lasts = new Int32Array(N).fill(-1)
  // In reverse the first segment in time is the last.
  for (const segment of segments)
    if (way === 0 || lasts[segment.n] < 0)
      lasts[segment.n] = rank.get(segment) ?? rank.size + segment.origins[way]
  return {
    firsts: integers(Array.from(rank.keys(), ({ origins }) => origins[way])),
    lasts: tensor(lasts),
    needsOrigins: lasts.some((k) => k >= rank.size),
  }
}

/** Rows, and the place in the padded batch of each. */
interface Placed {
  readonly index: Tensor
  readonly places: Tensor
}

/**
 * The holes in direction `way`, by the row that h is in: that of the step of their segment that was
 * run last or, before all of them, the origin.
 */
function holesIn(
  way: number,
  batch: Batch,
  { segments, times }: Segments,
  rank: Rank,
  starts: readonly number[],
): { repeats: Placed; begins: Placed } {
  const [repeats, begins] = [placed(), placed()]
  for (const segment of segments) {
    const { n, start, end, first, count, origins } = segment
    const k = rank.get(segment) ?? 0
    let before = 0
    for (let t = start; t < end; t++) {
      if (before < count && times[first + before] === t) {
        before++
        continue
      }
      const step = way === 0 ? before - 1 : before
      const place = placeOf(batch, n, t)
      if (step < 0 || step === count) begins.add(origins[way], place)
      else repeats.add(starts[step] + k, place)
    }
  }
  return { repeats: repeats.made(), begins: begins.made() }
}

function placed() {
  const [index, places]: [number[], number[]] = [[], []]
  return {
    add(row: number, place: number): void {
      index.push(row)
      places.push(place)
    },
    made: (): Placed => ({ index: integers(index), places: integers(places) }),
  }
}

const integers = (numbers: readonly number[]): Tensor => tensor(new Int32Array(numbers))
