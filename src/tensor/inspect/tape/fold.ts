// Finds the stretches of ops that a loop has repeated on a tape. Pure arithmetic on positions; it
// knows no tensors and draws nothing.

/** The ops start, …, start + period·count − 1: `count` rounds of `period` ops each. */
export interface Fold {
  start: number
  period: number
  count: number
}

/**
 * A tape as numbers. Op i, in the order of recording, has kind `kinds[i]` and the inputs
 * `inputs[i]`. An input is a place: a place ≥ 0 is the position of an op, and −1, −2, … are tensors
 * from outside the tape, in the order of their first use.
 */
export interface NumberedTape {
  kinds: readonly number[]
  inputs: readonly (readonly number[])[]
}

/** A fold has at least this many rounds, and this many ops in all. */
const ROUNDS = 3
const OPS = 8
/** How many periods are tried for each op: the distances to the next ops of the same kind. */
const PERIODS = 64

/**
 * The folds of a tape, disjoint and in its order. Every round has ops of the same kinds. From round
 * to round the place of each input stays the same or moves by a constant distance: it is a state
 * that is carried along, or the next element of another sequence. The inputs of the first round may
 * be any. Of two overlapping folds the one with more rounds is kept; a fold contains no folds. Time
 * and space are linear in the number of ops, times at most `PERIODS`.
 */
export function findFolds(tape: NumberedTape): Fold[] {
  const found = repetitions(tape.kinds).flatMap((repetition) => evenFolds(tape, repetition))
  found.sort((a, b) => b.count - a.count || b.count * b.period - a.count * a.period)
  const taken = new Uint8Array(tape.kinds.length)
  const kept: Fold[] = []
  for (const { start, period, count } of found) {
    let [first, last] = [0, count]
    const isFree = (round: number): boolean =>
      !taken.subarray(start + round * period, start + (round + 1) * period).includes(1)
    while (first < last && !isFree(first)) first++
    while (first < last && !isFree(last - 1)) last--
    const fold = { start: start + first * period, period, count: last - first }
    const stretch = taken.subarray(fold.start, fold.start + period * fold.count)
    if (!worthwhile(fold) || stretch.includes(1)) continue
    stretch.fill(1)
    kept.push(fold)
  }
  return kept.sort((a, b) => a.start - b.start)
}

const worthwhile = ({ period, count }: Fold): boolean => count >= ROUNDS && count * period >= OPS

/** The kinds of the ops from `from` to `to` (exclusive) repeat with this period. */
interface Repetition {
  from: number
  to: number
  period: number
}

/** The longest stretches whose kinds repeat with a period. */
function repetitions(kinds: readonly number[]): Repetition[] {
  const found: Repetition[] = []
  const next = new Int32Array(kinds.length).fill(-1)
  const latest = new Map<number, number>()
  kinds.forEach((kind, i) => {
    const before = latest.get(kind)
    if (before !== undefined) next[before] = i
    latest.set(kind, i)
  })
  for (let i = 0; i < kinds.length; i++) {
    let other = next[i]
    for (let tries = 0; tries < PERIODS && other >= 0; tries++, other = next[other]) {
      const period = other - i
      if (i > 0 && kinds[i - 1] === kinds[other - 1]) continue // Found from further left.
      let to = other
      while (to < kinds.length && kinds[to] === kinds[to - period]) to++
      if (to - i >= ROUNDS * period) found.push({ from: i, to, period })
    }
  }
  return found
}

/**
 * The parts of a repetition whose inputs move evenly. Rounds are counted from the end of a part,
 * because only the first round may have other inputs.
 */
function evenFolds({ inputs }: NumberedTape, { from, to, period }: Repetition): Fold[] {
  const found: Fold[] = []
  let start = from
  const addFold = (end: number): boolean => {
    let count = Math.floor((end - start) / period)
    const first = end - count * period
    if (count < ROUNDS || !beginsEvenly(inputs, first, period)) count--
    const fold = { start: end - count * period, period, count }
    if (!worthwhile(fold)) return false
    found.push(fold)
    return true
  }
  for (let i = from; i < to; i++) {
    if (i < start + ROUNDS * period) continue
    if (inputs[i].every((_, k) => movesEvenly(inputs, i, k, period))) continue
    start = addFold(i) ? i : Math.max(start, i - ROUNDS * period + 1)
  }
  addFold(to)
  return found
}

/** How many of the places are outside the tape. */
const outside = (...places: number[]): number => places.filter((place) => place < 0).length

/**
 * Whether the places of input k of op i, and of the same op one and two rounds earlier, have equal
 * distances, all on the tape or all outside it.
 */
function movesEvenly(
  inputs: NumberedTape['inputs'],
  i: number,
  k: number,
  period: number,
): boolean {
  const [a, b, c] = [inputs[i - 2 * period][k], inputs[i - period][k], inputs[i][k]]
  return c - b === b - a && outside(a, b, c) % 3 === 0
}

/**
 * Whether the inputs of the first three rounds, from op `first` on, move evenly. The first place of
 * a carried state, and the places of a list from outside, may be any.
 */
function beginsEvenly(inputs: NumberedTape['inputs'], first: number, period: number): boolean {
  const begins = (i: number, k: number): boolean => {
    const [a, b, c] = [inputs[i][k], inputs[i + period][k], inputs[i + 2 * period][k]]
    if (outside(b, c) === 1) return false
    if (movesEvenly(inputs, i + 2 * period, k, period)) return true
    const isCarried = c - b === period && b >= first && a < first
    const isListed = outside(a, b, c) === 3 && b !== c && a !== b && a !== c
    return isCarried || isListed
  }
  for (let i = first; i < first + period; i++)
    if (!inputs[i].every((_, k) => begins(i, k))) return false
  return true
}
