// What it means here for two sets of numbers to agree, and the message when they do not: which
// gradient, which element, by how much.
import type { Nested } from './oracle/arrays.ts'

export type Named = Record<string, Nested>

/**
 * Every place where two arrays differ, in shape or by more than tolerance · max(1, |a|, |e|), in
 * words. NaN agrees with nothing.
 */
export function differences(
  actual: Nested,
  expected: Nested,
  tolerance: number,
  name = '',
): string[] {
  if (Array.isArray(actual) && Array.isArray(expected) && actual.length === expected.length)
    return actual.flatMap((a, i) => differences(a, expected[i], tolerance, `${name}[${i}]`))
  if (typeof actual !== 'number' || typeof expected !== 'number')
    return [`${name}: shapes differ: ${shapeOf(actual)} and ${shapeOf(expected)}`]
  const apart = Math.abs(actual - expected)
  if (apart <= tolerance * Math.max(1, Math.abs(actual), Math.abs(expected))) return []
  return [`${name}: expected ${expected}, got ${actual}, ${apart} apart`]
}

const shapeOf = (a: Nested | undefined): string =>
  Array.isArray(a) ? `${a.length}×${shapeOf(a[0])}` : '1'

/** Throws unless actual holds everything that expected names, and all of it agrees. */
export function agree(actual: Named, expected: Named, tolerance = 1e-10): void {
  const found = Object.keys(expected).flatMap((name) =>
    differences(actual[name], expected[name], tolerance, name),
  )
  if (found.length > 0)
    throw new Error(`${found.length} numbers disagree: ${found.slice(0, 4).join('; ')}`)
}

/** The names, of those in expected, whose arrays are more than tolerance away. */
export const disagreeing = (actual: Named, expected: Named, tolerance = 1e-6): string[] =>
  Object.keys(expected).filter(
    (name) => differences(actual[name], expected[name], tolerance).length > 0,
  )
