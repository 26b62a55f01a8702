// Lengths, mask and resets in one call, together with what else there is: second derivatives,
// checkpoints, looked-up rows, dropout.

import { checkpoint, grad, type LSTMState, stack, type Tensor, tensor } from 'tapegrad'
import { expect, test } from 'vitest'
import { type Case, layerOf, problem } from '../../properties/layers.ts'
import { expectClose } from '../../support/numbers.ts'
import { gridLeaf, numbersOf } from '../../support/tensors.ts'
import type { Steps } from '../oracle.ts'
import { optionsOf, stepwise } from './stepwise.ts'

const c: Case = {
  kind: 'LSTM',
  N: 3,
  T: 6,
  D: 3,
  H: 4,
  numLayers: 2,
  bidirectional: true,
  bias: true,
  batchFirst: true,
  seed: 7,
}
const bits = (rows: string[]) => rows.map((row) => [...row].map((bit) => bit === '1'))
const steps: Steps = {
  lengths: [6, 5, 2],
  mask: bits(['110101', '011110', '001111']),
  resets: bits(['001000', '100110', '010000']),
}
const options = optionsOf(steps)
const layer = layerOf(c, 'float64')
const { x, state, cotangents } = problem(c, 'float64')
const weighted = ({ output, state }: { output: Tensor; state: LSTMState }): Tensor =>
  output.mul(cotangents.output).sum().add(state.c.mul(cotangents.c).sum())
const inputs = [x, state.h, state.c, ...layer.parameters()]

test('second derivatives are those of the steps', () => {
  const second = (loss: Tensor): number[][] => {
    const first = grad(loss, inputs, { createGraph: true })
    const squares = first.map((g) => g.square().sum())
    return grad(
      squares.reduce((sum, g) => sum.add(g)),
      inputs,
    ).map(numbersOf)
  }
  expectClose(
    second(weighted(layer.forward(x, state, options))),
    second(weighted(stepwise(c, layer, x, state, steps))),
    1e-9,
  )
})

test('a checkpoint gives the same bits', () => {
  const gradients = (loss: Tensor) => grad(loss, inputs).map(numbersOf)
  const loss = (x: Tensor): Tensor => weighted(layer.forward(x, state, options))
  expect(gradients(checkpoint(loss)(x))).toEqual(gradients(loss(x)))
})

test('equal rows that were looked up are multiplied once', () => {
  const table = gridLeaf([2, c.D], 9)
  const symbols = tensor([
    [0, 1, 1, 0, 1, 0],
    [1, 1, 0, 0, 1, 1],
    [0, 1, 0, 1, 0, 1],
  ])
  const index = symbols.to('int32')
  const hot = stack([symbols.eq(0), symbols.eq(1)], 2).to('float64')
  const [looked, multiplied] = [table.indexSelect(0, index), hot.matmul(table)].map((rows) =>
    grad(weighted(layer.forward(rows, state, options)), [table, ...inputs.slice(1)]),
  )
  expectClose(looked.map(numbersOf), multiplied.map(numbersOf), 1e-12)
})

test('dropout between layers leaves holes what they are', () => {
  const dropping = layerOf(c, 'float64', 0.5, { dropout: 0.5 })
  const { output } = dropping.forward(x, state, options)
  const row = (n: number, t: number, way: number) =>
    numbersOf(
      output
        .select(0, n)
        .select(0, t)
        .slice(0, way * c.H, (way + 1) * c.H),
    )
  expect(row(0, 4, 0)).toEqual(row(0, 3, 0))
  expect(row(0, 4, 1)).toEqual(row(0, 5, 1))
  expect(row(0, 2, 0)).toEqual([0, 0, 0, 0])
  expect(row(1, 0, 1)).toEqual(row(1, 1, 1))
  expect(numbersOf(grad(output.sum(), x).select(0, 2))).toEqual(Array(6 * c.D).fill(0))
})
