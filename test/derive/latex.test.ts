// Names in LaTeX: what a caller may call something gives what TeX reads.

import { named, ones, type Tensor, unary } from 'tapegrad'
import { derive } from 'tapegrad/derive'
import { describe, expect, test } from 'vitest'

const x = ones([2, 3])
const latexOf = (label: string): string =>
  derive(({ x }) => named(label, x.tanh()).square(), { x }).lines[0].latex.split(' = ')[0]

test.each([
  ['α', '\\alpha'],
  ['alpha', '\\alpha'],
  ['σ_w', '\\sigma_{w}'],
  ['sigma_w', '\\sigma_{w}'],
  ['Δ', '\\Delta'],
  ['Gamma_1', '\\Gamma_{1}'],
  ['W_λ', 'W_{\\lambda}'],
  ['αβx', '\\alpha\\beta x'],
  ['λ2', '\\lambda2'],
  ['theta2', '\\theta2'],
  ['delta', '\\mathrm{delta}'],
  ['ϑ_φ_ϕ', '\\vartheta_{\\varphi,\\phi}'],
  ['Α', '\\text{U+391}'],
  ['é', '\\acute{e}'],
  ['ĉ', '\\hat{c}'],
  ['γ̃', '\\tilde{\\gamma}'],
  ['h̃_t', '\\tilde{h}_{t}'],
  ['αβ̂x', '\\alpha\\hat{\\beta}x'],
  ['ab̂', 'a\\hat{b}'],
  ['x̄̂', '\\hat{\\bar{x}}'],
  ['x₁', 'x_{1}'],
  ['xₜ₊₁', 'x_{t+1}'],
  ['x̂₁′', "\\hat{x}'_{1}"],
  ['W²', 'W^{2}'],
  ['h⁺', 'h^{+}'],
  ['Wᵀ', 'W_{T}'],
  ['ℓ', '\\ell'],
  ['ℒ', 'L'],
  ['𝐱_𝒟', 'x_{D}'],
  ['𝛼', '\\alpha'],
  ['ж', '\\text{ж}'],
  ['你', '\\text{你}'],
  ['ɛ', '\\text{U+25b}'],
  ['tanh', '\\__{tanh}'],
  ['σ', '\\__{\\sigma}'],
  ['x1', '\\mathrm{x1}'],
  ["h'", "h'"],
  ['h′′_1', "h''_{1}"],
  ['a′b', "{a'}b"],
  ['h⁻′', 'h^{-\\prime}'],
  ['a_b_c', 'a_{b,c}'],
  ['x__y_', 'x_{\\_,y,\\_}'],
  ['100%', '\\__{100,\\_}'],
  ['a#b&c d', 'a_{b,c,d}'],
  ['{a}', '\\__{a,\\_}'],
  ['\\frac', '\\__{frac}'],
  ['x^2', 'x_{2}'],
  ['loss', '\\mathrm{loss}'],
])('%s is %s', (label, latex) => {
  expect(latexOf(label)).toBe(latex)
})

describe('two names are told apart', () => {
  test('where LaTeX would write them alike', () => {
    const f = ({ x }: { x: Tensor }): Tensor => named('alpha', named('α', x.tanh()).exp()).square()
    expect(derive(f, { x }).lines.map(({ name }) => name)).toEqual(['α', 'alpha_2', 'y', 'δx'])
  })

  test('and a gradient from what a caller calls so', () => {
    const { lines } = derive(({ x }) => named('δx', x.tanh()).square(), { x })
    const [left, , gradient] = lines.map(({ latex }) => latex.split(' = ')[0])
    expect([left, gradient]).toEqual(['\\__{\\delta x}', '\\delta x'])
  })
})

test('names of results, inputs and ops are those of text and of LaTeX', () => {
  const twice = unary('twice 100%', { f: (v) => 2 * v, vjp: (g) => g.mul(2) })
  const f = (given: Record<string, Tensor>) => ({ '50 %': twice(given['a&b']) })
  const derivation = derive(f, { 'a&b': x })
  const [head, forward, backward] = String(derivation).split('\n\n')
  expect(head).toBe('f: a_b (N, D)')
  expect(forward).toContain('  _50__ = twice_100_(a_b)')
  expect(backward).toContain('backward, from δ_50__ (N, D)')
  expect(derivation.lines[0].latex).toBe(
    '\\__{50,\\_,\\_} = \\operatorname{twice\\_100\\_}\\left(a_{b}\\right)',
  )
})

test.each(['γ̃', 'h̃_t', 'x₁', 'xₜ₊₁', 'ĉ', 'h⁺', 'x̂′', 'W²'])('%s stays in text', (label) => {
  const { lines } = derive(({ x }) => named(label, x.tanh()).exp(), { x })
  expect(lines.slice(0, 2).map(({ name, expression }) => `${name} = ${expression}`)).toEqual([
    `${label} = tanh(x)`,
    `y = exp(${label})`,
  ])
})

test('a name with a power is that of no square', () => {
  const f = ({ W }: { W: Tensor }): Tensor => named('W²', W.exp()).square().mul(W.square())
  expect(
    derive(f, { W: x })
      .lines.slice(0, 2)
      .map(({ name, expression, latex }) => [name, expression, latex]),
  ).toEqual([
    ['W²_2', 'exp(W)', 'W^{2}_{2} = \\exp\\left(W\\right)'],
    ['y', 'W²_2² ⊙ W²', 'y = {W^{2}_{2}}^{2} \\odot {W}^{2}'],
  ])
  const alone = derive(({ x }) => named('W²', x.exp()).square(), { x }).lines[1]
  expect([alone.expression, alone.latex]).toEqual(['(W²)²', 'y = {W^{2}}^{2}'])
})

test('a mark takes no column', () => {
  const text = String(derive(({ x }) => named('c\u0303c\u0303', x.tanh()).square(), { x }))
  expect(text).toContain('\n  y  = ')
})

describe('a name of a function', () => {
  const functions = ['tanh', 'σ', 'exp', 'log', 'relu', 'max']
  test.each(functions)('is no name of an input or a result: %s', (name) => {
    const message = `to be that of no function, got ${name}: call it ${name}_1`
    const f = (given: Record<string, Tensor>): Tensor => given[name].square()
    expect(() => derive(f, { [name]: x })).toThrow(`expected the name of an input ${message}`)
    const g = (given: { x: Tensor }) => ({ [name]: given.x.square() })
    expect(() => derive(g, { x })).toThrow(`expected the name of a result ${message}`)
  })
  test.each(functions)('is marked where it is that of another tensor: %s', (name) => {
    const { lines } = derive(({ x }) => named(name, x.exp()).square(), { x })
    expect(lines.map((line) => line.name)).toEqual([`_${name}`, 'y', 'δx'])
  })
})

test('words and lists are no products of letters', () => {
  const f = ({ x }: { x: Tensor }) => ({
    a: x.permute([2, 0, 1]).mul(2),
    b: x.sum([0, 1], true),
    c: x.reshape([24]).slice(0, 0, 2),
  })
  const [a, b] = derive(f, { x: ones([2, 3, 4]) }).lines.map(({ latex }) => latex)
  expect(a).toBe('a = 2\\,\\operatorname{permute}\\left(x, \\text{axes 2, 0, 1}\\right)')
  expect(b).toBe('b = \\operatorname{sum}\\left(x, \\text{axes 0, 1}, \\text{keep}\\right)')
  const other = ({ x }: { x: Tensor }): Tensor => x.slice(0, 0, 6, 2).slice(1, 0, 4, 3)
  const { lines } = derive(other, { x: ones([6, 4]) })
  expect(lines.map(({ latex }) => latex).join()).toContain('\\{')
})

test('lengths of axes', () => {
  const derivation = derive(({ x }) => x.reshape([6]).exp(), { x }, { letters: { x: 'N α' } })
  expect(derivation.lines[0].latex).toContain(
    '\\operatorname{reshape}\\left(x, N\\,\\alpha\\right)',
  )
})
