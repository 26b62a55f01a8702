// Small helpers of the properties of derivatives: a float64 number, a dot product, a function at a
// point.

import fc from 'fast-check'
import type { Tensor } from 'tapegrad'
import { type Plain, plain } from '../support/cases.ts'
import { sixteenths } from '../support/numbers.ts'
import { d, numbersOf } from '../support/tensors.ts'
import type { Formula } from './functions.ts'

export const scalar = (value: number): Tensor => d(value)
export const dot = (a: Tensor, b: Tensor): number => {
  const other = numbersOf(b)
  return numbersOf(a).reduce((sum, x, i) => sum + x * (other[i] as number), 0)
}

/** A function with a point, of 1 to 3 elements. */
export const pointed = (
  functions: (n: number) => fc.Arbitrary<Formula>,
  real = sixteenths(-2, 2),
): fc.Arbitrary<[Formula, Plain, Plain]> =>
  fc.integer({ min: 1, max: 3 }).chain((n) => fc.tuple(functions(n), plain([n], real), plain([n])))
