// What a listener hears of the calls of ops, and one tensor in several places of a call.

import { rand } from 'tapegrad'
import { expect, test } from 'vitest'
import { distinct, listening, listeningToAll } from '../../../src/tensor/define/record.ts'
import { d, leaf, numbersOf } from '../../support/tensors.ts'

const x = leaf('1 2')

test('a listener hears what an inner one hears, what comes after it, and what is read', () => {
  const [, calls] = listening(() => {
    const [, inner] = listening(() => x.mul(2))
    expect(inner.map(({ rule }) => rule.name)).toEqual(['mul'])
    x.neg().toTypedArray()
  })
  expect(calls.map(({ rule }) => rule.name)).toEqual(['mul', 'neg', 'toTypedArray'])
  expect(calls.map(({ inputs }) => inputs[0])).toEqual([x, x, calls[1]?.out])
})

test('one tensor in several places has a node in each', () => {
  const y = leaf('3 4')
  const places = distinct([x, y, x])
  expect(new Set(places.map(({ node }) => node)).size).toBe(3)
  expect(places[1]).toBe(y)
  expect(distinct([x, y])).toEqual([x, y])
})

test('a listener is told of effects before them, and hears detach, also while an inner one listens', () => {
  const y = d('1 2')
  const told: unknown[] = []
  const tell = (what: string) => {
    told.push([what, numbersOf(y)])
  }
  const [, calls] = listeningToAll(() => {
    y.assign_(d('3 4'))
    listening(() => y.assign_(d('5 6')))
    rand([1])
    y.detach()
  }, tell)
  expect(told).toEqual([
    ['changes numbers in place, by assign_', [1, 2]],
    ['changes numbers in place, by assign_', [3, 4]],
    ['draws random numbers', [5, 6]],
  ])
  expect(calls.map(({ rule, inputs }) => [rule.name, inputs[0]])).toContainEqual(['detach', y])
})
