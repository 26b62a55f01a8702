// What grade says of a function that leaves a gradient out.
import { grade } from 'tapegrad/testing'
import { expect, test } from 'vitest'
import { course } from './students.ts'

test('of a right function that leaves a gradient out, no mistake is named', () => {
  const right = course('d2').rnnStepBackward as (...args: unknown[]) => Record<string, unknown>
  for (const name of ['db', 'dWh', 'dprev_h']) {
    const without = (...args: unknown[]) => ({ ...right(...args), [name]: undefined })
    const graded = grade(without, { layout: 'rows', cell: 'rnn' })
    expect(graded.mistakes).toEqual([])
    expect(graded.gradients.filter((one) => !one.right).map((one) => one.name)).toEqual([name])
  }
})
