// Finds what a loop left on a tape: stretches of ops that repeat. Pure arithmetic on places; it
// knows no tensors and draws nothing.

/** Ops start, …, start + period·count − 1 are `count` rounds of `period` ops each. */
export interface Fold {
  start: number
  period: number
  count: number
}

/**
 * A tape as numbers: op i, in the order of recording, is of kind `kinds[i]` and reads the places
 * `inputs[i]`. A place ≥ 0 is the op that stands there; one below 0 is something from outside,
 * numbered −1, −2, … as it is first read.
 */
export interface Places {
  kinds: readonly number[]
  inputs: readonly (readonly number[])[]
}

/** Fewer rounds, or fewer ops in all, are no sequence: they stay as they are. */
const ROUNDS = 3
const OPS = 8
/**
 * How many later ops of its own kind an op is compared with: as many different periods are tried.
 */
const PERIODS = 64

/**
 * The sequences of a tape, disjoint and in its order: every round has ops of the same kinds, and an
 * input that is not the same in every round moves on by the same distance from round to round: a
 * state carried along, or the next of another sequence. What the first round starts from may be
 * anything. Where stretches overlap the one with more rounds is kept; there are no folds within
 * folds. Time and space grow linearly, up to a factor of `PERIODS`.
 */
export function findFolds(places: Places): Fold[] {
  const found = runs(places.kinds).flatMap((run) => consistent(places, run))
  found.sort((a, b) => b.count - a.count || b.count * b.period - a.count * a.period)
  const taken = new Uint8Array(places.kinds.length)
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

interface Run {
  from: number
  to: number
  period: number
}

/** The stretches whose kinds repeat with some period, as long as they go. */
function runs(kinds: readonly number[]): Run[] {
  const found: Run[] = []
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
 * The parts of a run whose inputs move on evenly. Rounds are counted from the end of a part,
 * because only its beginning is allowed to differ.
 */
function consistent({ inputs }: Places, { from, to, period }: Run): Fold[] {
  const found: Fold[] = []
  let start = from
  const close = (end: number): boolean => {
    let count = Math.floor((end - start) / period)
    const first = end - count * period
    const begins =
      count >= ROUNDS &&
      range(period).every((q) =>
        inputs[first + q].every((_, k) => beginsEvenly(inputs, first, q, k, period)),
      )
    if (!begins) count--
    const fold = { start: end - count * period, period, count }
    if (!worthwhile(fold)) return false
    found.push(fold)
    return true
  }
  for (let i = from; i < to; i++) {
    if (i < start + ROUNDS * period || inputs[i].every((_, k) => movesEvenly(inputs, i, k, period)))
      continue
    start = close(i) ? i : Math.max(start, i - ROUNDS * period + 1)
  }
  close(to)
  return found
}

const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i)
const outside = (...places: number[]): number => places.filter((place) => place < 0).length

/**
 * Whether input k of op i, and of the same op one and two rounds earlier, stand at equal distances.
 */
function movesEvenly(inputs: Places['inputs'], i: number, k: number, period: number): boolean {
  const [a, b, c] = [inputs[i - 2 * period][k], inputs[i - period][k], inputs[i][k]]
  return c - b === b - a && outside(a, b, c) % 3 === 0
}

/**
 * The same for the first three rounds, `first` being where they begin, except that a state or a
 * list from outside may begin anywhere.
 */
function beginsEvenly(
  inputs: Places['inputs'],
  first: number,
  q: number,
  k: number,
  period: number,
): boolean {
  const i = first + q
  const [a, b, c] = [inputs[i][k], inputs[i + period][k], inputs[i + 2 * period][k]]
  if (outside(b, c) === 1) return false
  if (movesEvenly(inputs, i + 2 * period, k, period)) return true
  const carried = c - b === period && b >= first && a < first
  const listed = outside(a, b, c) === 3 && b !== c && a !== b && a !== c
  return carried || listed
}
