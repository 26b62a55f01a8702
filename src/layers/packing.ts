// How a batch of sequences is laid out for a recurrence: step after step, the longest sequence first, and nothing behind a sequence's end. It computes nothing.
import { cat, shown, type Tensor, tensor, ValueError, zeros } from '../tensor/index.ts'

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

/** The layout of N sequences within T steps, of these lengths where they are given. Throws a ValueError unless there are N of them, from 1 to T. */
export function packing(who: string, N: number, T: number, batchFirst: boolean, lengths: readonly number[] | undefined): Packing {
  if (lengths === undefined) return dense(N, T, batchFirst)
  if (!Array.isArray(lengths) || lengths.length !== N)
    throw new ValueError(`${who}: expected lengths to be an array of ${N}, got ${Array.isArray(lengths) ? lengths.length : shown(lengths)}`)
  lengths.forEach((length, n) => {
    if (!Number.isInteger(length) || length < 1 || length > T) throw new ValueError(`${who}: expected length ${n} to be from 1 to ${T}, got ${shown(length)}`)
  })
  const order = lengths.map((_, n) => n).sort((a, b) => lengths[b] - lengths[a])
  const sizes = Array.from({ length: Math.max(0, ...lengths) }, (_, t) => lengths.filter((length) => length > t).length)
  const starts = sizes.map((_, t) => sizes.slice(0, t).reduce((a, b) => a + b, 0))
  const rows = sizes.flatMap((size, t) => order.slice(0, size).map((n, place) => ({ t, n, place })))
  const padded = (n: number, t: number): number => (batchFirst ? n * T + t : t * N + n)
  const from = new Int32Array(rows.map(({ n, t }) => padded(n, t)))
  const to = new Int32Array(N * T).fill(rows.length)
  from.forEach((at, row) => {
    to[at] = row
  })
  const back = new Int32Array(rows.map(({ t, n, place }) => starts[lengths[n] - 1 - t] + place))
  const rank = new Int32Array(N)
  order.forEach((n, place) => {
    rank[n] = place
  })
  const pick = (x: Tensor, axis: number, index: Int32Array): Tensor => x.indexSelect(axis, tensor(index))
  return {
    sizes,
    pack: (x) => pick(x.reshape([N * T, x.shape[2]]), 0, from),
    unpack: (x) => pick(cat([x, zeros([1, x.shape[1]], { dtype: x.dtype })]), 0, to).reshape([...(batchFirst ? [N, T] : [T, N]), x.shape[1]]),
    reverse: (x) => pick(x, 0, back),
    sort: (states) => pick(states, 1, new Int32Array(order)),
    restore: (states) => pick(states, 1, rank),
  }
}
