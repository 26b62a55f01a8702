// What checkers and arbitraries refuse to be given, and how that is worded; it checks no
// derivative.
import fc from 'fast-check'
import { shown, ValueError } from '../tensor/index.ts'

/**
 * Throws a ValueError unless x is a whole number from `least` on, up to `most` if that is given, or
 * left out.
 */
export function checkWhole(
  who: string,
  name: string,
  x: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (
    x === undefined ||
    (Number.isSafeInteger(x) && (x as number) >= least && (x as number) <= most)
  )
    return
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`
  throw new ValueError(`${who}: expected ${name} to be a whole number ${range}, got ${shown(x)}`)
}

/** Throws a ValueError unless x is a number between 0 and 1, or left out. */
export function checkFraction(who: string, name: string, x: unknown): void {
  if (x !== undefined && !(typeof x === 'number' && x > 0 && x < 1))
    throw new ValueError(`${who}: expected ${name} between 0 and 1, got ${shown(x)}`)
}

/** Throws a ValueError unless x is a number ≥ 0, or left out. */
export function checkTolerance(who: string, name: string, x: unknown): void {
  if (x !== undefined && !(typeof x === 'number' && x >= 0))
    throw new ValueError(`${who}: expected ${name} to be a number ≥ 0, got ${shown(x)}`)
}

/** Throws a ValueError unless x generates values for fast-check. */
export function checkArbitrary(who: string, what: string, x: unknown): void {
  if (
    !(x instanceof fc.Arbitrary) &&
    typeof (x as { generate?: unknown } | null | undefined)?.generate !== 'function'
  )
    throw new ValueError(
      `${who}: expected ${what} to be an arbitrary of fast-check, got ${shown(x)}`,
    )
}

/** Throws a ValueError unless these are what a search over random cases takes. */
export function checkSearch(
  who: string,
  { numRuns, seed, rtol }: Readonly<Record<'numRuns' | 'seed' | 'rtol', unknown>>,
): void {
  checkWhole(who, 'numRuns', numRuns, 1)
  checkWhole(who, 'seed', seed, 0)
  checkFraction(who, 'rtol', rtol)
}
