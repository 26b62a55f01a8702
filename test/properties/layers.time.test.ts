// Through time: sequences in pieces, backpropagation that is cut on purpose, and long sequences.
import fc from 'fast-check'
import { cat, type LSTMState } from 'tapegrad'
import { describe, test } from 'vitest'
import { agree, type Named } from '../documents/agree.ts'
import type { Matrix, Nested, Volume } from '../documents/oracle/arrays.ts'
import { bptt, type Weights } from './bptt.ts'
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

/** Over many steps the weights are small, so that rounding is not amplified from step to step. */
const scaleOf = ({ T }: Case): number => (T > 20 ? 0.25 : 0.5)

const steps = (max: number) => fc.integer({ min: 1, max })

/** Backpropagation through time in plain loops, cut every k steps, named as the layer's results. */
function byLoops(c: Case, k?: number): Named {
  const layer = layerOf(c, 'float64', scaleOf(c))
  const { x, state, cotangents } = problem(c, 'float64')
  const weights = Object.fromEntries(
    layer.namedParameters().map(([name, p]) => [name.replace('_l0', ''), p.toArray()]),
  ) as unknown as Weights
  const first = (s: LSTMState): [Matrix, Matrix] => [
    (s.h.toArray() as Volume)[0],
    ((s.c ?? s.h.mul(0)).toArray() as Volume)[0],
  ]
  const { values, gradients } = bptt(
    weights,
    x.toArray() as Volume,
    ...first(state),
    cotangents.output.toArray() as Volume,
    ...first(cotangents),
    k,
  )
  return { ...values, ...gradients } as Named
}

/**
 * The layer over pieces of these sizes, each going on from the state of the one before, or from a
 * copy of it that is cut off the tape.
 */
function inPieces(
  c: Case,
  dtype: 'float32' | 'float64',
  sizes: readonly number[],
  cut: boolean,
): Named {
  const layer = layerOf(c, dtype, scaleOf(c))
  const { x, state, cotangents } = problem(c, dtype)
  let [at, carried] = [0, state]
  const outputs = sizes.map((size) => {
    const piece = run(c, layer, x.slice(1, at, at + size), carried)
    at += size
    carried = cut && at < c.T ? mapState(piece.state, (t) => t.detach()) : piece.state
    return piece.output
  })
  return results({ output: cat(outputs, 1), ...carried }, cotangents, inputsOf(layer, x, state))
}

describe.each(precisions)('$dtype', ({ dtype, tolerance, usual }) => {
  const pieces = fc.array(steps(3), { minLength: 1, maxLength: 4 }).chain((sizes) =>
    fc.record({
      sizes: fc.constant(sizes),
      c: cases({ bidirectional: false, T: sizes.reduce((a, b) => a + b) }),
    }),
  )

  test('pieces with carried state are the whole, gradients through the state included', () =>
    fc.assert(
      fc.property(pieces, ({ sizes, c }) => {
        agree(inPieces(c, dtype, sizes, false), inPieces(c, dtype, [c.T], false), tolerance)
      }),
      runs(usual),
    ))

  const cuts = fc.record({
    c: cases({ bidirectional: false, numLayers: 1, bias: true }),
    T: steps(9),
    k: steps(4),
  })

  test('detached every k steps, the gradient is that of the truncated objective', () =>
    fc.assert(
      fc.property(cuts, ({ c, T, k }) => {
        const sizes = Array.from({ length: Math.ceil(T / k) }, (_, i) => Math.min(k, T - i * k))
        const expected = byLoops({ ...c, T }, k)
        const actual = inPieces({ ...c, T }, dtype, sizes, true)
        agree(actual, named(expected, actual), tolerance)
      }),
      runs(usual),
    ))

  const long = cases({ bidirectional: false, numLayers: 1, bias: true })
  test('a thousand steps are finite, and what plain loops compute', () =>
    fc.assert(
      fc.property(long, fc.constantFrom(100, 300, 1000), (c, T) => {
        const actual = inPieces({ ...c, T, N: 1 }, dtype, [T], false)
        agree(actual, named(byLoops({ ...c, T, N: 1 }), actual), tolerance * 10)
      }),
      { ...runs(10), numRuns: 10 },
    ))
})

/** Of all that the loops compute, what the layer has: an RNN has no c. */
const named = (all: Named, asked: Named): Named =>
  Object.fromEntries(Object.keys(asked).map((name) => [name, all[name] as Nested]))
