// Which numbers derive writes as the length of an axis: those by which a mean divides, no others.

import { Module, ones, type Tensor } from 'tapegrad'
import { derive } from 'tapegrad/derive'
import { describe, expect, test } from 'vitest'

const expressions = (f: (x: Tensor) => Tensor, shape: number[]): string[] =>
  derive(f, [ones(shape)]).lines.map(({ expression }) => expression)

describe('the length of an axis', () => {
  test('a number that equals it stays a number', () => {
    expect(expressions((x) => x.sum(0).div(2), [2, 3])).toEqual([
      '(Σₙ x) / 2',
      'broadcast(δy / 2, N, D)',
    ])
    expect(expressions((x) => x.sum(1, true).div(3), [2, 3])[0]).toBe('(Σⱼ x) / 3')
    expect(expressions((x) => x.mean(0).div(2), [2, 3])[0]).toBe('(Σₙ x) / N / 2')
  })

  test('also in a cell, whose rows are made', () => {
    class Own extends Module {
      inputSize = 2
      stateSize = { h: 2 }
      forward(x: Tensor, { h }: { h: Tensor }): { h: Tensor } {
        return { h: h.square().sum(0).div(2).add(x) }
      }
    }
    expect(derive(new Own()).lines.map(({ expression }) => expression)).toEqual([
      '(Σₙ h²) / 2 + x',
      'δh′',
      '2 (Σₙ δh′) ⊙ h / 2',
    ])
  })

  test('a mean has that of its own axis, where another is as long', () => {
    expect(expressions((x) => x.sub(x.mean(1, true)).add(x.mean(0)), [2, 2])).toEqual([
      'x − (Σⱼ x) / D + (Σₙ x) / N',
      '(Σₙ δy) / N + δy − (Σⱼ δy) / D',
    ])
  })

  test('beside an equal number, forward and backward', () => {
    expect(expressions((x) => x.mean(0).add(x.sum(1, true).div(2)), [2, 2])).toEqual([
      '(Σₙ x) / N + (Σⱼ x) / 2',
      '(Σⱼ δy) / 2 + (Σₙ δy) / N',
    ])
  })

  test('of several axes the number of terms', () => {
    expect(expressions((x) => x.mean(), [2, 3])[0]).toBe('(Σ x) / 6')
  })
})
