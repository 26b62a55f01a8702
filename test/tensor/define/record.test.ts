// What a listener hears of the calls of ops, and one tensor in several places of a call.

import { expect, test } from 'vitest'
import { distinct, listening } from '../../../src/tensor/define/record.ts'
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

test('a listener is told of a change in place before it, also while an inner one listens', () => {
  const y = d('1 2')
  const told: unknown[] = []
  const tell = (who: string) => {
    told.push([who, numbersOf(y)])
  }
  listening(() => {
    y.assign_(d('3 4'))
    listening(() => y.assign_(d('5 6')))
  }, tell)
  expect(told).toEqual([
    ['assign_', [1, 2]],
    ['assign_', [3, 4]],
  ])
})
