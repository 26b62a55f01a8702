// RNNCell and LSTMCell against their formula, and what they refuse.

import fc from 'fast-check'
import {
  DTypeError,
  Generator,
  LSTMCell,
  type LSTMState,
  ones,
  RNNCell,
  type RNNState,
  ShapeError,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { expectClose, flat, grid, sizes } from '../../support/numbers.ts'
import { float64, gridded } from '../../support/tensors.ts'
import { type CellWeights, cellStep } from '../oracle.ts'

describe.each([
  ['RNNCell', RNNCell, ['h']],
  ['LSTMCell', LSTMCell, ['h', 'c']],
] as const)('%s', (_, Cell, names) => {
  it('is the formula', () => {
    const size = fc.integer({ min: 1, max: 4 })
    fc.assert(
      fc.property(size, size, size, fc.boolean(), fc.nat(999), (N, D, H, bias, seed) => {
        const cell = new Cell(D, H, { ...float64, bias })
        const [x, h, c] = [
          grid([N, D], seed),
          grid([N, H], seed + 1),
          grid([N, H], seed + 2),
        ] as number[][][]
        const state = Object.fromEntries(
          names.map((name) => [name, tensor(name === 'h' ? h : c, float64)]),
        ) as unknown as LSTMState
        const weights = Object.fromEntries(
          cell.namedParameters().map(([name, p]) => [name, p.toArray()]),
        ) as unknown as CellWeights
        const expected = x.map((row, n) => cellStep(weights, row, h[n], c[n]))
        const next = cell.forward(tensor(x, float64), state)
        expect(Object.keys(next)).toEqual(names)
        expectClose(
          next.h.toArray(),
          expected.map((one) => one.h),
          1e-12,
        )
        if ('c' in next)
          expectClose(
            (next as LSTMState).c.toArray(),
            expected.map((one) => one.c),
            1e-12,
          )
      }),
      { numRuns: 50 },
    )
  })

  it('starts from zeros', () => {
    const cell = new Cell(3, 2)
    const zero = Object.fromEntries(
      names.map((name) => [name, zeros([4, 2])]),
    ) as unknown as LSTMState
    const x = gridded([4, 3], 1, 'float32')
    expect(cell.forward(x).h.toArray()).toEqual(cell.forward(x, zero).h.toArray())
  })

  it('draws from U(−1/√H, 1/√H), the same for the same seed', () => {
    const make = () =>
      flat(new Cell(100, 16, { generator: new Generator(1) }).parameters().map((p) => p.toArray()))
    expect(make()).toEqual(make())
    expect(Math.max(...make().map(Math.abs))).toBeLessThanOrEqual(0.25)
    expect(Math.max(...make().map(Math.abs))).toBeGreaterThan(0.24)
  })
})

it('refuses what does not fit', () => {
  const cell = new LSTMCell(3, 2)
  const x = ones([4, 3])
  const h = zeros([4, 2])
  expect(() => cell.forward(ones(sizes(4, 5)))).toThrow(ShapeError)
  expect(() => cell.forward(ones(sizes(4, 5)))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: LSTMCell(3 → 2): expected x of shape (N, 3), got (4, 5)]`,
  )
  expect(() => cell.forward(ones(sizes(3)))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: LSTMCell(3 → 2): expected x of shape (N, 3), got (3)]`,
  )
  expect(() => cell.forward(ones([4, 3], float64))).toThrow(DTypeError)
  expect(() => cell.forward(ones([4, 3], float64))).toThrowErrorMatchingInlineSnapshot(
    '[DTypeError: LSTMCell(3 → 2): expected x of dtype float32, got float64: convert it with ' +
      `.to('float32')]`,
  )
  expect(() => cell.forward(x, { h, c: zeros(sizes(1, 2)) })).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: LSTMCell(3 → 2): expected state.c of shape (4, 2), got (1, 2)]`,
  )
  expect(() =>
    cell.forward(x, { h, c: zeros([4, 2], float64) }),
  ).toThrowErrorMatchingInlineSnapshot(
    '[DTypeError: LSTMCell(3 → 2): expected state.c of dtype float32, got float64: convert it ' +
      `with .to('float32')]`,
  )
  expect(() => cell.forward(x, { h } as never)).toThrow(ValueError)
  expect(() => cell.forward(x, { h } as never)).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: LSTMCell(3 → 2): expected a state { h, c }, got { h }]`,
  )
  expect(() => cell.forward(x, h as unknown as LSTMState)).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: LSTMCell(3 → 2): expected a state { h, c }, got Tensor (4, 2)]`,
  )
  expect(() => cell.forward(x, null as unknown as LSTMState)).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: LSTMCell(3 → 2): expected a state { h, c }, got null]`,
  )
  expect(() =>
    new RNNCell(3, 2).forward(x, { h, c: h } as RNNState),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: RNNCell(3 → 2): expected a state { h }, got { h, c }]`,
  )
  expect(() => new RNNCell(3, 2).forward(ones(sizes(4)))).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: RNNCell(3 → 2): expected x of shape (N, 3), got (4)]`,
  )
  expect(() => new RNNCell(3, -2)).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: RNNCell(3 → -2): expected hiddenSize to be a positive integer, got -2]`,
  )
  expect(() => new LSTMCell(3, 2, { dtype: 'int32' })).toThrowErrorMatchingInlineSnapshot(
    `[DTypeError: LSTMCell(3 → 2): expected dtype float32 or float64, got int32]`,
  )
  expect(() => new LSTMCell(3, 2, { numLayers: 2 } as object)).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: LSTMCell(3 → 2): unknown option 'numLayers': expected bias, dtype, generator, peepholes, projSize, layerNorm, coupledGates, cellClip, forgetBias]`,
  )
})
