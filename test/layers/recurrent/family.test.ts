// Every recurrent cell in all its options, over sequences: values and gradients are those of an
// oracle whose backward pass is derived by hand; with mask and resets, those of cells that take one
// step after the other.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { agree } from '../../documents/agree.ts'
import { runs } from '../../properties/runs.ts'
import { expected } from './family.expected.ts'
import { cases, inputsOf, kinds, layerOf, outputsOf, results, run } from './family.ts'
import { stepwise } from './stepwise.ts'

const between = (min: number, max: number) => fc.integer({ min, max })

const precisions = [
  { dtype: 'float64', tolerance: 1e-10, usual: 200, few: 80 },
  { dtype: 'float32', tolerance: 1e-3, usual: 25, few: 20 },
] as const

describe.each(kinds)('%s', (kind) => {
  describe.each(precisions)('$dtype', ({ dtype, tolerance, usual, few }) => {
    test('is the oracle', () =>
      fc.assert(
        fc.property(cases(kind, 'lengths'), (c) => {
          const layer = layerOf(c, dtype)
          const { x, state, named } = inputsOf(c, layer, dtype)
          const actual = results(c, run(c, layer, x, state), named)
          const wanted = expected(c, layer)
          expect(Object.keys(actual).sort()).toEqual(Object.keys(wanted).sort())
          agree(actual, wanted, tolerance)
        }),
        runs(usual),
      ))

    test('with mask and resets is its cell, step by step', () =>
      fc.assert(
        fc.property(cases(kind, 'flags'), (c) => {
          const layer = layerOf(c, dtype)
          const { x, state, named } = inputsOf(c, layer, dtype)
          const apart = stepwise(c, layer, x, state, c.steps)
          agree(
            results(c, run(c, layer, x, state), named),
            results(c, outputsOf(c, apart), named),
            tolerance,
          )
        }),
        runs(few),
      ))
  })

  // Whole vectors of the kernels and what is left over, blocks of rows, several of them.
  test('is the oracle at larger sizes', () => {
    const large = fc
      .tuple(between(1, 9), between(1, 12), between(1, 40), between(5, 40))
      .chain(([N, T, D, H]) => cases(kind, 'lengths', { N, T, D, H }))
    fc.assert(
      fc.property(large, (c) => {
        const layer = layerOf(c, 'float64')
        const { x, state, named } = inputsOf(c, layer, 'float64')
        agree(results(c, run(c, layer, x, state), named), expected(c, layer), 1e-9)
      }),
      runs(25),
    )
  })
})
