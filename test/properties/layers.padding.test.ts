// Batches: each sequence comes out as if it had been alone, and nothing that stands in the padding
// is ever looked at.
import fc from 'fast-check'
import { cat, crossEntropy, type DType, Linear, type Tensor, tensor, zeros } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { agree, type Named } from '../documents/agree.ts'
import type { Nested } from '../documents/oracle/arrays.ts'
import { flat, grid } from '../support/numbers.ts'
import { gridded, gridLeaf } from '../support/tensors.ts'
import {
  type Case,
  cases,
  inputsOf,
  layerOf,
  mapState,
  precisions,
  problem,
  results,
  run,
} from './layers.ts'
import { runs } from './runs.ts'

const all = (n: number, of: number): number[] => Array<number>(n).fill(of)

/** A case, and how long each of its sequences is. */
const ragged = (given: Partial<Case> = {}) =>
  cases(given).chain((c) =>
    fc.record({
      c: fc.constant(c),
      lengths: fc.array(fc.integer({ min: 1, max: c.T }), { minLength: c.N, maxLength: c.N }),
    }),
  )

/** Numbers (N, T, D) of a leaf, with NaN behind each sequence's end. */
function padded(
  shape: readonly [number, number, number],
  seed: number,
  lengths: readonly number[],
  dtype: DType,
  filler: number = Number.NaN,
): Tensor {
  const rows = grid(shape, seed) as number[][][]
  return tensor(
    rows.map((sequence, n) =>
      sequence.map((row, t) => (t < lengths[n] ? row : row.map(() => filler))),
    ),
    { dtype, requiresGrad: true },
  )
}

/** Sequence n of (N, T, …), without its padding, as a batch of one. */
const alone = (x: Tensor, n: number, length: number): Tensor =>
  x.slice(0, n, n + 1).slice(1, 0, length)

/** (1, length, …) with zeros behind its end. */
const extended = (y: Tensor, T: number): Tensor =>
  y.shape[1] === T
    ? y
    : cat([y, zeros([1, T - y.shape[1], ...y.shape.slice(2)], { dtype: y.dtype })], 1)

/** Expects every number behind a sequence's end to be exactly 0. */
function expectNothing(of: Nested, lengths: readonly number[]): void {
  const padding = (of as Nested[][]).flatMap((sequence, n) => sequence.slice(lengths[n]))
  expect(flat(padding).filter((v) => v !== 0)).toEqual([])
}

describe.each(precisions)('$dtype', ({ dtype, tolerance, usual }) => {
  /** The batch at once, and its sequences one by one. */
  function bothWays(
    c: Case,
    lengths: readonly number[],
    given: readonly number[] | undefined,
  ): { together: Named; apart: Named } {
    const layer = layerOf(c, dtype)
    const { state, cotangents } = problem(c, dtype)
    const x = padded([c.N, c.T, c.D], c.seed + 100, lengths, dtype)
    const inputs = inputsOf(layer, x, state)
    const batch = run(c, layer, x, state, { lengths: given })
    const together = results({ output: batch.output, ...batch.state }, cotangents, inputs)
    const singles = lengths.map((length, n) =>
      run(
        c,
        layer,
        alone(x, n, length),
        mapState(state, (t) => t.slice(1, n, n + 1)),
      ),
    )
    const output = cat(singles.map((single) => extended(single.output, c.T)))
    const joined = mapState(state, (t) => t)
    for (const name of Object.keys(state) as (keyof typeof state)[])
      joined[name] = cat(
        singles.map((single) => single.state[name]),
        1,
      )
    return { together, apart: results({ output, ...joined }, cotangents, inputs) }
  }

  test('a batch is its sequences', () =>
    fc.assert(
      fc.property(cases(), (c) => {
        const { together, apart } = bothWays(c, all(c.N, c.T), undefined)
        agree(together, apart, tolerance)
      }),
      runs(usual),
    ))

  test(
    'a padded batch with lengths is its sequences; NaN in the padding is not seen, and its ' +
      'gradient is exactly 0',
    () =>
      fc.assert(
        fc.property(ragged(), ({ c, lengths }) => {
          const { together, apart } = bothWays(c, lengths, lengths)
          agree(together, apart, tolerance)
          for (const name of ['output', 'dx']) expectNothing(together[name], lengths)
        }),
        runs(usual),
      ),
  )

  const reductions = fc.constantFrom('sum', 'mean', 'batchMean')
  const scored = fc.record({
    V: fc.integer({ min: 1, max: 4 }),
    reduction: reductions,
    filler: fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY),
  })

  /** The loss of all sequences together from those of each by itself. */
  function reduced(
    losses: Tensor[],
    lengths: readonly number[],
    reduction: 'sum' | 'mean' | 'batchMean',
  ): Tensor {
    const divisor = { sum: 1, mean: lengths.reduce((a, b) => a + b), batchMean: lengths.length }[
      reduction
    ]
    return losses.reduce((sum, loss) => sum.add(loss)).div(divisor)
  }

  /** Targets, anything at all behind each sequence's end, and the mask. */
  function targetsOf(
    { N, T, seed }: Case,
    V: number,
    lengths: readonly number[],
  ): { targets: Tensor; mask: Tensor } {
    const words = (grid([N, T], seed) as number[][]).map((row, n) =>
      row.map((v, t) => (t < lengths[n] ? ((v * 16) & 63) % V : -1)),
    )
    const mask = lengths.map((length) => Array.from({ length: T }, (_, t) => t < length))
    return { targets: tensor(words, { dtype: 'int32' }), mask: tensor(mask) }
  }

  test(
    'a masked loss is that of the sequences; what the logits hold elsewhere is not seen, and ' +
      'their gradient is exactly 0',
    () =>
      fc.assert(
        fc.property(ragged(), scored, ({ c, lengths }, { V, reduction, filler }) => {
          const logits = padded([c.N, c.T, V], c.seed, lengths, dtype, filler)
          const { targets, mask } = targetsOf(c, V, lengths)
          const cotangents = { loss: tensor(0.75, { dtype }) }
          const together = results(
            { loss: crossEntropy(logits, targets, { mask, reduction }) },
            cotangents,
            { logits },
          )
          const losses = lengths.map((length, n) =>
            crossEntropy(alone(logits, n, length), alone(targets, n, length), { reduction: 'sum' }),
          )
          agree(
            together,
            results({ loss: reduced(losses, lengths, reduction) }, cotangents, { logits }),
            tolerance,
          )
          expectNothing(together.dlogits, lengths)
        }),
        runs(usual),
      ),
  )

  test(
    'a model under a masked loss is the model on each sequence, with lengths or (forwards, on ' +
      'finite padding) without',
    () =>
      fc.assert(
        fc.property(
          ragged(),
          scored,
          fc.boolean(),
          ({ c: drawn, lengths }, { V, reduction }, told) => {
            const c = told ? drawn : { ...drawn, bidirectional: false }
            const layer = layerOf(c, dtype)
            const readOut = new Linear(c.H * (c.bidirectional ? 2 : 1), V, { dtype })
            const weight = gridded(readOut.weight.shape, c.seed + 200, dtype)
            readOut.loadStateDict({ weight, bias: gridded([V], c.seed + 201, dtype) })
            const x = told
              ? padded([c.N, c.T, c.D], c.seed + 100, lengths, dtype)
              : gridLeaf([c.N, c.T, c.D], c.seed + 100, dtype)
            const { state } = problem(c, dtype)
            const { targets, mask } = targetsOf(c, V, lengths)
            const inputs = {
              ...inputsOf(layer, x, state),
              readOut: readOut.weight,
              readOutBias: readOut.bias as Tensor,
            }
            const cotangents = { loss: tensor(0.75, { dtype }) }
            const logits = readOut.forward(run(c, layer, x, state, told ? { lengths } : {}).output)
            const together = results(
              { loss: crossEntropy(logits, targets, { mask, reduction }) },
              cotangents,
              inputs,
            )
            const losses = lengths.map((length, n) => {
              const own = mapState(state, (t) => t.slice(1, n, n + 1))
              return crossEntropy(
                readOut.forward(run(c, layer, alone(x, n, length), own).output),
                alone(targets, n, length),
                { reduction: 'sum' },
              )
            })
            agree(
              together,
              results({ loss: reduced(losses, lengths, reduction) }, cotangents, inputs),
              tolerance,
            )
            expectNothing(together.dx, lengths)
          },
        ),
        runs(usual),
      ),
  )
})
