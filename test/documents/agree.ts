// What it means here for two sets of numbers to agree, and the message when they do not: which
// gradient, which element, by how much.
import { disagreements } from '../support/numbers.ts'
import type { Nested } from './oracle/arrays.ts'

export type Named = Record<string, Nested>

/** Throws unless actual holds everything that expected names, and all of it agrees. */
export function agree(actual: Named, expected: Named, tolerance = 1e-10): void {
  const found = Object.keys(expected).flatMap((name) =>
    disagreements(actual[name], expected[name], tolerance, name),
  )
  if (found.length > 0)
    throw new Error(`${found.length} numbers disagree: ${found.slice(0, 4).join('; ')}`)
}

/** The names, of those in expected, whose arrays are more than tolerance away. */
export const disagreeing = (actual: Named, expected: Named, tolerance = 1e-6): string[] =>
  Object.keys(expected).filter(
    (name) => disagreements(actual[name], expected[name], tolerance).length > 0,
  )
