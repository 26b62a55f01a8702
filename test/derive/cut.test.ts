// What is cut off from the tape is written as such, and functions that read numbers are refused.

import { Module, named, noGrad, ones, randn, type Tensor, ValueError } from 'tapegrad'
import { type Derivation, derive } from 'tapegrad/derive'
import { describe, expect, test } from 'vitest'
import { expectEqual } from './computed.ts'

const x = randn([2, 3])
const equations = ({ lines }: Derivation): string[] =>
  lines.map(({ name, expression }) => `${name} = ${expression}`)

describe('what no gradient goes through', () => {
  test('by detach()', () => {
    expect(equations(derive(({ x }) => x.detach().mul(x), { x }))).toEqual([
      'y = stop(x) ⊙ x',
      'δx = δy ⊙ stop(x)',
    ])
    expect(derive(({ x }) => x.detach().mul(x), { x }).toLaTeX()).toContain(
      'y &= \\operatorname{stop}\\left(x\\right) \\odot x',
    )
    const gated = derive(({ x }) => named('z', x.tanh()).detach().mul(x), { x })
    expect(equations(gated)).toEqual(['z = tanh(x)', 'y = stop(z) ⊙ x', 'δx = δy ⊙ stop(z)'])
  })

  test('by noGrad()', () => {
    const f = ({ x }: { x: Tensor }) => x.sub(noGrad(() => x.square().sum(1, true).add(1)))
    const [y, dx] = equations(derive(f, { x }))
    expect(y).toBe('y = x − Σⱼ stop(x)² − 1')
    expect(dx).toBe('δx = δy')
  })

  test('what no gradient would go through anyway is written as it is', () => {
    const k = ones([3])
    const f = ({ x }: { x: Tensor }) => x.mul(k.detach().mul(2)).add(x.detach().detach())
    expect(equations(derive(f, { x }))[0]).toBe('y = 2 x + stop(x)')
  })

  test('in a cell', () => {
    class Cell extends Module {
      inputSize = 3
      stateSize = { h: 3 }
      forward(x: Tensor, { h }: { h: Tensor }): { h: Tensor } {
        return { h: x.tanh().add(h.detach().mul(h)) }
      }
    }
    expect(equations(derive(new Cell()))).toContain('δh = δh′ ⊙ stop(h)')
  })

  test.each([1, 2] as const)('the equations give the numbers, order %i', (order) => {
    const inputs = { x: randn([2, 3], { dtype: 'float64', requiresGrad: true }) }
    const run = ({ x }: Record<string, Tensor>) => ({
      y: x
        .detach()
        .mul(x.square())
        .add(noGrad(() => x.exp()).mul(x)),
    })
    expectEqual(derive(run, inputs, { order }), { inputs, parameters: {}, run }, order, {})
  })
})

describe('a function that reads numbers', () => {
  test.each<[string, (x: Tensor) => Tensor]>([
    ['item', (x) => x.mul(x.sum().item())],
    ['toArray', (x) => (Array.isArray(x.mean(0).toArray()) ? x.exp() : x.square())],
    ['toTypedArray', (x) => x.add(x.detach().argmax(1).toTypedArray()[0])],
  ])('is refused: %s', (name, f) => {
    const call = () => derive(f, [x])
    expect(call).toThrow(ValueError)
    expect(call).toThrow(/^derive: expected f to compute with tensors alone, got one that reads/)
    expect(call).toThrow(`that depend on an input, by ${name}: compute with tensors, as where()`)
  })

  test('also those of a parameter', () => {
    const w = ones([], { requiresGrad: true })
    expect(() => derive((x: Tensor) => x.mul(w.mul(2).item()), [x])).toThrow('by item')
    expect(() => derive((x: Tensor) => x.mul(w.item()), [x])).toThrow('by item')
  })

  test('but not where they depend on nothing that is given', () => {
    const k = ones([1]).mul(3)
    expect(equations(derive((x: Tensor) => x.mul(k.item()), [x]))[0]).toBe('y = 3 x')
  })
})
