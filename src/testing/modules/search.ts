// Looking for a case that breaks a law: fast-check's runner, and what went wrong in the smallest
// case it finds; it knows no law.
import fc from 'fast-check'
import { requireFraction, requireWhole } from '../../tensor/internal.ts'
import { CheckError } from '../report.ts'

export interface SearchOptions {
  /** How many random cases. */
  numRuns?: number | undefined
  /** The seed of the cases; a random one by default, and quoted in every message. */
  seed?: number | undefined
}

/** Throws a ValueError unless these are what a search over random cases takes. */
export function requireSearch(
  who: string,
  { numRuns, seed, rtol }: Readonly<Record<'numRuns' | 'seed' | 'rtol', unknown>>,
): void {
  requireWhole(who, 'numRuns', numRuns, 1)
  requireWhole(who, 'seed', seed, 0)
  requireFraction(who, 'rtol', rtol)
}

/** A seed nobody chose. */
export const anySeed = (): number => Math.floor(Math.random() * 2 ** 31)

/**
 * Holds `law`, which throws where it is broken, to random cases; throws what it threw for the
 * smallest that was found, `shown` if it is a CheckError.
 */
export function search<T>(
  cases: fc.Arbitrary<T>,
  law: (value: T) => void,
  { numRuns, seed }: { numRuns: number; seed: number },
  shown: (value: T) => string = () => '',
): void {
  // A smaller case must break the same law: what a broken module throws once it was run may be
  // another matter.
  const kind = (error: unknown) => (error instanceof CheckError ? error.check : 'none')
  let broken: string | null = null
  const property = fc.property(cases, (value) => {
    try {
      law(value)
    } catch (error) {
      broken ??= kind(error)
      if (kind(error) === broken) throw error
    }
  })
  const { failed, errorInstance: error, counterexample } = fc.check(property, { numRuns, seed })
  if (!failed) return
  if (!(error instanceof CheckError)) throw error
  const found = counterexample === null ? '' : shown(counterexample[0])
  throw new CheckError(`${error.message} (seed ${seed})${found}`, error, { cause: error })
}
