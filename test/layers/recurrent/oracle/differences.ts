// Central differences of plain functions of nested numbers, and random nested numbers to take them
// at; it imports nothing from the package.
import type { Nested } from './arrays.ts'

/** Nested numbers of this shape, between −1.5 and 1.5, off any grid; the same for the same seed. */
export function drawing(seed: number) {
  let state = seed >>> 0
  /** Mulberry32. */
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const draw = <A extends Nested>(...shape: number[]): A =>
    (shape.length === 0
      ? 3 * next() - 1.5
      : Array.from({ length: shape[0] }, () => draw(...shape.slice(1)))) as A
  return draw
}

const STEPS = [2 ** -7, 2 ** -10, 2 ** -13, 2 ** -16]

/** The derivative of f at 0 by four points, with the step at which it changes the least. */
function derivative(f: (step: number) => number): number {
  const quotients = STEPS.map((h) => (f(-2 * h) - f(2 * h) + 8 * (f(h) - f(-h))) / (12 * h))
  const changes = quotients.slice(1).map((q, k) => Math.abs(q - quotients[k]))
  return quotients[1 + changes.indexOf(Math.min(...changes))]
}

/** The gradient of f by every number of these nested arrays, in which each is moved and put back. */
export function differences<A>(f: () => number, at: A): A {
  const gradient = (values: Nested[] | Record<string, Nested>): Nested => {
    const by = (key: number | string): Nested => {
      const own = values as Record<number | string, Nested>
      const value = own[key]
      if (typeof value !== 'number') return gradient(value)
      const slope = derivative((step) => {
        own[key] = value + step
        return f()
      })
      own[key] = value
      return slope
    }
    return Array.isArray(values)
      ? values.map((_, k) => by(k))
      : (Object.fromEntries(Object.keys(values).map((key) => [key, by(key)])) as never)
  }
  return gradient(at as Nested[]) as A
}
