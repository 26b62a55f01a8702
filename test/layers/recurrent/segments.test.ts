// Sequences of which some steps are not run, or start afresh: values are held to plain loops, and
// gradients to cells that take one step after the other.

import fc from 'fast-check'
import { type DType, type LSTMState, RNN, type Tensor, tensor, zeros } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { agree, type Named } from '../../documents/agree.ts'
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
} from '../../properties/layers.ts'
import { runs } from '../../properties/runs.ts'
import { flat, grid, type Nested } from '../../support/numbers.ts'
import { recurrent, type Steps } from '../oracle.ts'
import { isRun, optionsOf, stepwise } from './stepwise.ts'

/** A case, the steps of its sequences, and whether it is given a state. */
interface Drawn {
  c: Case
  steps: Steps
  isGiven: boolean
}

const often = fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.boolean())
const seldom = fc.oneof({ weight: 2, arbitrary: fc.constant(false) }, fc.boolean())

const drawn: fc.Arbitrary<Drawn> = cases().chain((c) => {
  const batch = <E>(of: fc.Arbitrary<E>) => fc.array(of, { minLength: c.N, maxLength: c.N })
  const flags = (of: fc.Arbitrary<boolean>) =>
    fc.option(batch(fc.array(of, { minLength: c.T, maxLength: c.T })), { nil: undefined })
  const lengths = fc.option(batch(fc.nat(c.T)), { nil: undefined })
  return fc.record({
    c: fc.constant(c),
    steps: fc.record({
      lengths,
      mask: fc.oneof(flags(often), flags(fc.boolean())),
      resets: flags(seldom),
    }),
    isGiven: fc.boolean(),
  })
})

/** Numbers (N, T, D) with NaN in the steps that are not run. */
const unread = ({ c: { N, T, D, seed }, steps }: Drawn, dtype: DType): Tensor =>
  tensor(
    (grid([N, T, D], seed + 100) as number[][][]).map((rows, n) =>
      rows.map((row, t) => (isRun(steps, n, t) ? row : row.map(() => Number.NaN))),
    ),
    { dtype, requiresGrad: true },
  )

/** An output and, for gradients by inputs that it does not depend on, a sum of none of each. */
const reaching = (output: Tensor, inputs: Record<string, Tensor>): Tensor =>
  Object.values(inputs).reduce((sum, t) => sum.add(t.slice(0, 0, 0).sum()), output)

/** The numbers of `results` that are 0 because nothing was read or used. */
function idle({ c, steps, isGiven }: Drawn, found: Named): number[] {
  const directions = c.bidirectional ? 2 : 1
  const length = (n: number): number => steps.lengths?.[n] ?? c.T
  const padding = (found.output as Nested[][]).flatMap((rows, n) => rows.slice(length(n)))
  const unread = (found.dx as Nested[][]).flatMap((rows, n) =>
    rows.filter((_, t) => !isRun(steps, n, t)),
  )
  const states = isGiven ? [found.dh0, ...(c.kind === 'LSTM' ? [found.dc0] : [])] : []
  const unused = (states as Nested[][][]).flatMap((state) =>
    state
      .filter((_, pass) => pass % directions === 0)
      .flatMap((rows) => rows.filter((_, n) => length(n) > 0 && steps.resets?.[n][0])),
  )
  return flat([padding, unread, unused])
}

describe.each(precisions)('$dtype', ({ dtype, tolerance, usual }) => {
  test('values are those of plain loops', () =>
    fc.assert(
      fc.property(drawn, ({ c, steps, isGiven }) => {
        const layer = layerOf(c, dtype)
        const { x, state: start } = problem(c, dtype)
        const state = isGiven ? start : mapState(start, (t) => t.mul(0).detach())
        const { output, state: after } = run(
          c,
          layer,
          x,
          isGiven ? start : undefined,
          optionsOf(steps),
        )
        const weights = layer.namedParameters().map(([name, p]) => [name, p.toArray()])
        const nested = (t: Tensor) => t.toArray() as number[][][]
        const h = nested(state.h)
        const expected = recurrent(
          Object.fromEntries(weights),
          c.numLayers,
          c.bidirectional,
          nested(x),
          h,
          c.kind === 'LSTM' ? nested(state.c) : h,
          steps,
        )
        const actual = mapState({ output, ...after } as never, nested as never)
        agree(
          actual as never,
          Object.fromEntries(Object.keys(actual).map((name) => [name, expected[name as 'h']])),
          tolerance,
        )
      }),
      runs(usual),
    ))

  test(
    'gradients are those of the steps that are run; NaN elsewhere is not seen, and the gradient of ' +
      'what is not used is exactly 0',
    () =>
      fc.assert(
        fc.property(drawn, (all) => {
          const { c, steps, isGiven } = all
          const layer = layerOf(c, dtype)
          const { state, cotangents } = problem(c, dtype)
          const x = unread(all, dtype)
          const nothing = mapState(state, (t) => t.mul(0).detach())
          const inputs = inputsOf(layer, x, isGiven ? state : ({} as LSTMState))
          const together = run(c, layer, x, isGiven ? state : undefined, optionsOf(steps))
          const apart = stepwise(c, layer, x, isGiven ? state : nothing, steps)
          const actual = results({ output: together.output, ...together.state }, cotangents, inputs)
          agree(
            actual,
            results(
              {
                output: reaching(apart.output, inputs),
                ...mapState(apart.state, (t) => reaching(t, inputs)),
              },
              cotangents,
              inputs,
            ),
            tolerance,
          )
          expect(idle(all, actual).filter((v) => v !== 0)).toEqual([])
        }),
        runs(usual),
      ),
  )
})

test('flags are bool tensors, their axes in the order of those of x', () => {
  const x = zeros([2, 4, 3])
  const call = (name: string, flags: Tensor, batchFirst = true) => {
    new RNN(3, 2, { batchFirst }).forward(x, undefined, { [name]: flags })
  }
  for (const name of ['mask', 'resets']) {
    expect(() => call(name, zeros([2, 4]))).toThrow(`expected ${name} of dtype bool, got float32`)
    const flags = zeros([4, 2], { dtype: 'bool' })
    const expected = `expected ${name} of shape (2, 4), got (4, 2)`
    expect(() => call(name, flags)).toThrow(expected)
    expect(() => call(name, flags, false)).toThrow(expected)
  }
})
