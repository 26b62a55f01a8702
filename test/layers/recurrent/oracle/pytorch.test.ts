// The oracles against values and gradients that PyTorch computed (../pytorch.json says which
// version), of its own layers and of variants differentiated by its autograd.
import { expect, test } from 'vitest'
import { expectClose } from '../../../support/numbers.ts'
import json from '../pytorch.json' with { type: 'json' }
import type { Cube, Matrix, Nested } from './arrays.ts'
import type { Cell, Parameters } from './cell.ts'
import { gru } from './gru.ts'
import { type Masks, type Sequences, type States, stacked, unroll } from './unroll.ts'

type Named = Record<string, Nested>
interface Run {
  options: { numLayers?: number; bidirectional?: boolean; bias?: boolean }
  lengths?: number[]
  parameters: Parameters
  x: Cube
  state: Record<string, Cube>
  cotangents: { output: Cube } & Record<string, Cube>
  output: Cube
  final: Record<string, Cube>
  gradients: Named
}
interface CellRun {
  parameters: Parameters
  x: Matrix
  state: States
  cotangents: States
  final: States
  gradients: Named
}
interface Variant {
  cell: string
  options: { resetAfter?: boolean }
  masks: Masks
  parameters: Parameters
  x: Cube
  state: States
  cotangents: { outputs: Sequences; last: States }
  outputs: Sequences
  gradients: Named
}
const reference = json as unknown as {
  GRU: Run[]
  cells: Record<string, CellRun>
  variants: Variant[]
}

function expectGradients(actual: Named, expected: Named) {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort())
  for (const name of Object.keys(expected)) expectClose(actual[name], expected[name], 1e-12, name)
}

const layers: [name: string, one: Run, cell: Cell][] = [
  ...reference.GRU.map((one): [string, Run, Cell] => ['GRU', one, gru()]),
]

test.each(
  layers.map(
    ([name, one, cell]) =>
      [`${name} ${JSON.stringify({ ...one.options, lengths: one.lengths })}`, one, cell] as const,
  ),
)('%s', (_, one, cell) => {
  const { lengths, cotangents } = one
  const { output: dOutput, ...dLast } = cotangents
  const run = stacked(cell, one.parameters, one.x, one.state, { ...one.options, lengths })
  expectClose(run.output, one.output, 1e-13)
  for (const name of cell.states) expectClose(run.last[name], one.final[name], 1e-13, name)
  const { dx, dFirst, dp } = run.backward(dOutput, dLast)
  expectGradients({ x: dx, ...dFirst, ...dp }, one.gradients)
})

const cells: Record<string, Cell> = { GRUCell: gru() }

test.each(Object.entries(reference.cells))('%s', (name, one) => {
  const cell = cells[name]
  const steps = one.x.map((row) => [row])
  const run = unroll(cell, one.parameters, steps, one.state)
  expectClose(run.last.h, one.final.h, 1e-13)
  const { dx, dFirst, dp } = run.backward({}, one.cotangents)
  expectGradients({ x: dx.map(([row]) => row), ...dFirst, ...dp }, one.gradients)
})

const cellOf = ({ options }: Variant): Cell => gru(options.resetAfter)

test.each(
  reference.variants.map(
    (one) => [`${one.cell} ${JSON.stringify(one.options)} ${Object.keys(one.masks)}`, one] as const,
  ),
)('%s', (_, one) => {
  const cell = cellOf(one)
  const run = unroll(cell, one.parameters, one.x, one.state, one.masks)
  for (const name of cell.states) expectClose(run.outputs[name], one.outputs[name], 1e-13, name)
  const { dx, dFirst, dp } = run.backward(one.cotangents.outputs, one.cotangents.last)
  expectGradients({ x: dx, ...dFirst, ...dp }, one.gradients)
})
