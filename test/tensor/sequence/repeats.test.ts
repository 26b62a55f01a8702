// Sequences of rows that were looked up in a table, where equal rows are computed once: against the
// same rows as the result of another op, of which nothing is known.

import fc from 'fast-check'
import {
  checkpoint,
  type DType,
  detectAnomaly,
  Embedding,
  Generator,
  grad,
  LSTM,
  RNN,
  type Tensor,
  tensor,
} from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { repeatsOf } from '../../../src/tensor/sequence/repeats.ts'
import { expectClose, flat, grid } from '../../support/numbers.ts'
import { d, gridded } from '../../support/tensors.ts'

interface Case {
  N: number
  T: number
  V: number
  D: number
  H: number
  lengths: boolean
  bias: boolean
  bidirectional: boolean
  batchFirst: boolean
  numLayers: number
  seed: number
}

const size = (max: number) => fc.integer({ min: 1, max })
const cases: fc.Arbitrary<Case> = fc.record({
  N: size(6),
  T: size(6),
  V: size(5),
  D: size(4),
  H: size(5),
  lengths: fc.boolean(),
  bias: fc.boolean(),
  bidirectional: fc.boolean(),
  batchFirst: fc.boolean(),
  numLayers: size(2),
  seed: size(1000),
})

const layers = { LSTM, RNN }
const hidden = (t: Tensor): Tensor => t.add(0)
const indices = (seed: number, V: number, N: number, T: number): Tensor =>
  tensor(
    Int32Array.from(flat(grid([N, T], seed)), (x) => Math.abs(16 * x) % V),
    { shape: [N, T] },
  )

function made(
  kind: keyof typeof layers,
  { N, T, V, D, H, lengths, seed, ...options }: Case,
  dtype: DType,
) {
  const generator = new Generator(seed)
  const embedding = new Embedding(V, D, { generator, dtype })
  const layer = new layers[kind](D, H, { ...options, generator, dtype })
  const index = options.batchFirst ? indices(seed, V, N, T) : indices(seed, V, T, N)
  const ends = Array.from({ length: N }, (_, n) => 1 + ((n * seed) % T))
  const run = (x: Tensor): Tensor => {
    const { output, state } = (layer as LSTM).forward(
      x,
      undefined,
      lengths ? { lengths: ends } : {},
    )
    return [output, ...Object.values(state)].reduce(
      (sum: Tensor, t, i) => sum.add(t.mul(gridded(t.shape, seed + i, dtype)).sum()),
      output.sum(),
    )
  }
  return {
    embedding,
    layer,
    index,
    run,
    parameters: [...embedding.parameters(), ...layer.parameters()],
  }
}

const example: Case = {
  N: 3,
  T: 5,
  V: 3,
  D: 2,
  H: 3,
  lengths: false,
  bias: true,
  bidirectional: false,
  batchFirst: true,
  numLayers: 1,
  seed: 7,
}
const values = (tensors: readonly Tensor[]) => tensors.map((t) => Array.from(t.toTypedArray()))

describe.each(['LSTM', 'RNN'] as const)('%s', (kind) => {
  test.each([
    ['float64', 1e-11],
    ['float32', 3e-4],
  ] as const)('value, first and second derivative in %s', (dtype, tolerance) => {
    fc.assert(
      fc.property(cases, (c) => {
        const { embedding, index, run, parameters } = made(kind, c, dtype)
        const orders = (x: Tensor): number[][] => {
          const y = run(x)
          const first = grad(y, parameters, { retainGraph: true })
          const recorded = grad(y, parameters, { createGraph: true })
          const total = recorded.reduce(
            (sum, g, i) => sum.add(g.mul(gridded(g.shape, c.seed + i, dtype)).sum()),
            y,
          )
          return values([y, ...first, ...recorded, ...grad(total, parameters)])
        }
        expectClose(
          orders(embedding.forward(index)),
          orders(hidden(embedding.forward(index))),
          tolerance,
        )
      }),
      { numRuns: 150 },
    )
  })

  test.each([false, true])('more rows than are added up at a time, with lengths: %s', (lengths) => {
    const { embedding, index, run, parameters } = made(
      kind,
      { ...example, N: 30, T: 40, lengths },
      'float64',
    )
    expectClose(
      values(grad(run(embedding.forward(index)), parameters)),
      values(grad(run(hidden(embedding.forward(index))), parameters)),
      1e-10,
    )
  })

  test.each([{}, { lengths: true }, { bidirectional: true }])(
    'the cotangent of what was looked up, where it is seen: %o',
    (options) => {
      const { embedding, layer, index, run } = made(kind, { ...example, ...options }, 'float64')
      const plain = embedding.forward(index)
      const [expected] = grad(run(hidden(plain)), [plain])
      const asked = embedding.forward(index)
      expectClose(grad(run(asked), asked).toArray(), expected.toArray(), 1e-12)

      const hooked = embedding.forward(index)
      const seen: unknown[] = []
      hooked.registerHook((g) => {
        seen.push(g.toArray())
        return g.mul(2)
      })
      const [table] = grad(run(hooked), [embedding.weight])
      expectClose(seen, [expected.toArray()], 1e-12)
      const [half] = grad(run(embedding.forward(index)), [embedding.weight])
      expectClose(table.toArray(), half.mul(2).toArray(), 1e-12)

      const both = embedding.forward(index)
      const [sum] = grad(run(both).add(both.square().sum()), [embedding.weight])
      const other = hidden(embedding.forward(index))
      expectClose(
        sum.toArray(),
        grad(run(other).add(other.square().sum()), embedding.weight).toArray(),
        1e-12,
      )
      expect(layer.parameters().every((p) => p.grad === null)).toBe(true)
    },
  )

  test('gradients for some parameters only', () => {
    const { embedding, index, run, parameters } = made(kind, example, 'float64')
    for (const parameter of parameters) {
      const [fast, slow] = [embedding.forward(index), hidden(embedding.forward(index))].map((x) =>
        grad(run(x), parameter).toArray(),
      )
      expectClose(fast, slow, 1e-12)
    }
  })

  test('a row that is not looked up may hold anything', () => {
    const { embedding, index, run, parameters } = made(kind, { ...example, V: 4 }, 'float64')
    const used = index.where(index.ne(3), 0)
    const clean = values(grad(run(embedding.forward(used)), parameters))
    const rows = embedding.weight.toArray() as number[][]
    embedding.weight.assign_(d([...rows.slice(0, 3), [Number.NaN, Number.POSITIVE_INFINITY]]))
    expect(values(grad(run(embedding.forward(used)), parameters))).toEqual(clean)
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'a row that is looked up spreads %d as far as ever',
    (value) => {
      const { embedding, index, run, parameters } = made(kind, example, 'float64')
      const rows = embedding.weight.toArray() as number[][]
      embedding.weight.assign_(d([[value, 1], ...rows.slice(1)]))
      const finite = (x: Tensor) =>
        values([run(x), ...grad(run(x), parameters)]).map((t) => t.map(Number.isFinite))
      expect(finite(embedding.forward(index))).toEqual(finite(hidden(embedding.forward(index))))
    },
  )

  test.each([
    [
      'an index that was changed after the look-up tells nothing',
      (_: Tensor, index: Tensor) => index.assign_(index.mul(0)),
    ],
    [
      'a table that was changed after the look-up does not matter',
      (table: Tensor) => table.assign_(table.detach().mul(3)),
    ],
  ])('%s', (_, change) => {
    const { embedding, index, run, layer } = made(kind, example, 'float64')
    const parameters = layer.parameters()
    const x = embedding.forward(index)
    change(embedding.weight, index)
    expectClose(
      values(grad(run(x), parameters)),
      values(grad(run(hidden(x.detach())), parameters)),
      1e-12,
    )
  })

  test('whole sequences that were picked tell nothing about their rows', () => {
    const { run, parameters } = made(kind, { ...example, lengths: true }, 'float64')
    const sequences = gridded([2, 5, 2], 3)
    sequences.requiresGrad = true
    const x = sequences.indexSelect(0, tensor([1, 1, 1], { dtype: 'int32' }))
    const of = [sequences, ...parameters.slice(1)]
    expectClose(
      values(grad(run(x), of, { retainGraph: true })),
      values(grad(run(hidden(x)), of)),
      1e-12,
    )
  })

  test('inside checkpoint(), and while anomalies are looked for', () => {
    const { embedding, index, run, parameters } = made(kind, example, 'float64')
    const expected = values(grad(run(embedding.forward(index)), parameters))
    const dropped = checkpoint(() => run(embedding.forward(index)))()
    expect(values(grad(dropped, parameters))).toEqual(expected)
    const x = embedding.forward(index)
    expect(values(grad(checkpoint(() => run(x))(), parameters))).toEqual(expected)
    expect(values(detectAnomaly(() => grad(run(embedding.forward(index)), parameters)))).toEqual(
      expected,
    )
  })
})

test('which rows repeat, and whether it pays', () => {
  const repeats = (...index: number[]) => {
    const of = tensor(index, { dtype: 'int32' })
    const found = repeatsOf({ picked: of, index: of })
    return found && [found.first.toArray(), found.rowOf.toArray()]
  }
  expect(repeats(5, 5, 2, 5, 2, 9, 5)).toEqual([
    [0, 2, 5],
    [0, 0, 1, 0, 1, 2, 0],
  ])
  expect(repeats(5, 5, 2, 9, 2, 5)).toBe(null)
  expect(repeats(4)).toBe(null)
  expect(repeats()).toBe(null)
})
