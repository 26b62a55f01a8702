// How the nested arrays that a student's function returns are compared with the right ones.
import type { Nested } from './layout.ts'

/**
 * Two numbers agree up to this part of the largest number of the gradient: float32 is enough, and
 * every known mistake is further off.
 */
const TOLERANCE = 1e-5

/** What is wrong with an array: its shape, or one of its numbers. */
export type Deviation =
  | { readonly problem: 'missing' }
  /** In words, and the shape that it should have. */
  | { readonly problem: 'shape'; readonly got: string; readonly expected: string }
  | {
      readonly problem: 'numbers'
      readonly at: readonly number[]
      readonly got: number
      readonly expected: number
    }

export const isList = (value: unknown): value is ArrayLike<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && 'length' in value)

/** The shape of nested arrays; null where they are ragged, or hold anything but numbers. */
export function shapeOf(value: unknown): number[] | null {
  if (typeof value === 'number') return []
  if (!isList(value)) return null
  const inner = Array.from(value, shapeOf)
  const [first] = inner
  if (first === undefined) return [0]
  const alike = inner.every((shape) => String(shape) === String(first) && shape !== null)
  return first === null || !alike ? null : [inner.length, ...first]
}

const shown = (shape: readonly number[]): string => `(${shape.join(', ')})`

const flat = (value: unknown): number[] =>
  isList(value) ? Array.from(value).flatMap(flat) : [value as number]

function placeOf(k: number, shape: readonly number[]): number[] {
  const place: number[] = []
  let rest = k
  for (const n of [...shape].reverse()) {
    place.unshift(rest % n)
    rest = Math.floor(rest / n)
  }
  return place
}

/**
 * Every place where `got` deviates. A shape that is wrong is one deviation.
 */
export function deviations(got: unknown, expected: Nested): Deviation[] {
  if (got === undefined || got === null) return [{ problem: 'missing' }]
  const [shape, wanted] = [shapeOf(got), shapeOf(expected) as number[]]
  if (String(shape) !== String(wanted) || shape === null)
    return [
      {
        problem: 'shape',
        got: shape === null ? 'is no array of numbers' : `has the shape ${shown(shape)}`,
        expected: shown(wanted),
      },
    ]
  const [a, b] = [flat(got), flat(expected)]
  const tolerance = TOLERANCE * Math.max(...b.map(Math.abs))
  return a.flatMap((value, k) =>
    Math.abs(value - b[k]) <= tolerance
      ? []
      : [{ problem: 'numbers' as const, at: placeOf(k, wanted), got: value, expected: b[k] }],
  )
}

export const agrees = (got: unknown, expected: Nested): boolean =>
  deviations(got, expected).length === 0

/** The same numbers in the same order, of whatever shape. */
export const agreesFlat = (got: unknown, expected: Nested): boolean =>
  agrees(flat(got), flat(expected))

/** The sizes of all numbers, the largest first. */
export const magnitudes = (value: unknown): number[] =>
  flat(value)
    .map(Math.abs)
    .sort((a, b) => b - a)

/** What is not the same any more: see `watching`. */
export type Watch = () => boolean

/**
 * Keeps the numbers of all arrays in a value, and tells whether some were changed since. Lists that
 * hold other things may be emptied, and objects may be given more.
 */
export function watching(value: unknown): Watch {
  const kept = new Map<object, readonly number[]>()
  const open: unknown[] = [value]
  const seen = new Set<unknown>()
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    if (typeof one !== 'object' || one === null || seen.has(one)) continue
    seen.add(one)
    if (isList(one) && shapeOf(one) !== null) kept.set(one, flat(one))
    else open.push(...(isList(one) ? Array.from(one) : Object.values(one)).filter((x) => x != null))
  }
  return () =>
    [...kept].some(([list, numbers]) => {
      const now = flat(list)
      return now.length !== numbers.length || now.some((x, k) => !Object.is(x, numbers[k]))
    })
}

/** Whether every number is there: none is NaN or infinite, and nothing is ragged. */
export const isWhole = (value: unknown): boolean =>
  shapeOf(value) !== null && flat(value).every(Number.isFinite)
