// Every recurrent cell in all its options: second derivatives are those of cells that take one step
// after the other, and two threads compute what one computes, to the bit.
import fc from 'fast-check'
import { Generator, grad, setThreads, type Tensor } from 'tapegrad'
import { afterEach, describe, expect, test } from 'vitest'
import { agree, type Named } from '../../documents/agree.ts'
import { runs } from '../../properties/runs.ts'
import {
  type Case,
  cases,
  inputsOf,
  kinds,
  layerOf,
  lossOf,
  outputsOf,
  results,
  run,
} from './family.ts'
import { stepwise } from './stepwise.ts'

/** The gradient of the sum of squares of the gradient, by each input. */
function second(loss: Tensor, inputs: Record<string, Tensor>): Named {
  const all = Object.values(inputs)
  const none = all.map((t) => t.slice(0, 0, 0).square().sum())
  const reaching = none.reduce((sum, t) => sum.add(t), loss)
  const squares = grad(reaching, all, { createGraph: true }).map((g) => g.square().sum())
  const sum = squares.reduce(
    (sum, g) => sum.add(g),
    none.reduce((a, b) => a.add(b)),
  )
  const found = grad(sum, all)
  return Object.fromEntries(
    Object.keys(inputs).map((name, i) => [name, found[i].toArray() as Named['']]),
  )
}

const between = (min: number, max: number) => fc.integer({ min, max })

describe.each(kinds)('%s', (kind) => {
  test('second derivatives are those of the steps', () =>
    fc.assert(
      fc.property(cases(kind, 'flags'), (c) => {
        const layer = layerOf(c, 'float64')
        const { x, state, named } = inputsOf(c, layer, 'float64')
        const apart = stepwise(c, layer, x, state, c.steps)
        agree(
          second(lossOf(c, run(c, layer, x, state)), named),
          second(lossOf(c, outputsOf(c, apart)), named),
          1e-10,
        )
      }),
      runs(60),
    ))

  describe('two threads', () => {
    afterEach(() => setThreads(1))

    const large = fc
      .tuple(between(33, 67), between(2, 4), between(17, 67), between(33, 67))
      .chain(([N, T, D, H]) => cases(kind, 'flags', { N, T, D, H }))

    test.each(['float64', 'float32'] as const)('%s', async (dtype) => {
      const drawn: Case[] = fc.sample(large, { numRuns: 8, seed: 4 })
      const computed = () =>
        drawn.map((c, i) => {
          const options = { recurrentDropout: 0.5, zoneout: 0.25, generator: new Generator(i) }
          const layer = layerOf(c, dtype, i % 2 === 0 ? options : {})
          const { x, state, named } = inputsOf(c, layer, dtype)
          return results(c, run(c, layer, x, state), named)
        })
      const alone = computed()
      expect(await setThreads(2)).toBe(2)
      expect(computed()).toEqual(alone)
    })
  })
})
