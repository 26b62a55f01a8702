// Every mistake that is known, made by a student in the documents' own functions: grade() names it,
// and no other.
import { grade } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { mistakesIn } from '../../../src/testing/grade/mistakes/index.ts'
import * as lstm from './lstm.ts'
import * as rnn from './rnn.ts'
import { type Course, course, type Edit } from './students.ts'

interface Plants {
  document: 'd0' | 'd2'
  cell: 'rnn' | 'lstm'
  steps: Record<string, readonly Edit[]>
  sequences: Record<string, readonly Edit[]>
}
const plants: Plants[] = [
  { document: 'd0', cell: 'rnn', steps: rnn.steps, sequences: rnn.sequences },
  { document: 'd2', cell: 'rnn', steps: rnn.rowSteps, sequences: {} },
  { document: 'd2', cell: 'lstm', steps: lstm.steps, sequences: lstm.sequences },
  { document: 'd0', cell: 'lstm', steps: lstm.columnSteps, sequences: {} },
]
const layoutOf = { d0: 'columns', d2: 'rows' } as const
const formOf = ({ document, cell }: Plants, sequence: boolean) => ({
  cell,
  layout: layoutOf[document],
  sequence,
})
const backward = (from: Course, { document, cell }: Plants, sequence: boolean) =>
  from[`${cell}${sequence ? '' : document === 'd0' ? 'Cell' : 'Step'}Backward`]

const isOfAnotherShape = new Set([
  'the bias is not summed',
  'the bias is summed over the wrong axis',
  'the weights’ gradients are transposed',
])
/** A mistake in a step, where the step is part of a sequence in which the memory begins at zero. */
const inASequence: Record<string, string> = {
  'the upstream gradient is ignored': 'the upstream gradient is ignored, and so is the carry',
  'the sign of everything is wrong': 'the sign of every step is wrong',
  'δc is dropped': 'δc⁻ is not carried',
  'what comes through h is dropped in the line of the memory before, δc⁻': 'δc⁻ is not carried',
}

describe.each(plants)('$cell of $document', (plant) => {
  const graded = (edits: readonly Edit[], sequence: boolean) =>
    grade(backward(course(plant.document, edits), plant, sequence), formOf(plant, sequence))
  const namesOf = (edits: readonly Edit[], sequence: boolean) =>
    graded(edits, sequence).mistakes.map(({ name }) => name)

  test.each(Object.entries(plant.steps))('one step: %s', (name, edits) => {
    expect(namesOf(edits, false)).toEqual([name])
  })
  test.each(Object.entries(plant.steps))('a step of a sequence: %s', (name, edits) => {
    const sums = isOfAnotherShape.has(name) ? rnn.sumsOfAnyShape[plant.document] : []
    expect(namesOf([...edits, ...sums], true)).toEqual([inASequence[name] ?? name])
  })
  test.each(Object.entries(plant.sequences))('a sequence: %s', (name, edits) => {
    expect(namesOf(edits, true)).toEqual([name])
  })
  test('nothing: everything is right', () => {
    expect([graded([], false).correct, graded([], true).correct]).toEqual([true, true])
  })
})

test('every known mistake is made here', () => {
  for (const plant of [plants[0], plants[2]] as Plants[])
    for (const sequence of [false, true]) {
      const inSteps = Object.keys(plant.steps)
      const made = sequence
        ? [...inSteps, ...Object.values(inASequence), ...Object.keys(plant.sequences)]
        : inSteps
      const known = mistakesIn(formOf(plant, sequence)).map(({ name }) => name)
      expect(known.filter((name) => !made.includes(name))).toEqual([])
    }
  const columns = mistakesIn(formOf(plants[3] as Plants, true))
  const rows = mistakesIn(formOf(plants[2] as Plants, true)).map(({ name }) => name)
  expect(
    columns
      .map(({ name }) => name)
      .filter(
        (name) =>
          !rows.includes(name.replaceAll(/(?<!\p{L})δ?a(?!\p{L})/gu, (s) => s.replace('a', 'h'))),
      )
      .filter((name) => !(name in lstm.columnSteps)),
  ).toEqual([])
})
