// Modules that a function uses, among its inputs or names; what a cell needs to be derived.

import { Linear, LSTMCell, Module, ones, Recurrent, type Tensor } from 'tapegrad'
import { type Derivation, derive } from 'tapegrad/derive'
import { describe, expect, test } from 'vitest'

const [x, linear] = [ones([2, 3]), new Linear(3, 4)]
const equations = ({ lines }: Derivation): string[] =>
  lines.map(({ name, expression }) => `${name} = ${expression}`)

describe('the parameters of a module that f uses go by their paths', () => {
  const head = (derivation: Derivation): string => String(derivation).split('\n\n')[0]

  test('as an input by name', () => {
    const derivation = derive(({ x, linear }) => linear.forward(x).tanh(), { x, linear })
    expect(head(derivation)).toBe('f: x (N, D)\nparameters W_linear (H, D), b_linear (H)')
    expect(derivation.beginnings.map(({ from }) => from)).toEqual([
      'x',
      'linear.weight',
      'linear.bias',
      'δy',
    ])
    expect(equations(derivation)).toContain('δW_linear = δzᵀ x')
  })

  test('in a list, where one alone needs no name', () => {
    const f = (x: Tensor, layer: Linear): Tensor => layer.forward(x)
    expect(equations(derive(f, [x, linear]))[0]).toBe('y = x Wᵀ + b')
    const next = new Linear(4, 2)
    const two = derive((a, x1, b) => b.forward(a.forward(x1)), [linear, x, next])
    expect(equations(two).slice(0, 2)).toEqual(['affine1 = x W_1ᵀ + b_1', 'y = affine1 W_2ᵀ + b_2'])
  })

  test('among names', () => {
    const f = (x: Tensor): Tensor => linear.forward(x)
    expect(equations(derive(f, [x], { names: { linear } }))[0]).toBe('y = x W_linearᵀ + b_linear')
    const again = derive(({ x, own }) => own.forward(x), { x, own: linear }, { names: { linear } })
    expect(equations(again)[0]).toBe('y = x W_ownᵀ + b_own')
  })

  test('also a cell, gate by gate', () => {
    const cell = new LSTMCell(3, 4)
    const inputs = { x, h: ones([2, 4]), c: ones([2, 4]), cell }
    const derivation = derive(({ x, h, c, cell }) => cell.forward(x, { h, c }), inputs)
    expect(equations(derivation)).toContain('δW_cell_ii = δz_iᵀ x')
  })

  test('and without a name they are p1, p2, which the head lists', () => {
    const derivation = derive((x: Tensor) => linear.forward(x), [x])
    expect(head(derivation)).toBe('f: x (N, D)\nparameters p1 (H, D), p2 (H)')
  })
})

class Step extends Module {
  forward(x: Tensor, { h }: { h: Tensor }): { h: Tensor } {
    return { h: h.add(x) }
  }
}
class Sized extends Step {
  stateSize = { h: 3 }
}

test.each<[string, () => unknown, string]>([
  [
    'a function that takes its inputs one by one',
    () => derive(((x: Tensor) => linear.forward(x)) as never, { x }),
    'take ({ x }), or give a list, as in derive(f, [x]) (Linear(3 → 4)',
  ],
  [
    'a cell without inputSize',
    () => derive(new Sized()),
    'give it x, as in derive(cell, { x }), or sizes, as in inputSize = 3 and stateSize = { h: 4 }',
  ],
  [
    'one in Recurrent',
    () => derive(new Recurrent(new Sized())),
    'got one without: give it the size of x, as in inputSize = 3',
  ],
  [
    'a cell without sizes',
    () => derive(new Step()),
    "the inputs of Step's forward, got none: give all, as in derive(module, { x }), or Step the " +
      'sizes of a cell, as in inputSize = 3 and stateSize = { h: 4 }',
  ],
  ['one with x alone', () => derive(new Step(), { x }), "Step's forward, got 1: give all"],
  ['a cell that is no Module', () => derive({ stateSize: { h: 3 } } as never), 'extend Module'],
])('what is missing is said, and what to write: %s', (_, call, message) => {
  expect(call).toThrow(message)
  expect(call).toThrow(/^derive: expected .*, got .*: /)
})

test('modules may be all that f takes', () => {
  const derivation = derive(({ linear }) => linear.weight.square(), { linear })
  expect(String(derivation).split('\n\n')[0]).toMatch(/^f\nparameters W_linear \(D, H\)/u)
  expect(equations(derivation)).toEqual([
    'y = W_linear²',
    'δW_linear = 2 δy ⊙ W_linear',
    'δb_linear = 0',
  ])
})
