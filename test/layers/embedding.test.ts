// Embedding: rows looked up, and gradients of an index that occurs several times.

import { DTypeError, Embedding, Generator, IndexError, ones, tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'

const index = (data: number[] | number[][]) => tensor(data, { dtype: 'int32' })

describe('Embedding', () => {
  it('looks rows up, at any shape of indices', () => {
    const layer = new Embedding(4, 2)
    const rows = layer.weight.toArray() as number[][]
    expect(layer.forward(index([[3, 0, 3]])).toArray()).toEqual([[rows[3], rows[0], rows[3]]])
    expect(layer.forward(tensor(2, { dtype: 'int32' })).toArray()).toEqual(rows[2])
    expect(layer.forward(index([])).shape).toEqual([0, 2])
  })

  it('adds up the gradients of an index that occurs several times', () => {
    const layer = new Embedding(4, 2)
    layer
      .forward(index([[3, 0, 3]]))
      .mul(
        tensor([
          [
            [1, 2],
            [3, 4],
            [10, 20],
          ],
        ]),
      )
      .sum()
      .backward()
    expect(layer.weight.grad?.toArray()).toEqual([
      [3, 4],
      [0, 0],
      [0, 0],
      [11, 22],
    ])
  })

  it('draws from N(0, 1), the same for the same seed', () => {
    const make = () => [
      ...new Embedding(100, 100, { generator: new Generator(5) }).weight.toTypedArray(),
    ]
    const values = make()
    const mean = values.reduce((a, b) => a + b) / values.length
    const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / values.length
    expect(Math.abs(mean)).toBeLessThan(0.04)
    expect(Math.abs(variance - 1)).toBeLessThan(0.06)
    expect(make()).toEqual(values)
  })

  it('refuses what does not fit', () => {
    const layer = new Embedding(27, 8)
    expect(() =>
      layer.forward(
        index([
          [1, 2],
          [27, 3],
        ]),
      ),
    ).toThrow(IndexError)
    expect(() =>
      layer.forward(
        index([
          [1, 2],
          [27, 3],
        ]),
      ),
    ).toThrowErrorMatchingInlineSnapshot(
      `[IndexError: Embedding(27 → 8): index 27 at [1, 0] is outside 0..26]`,
    )
    expect(() => layer.forward(index([0, -1]))).toThrowErrorMatchingInlineSnapshot(
      `[IndexError: Embedding(27 → 8): index -1 at [1] is outside 0..26]`,
    )
    expect(() => layer.forward(tensor(99, { dtype: 'int32' }))).toThrowErrorMatchingInlineSnapshot(
      `[IndexError: Embedding(27 → 8): index 99 is outside 0..26]`,
    )
    expect(() => layer.forward(ones([2]))).toThrow(DTypeError)
    expect(() => layer.forward(ones([2]))).toThrowErrorMatchingInlineSnapshot(
      '[DTypeError: Embedding(27 → 8): expected index of dtype int32, got float32: convert it ' +
        `with .to('int32')]`,
    )
    expect(() => new Embedding(0, 8)).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Embedding(0 → 8): expected numEmbeddings to be a positive integer, got 0]`,
    )
    expect(
      () => new Embedding(27, 8, { bias: false } as object),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: Embedding(27 → 8): unknown option 'bias': expected dtype, generator]`,
    )
    expect(() => new Embedding(27, 8, { dtype: 'bool' })).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: Embedding(27 → 8): expected dtype float32 or float64, got bool]`,
    )
  })
})
