// The error that all checkers throw, the report of a check that passed, and how messages write
// numbers and places; nothing is checked here.

import type { Shape, TypedArray } from '../tensor/index.ts'
import { show, sizeOf } from '../tensor/internal.ts'

/** A failure in fields, each of them where it applies. */
export interface Finding {
  /**
   * The law that was broken: 'derivative', 'shape', 'dtype', 'repeatable', 'linear', 'mutation',
   * 'smoothness', 'forward mode', …; 'undecided' where rounding hides whether it holds, 'nothing'
   * where there was nothing to compare.
   */
  readonly check: string
  /**
   * The input, counted from 0. For derivatives of order 2 and 3 the count goes on with the
   * cotangents of the order below.
   */
  readonly input?: number
  /** The place of the element in that input. */
  readonly index?: readonly number[]
  /** The output, counted from 0. */
  readonly output?: number
  /** The place of the element in that output. */
  readonly outputIndex?: readonly number[]
  /** The order of the derivative that is wrong. */
  readonly order?: number
  /** The number by the tape. */
  readonly analytic?: number
  /** The number that was expected. */
  readonly numeric?: number
  /** |analytic − numeric| / max(|analytic|, |numeric|). */
  readonly relativeError?: number
  /** The recorded op that breaks the law by itself. */
  readonly op?: string
}

/**
 * Thrown by every checker of tapegrad/testing. The message reads `who: expected …, got …`; the
 * fields say the same to programs.
 *
 * ```ts
 * const cube = unary('cube', { f: (x) => x ** 3, vjp: (g, y, x) => g.mul(x.square()).mul(2) })
 * let found: CheckError | undefined
 * try {
 *   checkGradients((x) => cube(x), [tensor([1, 2], { dtype: 'float64' })])
 * } catch (error) {
 *   if (error instanceof CheckError) found = error
 * }
 * found?.check // 'derivative'
 * found?.op // 'cube'
 * ```
 */
export class CheckError extends Error implements Finding {
  override name = 'CheckError'
  declare readonly check: string
  declare readonly input?: number
  declare readonly index?: readonly number[]
  declare readonly output?: number
  declare readonly outputIndex?: readonly number[]
  declare readonly order?: number
  declare readonly analytic?: number
  declare readonly numeric?: number
  declare readonly relativeError?: number
  declare readonly op?: string

  constructor(message: string, finding: Finding, options?: ErrorOptions) {
    super(message, options)
    Object.assign(this, finding)
  }
}

/** The report of `checkGradients` when everything holds. */
export interface Report {
  /** The highest order of the derivatives that were checked. */
  readonly order: number
  /** Whether every element was compared, or slopes along random directions. */
  readonly mode: 'full' | 'projected'
  /** The seed of cotangents and directions: the same one gives the same check. */
  readonly seed: number
  /** How many derivatives were held to a difference. */
  readonly comparisons: number
  /** The largest relative error among them. */
  readonly worst: number
  /** Its place; null when nothing was compared (empty tensors). */
  readonly at: { readonly input: number; readonly index: readonly number[] } | null
  /**
   * How many derivatives rounding hides from differences: each recorded op was checked by itself
   * instead, or they are below atol.
   */
  readonly undecided: number
}

/** The error of a check that compared nothing, or fewer numbers than it left undecided. */
export function nothingCompared(
  who: string,
  what: string,
  compared: number,
  undecided: number,
): CheckError {
  const lost = `${undecided} undecided, too small or nothing but rounding: take other inputs`
  const got =
    undecided === 0
      ? 'none: something is empty: take larger tensors'
      : compared === 0
        ? `none but ${lost}`
        : `${compared}, and ${lost}`
  return new CheckError(`${who}: expected ${what} to compare, got ${got}`, {
    check: compared + undecided === 0 ? 'nothing' : 'undecided',
  })
}

/** A number as messages show it: at most seven digits. */
export const digits = (x: number): string => String(Number(x.toPrecision(7)))

/** The same with at most three digits, for estimates. */
export const brief = (x: number): string => String(Number(x.toPrecision(3)))

/** The largest magnitude, 0 for no numbers. */
export const largest = (x: TypedArray): number => {
  let most = 0
  for (const value of x) if (!(Math.abs(value) <= most)) most = Math.abs(value)
  return most
}

/** The same among the finite numbers: a NaN or an infinity is no scale for the others. */
export const largestFinite = (x: TypedArray): number => largest(x.filter(Number.isFinite))

/** `input 1 at [0, 2]`; without the place for a tensor of no axes. */
export const place = (what: string, which: number, index: readonly number[] | undefined): string =>
  `${what} ${which}${index === undefined || index.length === 0 ? '' : ` at [${index.join(', ')}]`}`

/** How far apart two numbers are, relative to the larger of them. */
export function relativeError(a: number, b: number): number {
  if (a === b) return 0
  const apart = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b))
  return Number.isNaN(apart) ? Infinity : apart
}

/** The tensor and the place of element number `flat`, counted through tensors of these shapes. */
export function locate(flat: number, shapes: readonly Shape[]): { which: number; index: number[] } {
  let rest = flat
  for (const [which, shape] of shapes.entries()) {
    const size = sizeOf(shape)
    if (rest < size) return { which, index: unravel(rest, shape) }
    rest -= size
  }
  throw new RangeError(`locate: expected an element of ${shapes.map(show).join(', ')}, got ${flat}`)
}

/** The place of element number `flat` in row-major order. */
export function unravel(flat: number, shape: Shape): number[] {
  const index = shape.map(() => 0)
  let rest = flat
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]
    rest = Math.floor(rest / shape[axis])
  }
  return index
}
