// What Recurrent requires of a cell: its sizes, and what it gives. Step by step and as a program.

import {
  DTypeError,
  Module,
  ones,
  Recurrent,
  type RecurrentCell,
  ShapeError,
  type Tensor,
  ValueError,
} from 'tapegrad'
import { describe, expect, test } from 'vitest'

type Give = (x: Tensor, h: Tensor) => object

/** A cell of these sizes that gives what `give` says. */
class Cell extends Module {
  readonly stateSize: { h: number }
  private readonly give: Give
  constructor(give: Give, stateSize: object = { h: 2 }) {
    super()
    this.give = give
    this.stateSize = stateSize as { h: number }
  }
  forward(x: Tensor, { h }: { h: Tensor }): { h: Tensor } {
    return this.give(x, h) as { h: Tensor }
  }
}

const x = ones([3, 4, 2])
const said = 'Recurrent(Cell): expected the cell'

describe.each([
  ['a program', (t: Tensor) => t],
  [
    'step by step',
    (t: Tensor) => {
      t.toTypedArray()
      return t
    },
  ],
] as const)('%s', (_, read) => {
  test.each<[string, Give, Error]>([
    [
      'fewer columns',
      (_x, h) => ({ h: h.slice(1, 0, 1) }),
      new ShapeError(`${said}'s h of shape (N, 2), got (`),
    ],
    [
      'another dtype',
      (_x, h) => ({ h: h.to('float64') }),
      new DTypeError(`${said}'s h of dtype float32, got float64`),
    ],
    [
      'one state more',
      (_x, h) => ({ h, c: h }),
      new ValueError(`${said} to give { h }, got { h, c }`),
    ],
    ['another state', (_x, h) => ({ c: h }), new ValueError(`${said} to give { h }, got { c }`)],
    ['a number', () => ({ h: 1 }), new DTypeError(`${said}'s h to be a Tensor, got 1`)],
  ])('gives %s', (_, give, error) => {
    const layer = new Recurrent(new Cell((x, h) => give(read(x), h)))
    expect(() => layer.forward(x)).toThrow(error.constructor as never)
    expect(() => layer.forward(x)).toThrow(error.message)
  })
})

test('sizes without h, and of other states in other layers', () => {
  const same: Give = (_x, h) => ({ h })
  expect(() => new Recurrent(new Cell(same, { c: 2 }) as RecurrentCell<{ h: Tensor }>)).toThrow(
    new ValueError(
      'Recurrent: expected stateSize of Cell to be the sizes of its states, as in { h: 64 }, ' +
        'got { c }',
    ),
  )
  const sizes = [2, 5]
  const make = () => new Cell(same, { h: sizes.shift() })
  expect(() => new Recurrent(make, { inputSize: 2, numLayers: 2 })).toThrow(
    new ValueError('Recurrent: expected cells with states {"h":2}, got {"h":5}'),
  )
})
