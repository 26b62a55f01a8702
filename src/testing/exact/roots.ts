// Roots of numbers whose size is known, and powers by roots. It draws no numbers.

import { elementOf, type Field, fieldOf, inversesOf, keyOf, mulInto, powerOf } from './field.ts'

/** Sizes of numbers, found by their squares: |x + 1| for x² + 2x + 1. */
export class Sizes {
  readonly #known = new Map<string, Field>()
  /** How many were compared with others in search of a root. */
  searched = 0

  note(size: Field): void {
    const square = fieldOf(1)
    mulInto(square, 0, size, 0, size, 0)
    const key = keyOf(square, 0)
    if (!this.#known.has(key)) this.#known.set(key, size)
  }

  rootOf(a: Field): Field | null {
    this.searched += this.#known.size
    return this.#known.get(keyOf(a, 0)) ?? null
  }
}

/** a to a power that is a whole number of eighths. */
export function powerBy(a: Field, i: number, n: number, rootOf: (a: Field) => Field): Field {
  const whole = Math.floor(n)
  const y = powerOf(a, i, Math.abs(whole).toString(2))
  const out = whole < 0 ? inversesOf(y, 1) : y
  let root = elementOf(a, i)
  for (let rest = 2 * (n - whole); rest > 0; rest = 2 * (rest % 1)) {
    root = rootOf(root)
    if (rest >= 1) mulInto(out, 0, out, 0, root, 0)
  }
  return out
}
