// Equal values are one value.

import { expect, test } from 'vitest'
import { Values } from '../../../src/tensor/programs/values.ts'
import { kernelRule } from './instructions.ts'

test('equal values are made once; −0 is not 0, nor are other attributes', () => {
  const values = new Values()
  const x = values.part(0, 0, 3)
  expect(values.part(0, 0, 3)).toBe(x)
  expect(values.part(0, 0, 2)).not.toBe(x)
  expect(values.constant(-0)).not.toBe(values.constant(0))
  expect(values.constant(Number.NaN)).toBe(values.constant(Number.NaN))
  const rule = kernelRule('add')
  const of = (attrs: unknown) => values.computed(rule, attrs, [x, x], false)
  expect(of({ a: 1 })).toBe(of({ a: 1 }))
  expect(of({ a: 1 })).not.toBe(of({ a: 2 }))
  expect(values.rowSum([x], [1])).not.toBe(values.rowSum([x], [2]))
})
