// Equal values are one value, and a sum of rows is that of what they are made of where it may be.

import { zeros } from 'tapegrad'
import { expect, test } from 'vitest'
import type { Code } from '../../../src/kernels/program.ts'
import { Program } from '../../../src/tensor/programs/program.ts'
import { type Value, Values } from '../../../src/tensor/programs/values.ts'
import { d, numbersOf } from '../../support/tensors.ts'
import { kernelRule, type Rule, run } from './instructions.ts'

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

type Of = (kernel: Code, ...args: readonly Value[]) => Value
/** Sums of a = (1, 2, 3), b = (4, 5) and the numbers c = 10 and e = 100 of a row. */
test.each<[string, (of: Of, a: Value, b: Value, c: Value, e: Value) => Value[], number]>([
  ['one factor', (of, a, b, c) => [of('mul', a, c), of('mul', b, c)], 150],
  ['one divisor', (of, a, b, c) => [of('div', a, c), of('div', b, c)], 1.5],
  ['negatives', (of, a, b) => [of('neg', a), of('neg', b)], -15],
  ['two factors', (of, a, b, c, e) => [of('mul', a, c), of('mul', b, e)], 60 + 900],
  ['a factor and a divisor', (of, a, b, c) => [of('mul', a, c), of('div', b, c)], 60 + 0.9],
  ['a negative and a factor', (of, a, b, c) => [of('neg', a), of('mul', b, c)], -6 + 90],
  ['a factor of one part alone', (of, a, b, c) => [of('mul', a, c), b], 60 + 9],
  ['a factor of more columns', (of, a, _, c) => [of('mul', a, a), of('mul', a, c)], 14 + 60],
  ['a row times itself', (of, a) => [of('mul', a, a)], 14],
  ['a number times a row', (of, a, b, c) => [of('mul', c, a), of('mul', c, b)], 150],
  ['what is added', (of, a, b, c) => [of('add', a, c), of('add', b, c)], 15 + 50],
  ['a function', (of, a, b) => [of('square', a), of('square', b)], 14 + 41],
])('a sum of rows with %s', (_, rows, expected) => {
  const values = new Values()
  const rules = new Map<Code, Rule>()
  const of: Of = (kernel, ...args) => {
    const rule = rules.get(kernel) ?? kernelRule(kernel)
    rules.set(kernel, rule)
    return values.computed(rule, undefined, args, false)
  }
  const parts = [
    [0, 0, 3],
    [0, 3, 2],
    [1, 0, 1],
    [1, 1, 1],
  ].map(([operand, from, width]) => values.part(operand as number, from as number, width as number))
  const [a, b, c, e] = parts as [Value, Value, Value, Value]
  const own = rows(of, a, b, c, e)
  const value = values.rowSum(
    own,
    own.map(() => 1),
  )
  const y = zeros([1, 1], { dtype: 'float64' })
  const program = new Program('float64', [{ value, operand: 2, from: 0, width: 1 }])
  run(program, [d('1 2 3 4 5'), d('10 100'), y])
  expect(numbersOf(y)[0]).toBeCloseTo(expected, 12)
})
