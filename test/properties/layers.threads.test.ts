// Two threads compute what one computes, to the bit: layers large enough that their kernels are
// shared out.
import fc from 'fast-check'
import { setThreads } from 'tapegrad'
import { afterEach, expect, test } from 'vitest'
import { grid } from '../support/numbers.ts'
import { gridded } from '../support/tensors.ts'
import { type Case, cases, inputsOf, layerOf, precisions, problem, results, run } from './layers.ts'

afterEach(() => setThreads(1))

const between = (min: number, max: number) => fc.integer({ min, max })
const large = fc
  .tuple(cases(), between(33, 67), between(2, 5), between(17, 67), between(33, 67))
  .map(([c, N, T, D, H]): Case => ({ ...c, N, T, D, H }))

test.each(precisions)('$dtype', async ({ dtype }) => {
  const drawn = fc.sample(large, { numRuns: 8, seed: 4 })
  const computed = () =>
    drawn.map((c) => {
      const layer = layerOf(c, dtype)
      const { x, state, cotangents } = problem(c, dtype)
      const lengths = (grid([c.N], c.seed) as number[]).map((v) => ((v * 16) & 63) % (c.T + 1))
      const mask = gridded([c.N, c.T], c.seed + 1).gt(-1)
      const resets = gridded([c.N, c.T], c.seed + 2).gt(1)
      const after = run(c, layer, x, state, c.bias ? { lengths, mask, resets } : {})
      return results(
        { output: after.output, ...after.state },
        cotangents,
        inputsOf(layer, x, state),
      )
    })
  const alone = computed()
  expect(await setThreads(2)).toBe(2)
  expect(computed()).toEqual(alone)
})
