// A width for every layer: the layer is layers of one width, one after the other, in values,
// derivatives and draws, and its states are lists. What is refused is widths.refused.test.ts.
import {
  Dropout,
  detachState,
  Generator,
  GRU,
  grad,
  LSTM,
  type Module,
  manualSeed,
  RNN,
  rand,
  type SequenceOptions,
  type Tensor,
  tensor,
} from 'tapegrad'
import { checkModule, tensorOf } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { float64, gridLeaf, numbersOf } from '../../support/tensors.ts'

const layers = { RNN, GRU, LSTM }
type Kind = keyof typeof layers
type States = Record<string, Tensor[]>
/** A layer of any kind and form of states. */
type Any = Module & {
  forward(
    x: Tensor,
    state?: object,
    options?: SequenceOptions,
  ): { output: Tensor; state: States; states: States }
}
const make = (kind: Kind, D: number, hidden: number | readonly number[], options: object): Any =>
  Reflect.construct(layers[kind], [D, hidden, { ...float64, ...options }]) as Any

/** Layers of widths 5 and 3, and two layers with the parameters of these. */
function both(kind: Kind, options: object, generator?: () => Generator) {
  manualSeed(7)
  const own = (): object => (generator === undefined ? {} : { generator: generator() })
  const directions = 'bidirectional' in options ? 2 : 1
  const whole = make(kind, 2, [5, 3], { ...options, ...own() })
  const each = own()
  const [lower, upper] = [
    make(kind, 2, 5, { ...options, ...each }),
    make(kind, ('projSize' in options ? 2 : 5) * directions, 3, { ...options, ...each }),
  ]
  for (const [name, p] of whole.namedParameters())
    Object.assign(name.includes('_l0') ? lower : upper, { [name.replace('_l1', '_l0')]: p })
  return { whole, lower, upper }
}

const variants: readonly (readonly [Kind, object])[] = [
  ['RNN', {}],
  ['RNN', { nonlinearity: 'relu', bidirectional: true }],
  ['GRU', { learnState: true }],
  ['GRU', { resetAfter: false, bidirectional: true, learnState: true }],
  ['LSTM', {}],
  ['LSTM', { bidirectional: true, learnState: true }],
  ['LSTM', { peepholes: true, coupledGates: true, forgetBias: 1 }],
  ['LSTM', { projSize: 2, layerNorm: true, cellClip: 0.5, bidirectional: true }],
  ['LSTM', { zoneout: { h: 0.25, c: 0.5 }, bidirectional: true }],
]
const calls: readonly SequenceOptions[] = [
  { every: true },
  { every: true, lengths: [3, 1, 4] },
  { every: true, resets: tensor([0, 2, 3].map((t) => [1, 2, 3, 4].map((s) => s === t))) },
]

/** What comes out of the two layers, in the form of one. */
function composed(lower: Any, upper: Any, x: Tensor, given: States | null, call: SequenceOptions) {
  const of = (l: number) =>
    given === null
      ? undefined
      : Object.fromEntries(Object.entries(given).map(([name, all]) => [name, all[l]]))
  const below = lower.forward(x, of(0), call)
  const above = upper.forward(below.output, of(1), call)
  const pair = (which: 'state' | 'states'): States =>
    Object.fromEntries(
      Object.keys(below.state).map((name) => [
        name,
        [below[which][name], above[which][name]] as unknown as Tensor[],
      ]),
    )
  return { output: above.output, state: pair('state'), states: pair('states') }
}

type Outcome = ReturnType<typeof composed>
const tensorsOf = ({ output, state, states }: Outcome): Tensor[] => [
  output,
  ...Object.values(state).flat(),
  ...Object.values(states).flat(),
]
const formOf = ({ state, states }: Outcome) =>
  [state, states].map((all) =>
    Object.entries(all).map(([name, list]) => [name, list.map(({ shape }) => shape)]),
  )

describe.each(variants)('%s %o', (kind, options) => {
  test.each(calls)('is two layers: %o', (call) => {
    for (const isGiven of [false, true]) {
      const { whole, lower, upper } = both(kind, options)
      if ('zoneout' in options) for (const layer of [whole, lower, upper]) layer.eval()
      const x = gridLeaf([3, 4, 2], 1)
      const directions = 'bidirectional' in options ? 2 : 1
      const sizes = [5, 3].map((H) => ({ h: 'projSize' in options ? 2 : H, c: H }))
      const given: States | null = isGiven
        ? Object.fromEntries(
            (kind === 'LSTM' ? (['h', 'c'] as const) : (['h'] as const)).map((name) => [
              name,
              sizes.map((size, l) => gridLeaf([directions, 3, size[name]], 2 + l)),
            ]),
          )
        : null
      const inputs = [x, ...whole.parameters(), ...Object.values(given ?? {}).flat()]
      const found = [
        whole.forward(x, given ?? undefined, call),
        composed(lower, upper, x, given, call),
      ].map((outcome) => {
        const outputs = tensorsOf(outcome)
        const loss = outputs
          .map((t, i) =>
            t
              .square()
              .mul(0.5 + i / 10)
              .sum(),
          )
          .reduce((a, b) => a.add(b))
        const unused = { allowUnused: true, createGraph: true } as const
        const first = grad(loss, inputs, unused).map((g, i) => g ?? inputs[i].mul(0))
        const squares = first.map((g) => g.square().sum()).reduce((a, b) => a.add(b))
        const second = grad(squares, inputs, { allowUnused: true })
        const numbers = (all: readonly (Tensor | null)[]) => all.map((t) => t && numbersOf(t))
        return {
          form: formOf(outcome),
          values: numbers(outputs),
          first: numbers(first),
          second: numbers(second),
        }
      })
      const [actual, wanted] = found
      expect(actual.form).toEqual(wanted.form)
      for (const what of ['values', 'first', 'second'] as const)
        actual[what].forEach((numbers, i) => {
          expect(numbers?.length).toBe(wanted[what][i]?.length)
          numbers?.forEach((v, j) => {
            const w = wanted[what][i]?.[j] as number
            expect(Math.abs(v - w), `${what} ${i}`).toBeLessThan(1e-9 * (1 + Math.abs(w)))
          })
        })
    }
  })
})

describe.each(['RNN', 'GRU', 'LSTM'] as const)('%s', (kind) => {
  test('draws what its layers draw, the lower one first', () => {
    // In the order of the rows, step after step, in which elements are dropped.
    const x = rand([4, 3, 2], float64)
    for (const around of [
      { zoneout: 0.5, recurrentDropout: 0.5, bidirectional: true },
      { weightDrop: 0.5 },
      { dropout: 0.5 },
    ]) {
      const options = { ...around, batchFirst: false }
      const { whole, lower, upper } = both(kind, options, () => new Generator(5))
      const between = new Dropout('dropout' in options ? 0.5 : 0, {
        generator: (lower as unknown as { generator: Generator }).generator,
      })
      const { output } = lower.forward(x)
      const twice = upper.forward(between.forward(output)).output
      expect(numbersOf(whole.forward(x).output)).toEqual(numbersOf(twice))
      expect(numbersOf(whole.forward(x).output)).not.toEqual(numbersOf(twice))
    }
  })

  test('begins as its layers begin, each by its own width', () => {
    const own = { bidirectional: true, learnState: true }
    const [one, two] = [new Generator(3), new Generator(3)]
    const whole = make(kind, 2, [50, 2], { ...own, generator: one })
    const apart = [
      make(kind, 2, 50, { ...own, generator: two }),
      make(kind, 100, 2, { ...own, generator: two }),
    ]
    expect(whole.namedParameters().map(([name, p]) => [name, p.toArray()])).toEqual(
      apart.flatMap((layer, l) =>
        layer.namedParameters().map(([name, p]) => [name.replace('_l0', `_l${l}`), p.toArray()]),
      ),
    )
    const largest = (l: number): number =>
      Math.max(
        ...whole
          .namedParameters()
          .flatMap(([name, p]) => (name.includes(`_l${l}`) ? numbersOf(p).map(Math.abs) : [])),
      )
    expect(largest(0) * Math.sqrt(50)).toBeGreaterThan(0.99)
    expect(largest(0) * Math.sqrt(50)).toBeLessThan(1)
    expect(largest(1) * Math.sqrt(2)).toBeGreaterThan(0.95)
    expect(largest(1) * Math.sqrt(2)).toBeLessThan(1)
  })

  test('is the layer of one number where all widths are equal, but for the form of states', () => {
    for (const bidirectional of [false, true]) {
      const options = { bidirectional, numLayers: 2, learnState: true }
      const list = make(kind, 2, [4, 4], options)
      const one = make(kind, 2, 4, options)
      one.loadStateDict(list.stateDict())
      const x = rand([3, 5, 2], float64)
      const call = { every: true, lengths: [5, 2, 0] }
      const [a, b] = [list.forward(x, undefined, call), one.forward(x, undefined, call)]
      expect(a.output.toArray()).toEqual(b.output.toArray())
      for (const which of ['state', 'states'] as const)
        for (const [name, tensors] of Object.entries(a[which])) {
          expect(tensors).toHaveLength(2)
          const whole = b[which][name] as unknown as Tensor
          expect(tensors.flatMap((t) => t.toArray())).toEqual(whole.toArray())
        }
      const [next, same] = [list.forward(x, a.state), one.forward(x, b.state)]
      expect(next.output.toArray()).toEqual(same.output.toArray())
    }
    expect(make(kind, 2, [4], {}).forward(rand([1, 1, 2], float64)).state.h).toHaveLength(1)
  })

  test('goes into a state dict and out of one', () => {
    const [from, to] = [make(kind, 2, [5, 3], {}), make(kind, 2, [5, 3], {})]
    const x = rand([3, 4, 2], float64)
    expect(to.forward(x).output.toArray()).not.toEqual(from.forward(x).output.toArray())
    to.loadStateDict(from.stateDict())
    expect(to.forward(x).output.toArray()).toEqual(from.forward(x).output.toArray())
    expect(() => make(kind, 2, [5, 4], {}).loadStateDict(from.stateDict())).toThrow()
  })

  test('keeps the laws of a module', () => {
    manualSeed(6)
    const few = { numRuns: 4, seed: 1 }
    const x = tensorOf({ shape: [3, 4, 2], dtype: 'float64' })
    checkModule(make(kind, 2, [4, 2], { bidirectional: true, learnState: true }), x, few)
    checkModule(make(kind, 2, [2, 3], { zoneout: 0.5, weightDrop: 0.5 }), x, few)
    const every = x.map((x) => [x, { every: true }])
    checkModule(make(kind, 2, [3, 2], {}), every, few)
  })

  test('carries its state on, cut off from the tape', () => {
    const layer = make(kind, 2, [5, 3], {})
    const x = rand([3, 4, 2], float64)
    const whole = layer.forward(x)
    let state: States | undefined
    let output: Tensor | undefined
    for (let t = 0; t < 4; t++) {
      const next = layer.forward(x.slice(1, t, t + 1), detachState(state))
      next.output.sum().backward()
      for (const t of Object.values(next.state).flat()) expect(t.requiresGrad).toBe(true)
      for (const t of Object.values(detachState(next.state)).flat())
        expect(t.requiresGrad).toBe(false)
      ;({ state, output } = next)
    }
    numbersOf(output as Tensor).forEach((v, i) => {
      expect(v).toBeCloseTo(numbersOf(whole.output.select(1, 3))[i], 12)
    })
    for (const [name, tensors] of Object.entries(whole.state))
      expect(tensors.map(({ shape }) => shape)).toEqual((state?.[name] ?? []).map((t) => t.shape))
  })

  test('has the batch on the second axis', () => {
    const layer = make(kind, 2, [5, 3], { batchFirst: false })
    const { output, state, states } = layer.forward(rand([4, 3, 2], float64), undefined, {
      every: true,
    })
    expect(output.shape).toEqual([4, 3, 3])
    expect(state.h.map(({ shape }) => shape)).toEqual([
      [1, 3, 5],
      [1, 3, 3],
    ])
    expect(states.h.map(({ shape }) => shape)).toEqual([
      [1, 4, 3, 5],
      [1, 4, 3, 3],
    ])
  })
})

test('a layer holds a copy of its list', () => {
  const widths = [5, 3]
  const lstm = new LSTM(2, widths)
  widths[0] = 7
  widths.push(2)
  expect(lstm.hiddenSize).toEqual([5, 3])
  expect(Object.isFrozen(lstm.hiddenSize)).toBe(true)
  expect(lstm.numLayers).toBe(2)
  expect(lstm.forward(rand([1, 2, 2])).state.c[1].shape).toEqual([1, 1, 3])
  expect(new GRU(2, [5, 3], { numLayers: 2 }).numLayers).toBe(2)
  expect(new RNN(2, [5, 3], { numLayers: undefined }).numLayers).toBe(2)
})

test('a layer shows its widths', () => {
  expect(String(new LSTM(3, [4, 2], { bias: false }))).toMatchInlineSnapshot(`
    "LSTM(3 → [4, 2]) · 160 parameters
    ├─ …_l0  112  weight_ih (16, 3), weight_hh (16, 4)
    └─ …_l1   48  weight_ih (8, 4), weight_hh (8, 2)"
  `)
})
