// Which tensors stand for one number, whatever the rows.

import { full, ones, tensor, zeros } from 'tapegrad'
import { expect, test } from 'vitest'
import { constantNumber } from '../../../src/tensor/programs/derivative.ts'

test('zeros, ones and full are one number, unless they are leaves or were changed', () => {
  expect([zeros([2, 3]), ones([2, 3]), full([2, 3], 7)].map(constantNumber)).toEqual([0, 1, 7])
  expect(constantNumber(tensor([[1, 1]]))).toBe(undefined)
  expect(constantNumber(zeros([2, 3], { requiresGrad: true }))).toBe(undefined)
  const changed = zeros([3])
  changed.assign_(tensor([0, 0, 5]))
  expect(constantNumber(changed)).toBe(undefined)
})
