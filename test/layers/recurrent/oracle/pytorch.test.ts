// The oracles against values and gradients that PyTorch computed (the JSON files say which
// version), of its own layers and cells, and of variants differentiated by its autograd.
import { expect, test } from 'vitest'
import { expectClose } from '../../../support/numbers.ts'
import first from '../../pytorch.json' with { type: 'json' }
import type { Nested } from './arrays.ts'
import { type CellRun, cellOf, type LayerRun, recorded, type VariantRun } from './recorded.ts'
import { stacked, unroll } from './unroll.ts'

function expectGradients(actual: Record<string, Nested>, expected: Record<string, Nested>) {
  expect(Object.keys(actual).sort()).toEqual(Object.keys(expected).sort())
  for (const name of Object.keys(expected)) expectClose(actual[name], expected[name], 1e-12, name)
}

const plain = first as unknown as Record<'RNN' | 'LSTM', LayerRun[]>
const kinds = ['RNN', 'LSTM', 'GRU'] as const
const layers = kinds.flatMap((kind) =>
  [...(kind === 'GRU' ? [] : plain[kind]), ...recorded[kind]].map(
    (one) => [kind, JSON.stringify({ ...one.options, lengths: one.lengths }), one] as const,
  ),
)

test.each(layers)('%s %s', (kind, _, { options, lengths, ...one }) => {
  const cell = cellOf(kind, options)
  const { output: dOutput, ...dLast } = one.cotangents
  const run = stacked(cell, one.parameters, one.x, one.state, { ...options, lengths })
  expectClose(run.output, one.output, 1e-13)
  for (const name of cell.states) expectClose(run.last[name], one.final[name], 1e-13, name)
  const { dx, dFirst, dp } = run.backward(dOutput, dLast)
  expectGradients({ x: dx, ...dFirst, ...dp }, one.gradients)
})

const cells = [
  ['RNN', 'of tanh', first.RNNCell as unknown as CellRun],
  ['RNN', 'of relu', recorded.cells.RNNCell],
  ['LSTM', '', first.LSTMCell as unknown as CellRun],
  ['GRU', '', recorded.cells.GRUCell],
] as const

test.each(cells)('%sCell %s', (kind, _, one) => {
  const cell = cellOf(kind, one.options)
  const steps = one.x.map((row) => [row])
  const run = unroll(cell, one.parameters, steps, one.state)
  for (const name of cell.states) expectClose(run.last[name], one.final[name], 1e-13, name)
  const { dx, dFirst, dp } = run.backward({}, one.cotangents)
  expectGradients({ x: dx.map(([row]) => row), ...dFirst, ...dp }, one.gradients)
})

const nameOf = ({ cell, options, masks }: VariantRun): string =>
  [cell, JSON.stringify(options), ...Object.keys(masks)].join(' ')

test.each(recorded.variants.map((one) => [nameOf(one), one] as const))('%s', (_, one) => {
  const cell = cellOf(one.cell, one.options)
  const run = unroll(cell, one.parameters, one.x, one.state, one.masks)
  for (const name of cell.states) expectClose(run.outputs[name], one.outputs[name], 1e-13, name)
  const { dx, dFirst, dp } = run.backward(one.cotangents.outputs, one.cotangents.last)
  expectGradients({ x: dx, ...dFirst, ...dp }, one.gradients)
})
