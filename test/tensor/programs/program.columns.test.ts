// Programs for rows of more columns than are computed at a time.

import { type Tensor, zeros } from 'tapegrad'
import { expect, test } from 'vitest'
import { Program } from '../../../src/tensor/programs/program.ts'
import { type Value, Values } from '../../../src/tensor/programs/values.ts'
import { gridded, numbersOf } from '../../support/tensors.ts'
import { kernelRule, run } from './instructions.ts'

test('a sum of more columns than are computed at a time', () => {
  const values = new Values()
  const value = values.rowSum([values.part(0, 0, 2500)], [1])
  const y = zeros([2, 1], { dtype: 'float64' })
  const program = new Program('float64', [{ value, operand: 1, from: 0, width: 1 }])
  const x = gridded([2, 2500], 1)
  run(program, [x, y])
  const numbers = numbersOf(x)
  const sum = (from: number): number => numbers.slice(from, from + 2500).reduce((a, b) => a + b, 0)
  expect(numbersOf(y)).toEqual([sum(0), sum(2500)])
})

test('one number of a row, computed for more columns than are computed at a time', () => {
  const values = new Values()
  const of = (kernel: 'neg' | 'abs' | 'maximum', ...args: Value[]): Value =>
    values.computed(kernelRule(kernel), undefined, args, false)
  const number = of('neg', values.part(1, 0, 1))
  const value = of('neg', of('abs', of('maximum', values.part(0, 0, 2500), number)))
  const [x, c] = [gridded([2, 2500], 1), gridded([2, 1], 2)]
  const y = zeros([2, 2500], { dtype: 'float64' })
  run(new Program('float64', [{ value, operand: 2, from: 0, width: 2500 }]), [x, c, y])
  const numbers = numbersOf(c)
  const own = (v: number, i: number): number =>
    -Math.abs(Math.max(v, -(numbers[Math.floor(i / 2500)] as number)))
  expect(numbersOf(y)).toEqual(numbersOf(x).map(own))
})

test('a choice for more columns than are computed at a time', () => {
  const values = new Values()
  const args = [values.part(0, 0, 2500, true), values.part(1, 0, 2500), values.part(2, 0, 2500)]
  const value = values.computed(kernelRule('where'), undefined, args, false)
  const [a, b] = [gridded([2, 2500], 1), gridded([2, 2500], 2)] as [Tensor, Tensor]
  const y = zeros([2, 2500], { dtype: 'float64' })
  const [condition, others] = [a.gt(b), numbersOf(b)]
  run(new Program('float64', [{ value, operand: 3, from: 0, width: 2500 }]), [condition, a, b, y])
  expect(numbersOf(y)).toEqual(numbersOf(a).map((v, i) => Math.max(v, others[i] as number)))
})
