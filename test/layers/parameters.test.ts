// Parameters that a caller has replaced: what fits is used, and what does not is refused by name, in
// every layer, before anything is computed.

import {
  Dropout,
  DTypeError,
  Embedding,
  full,
  Generator,
  Linear,
  LSTM,
  LSTMCell,
  type Module,
  ones,
  RNN,
  RNNCell,
  ShapeError,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { float64 } from '../support/tensors.ts'

const options = { ...float64, numLayers: 2, bidirectional: true } as const
type Layer = Module & Record<string, unknown> & { forward(x: Tensor): unknown }
const layers: Record<string, [make: () => Layer, x: Tensor]> = {
  Linear: [() => new Linear(3, 2, float64) as never, ones([4, 3], float64)],
  Embedding: [() => new Embedding(5, 2, float64) as never, zeros([4], { dtype: 'int32' })],
  RNNCell: [() => new RNNCell(3, 2, float64) as never, ones([4, 3], float64)],
  LSTMCell: [() => new LSTMCell(3, 2, float64) as never, ones([4, 3], float64)],
  RNN: [() => new RNN(3, 2, options) as never, ones([4, 5, 3], float64)],
  LSTM: [() => new LSTM(3, 2, options) as never, ones([4, 5, 3], float64)],
}
const cases = Object.entries(layers).flatMap(([layer, [make, x]]) =>
  [...make().namedParameters()].map(([name, p]) => ({ layer, name, shape: p.shape, make, x })),
)

describe('every parameter of every layer', () => {
  it.each(cases)(
    '$layer: $name of another shape or dtype is refused',
    ({ name, shape, make, x }) => {
      const wrong: [Tensor, new (text: string) => Error][] = [
        [zeros([...shape, 1], float64), ShapeError],
        [zeros([], float64), ShapeError],
        [zeros([1, ...shape.slice(1)], float64), ShapeError],
        [zeros([shape[0] + 1, ...shape.slice(1)], float64), ShapeError],
        [zeros([...shape, 1].reverse(), float64), ShapeError],
        [zeros(shape, { dtype: 'int32' }), DTypeError],
      ]
      // The first says which dtype is meant.
      if (name.startsWith('weight_hh') || name.startsWith('bias'))
        wrong.push([zeros(shape), DTypeError])
      for (const [p, kind] of wrong) {
        const layer = make()
        layer[name as never] = p as never
        expect(() => layer.forward(x)).toThrow(kind)
        expect(() => layer.forward(x)).toThrow(`expected ${name} of`)
      }
      const layer = make()
      layer[name as never] = [1] as never
      expect(() => layer.forward(x)).toThrow(DTypeError)
      layer[name as never] = zeros(shape, float64) as never
      layer.forward(x)
    },
  )
})

it('nothing is drawn for dropout before a parameter of the second layer is refused', () => {
  const generator = new Generator(1)
  const lstm = new LSTM(3, 2, { numLayers: 2, dropout: 0.5, generator })
  const { blocks } = generator.state()
  lstm.weight_hh_l1 = zeros([8, 3])
  expect(() => lstm.forward(ones([1, 2, 3]))).toThrow('expected weight_hh_l1 of shape (8, 2)')
  expect(generator.state().blocks).toBe(blocks)
  expect(new Dropout(0.5, { generator }).p).toBe(0.5)
})

it('one bias without the other is added all the same', () => {
  const x = ones([2, 4, 3], float64)
  for (const make of [() => new RNN(3, 2, float64), () => new LSTM(3, 2, float64)])
    for (const [gone, kept] of [
      ['bias_ih_l0', 'bias_hh_l0'],
      ['bias_hh_l0', 'bias_ih_l0'],
    ] as const) {
      const layer = make()
      layer[gone] = zeros((layer[gone] as Tensor).shape, float64)
      const right = layer.forward(x).output.toArray()
      layer[gone] = null
      const { output } = layer.forward(x)
      expect(output.toArray()).toEqual(right)
      output.sum().backward()
      expect((layer[kept] as Tensor).grad).not.toBeNull()
    }
})

it('a smaller bias reads nothing that stands behind it', () => {
  const linear = new Linear(1, 3)
  linear.weight = full([3, 1], 0)
  linear.bias = tensor([5])
  expect(() => linear.forward(ones([1, 1]))).toThrow(
    'Linear(1 → 3): expected bias of shape (3), got (1)',
  )
})
