// Ridders' extrapolation of difference quotients to the step 0, and the noise in them. The steps
// are chosen in differences.ts.

/** The difference quotients at one step. */
export interface Quotient {
  readonly step: number
  readonly slope: number
  readonly bend: number
  /** Rounding of the values, over the step. */
  readonly floor: number
}

/** A slope as differences estimate it. */
export interface Estimate {
  readonly value: number
  /** How far it may be off: the last change by extrapolation, and rounding. */
  readonly bound: number
  /** The step at which it was found. */
  readonly step: number
}

export interface Noise {
  /** The noise in an extrapolation from the steps down to this one. */
  left: number
  /** The noise of this step alone. */
  own: number
}

export type Best = Estimate & Pick<Quotient, 'floor'>

/**
 * Ridders' table: each column removes one more even power of the step. The entry with the smallest
 * error is taken. Where finer steps contradict an entry beyond their own noise, it shows the shape
 * of fn further away, and the contradiction counts as its error.
 */
export function extrapolated(quotients: readonly Quotient[], noise: readonly Noise[]): Best {
  const best = { value: quotients[0].slope, bound: Infinity, step: quotients[0].step, floor: 0 }
  let above: number[] = []
  quotients.forEach(({ slope, step, floor }, i) => {
    const row = [slope]
    const contradiction = (value: number): number =>
      quotients.reduce(
        (most, fine, j) =>
          j <= i ? most : Math.max(most, Math.abs(value - fine.slope) - 4 * noise[j].own),
        0,
      )
    for (let m = 1; m <= Math.min(above.length, 6); m++) {
      const [left, up] = [row[m - 1], above[m - 1]]
      const value = left + (left - up) / ((quotients[i - m].step / step) ** 2 - 1)
      row.push(value)
      const bound = Math.max(Math.abs(value - left), Math.abs(value - up)) + noise[i].left
      if (!(bound < best.bound)) continue
      const whole = Math.max(bound, contradiction(value) - Math.abs(value - slope))
      if (whole < best.bound) Object.assign(best, { value, bound: whole, step, floor })
    }
    above = row
  })
  return best
}

/**
 * The noise of each slope: its rounding, or more where slopes stop converging at finer steps. A
 * change of a slope by c at the step h is noise of c·h in the values.
 */
export function noiseOf(quotients: readonly Quotient[]): Noise[] {
  const changes = quotients.map(({ slope }, i) =>
    i === 0 ? 0 : Math.abs(slope - quotients[i - 1].slope),
  )
  const noise = quotients.map(({ floor }) => ({ left: floor, own: floor }))
  let seen = 0
  for (let i = quotients.length - 1; i >= 0; i--) {
    const { step, floor } = quotients[i]
    noise[i].left = Math.max(floor, seen / step)
    if (i > 1 && changes[i] > changes[i - 1] / 2) seen = Math.max(seen, changes[i] * step)
    noise[i].own = Math.max(floor, seen / step)
  }
  return noise
}
