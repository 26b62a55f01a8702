// What text and picture of gradients share: matrices made small enough to be seen, ticks, and how
// numbers are written. It draws nothing.

/** The norms of a model over T steps, as `connectivity` finds them. */
export interface ConnectivityNorms {
  /** `norms[t][s]` is ‖∂y_t/∂x_s‖. */
  readonly norms: readonly (readonly number[])[]
  /** `byLag[k]` is the root mean square of all norms with t − s = k. */
  readonly byLag: readonly number[]
  /** Whether all norms with s > t are 0. */
  readonly isCausal: boolean
  /** 0 where norms are exact; the most that the relative standard error of an estimate is. */
  readonly relativeError: number
  /** How many backward passes they took. */
  readonly passes: number
}

/** A matrix of norms as it is shown: a cell for `per` × `per` steps. */
export interface Cells {
  /** Null where nothing is shown. */
  readonly rows: readonly (readonly (number | null)[])[]
  readonly per: number
}

/** More cells in a row would be too small to be told apart. */
const MOST_CELLS = 64

/**
 * The cells of a matrix; each is the root mean square of its norms. Of a causal model, those with
 * s > t are not shown.
 */
export function cellsOf({ norms, isCausal }: ConnectivityNorms): Cells {
  const { per, places } = columnsOf(norms.length)
  const rows = places.map((ts) =>
    places.map((ss) => {
      const shown = ts.flatMap((t) => ss.flatMap((s) => (isCausal && s > t ? [] : [norms[t][s]])))
      return shown.length === 0 ? null : rootMeanSquare(shown)
    }),
  )
  return { rows, per }
}

/** T steps as at most 64 places of `per` steps, with the steps of each. */
export function columnsOf(T: number): { per: number; places: readonly (readonly number[])[] } {
  const per = Math.ceil(T / MOST_CELLS)
  const places = Array.from({ length: Math.ceil(T / per) }, (_, k) =>
    Array.from({ length: Math.min(per, T - k * per) }, (_, i) => k * per + i),
  )
  return { per, places }
}

/** How the norms were found, in words. */
export function found({ relativeError, passes }: ConnectivityNorms): string {
  const how = relativeError === 0 ? 'exact' : `estimated, to ±${word(100 * relativeError)} %`
  return `${how}, ${passes} passes`
}

/** √(Σx²/n), without squares that overflow or vanish. */
export const rootMeanSquare = (numbers: readonly number[]): number =>
  norm(numbers) / Math.sqrt(numbers.length)

/** √Σx², without squares that overflow or vanish. */
export function norm(numbers: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < numbers.length; i++) sum = Math.hypot(sum, numbers[i])
  return sum
}

/** Whole numbers from 0 to below n, at most `most` of them, in even steps of 1, 2, 5, 10, …. */
export function ticks(n: number, most: number): number[] {
  let step = 1
  for (let k = 1; Math.ceil(n / step) > most; k++) step = [1, 2, 5][k % 3] * 10 ** Math.floor(k / 3)
  return Array.from({ length: Math.ceil(n / step) }, (_, i) => i * step)
}

/** 0, 1, 2, 5, 10, … below n − 1, and n − 1: at most `most` of them. */
export function lags(n: number, most: number): number[] {
  const all = [0]
  for (let k = 0; [1, 2, 5][k % 3] * 10 ** Math.floor(k / 3) < n - 1; k++)
    all.push([1, 2, 5][k % 3] * 10 ** Math.floor(k / 3))
  if (n > 1) all.push(n - 1)
  while (all.length > Math.max(most, 2)) all.splice(Math.floor(all.length / 2), 1)
  return all
}

/** A number in two digits: 0.62, 3.1e-7, ∞. */
export function word(x: number): string {
  if (Number.isNaN(x)) return 'NaN'
  if (Math.abs(x) === Infinity) return x < 0 ? '−∞' : '∞'
  const short = Number(x.toPrecision(2))
  const size = Math.abs(short)
  if (size === 0) return '0'
  return size >= 0.01 && size < 1000 ? String(short) : short.toExponential().replace('e+', 'e')
}
