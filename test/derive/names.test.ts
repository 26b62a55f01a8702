// Each name that derive writes has one meaning.

import { Module, named, ones, Recurrent, type Tensor, ValueError } from 'tapegrad'
import { type Derivation, derive } from 'tapegrad/derive'
import { describe, expect, test } from 'vitest'

const x = ones([2, 3])
const equations = ({ lines }: Derivation): string[] =>
  lines.map(({ name, expression }) => `${name} = ${expression}`)

class Cell extends Module {
  inputSize = 3
  stateSize = { h: 3 }
  readonly #label: string
  constructor(label: string) {
    super()
    this.#label = label
  }
  forward(x: Tensor, { h }: { h: Tensor }): { h: Tensor } {
    return { h: named(this.#label, x.add(h)).tanh() }
  }
}

describe('an intermediate result', () => {
  test('does not take the name of a result', () => {
    expect(equations(derive(({ x }) => named('y', x.add(1)).square(), { x }))).toEqual([
      'y_2 = x + 1',
      'y = y_2²',
      'δx = 2 δy ⊙ y_2',
    ])
    const inside = derive(({ x }) => ({ z: named('z', x.add(1)).tanh() }), { x })
    expect(equations(inside)).toEqual(['z_2 = x + 1', 'z = tanh(z_2)', 'δx = δz ⊙ (1 − z²)'])
    expect(inside.beginnings.map(({ name }) => name)).toEqual(['x', 'δz'])
  })

  test('nor that of a state', () => {
    expect(equations(derive(new Cell('h′'))).slice(0, 2)).toEqual([
      'h′_2 = x + h',
      'h′ = tanh(h′_2)',
    ])
  })

  test.each(['y', 'h', 'x', 'h′', 'h⁻', 'δh', 'δy', 'first_h'])(
    'nor one that a layer writes: %s',
    (label) => {
      const { lines } = derive(new Recurrent(new Cell(label)))
      const names = lines.map(({ name }) => name)
      expect(names).toEqual([...new Set(names)])
      expect(names).toContain('y⟨t⟩')
    },
  )

  test('nor that of a gradient', () => {
    expect(equations(derive(({ x }) => named('δx', x.add(1)).square(), { x }))).toEqual([
      '_δx = x + 1',
      'y = _δx²',
      'δx = 2 δy ⊙ _δx',
    ])
  })

  test('nor has a tensor from outside that of a result', () => {
    const w = named('y', ones([3], { requiresGrad: true }))
    expect(equations(derive(({ x }) => x.mul(w), { x }))).toEqual([
      'y = x ⊙ y_2',
      'δx = δy ⊙ y_2',
      'δy_2 = Σₙ δy ⊙ x',
    ])
  })
})

test('a result has primes where what is given has its name', () => {
  const f = (given: Record<string, Tensor>) => ({ x: given.x.add(given['x′']) })
  expect(equations(derive(f, { x, 'x′': x }))).toEqual(['x′′ = x + x′', 'δx = δx′′', 'δx′ = δx'])
  const weight = ones([3, 3], { requiresGrad: true })
  const named = derive(({ x }) => ({ W: x.matmul(weight) }), { x }, { names: { weight } })
  expect(equations(named)).toEqual(['W′ = x W', 'δx = δW′ Wᵀ', 'δW = xᵀ δW′'])
})

test.each<[string, () => unknown]>([
  ['an input', () => derive(({ δy }) => δy.square(), { δy: x })],
  ['an input', () => derive(({ x }) => x, { x }, { names: { εx: x } })],
  ['a result', () => derive(({ x }) => ({ δy: x.square() }), { x })],
])('the name of a gradient for %s is refused', (what, call) => {
  expect(call).toThrow(ValueError)
  expect(call).toThrow(`expected the name of ${what} to begin with another sign than δ and ε`)
})
