// What recurrent layers are made of: two directions, several layers, dropout between them; each
// against the parts put together by hand.
import fc from 'fast-check'
import {
  cat,
  Dropout,
  full,
  Generator,
  grad,
  type LSTM,
  type LSTMState,
  ones,
  type Tensor,
} from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { agree } from '../documents/agree.ts'
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

/**
 * A layer of its own for one pass or layer of another: the very same parameters, under the names of
 * the first.
 */
function part(whole: LSTM, c: Case, rename: (name: string) => string): LSTM {
  const own = layerOf(c, whole.weight_ih_l0.dtype)
  const theirs = Object.fromEntries(whole.namedParameters())
  return Object.assign(
    own,
    Object.fromEntries(own.namedParameters().map(([name]) => [name, theirs[rename(name)]])),
  )
}

const joinStates = (states: LSTMState[]): LSTMState =>
  Object.fromEntries(
    (Object.keys(states[0]) as (keyof LSTMState)[]).map((name) => [
      name,
      cat(states.map((s) => s[name])),
    ]),
  ) as unknown as LSTMState

describe.each(precisions)('$dtype', ({ dtype, tolerance, usual }) => {
  test('two directions are one forwards and one over the reversed sequence, side by side', () =>
    fc.assert(
      fc.property(cases({ bidirectional: true, numLayers: 1 }), (c) => {
        const layer = layerOf(c, dtype)
        const { x, state, cotangents } = problem(c, dtype)
        const inputs = inputsOf(layer, x, state)
        const both = run(c, layer, x, state)
        const actual = results({ output: both.output, ...both.state }, cotangents, inputs)
        const one = { ...c, bidirectional: false }
        const start = (k: number): LSTMState => mapState(state, (t) => t.slice(0, k, k + 1))
        const forwards = run(
          one,
          part(layer, one, (name) => name),
          x,
          start(0),
        )
        const backwards = run(
          one,
          part(layer, one, (name) => `${name}_reverse`),
          x.flip(1),
          start(1),
        )
        const output = cat([forwards.output, backwards.output.flip(1)], 2)
        agree(
          actual,
          results({ output, ...joinStates([forwards.state, backwards.state]) }, cotangents, inputs),
          tolerance,
        )
      }),
      runs(usual),
    ))

  /** The layers of a stack, one after the other, with something in between. */
  function composed(
    c: Case,
    layer: LSTM,
    x: Tensor,
    state: LSTMState,
    between: (t: Tensor) => Tensor,
  ) {
    const directions = c.bidirectional ? 2 : 1
    let output = x
    const states = Array.from({ length: c.numLayers }, (_, l) => {
      const one = { ...c, numLayers: 1, D: l === 0 ? c.D : c.H * directions }
      const above = part(layer, one, (name) => name.replace('_l0', `_l${l}`))
      const start = mapState(state, (t) => t.slice(0, l * directions, (l + 1) * directions))
      const after = run(one, above, l === 0 ? output : between(output), start)
      output = after.output
      return after.state
    })
    return { output, ...joinStates(states) }
  }

  const stacks = cases().chain((c) =>
    fc.integer({ min: 1, max: 3 }).map((numLayers) => ({ ...c, numLayers })),
  )
  test('layers on top of each other are their composition', () =>
    fc.assert(
      fc.property(stacks, (c) => {
        const layer = layerOf(c, dtype)
        const { x, state, cotangents } = problem(c, dtype)
        const inputs = inputsOf(layer, x, state)
        const whole = run(c, layer, x, state)
        const actual = results({ output: whole.output, ...whole.state }, cotangents, inputs)
        agree(
          actual,
          results(
            composed(c, layer, x, state, (t) => t),
            cotangents,
            inputs,
          ),
          tolerance,
        )
      }),
      runs(usual),
    ))

  const probability = fc.integer({ min: 0, max: 15 }).map((k) => k / 16)
  test('dropout between layers is Dropout between layers, in training', () =>
    fc.assert(
      fc.property(stacks, probability, fc.boolean(), (drawn, p, training) => {
        const c = { ...drawn, batchFirst: false } // The masks are drawn step by step.
        const layer = layerOf(c, dtype, 0.5, {
          dropout: p,
          generator: new Generator(c.seed),
        }).train()
        const same = new Generator(c.seed)
        // Draws what the other drew for its first weights.
        layerOf(c, dtype, 0.5, { generator: same })
        const between = new Dropout(p, { generator: same })
        if (!training) for (const module of [layer, between]) module.eval()
        const { x, state, cotangents } = problem(c, dtype)
        const inputs = inputsOf(layer, x, state)
        const whole = run(c, layer, x, state)
        const actual = results({ output: whole.output, ...whole.state }, cotangents, inputs)
        const timeFirst = (t: Tensor): Tensor =>
          between.forward(t.permute([1, 0, 2])).permute([1, 0, 2])
        agree(
          actual,
          results(composed(c, layer, x, state, timeFirst), cotangents, inputs),
          tolerance,
        )
      }),
      runs(usual),
    ))

  test(
    'dropout zeroes or scales by 1/(1 − p), values and gradients alike, and leaves the ' +
      'expectation',
    () =>
      fc.assert(
        fc.property(probability, fc.nat(1e6), (p, seed) => {
          const drop = new Dropout(p, { generator: new Generator(seed) })
          const [x, g] = [gridLeaf([3, 4], seed, dtype), gridded([3, 4], seed + 1, dtype)]
          const mask = new Dropout(p, { generator: new Generator(seed) }).forward(
            ones([3, 4], { dtype }),
          )
          const scale = full([], 1 / (1 - p), { dtype }).item()
          expect([...mask.toTypedArray()].filter((r) => r !== 0 && r !== scale)).toEqual([])
          const y = drop.forward(x)
          expect(y.toArray()).toEqual(x.mul(mask).toArray())
          expect(grad(y, x, { gradOutputs: g }).toArray()).toEqual(g.mul(mask).toArray())
          // Six standard errors of n draws of 0 or 1/(1 − p).
          const n = 4000
          const mean = drop
            .forward(ones([n], { dtype }))
            .mean()
            .item()
          expect(Math.abs(mean - 1)).toBeLessThanOrEqual(6 * Math.sqrt(p / (1 - p) / n) + tolerance)
          expect(drop.eval().forward(x)).toBe(x)
        }),
        runs(usual),
      ),
  )
})
