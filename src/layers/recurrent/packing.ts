// How a batch of sequences is laid out for a recurrence: step after step, the longest sequence
// first, and nothing behind a sequence's end. It computes nothing.
import { type Tensor, tensor, ValueError } from '../../tensor/index.ts'
import { scatterRows, shown } from '../../tensor/internal.ts'

/** A layout: step t has `sizes[t]` rows, which follow those of the step before. */
export interface Packing {
  readonly sizes: readonly number[]
  /** A padded batch (N, T, D), or (T, N, D), as rows (Σ sizes, D). */
  pack(x: Tensor): Tensor
  /** Rows (Σ sizes, H) as a padded batch, zeros behind each sequence's end. */
  unpack(rows: Tensor): Tensor
  /** Rows with every sequence back to front. */
  reverse(rows: Tensor): Tensor
  /** States (L, N, H) in the order of the rows, and back. */
  sort(states: Tensor): Tensor
  restore(states: Tensor): Tensor
}

/** N sequences of T steps each: nothing has to be looked up. */
function dense(N: number, T: number, batchFirst: boolean): Packing {
  const swap = (x: Tensor): Tensor => (batchFirst ? x.permute([1, 0, 2]) : x)
  const asis = (x: Tensor): Tensor => x
  return {
    sizes: Array<number>(T).fill(N),
    pack: (x) => swap(x).reshape([T * N, x.shape[2]]),
    unpack: (rows) => swap(rows.reshape([T, N, rows.shape[1]])),
    reverse: (rows) => rows.reshape([T, N, rows.shape[1]]).flip(0).reshape(rows.shape),
    sort: asis,
    restore: asis,
  }
}

/**
 * The layout of N sequences within T steps, of these lengths where they are given. Throws a
 * ValueError unless there are N of them, from 1 to T.
 */
export function packing(
  who: string,
  N: number,
  T: number,
  batchFirst: boolean,
  given: readonly number[] | undefined,
): Packing {
  if (given === undefined) return dense(N, T, batchFirst)
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
  const order = lengths.map((_, n) => n).sort((a, b) => lengths[b] - lengths[a])
  const longest = order.length === 0 ? 0 : lengths[order[0]]
  const ending = new Array<number>(longest + 1).fill(0)
  for (const length of lengths) ending[length]++
  // Step t has those that did not end before.
  let going = N
  const sizes = Array.from({ length: longest }, (_, t) => {
    going -= ending[t]
    return going
  })
  let total = 0
  const starts = sizes.map((size) => {
    total += size
    return total - size
  })
  const from = new Int32Array(total)
  const back = new Int32Array(total)
  const rank = new Int32Array(N)
  order.forEach((n, place) => {
    rank[n] = place
    for (let t = 0; t < lengths[n]; t++) {
      from[starts[t] + place] = batchFirst ? n * T + t : t * N + n
      back[starts[t] + place] = starts[lengths[n] - 1 - t] + place
    }
  })
  const [places, ranks, sorted] = [from, rank, new Int32Array(order)].map((numbers) =>
    tensor(numbers),
  )
  return {
    sizes,
    pack: (x) => x.reshape([N * T, x.shape[2]]).indexSelect(0, places),
    unpack: (rows) =>
      scatterRows([rows], { places: [places], shape: [N * T, rows.shape[1]] }).reshape([
        ...(batchFirst ? [N, T] : [T, N]),
        rows.shape[1],
      ]),
    reverse: (rows) => rows.indexSelect(0, tensor(back)),
    sort: (states) => states.indexSelect(1, sorted),
    restore: (states) => states.indexSelect(1, ranks),
  }
}
