// Central differences of plain functions of nested numbers, and random nested numbers to take them
// at; it imports nothing from the package.
import fc from 'fast-check'
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

/** A value, and which pieces of a piecewise formula it was computed by. */
export interface Evaluated {
  value: number
  pieces: string
}

const STEPS = [2 ** -8, 2 ** -11, 2 ** -14, 2 ** -17]

/**
 * The derivative of f at 0 by four points, with the step at which it changes the least, of the
 * steps at which f stays on its pieces. A property is tried elsewhere where these are fewer than
 * two, or do not agree.
 */
function derivative(f: (step: number) => Evaluated): number {
  const { pieces } = f(0)
  const quotients = STEPS.flatMap((h) => {
    const points = [-2, -1, 1, 2].map((k) => f(k * h))
    const [a, b, c, d] = points.map(({ value }) => value)
    return points.every((point) => point.pieces === pieces)
      ? [(a - d + 8 * (c - b)) / (12 * h)]
      : []
  })
  fc.pre(quotients.length > 1)
  const changes = quotients.slice(1).map((q, k) => Math.abs(q - quotients[k]))
  const least = Math.min(...changes)
  const quotient = quotients[1 + changes.indexOf(least)]
  fc.pre(least < 1e-8 * Math.max(1, Math.abs(quotient)))
  return quotient
}

/** The gradient of f by every number of these nested arrays; each is moved there, and put back. */
export function differences<A>(f: () => Evaluated, at: A): A {
  const gradient = (values: Nested[] | Record<string, Nested>): Nested => {
    const by = (key: number | string): Nested => {
      const own = values as Record<number | string, Nested>
      const value = own[key]
      if (typeof value !== 'number') return gradient(value)
      try {
        return derivative((step) => {
          own[key] = value + step
          return f()
        })
      } finally {
        own[key] = value
      }
    }
    return Array.isArray(values)
      ? values.map((_, k) => by(k))
      : (Object.fromEntries(Object.keys(values).map((key) => [key, by(key)])) as never)
  }
  return gradient(at as Nested[]) as A
}
