// The recurrent layers and cells held to values and gradients that PyTorch computed, and to values
// of ONNX Runtime and Keras (the JSON files say which versions).
import {
  GRU,
  GRUCell,
  grad,
  LSTM,
  LSTMCell,
  type Module,
  RNN,
  RNNCell,
  type Tensor,
  tensor,
} from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { disagreements, expectClose, type Nested } from '../../support/numbers.ts'
import { float64, leaf } from '../../support/tensors.ts'
import { type ForeignRun, foreign, type LayerRun, recorded } from './oracle/recorded.ts'

const layers = { RNN, LSTM, GRU }
const cells = { RNNCell, LSTMCell, GRUCell }

const leaves = (all: object) =>
  Object.fromEntries(Object.entries(all).map(([name, values]) => [name, leaf(values)]))

/** What a layer or cell gives, by name, and its inputs and parameters. */
function outcome(
  module: Module,
  {
    parameters,
    x,
    state,
    lengths,
  }: Pick<LayerRun, 'parameters' | 'lengths'> & {
    x: Nested
    state: object
  },
) {
  module.loadStateDict(leaves(parameters))
  const first = leaves(state)
  const inputs: Record<string, Tensor> = { x: leaf(x as never), ...first }
  const layer = module as Module & { forward(...args: unknown[]): object }
  const after = layer.forward(inputs.x, first, lengths && { lengths })
  return {
    outputs: { ...after, ...('state' in after && (after.state as object)) } as typeof inputs,
    inputs: { ...inputs, ...Object.fromEntries(module.namedParameters()) },
  }
}

function expectGradients(
  { outputs, inputs }: ReturnType<typeof outcome>,
  cotangents: object,
  gradients: Record<string, Nested>,
) {
  const names = Object.keys(inputs)
  expect(names.sort()).toEqual(Object.keys(gradients).sort())
  const found = grad(
    Object.keys(cotangents).map((name) => outputs[name]),
    names.map((name) => inputs[name]),
    { gradOutputs: Object.values(cotangents).map((values) => tensor(values, float64)) },
  )
  names.forEach((name, i) => {
    expectClose(found[i].toArray(), gradients[name], 1e-12, name)
  })
}

describe.each(['RNN', 'LSTM', 'GRU'] as const)("PyTorch's %s", (kind) => {
  test.each(
    recorded[kind].map((one) => [JSON.stringify({ ...one.options, lengths: one.lengths }), one]),
  )('%s', (_, given) => {
    const one = given as LayerRun
    const [D, H] = [one.x[0][0].length, one.parameters.weight_hh_l0.length / gates[kind]]
    const layer = new layers[kind](D, H, { ...one.options, ...float64 })
    expect(layer.namedParameters().map(([name, p]) => [name, p.shape])).toEqual(
      Object.entries(leaves(one.parameters)).map(([name, p]) => [name, p.shape]),
    )
    const found = outcome(layer, one)
    expectClose(found.outputs.output.toArray(), one.output, 1e-13)
    for (const [name, values] of Object.entries(one.final))
      expectClose(found.outputs[name].toArray(), values, 1e-13, name)
    expectGradients(found, one.cotangents, one.gradients)
  })
})

const gates = { RNN: 1, LSTM: 4, GRU: 3 }

test.each(['RNNCell', 'GRUCell'] as const)("PyTorch's %s", (kind) => {
  const one = recorded.cells[kind]
  const cell = new cells[kind](one.x[0].length, one.state.h[0].length, {
    ...one.options,
    ...float64,
  })
  expect(cell.namedParameters().map(([name]) => name)).toEqual(Object.keys(one.parameters))
  const found = outcome(cell, one)
  expectClose(found.outputs.h.toArray(), one.final.h, 1e-13)
  expectGradients(found, one.cotangents, one.gradients)
})

function wrongValues(one: ForeignRun, tolerance: number, options = one.options): string[] {
  const { kind } = one
  const rows = one.parameters.weight_hh_l0.length
  const H = rows / (options.coupledGates ? 3 : gates[kind])
  const layer = new layers[kind](one.x[0][0].length, H, { ...options, ...float64 })
  const { outputs } = outcome(layer, one)
  return Object.entries({ output: one.output, ...one.final }).flatMap(([name, values]) =>
    disagreements(outputs[name].toArray(), values, tolerance, name),
  )
}

const nameOf = (one: ForeignRun): string =>
  [one.kind, JSON.stringify(one.onnx ?? one.keras), JSON.stringify(one.options)].join(' ')

test.each(foreign.onnx.map((one) => [nameOf(one), one] as const))('ONNX %s', (_, one) => {
  expect(wrongValues(one, 1e-6)).toEqual([])
})

test.each(foreign.keras.map((one) => [nameOf(one), one] as const))('Keras %s', (_, one) => {
  expect(wrongValues(one, 1e-6)).toEqual([])
})

test("ONNX's clip is not cellClip", () => {
  const { onnxClip } = foreign
  for (const cellClip of [undefined, 0.5])
    expect(wrongValues(onnxClip, 0.01, { ...onnxClip.options, cellClip })).not.toEqual([])
})
