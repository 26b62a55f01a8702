// What the tests of layers and optimisers share: reproducible numbers, and comparing nested ones.
// It knows nothing of the package.
import { expect } from 'vitest'

export type Nested = number | readonly Nested[]

/** Numbers for a tensor of this shape: sixteenths from −1.5 to 1.5, the same for the same seed. */
export function grid(shape: readonly number[], seed: number): Nested {
  let s = seed * 2654435761 + 12345
  const next = () => {
    s = (Math.imul(s ^ (s >>> 15), 2246822519) + 3266489917) | 0
    return ((s ^ (s >>> 13)) >>> 0) % 49
  }
  const fill = (axis: number): Nested =>
    axis === shape.length
      ? (next() - 24) / 16
      : Array.from({ length: shape[axis] }, () => fill(axis + 1))
  return fill(0)
}

export function flat(nested: unknown): number[] {
  return Array.isArray(nested) ? nested.flatMap(flat) : [nested as number]
}

/**
 * Expects two nested lists of equally many numbers that differ by at most `tolerance`, relative
 * where they are above 1.
 */
export function expectClose(actual: unknown, expected: unknown, tolerance = 1e-10): void {
  const [a, b] = [flat(actual), flat(expected)]
  expect(a.length).toBe(b.length)
  a.forEach((x, k) => {
    if (!(Math.abs(x - b[k]) <= tolerance * Math.max(1, Math.abs(b[k]))))
      expect.fail(`element ${k}: expected ${b[k]}, got ${x}`)
  })
}

/** A shape that only the run time knows: a wrong literal one would not compile. */
export const sizes = (...sizes: number[]): number[] => sizes
