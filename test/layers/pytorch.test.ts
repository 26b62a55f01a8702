// The recurrent layers, the cells and the cross-entropy, held to values and gradients that PyTorch
// computed (pytorch.json says which version).
import {
  crossEntropy,
  LSTM,
  LSTMCell,
  type Module,
  RNN,
  RNNCell,
  type Tensor,
  tensor,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { expectClose, type Nested } from '../support/numbers.ts'
import { float64, leaf } from '../support/tensors.ts'
import json from './pytorch.json' with { type: 'json' }

type Numbers = Record<string, Nested>

/** One recorded run of a layer; gradients are of Σ result · cotangent. */
interface Recorded {
  parameters: Numbers
  x: Nested
  state: Numbers
  cotangents: Numbers
  final: Numbers
  gradients: Numbers
}

type Run = Recorded & { options: object; output: Nested }

const reference = json as Omit<typeof json, 'RNN' | 'LSTM'> & { RNN: Run[]; LSTM: Run[] }
const leaves = (data: Numbers) =>
  Object.fromEntries(Object.entries(data).map(([name, values]) => [name, leaf(values)]))

/** Walks back from Σ result · cotangent and holds every gradient to the reference's. */
function expectGradients(
  results: Record<string, Tensor>,
  cotangents: Record<string, Nested>,
  inputs: Record<string, Tensor>,
  gradients: Record<string, Nested>,
) {
  const terms = Object.entries(cotangents).map(([name, values]) =>
    results[name].mul(tensor(values, float64)).sum(),
  )
  terms.reduce((a, b) => a.add(b)).backward()
  expect(Object.keys(inputs).sort()).toEqual(Object.keys(gradients).sort())
  for (const [name, values] of Object.entries(gradients))
    expectClose(inputs[name].grad?.toArray(), values, 1e-12)
}

const layers = { RNN, LSTM, RNNCell, LSTMCell }

describe.each(['RNN', 'LSTM'] as const)('%s against PyTorch', (kind) => {
  it.each(reference[kind].map((one) => [JSON.stringify(one.options), one] as const))(
    '%s',
    (_, one) => {
      const layer: Module & {
        forward(x: Tensor, state: never): { output: Tensor; state: object }
      } = new layers[kind](3, 2, { ...one.options, ...float64 })
      expect(layer.namedParameters().map(([name, p]) => [name, p.shape])).toEqual(
        Object.entries(leaves(one.parameters)).map(([name, p]) => [name, p.shape]),
      )
      layer.loadStateDict(leaves(one.parameters))
      const x = leaf(one.x)
      const state = leaves(one.state)
      const result = layer.forward(x, state as never)
      const final = { ...result.state } as Record<string, Tensor>
      expectClose(result.output.toArray(), one.output, 1e-12)
      for (const [name, values] of Object.entries(one.final))
        expectClose(final[name].toArray(), values, 1e-12)
      const inputs = { x, ...state, ...Object.fromEntries(layer.namedParameters()) }
      expectGradients({ output: result.output, ...final }, one.cotangents, inputs, one.gradients)
    },
  )
})

it.each(['RNNCell', 'LSTMCell'] as const)('%s against PyTorch', (kind) => {
  const one = reference[kind]
  const cell: Module & { forward(x: Tensor, state: never): object } = new layers[kind](
    3,
    2,
    float64,
  )
  expect(cell.namedParameters().map(([name]) => name)).toEqual(Object.keys(one.parameters))
  cell.loadStateDict(leaves(one.parameters))
  const x = leaf(one.x)
  const state = leaves(one.state)
  const final = { ...cell.forward(x, state as never) } as Record<string, Tensor>
  for (const [name, values] of Object.entries(one.final))
    expectClose(final[name].toArray(), values, 1e-12)
  expectGradients(
    final,
    one.cotangents,
    { x, ...state, ...Object.fromEntries(cell.namedParameters()) },
    one.gradients,
  )
})

it.each(['mean', 'sum', 'none'] as const)(
  'crossEntropy with ignoreIndex, reduction %s, against PyTorch',
  (reduction) => {
    const { logits, targets, ignoreIndex, ...expected } = reference.crossEntropy
    const x = leaf(logits)
    const loss = crossEntropy(x, tensor(targets, { dtype: 'int32' }), { ignoreIndex, reduction })
    expectClose(loss.toArray(), expected[reduction].loss, 1e-12)
    loss.sum().backward()
    expectClose(x.grad?.toArray(), expected[reduction].gradient, 1e-12)
  },
)
