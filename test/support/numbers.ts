// Plain numbers that tests share: on a grid, reproducible or drawn, and how two sets of them are
// compared. It imports nothing of the package.

import fc from 'fast-check'
import { expect } from 'vitest'

export type Nested = number | readonly Nested[]

/** The multiples of 1/16 from low to high. */
export const sixteenths = (low: number, high: number): fc.Arbitrary<number> =>
  fc.integer({ min: low * 16, max: high * 16 }).map((k) => k / 16)

/** Sixteenths from −1.5 to 1.5, the same for the same seed. */
export function gridRow(n: number, seed: number): number[] {
  let s = seed * 2654435761 + 12345
  const row: number[] = []
  for (let i = 0; i < n; i++) {
    s = (Math.imul(s ^ (s >>> 15), 2246822519) + 3266489917) | 0
    row.push((((s ^ (s >>> 13)) >>> 0) % 49) / 16 - 1.5)
  }
  return row
}

/** Those for a tensor of this shape. */
export function grid(shape: readonly number[], seed: number): Nested {
  const row = gridRow(
    shape.reduce((a, b) => a * b, 1),
    seed,
  )
  let at = 0
  const fill = (axis: number): Nested =>
    axis === shape.length ? row[at++] : Array.from({ length: shape[axis] }, () => fill(axis + 1))
  return fill(0)
}

/** Uneven weights from −2 to 2 in eighths, the same for the same seed. */
export function weights(n: number, seed: number): number[] {
  let state = seed >>> 0
  return Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return ((state >>> 16) % 33) / 8 - 2
  })
}

export function flat(nested: unknown): number[] {
  const found: number[] = []
  const visit = (part: unknown): void => {
    if (!Array.isArray(part)) found.push(part as number)
    else for (const one of part) visit(one)
  }
  visit(nested)
  return found
}

/** A shape that only the run time knows: a wrong literal one would not compile. */
export const sizes = (...sizes: number[]): number[] => sizes

/**
 * Every place where two nested arrays differ, in shape or by more than tolerance · max(1, |e|), in
 * words. Infinities must be equal, NaN agrees with nothing.
 */
export function disagreements(
  actual: unknown,
  expected: unknown,
  tolerance: number,
  name = '',
): string[] {
  const found: string[] = []
  const path: number[] = []
  const tell = (what: string): void => {
    found.push(`${name}${path.map((i) => `[${i}]`).join('')}: ${what}`)
  }
  const compare = (a: unknown, e: unknown): void => {
    if (Array.isArray(a) && Array.isArray(e) && a.length === e.length) {
      for (let i = 0; i < a.length; i++) {
        path.push(i)
        compare(a[i], e[i])
        path.pop()
      }
    } else if (typeof a !== 'number' || typeof e !== 'number') {
      tell(`shapes differ: ${shapeOf(a)} and ${shapeOf(e)}`)
    } else {
      const apart = Math.abs(a - e)
      if (a !== e && !(apart <= tolerance * Math.max(1, Math.abs(e))))
        tell(`expected ${e}, got ${a}, ${apart} apart`)
    }
  }
  compare(actual, expected)
  return found
}

const shapeOf = (a: unknown): string => (Array.isArray(a) ? `${a.length}×${shapeOf(a[0])}` : '1')

/** Expects two nested arrays of one shape without `disagreements`. */
export function expectClose(
  actual: unknown,
  expected: unknown,
  tolerance: number,
  what = '',
): void {
  const found = disagreements(actual, expected, tolerance, what)
  if (found.length > 0)
    expect.fail(`${found.length} numbers disagree: ${found.slice(0, 4).join('; ')}`)
}
