// The printed equations of every cell with every option, read and computed by the tests' own
// parser, give the results and the gradients of the walk.

import { Generator, GRUCell, LSTMCell, type Module, RNNCell, randn, type Tensor } from 'tapegrad'
import { derive } from 'tapegrad/derive'
import { describe, test } from 'vitest'
import { expectEqual } from './computed.ts'

type Cell = Module & { inputSize: number; stateSize: Readonly<Record<string, number>> }
const dtype = 'float64'

const rnn = [{}, { bias: false }, { nonlinearity: 'relu' as const }]
const gru = [{}, { bias: false }, { resetAfter: false }, { resetAfter: false, bias: false }]
const flags = [
  {},
  { bias: false },
  { peepholes: true },
  { layerNorm: true },
  { coupledGates: true },
  { cellClip: 0.3 },
  { forgetBias: 1 },
]
const lstm = [
  ...flags,
  ...flags.map((options) => ({ ...options, projSize: 2 })),
  { peepholes: true, layerNorm: true },
  { peepholes: true, coupledGates: true },
  { layerNorm: true, coupledGates: true },
  { layerNorm: true, bias: false },
  { peepholes: true, layerNorm: true, coupledGates: true, cellClip: 0.3, projSize: 2 },
]

function sample(make: (D: number, H: number) => Cell, [N, D, H]: readonly number[], order: 1 | 2) {
  const cell = make(D, H)
  const generator = new Generator(N + 10 * D + 100 * H)
  const options = { dtype, generator, requiresGrad: true } as const
  for (const p of cell.parameters()) p.assign_(randn([...p.shape], { dtype, generator }).mul(0.7))
  const inputs: Record<string, Tensor> = { x: randn([N, D], options) }
  for (const [name, size] of Object.entries(cell.stateSize))
    inputs[name] = randn([N, size], options)
  expectEqual(
    derive(cell, inputs, { order }),
    {
      inputs,
      parameters: Object.fromEntries(cell.namedParameters()),
      run: ({ x, ...state }) => cell.forward(...([x, state] as never[])) as never,
    },
    order,
    { N },
  )
}

const sizes = [
  [3, 2, 4],
  [1, 3, 3],
  [4, 4, 4],
  [2, 1, 3],
]

describe.each([1, 2] as const)('order %i', (order) => {
  const options = { dtype } as const
  test.each(rnn)('RNNCell %o', (own) => {
    for (const size of [...sizes, [2, 2, 1]])
      sample((D, H) => new RNNCell(D, H, { ...options, ...own }), size, order)
  })
  test.each(gru)('GRUCell %o', (own) => {
    for (const size of [...sizes, [2, 2, 1]])
      sample((D, H) => new GRUCell(D, H, { ...options, ...own }), size, order)
  })
  test.each(lstm)('LSTMCell %o', (own) => {
    for (const size of sizes)
      sample((D, H) => new LSTMCell(D, H, { ...options, ...own }), size, order)
  })
})
