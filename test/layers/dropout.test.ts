// Dropout: what it drops, what it lets through, and when it does nothing.

import { Dropout, DTypeError, Generator, LSTM, ones, tensor, ValueError } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { grid } from '../support/numbers.ts'

describe('Dropout', () => {
  it.each([0.25, 0.5, 0.9])('drops a fraction %d and divides the rest by what is left', (p) => {
    const y = [
      ...new Dropout(p, { generator: new Generator(1) }).forward(ones([200, 200])).toTypedArray(),
    ]
    const kept = y.filter((v) => v !== 0)
    expect(Math.abs(1 - kept.length / y.length - p)).toBeLessThan(0.01)
    expect(new Set(kept)).toEqual(new Set([Math.fround(1 / (1 - p))]))
  })

  it('drops everything at p = 1 and nothing at p = 0', () => {
    const x = tensor([1, -2, 3])
    expect([...new Dropout(1).forward(x).toTypedArray()].map(Math.abs)).toEqual([0, 0, 0])
    expect(new Dropout(0).forward(x).toArray()).toEqual([1, -2, 3])
  })

  it('is the identity after eval()', () => {
    const x = tensor([1, -2, 3])
    expect(new Dropout(0.9).eval().forward(x)).toBe(x)
  })

  it('draws anew each time, and the same stream for the same seed', () => {
    const layer = new Dropout(0.5, { generator: new Generator(7) })
    const [first, second] = [
      layer.forward(ones([64])).toArray(),
      layer.forward(ones([64])).toArray(),
    ]
    expect(first).not.toEqual(second)
    expect(new Dropout(0.5, { generator: new Generator(7) }).forward(ones([64])).toArray()).toEqual(
      first,
    )
  })

  it('lets the gradient through where the value went through', () => {
    const x = ones([50], { requiresGrad: true })
    const y = new Dropout(0.5).forward(x)
    const expected = y.toArray()
    y.sum().backward()
    expect(x.grad?.toArray()).toEqual(expected)
  })

  it('works between layers, in training only', () => {
    const lstm = new LSTM(3, 4, { numLayers: 2, dropout: 0.5, generator: new Generator(1) })
    const x = tensor(grid([2, 5, 3], 1))
    const run = () => lstm.forward(x).output.toArray()
    expect(run()).not.toEqual(run())
    lstm.eval()
    const evaluated = run()
    expect(run()).toEqual(evaluated)
    const plain = new LSTM(3, 4, { numLayers: 2 })
    plain.loadStateDict(lstm.stateDict())
    expect(plain.forward(x).output.toArray()).toEqual(evaluated)
    const all = new LSTM(3, 4, { numLayers: 2, dropout: 1 })
    all.loadStateDict(lstm.stateDict())
    expect(all.forward(x).output.toArray()).toEqual(all.forward(x.neg()).output.toArray())
    expect(all.forward(x).state.h.select(0, 0).toArray()).toEqual(
      plain.forward(x).state.h.select(0, 0).toArray(),
    )
  })

  it('refuses what does not fit', () => {
    expect(() => new Dropout(1.5)).toThrow(ValueError)
    expect(() => new Dropout(1.5)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Dropout(1.5): expected p to be a number from 0 to 1, got 1.5]`,
    )
    expect(() => new Dropout(Number.NaN)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Dropout(NaN): expected p to be a number from 0 to 1, got NaN]`,
    )
    expect(() => new Dropout(0.5, { seed: 1 } as object)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Dropout(0.5): unknown option 'seed': expected generator]`,
    )
    expect(() => new Dropout().forward(tensor([1], { dtype: 'int32' }))).toThrow(DTypeError)
    expect(() =>
      new Dropout().forward(tensor([1], { dtype: 'int32' })),
    ).toThrowErrorMatchingInlineSnapshot(
      '[DTypeError: Dropout(0.5): expected x of dtype float32 or float64, got int32: convert it ' +
        `with .to('float32')]`,
    )
  })
})
