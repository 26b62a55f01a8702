// The search for a case that breaks a law: fast-check's runner, and the error of the smallest case
// that it finds; it knows no law.
import fc from 'fast-check'
import { requireFraction, requireWhole } from '../../tensor/internal.ts'
import { CheckError } from '../report.ts'

export interface SearchOptions {
  /** How many random cases. */
  numRuns?: number | undefined
  /** The seed of the cases; a random one by default, and quoted in every message. */
  seed?: number | undefined
}

/** Throws a ValueError unless a search can run with these options. */
export function requireSearch(
  who: string,
  { numRuns, seed, rtol }: Readonly<Record<'numRuns' | 'seed' | 'rtol', unknown>>,
): void {
  requireWhole(who, 'numRuns', numRuns, 1)
  requireWhole(who, 'seed', seed, 0)
  requireFraction(who, 'rtol', rtol)
}

/** A random seed. */
export const anySeed = (): number => Math.floor(Math.random() * 2 ** 31)

/**
 * Tries `law`, which throws where it is broken, on random cases. Throws the error of the smallest
 * case found; a CheckError ends with the seed and the case as `shown`.
 */
export function search<T>(
  cases: fc.Arbitrary<T>,
  law: (value: T) => void,
  { numRuns, seed }: { numRuns: number; seed: number },
  shown: (value: T) => string = () => '',
): void {
  // A smaller case must break the same law: a broken module may throw other errors once it was run.
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
