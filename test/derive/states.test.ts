// Layers on top of each other and cells of a caller: each letter of a shape means one length, and
// each name one quantity.

import {
  GRU,
  Linear,
  LSTM,
  Module,
  named,
  ones,
  Recurrent,
  RNN,
  type Tensor,
  ValueError,
} from 'tapegrad'
import { type Derivation, derive } from 'tapegrad/derive'
import { describe, expect, test } from 'vitest'

const head = (derivation: Derivation): string => String(derivation).split('\n\n')[0]

/** A cell with a layer between x and h that is as wide as a function of x. */
class Wide extends Module {
  stateSize = { h: 4 }
  readonly inputSize: number
  readonly inner: Linear
  readonly outer: Linear
  constructor(inputSize: number) {
    super()
    this.inputSize = inputSize
    this.inner = new Linear(inputSize, inputSize + 2)
    this.outer = new Linear(inputSize + 2, 4)
  }
  forward(x: Tensor, { h }: { h: Tensor }): { h: Tensor } {
    return { h: this.outer.forward(this.inner.forward(x).tanh()).add(h) }
  }
}

/** The length that a shape's letters say: `2H` is twice that of H. */
const lengthOf = (text: string, sizes: Readonly<Record<string, number>>): number => {
  const [, factor, letter] = /^(\d*)(.*)$/u.exec(text) as unknown as string[]
  return Number(factor || 1) * (letter === '' ? 1 : sizes[letter])
}

describe('the letters of a parameter are its lengths', () => {
  test.each<[string, Module]>([
    ['layers of other widths', new LSTM(3, [4, 5])],
    ['three, in both directions', new GRU(3, [4, 5, 4], { bidirectional: true })],
    ['two layers', new RNN(3, 4, { numLayers: 2 })],
    ['as many inputs as states', new RNN(4, 4, { numLayers: 2, bidirectional: true })],
    ['both directions', new RNN(3, 4, { numLayers: 2, bidirectional: true })],
    ['a projection', new LSTM(3, 4, { numLayers: 2, projSize: 2 })],
    ['a projection of other widths', new LSTM(3, [4, 3], { projSize: 2, bidirectional: true })],
    ['a learned state', new LSTM(3, [4, 5], { learnState: true })],
    [
      'cells with axes of their own',
      new Recurrent((n) => new Wide(n), { inputSize: 3, numLayers: 2, bidirectional: true }),
    ],
  ])('%s', (_, layer) => {
    const { beginnings, sizes } = derive(layer)
    const parameters = new Map(layer.namedParameters())
    const own = beginnings.filter(({ kind }) => kind === 'parameter')
    expect(own.length).toBeGreaterThan(0)
    for (const { from, shape, rows } of own) {
      const whole = (parameters.get(from) as Tensor).shape
      const wanted = rows === null ? whole : [rows[1] - rows[0], ...whole.slice(1)]
      expect([from, ...shape.map((letter) => lengthOf(letter, sizes))]).toEqual([from, ...wanted])
    }
    for (const [letter, size] of Object.entries(sizes)) {
      expect(letter).toMatch(/^[A-Z]/u)
      expect(size).toBeGreaterThan(0)
    }
  })

  test('also in words', () => {
    const wide = head(derive(new LSTM(3, [4, 5])))
    expect(wide).toContain('h_l1⟨0⟩ (N, H_l1)')
    expect(wide).toContain('W_io_l1 (H_l1, H_l0): rows of weight_ih_l1')
    const both = derive(new RNN(3, 4, { numLayers: 2, bidirectional: true }))
    expect(head(both)).toContain('W_ih_l1 (H, 2H), W_hh_l1 (H, H)')
    const projected = head(derive(new LSTM(3, 4, { numLayers: 2, projSize: 2 })))
    expect(projected).toContain('W_io_l1 (H, P): rows of weight_ih_l1')
    expect(both.sizes).toEqual({ N: 2, D: 3, H: 4 })
  })

  test('and parts of what two directions give', () => {
    const { lines } = derive(new RNN(3, [4, 5], { bidirectional: true }))
    const part = lines.find(({ name }) => name === 'δh_l1_reverse⟨t⟩')
    expect(part?.expression).toContain('δy⟨t⟩[:, H_l1:2H_l1]')
    expect(part?.latex).toContain('{\\delta y_{t}}_{[:, H_{l1}:2H_{l1}]}')
  })
})

type States = Record<string, Tensor>

/** A cell with h and another state; it gives what a caller wants. */
class Cell extends Module {
  inputSize = 3
  stateSize: Record<string, number>
  readonly input = new Linear(3, 4)
  readonly #results: (states: States) => States
  constructor(names: readonly string[], results: (states: States) => States = (own) => own) {
    super()
    this.stateSize = Object.fromEntries(names.map((name) => [name, 4]))
    this.#results = results
  }
  forward(x: Tensor, states: States): States {
    const z = named('z', this.input.forward(x))
    const all = Object.entries(states).map(([name, t]) => [name, t.add(z).tanh()] as const)
    return this.#results(Object.fromEntries(all))
  }
}
const layerOf = (cell: Cell): Recurrent<never> => new Recurrent(cell as never)

describe('a state', () => {
  const refused = (call: () => unknown, name: string): void => {
    expect(call).toThrow(ValueError)
    expect(call).toThrow(`got ${name}: rename the state`)
  }
  test.each(['x', 'y', 't', 'T', 'N', 'D', 'H', 'h′', 'h⁻', 'first_h', 'δy', 'εy', 'a b'])(
    'of a layer is not called %s',
    (name) => refused(() => derive(layerOf(new Cell(['h', name]))), name),
  )
  test.each(['x', 'N', 'D', 'H', 'h′', 'δh'])('of a cell is not called %s', (name) =>
    refused(() => derive(new Cell(['h', name])), name),
  )
  test('nor as LaTeX writes another', () =>
    refused(() => derive(new Cell(['h', 'α', 'alpha'])), 'alpha'))

  test.each(['z', 's', 'k1', 'c', 'α', 'add1', 'H_l0', 'γ̃', 'c₁'])('may be called %s', (name) => {
    const { lines, beginnings } = derive(layerOf(new Cell(['h', name])))
    const all = [...lines, ...beginnings].map((one) => one.name)
    expect(all).toEqual([...new Set(all)])
    expect(all).toContain(`${name}⟨t⟩`)
    expect(all).toContain(`${name}⟨0⟩`)
  })

  test('need not be h, in a cell alone', () => {
    const derivation = derive(new Cell(['s']))
    expect(head(derivation)).toBe(
      'Cell: x (N, D), s (N, H)\nparameters W_input (H, D), b_input (H)',
    )
    expect(derivation.lines.map(({ name }) => name)).not.toContain('δh')
  })
})

describe('a layer refuses to be derived as it refuses to run', () => {
  test.each<[string, (states: States) => States]>([
    ['a result that is no state', ({ h }) => ({ h, y: h })],
    ['an output', ({ h }) => ({ output: h, h })],
    ['a state that is missing', () => ({})],
    ['a state of another shape', ({ h }) => ({ h: h.slice(1, 0, 2) })],
  ])('%s', (_, results) => {
    const layer = layerOf(new Cell(['h'], results))
    const [run, derived] = [() => layer.forward(ones([2, 5, 3]) as never), () => derive(layer)].map(
      (call) => {
        try {
          call()
        } catch (error) {
          return error as Error
        }
        throw new Error('expected an error')
      },
    )
    expect(derived).toBeInstanceOf(run.constructor)
    expect(derived.message).toBe(run.message)
  })
})

describe('the size of x', () => {
  class Leaky extends Module {
    stateSize = { h: 4 }
    input = new Linear(3, 4)
    forward(x: Tensor, { h }: { h: Tensor }): { h: Tensor } {
      return { h: this.input.forward(x).add(h).tanh() }
    }
  }
  test('is that of x, where a cell does not say it', () => {
    const layer = new Recurrent(new Leaky())
    for (const x of [ones([5, 3]), ones([2, 5, 3])])
      expect(derive(layer, { x }).sizes).toEqual({ N: 2, D: 3, H: 4 })
  })
})
