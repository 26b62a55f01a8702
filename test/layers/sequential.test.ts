// Sequential: layers in turn, and their parameters by position.

import { Dropout, type Layer, Linear, LSTM, ones, Sequential, tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { grid } from '../support/numbers.ts'

describe('Sequential', () => {
  it('applies its layers in turn', () => {
    const [a, b] = [new Linear(4, 3), new Linear(3, 2)]
    const x = tensor(grid([5, 4], 1))
    expect(new Sequential(a, b).forward(x).toArray()).toEqual(b.forward(a.forward(x)).toArray())
    expect(new Sequential().forward(x)).toBe(x)
  })

  it('names its parameters by position', () => {
    const model = new Sequential(
      new Linear(4, 3),
      new Dropout(),
      new Sequential(new Linear(3, 2, { bias: false })),
    )
    expect(model.namedParameters().map(([name]) => name)).toEqual([
      '0.weight',
      '0.bias',
      '2.0.weight',
    ])
    expect(`\n${model}\n`).toMatchInlineSnapshot(`
      "
      Sequential · 21 parameters
      ├─ 0: Linear(4 → 3)     15  weight (3, 4), bias (3)
      ├─ 1: Dropout(0.5)       0
      └─ 2: Sequential         6
         └─ 0: Linear(3 → 2)   6  weight (2, 3)
      "
    `)
  })

  it('refuses what is no layer', () => {
    expect(
      () => new Sequential(new Linear(4, 3), 'tanh' as unknown as Layer),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Sequential: expected layer 1 to be a Module, got "tanh"]`,
    )
    const wrong = new Sequential(new LSTM(4, 3) as unknown as Layer, new Linear(3, 2))
    expect(() => wrong.forward(ones([1, 2, 4]))).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: Linear(3 → 2): expected x to be a Tensor, got { output, state }]`,
    )
  })
})
