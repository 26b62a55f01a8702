// Packing: a padded batch of sequences as rows without padding, step after step, the longest
// sequence first. It computes nothing.
//
//     x (2, 3, D), lengths 2 and 3 → 5 rows: x[1, 0], x[0, 0], x[1, 1], x[0, 1], x[1, 2]
//                                    sizes:  2 at step 0,      2 at step 1,      1 at step 2
import { type Tensor, tensor, ValueError } from '../../tensor/index.ts'
import { scatterRows, shown } from '../../tensor/internal.ts'

/** The order of R rows, R = Σ lengths; those of step t follow those of step t − 1. */
export interface Packing {
  /** How many sequences reach step t, and so how many rows it has. */
  readonly sizes: readonly number[]
  /** Padded (N, T, D), or (T, N, D), → rows (R, D). */
  pack(padded: Tensor): Tensor
  /** Rows (R, H) → padded (N, T, H), or (T, N, H), with zeros in the padding. */
  unpack(rows: Tensor): Tensor
  /** Rows (R, D) → the same rows with every sequence back to front. */
  reverse(rows: Tensor): Tensor
  /** State (L, N, H) in the order of the batch → in the order of the rows, the longest first. */
  sort(state: Tensor): Tensor
  /** The inverse of `sort`. */
  unsort(state: Tensor): Tensor
}

/**
 * The packing of N sequences of T steps each, or of `lengths`, where they are given. Throws a
 * ValueError unless these are N whole numbers from 1 to T.
 */
export function packing(
  who: string,
  N: number,
  T: number,
  batchFirst: boolean,
  lengths: readonly number[] | undefined,
): Packing {
  return lengths === undefined
    ? packingOfEqual(N, T, batchFirst)
    : packingOf(requireLengths(who, N, T, lengths), T, batchFirst)
}

function requireLengths(who: string, N: number, T: number, given: readonly number[]): number[] {
  if (!Array.isArray(given) || given.length !== N)
    throw new ValueError(
      `${who}: expected lengths to be an array of ${N}, got ` +
        `${Array.isArray(given) ? given.length : shown(given)}`,
    )
  const lengths = Array.from(given as readonly number[])
  lengths.forEach((length, n) => {
    if (!Number.isInteger(length) || length < 1 || length > T)
      throw new ValueError(
        `${who}: expected length ${n} to be from 1 to ${T}, got ${shown(length)}`,
      )
  })
  return lengths
}

/** All sequences have T steps: the rows are those of the batch with its time axis in front. */
function packingOfEqual(N: number, T: number, batchFirst: boolean): Packing {
  /** (N, T, …) ↔ (T, N, …) */
  const swapped = (x: Tensor): Tensor => (batchFirst ? x.permute([1, 0, 2]) : x)
  const same = (state: Tensor): Tensor => state
  return {
    sizes: Array<number>(T).fill(N),
    pack: (padded) => swapped(padded).reshape([T * N, padded.shape[2]]),
    unpack: (rows) => swapped(rows.reshape([T, N, rows.shape[1]])),
    reverse: (rows) => rows.reshape([T, N, rows.shape[1]]).flip(0).reshape(rows.shape),
    sort: same,
    unsort: same,
  }
}

function packingOf(lengths: readonly number[], T: number, batchFirst: boolean): Packing {
  const N = lengths.length
  /** The sequences, the longest first. */
  const order = lengths.map((_, n) => n).sort((a, b) => lengths[b] - lengths[a])
  const sizes = new Array<number>(N === 0 ? 0 : lengths[order[0]]).fill(0)
  for (const length of lengths) for (let t = 0; t < length; t++) sizes[t]++
  let R = 0
  /** The first row of step t. */
  const starts = sizes.map((size) => {
    R += size
    return R - size
  })
  /** Of each row: its place in the padded batch, and the row that is in its place in reverse. */
  const [places, mirrored] = [new Int32Array(R), new Int32Array(R)]
  /** The place of each sequence in `order`. */
  const rank = new Int32Array(N)
  order.forEach((n, k) => {
    rank[n] = k
    for (let t = 0; t < lengths[n]; t++) {
      places[starts[t] + k] = batchFirst ? n * T + t : t * N + n
      mirrored[starts[t] + k] = starts[lengths[n] - 1 - t] + k
    }
  })
  const [placeOf, rankOf, sorted] = [places, rank, new Int32Array(order)].map((indices) =>
    tensor(indices),
  )
  return {
    sizes,
    pack: (padded) => padded.reshape([N * T, padded.shape[2]]).indexSelect(0, placeOf),
    unpack(rows) {
      const H = rows.shape[1]
      const padded = scatterRows([rows], { places: [placeOf], shape: [N * T, H] })
      return padded.reshape(batchFirst ? [N, T, H] : [T, N, H])
    },
    reverse: (rows) => rows.indexSelect(0, tensor(mirrored)),
    sort: (state) => state.indexSelect(1, sorted),
    unsort: (state) => state.indexSelect(1, rankOf),
  }
}
