// checkExactly where functions have identities that free numbers do not know: its errors say so.

import { type Tensor, unary } from 'tapegrad'
import { checkExactly } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { d } from '../../support/tensors.ts'
import { cube, errorOf, isCube, wrongCube } from './errorOf.ts'

const x = [d([1, 2])] as const
const tail = (names: string): string =>
  `. They are not equal for free values of ${names}: equal only if an identity of theirs holds ` +
  'that checkExactly does not know: check with checkGradients or checkAgainst'

describe('an error is not certain', () => {
  test.each<[string, (x: Tensor) => Tensor, (x: Tensor) => Tensor, string]>([
    ['log x²', (x) => x.square().log(), (x) => x.log().mul(2), 'log'],
    ['sin 2x', (x) => x.mul(2).sin(), (x) => x.sin().mul(x.cos()).mul(2), 'sin'],
    ['xʸ', (x) => x.pow(x.square()), (x) => x.log().mul(x.square()).exp(), 'pow'],
    ['log σ(x)', (x) => x.sigmoid().log(), (x) => x.neg().softplus().neg(), 'log'],
  ])('another function: %s', (_, fn, equals, name) => {
    const error = errorOf(() => checkExactly(fn, x, { equals }))
    expect(error).toMatchObject({ check: 'equals' })
    expect(error.message).toMatch(
      new RegExp(`not equal for free values of [a-z, ]*\\b${name}\\b.*an identity of theirs holds`),
    )
  })

  test('a formula', () => {
    const gradients = ([x]: [Tensor], [u]: readonly Tensor[]): Tensor[] => [
      x
        .mul(2)
        .sin()
        .mul(u as Tensor),
    ]
    const error = errorOf(() => checkExactly((x) => x.sin().square(), x, { gradients }))
    expect(error.message).toContain(`so the formula is off${tail('sin, cos')}`)
  })

  test('the derivative of an op, by the functions in it', () => {
    const sinSquare = unary('sinSquare', {
      f: (x) => Math.sin(x) ** 2,
      vjp: (g, _, x) => g.mul(x.mul(2).sin()),
    })
    const ops = { sinSquare: (x: Tensor) => x.sin().square() }
    const error = errorOf(() => checkExactly((x) => sinSquare(x).log(), x, { ops }))
    expect(error).toMatchObject({ check: 'derivative', op: 'sinSquare' })
    expect(error.message).toContain(
      'sinSquare of (2) is off by itself. They are not equal for free',
    )
    expect(error.message).not.toContain('log')
  })
})

describe('an error is certain', () => {
  test('where everything is a polynomial', () => {
    const error = errorOf(() => checkExactly((x) => x.square(), x, { equals: (x) => x.mul(2) }))
    expect(error.message).not.toContain('free')
  })
  test('where the op that is off is one', () => {
    checkExactly((x) => cube(x).log(), x, { ops: isCube })
    const ops = { cube: (x: Tensor) => x.mul(x).mul(x) }
    const error = errorOf(() => checkExactly((x) => wrongCube(x).log(), x, { ops }))
    expect(error.message).toMatch(/cube of \(2\) is off by itself$/)
  })
})
