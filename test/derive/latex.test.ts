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
  ['Α', '\\text{Α}'],
  ['é', '\\text{é}'],
  ['x1', 'x1'],
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

test('lengths of axes', () => {
  const derivation = derive(({ x }) => x.reshape([6]).exp(), { x }, { letters: { x: 'N α' } })
  expect(derivation.lines[0].latex).toContain(
    '\\operatorname{reshape}\\left(x, N\\,\\alpha\\right)',
  )
})
