// How often properties run: the one place that reads LONG_RUNS (runs of each property) and
// PROPERTY_SEED (the seed a failure printed).

export interface Runs {
  numRuns: number
  seed?: number
}

/** Nothing in a page. */
const environment: Readonly<Record<string, string | undefined>> = globalThis.process?.env ?? {}

const wholeNumber = (name: string): number | undefined => {
  const text = environment[name]
  if (text === undefined || text === '') return undefined
  if (!/^-?\d+$/.test(text)) throw new Error(`${name}: expected a whole number, got ${text}`)
  return Number(text)
}
const longRuns = wholeNumber('LONG_RUNS')
const seed = wholeNumber('PROPERTY_SEED')

/**
 * fast-check's parameters: `usual` runs, or LONG_RUNS. A failure prints its seed.
 *
 * ```ts
 * fc.assert(fc.property(tensorOf(), (x) => x.neg().neg().sub(x).abs().max().item() === 0), runs(200))
 * ```
 */
export const runs = (usual: number): Runs => ({
  numRuns: longRuns ?? usual,
  ...(seed === undefined ? {} : { seed }),
})
