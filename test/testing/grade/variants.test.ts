// No false accusation: whatever is right is called right, however it is written.
import fc from 'fast-check'
import { grade } from 'tapegrad/testing'
import { expect, test } from 'vitest'
import { type Form, variant, written } from './variants.ts'

const form: fc.Arbitrary<Form> = fc.record({
  cell: fc.constantFrom('rnn', 'lstm'),
  layout: fc.constantFrom('columns', 'rows'),
  sequence: fc.boolean(),
})

test('1,000 right functions, each written in another way', () => {
  const sources = new Set<string>()
  fc.assert(
    fc.property(form, fc.noShrink(fc.nat(2 ** 31 - 1)), (form, seed) => {
      const source = variant(form, seed)
      sources.add(source)
      const result = grade(written(source), form)
      expect(result.correct, `${source}\n${result}`).toBe(true)
      expect(result.mistakes).toEqual([])
    }),
    { numRuns: 1000 },
  )
  expect(sources.size).toBeGreaterThan(900)
})
