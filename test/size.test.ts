// How much a page that uses this package has to load.
import { expect, test } from 'vitest'
import { packageSize } from '../bench/build.ts'

/**
 * Kilobytes, minified and gzipped. Half of it are the kernels: each is there for float32 and
 * float64, and loops unrolled for speed are long. The ceiling leaves room to unroll more, and for
 * the words that say what to allow where the kernels may not start. Programs and the family of
 * recurrent cells are 24 of them, groups of optimisers, state dicts and streams 4. The ceiling is
 * there so that nobody adds a dependency, or a second copy of the kernels, without seeing what it
 * costs a page.
 */
const CEILING = 106

/** The same of tapegrad/files, for a page that has the package already; toOnnx is 8 of them. */
const CEILING_OF_FILES = 26

/** And of tapegrad/derive. */
const CEILING_OF_DERIVE = 25

test(`everything, minified and gzipped, is at most ${CEILING} kB`, async () => {
  const { minified, gzipped } = await packageSize()
  expect(gzipped / 1000).toBeLessThanOrEqual(CEILING)
  // That something was measured: the kernels alone are more than this.
  expect(minified / 1000).toBeGreaterThan(100)
})

test(`tapegrad/files adds at most ${CEILING_OF_FILES} kB`, async () => {
  const { minified, gzipped } = await packageSize('src/files/index.ts', false)
  expect(gzipped / 1000).toBeLessThanOrEqual(CEILING_OF_FILES)
  expect(minified / 1000).toBeGreaterThan(3)
})

test(`tapegrad/derive adds at most ${CEILING_OF_DERIVE} kB`, async () => {
  const { minified, gzipped } = await packageSize('src/derive/index.ts', false)
  expect(gzipped / 1000).toBeLessThanOrEqual(CEILING_OF_DERIVE)
  expect(minified / 1000).toBeGreaterThan(3)
})
