// A recurrence's product with the input, x·Wᵀ + b, where rows of x are equal because they were
// looked up in a table: it is computed once for each distinct row. The recurrence is sequence.ts.

import { result } from '../core/blank.ts'
import type { Tensor } from '../core/tensor.ts'
import { pickRows, scatterRows } from '../ops/gather.ts'
import { affine } from '../ops/matmul.ts'

/**
 * How the rows of x (R, D) were looked up: row r of x is row `index[r]` of a table, index (R)
 * int32. `picked` is the result of the look-up, before its rows were put in the order of x.
 */
export interface LookUp {
  picked: Tensor
  index: Tensor
}

/**
 * R rows, U of them distinct. `first` (U) int32 has the first position of each distinct row, and
 * `rowOf` (R) int32 the number of the distinct row that each row equals.
 */
export interface Repeats {
  picked: Tensor
  first: Tensor
  rowOf: Tensor
}

/**
 * The distinct rows of a look-up; null unless they are fewer than half of all, because summing the
 * cotangents of equal rows has a cost too.
 */
export function repeatsOf({ picked, index }: LookUp): Repeats | null {
  const numbers = new Map<number, number>()
  const first: number[] = []
  const rowOf = Array.from(index.elements(), (tableRow, row) => {
    const known = numbers.get(tableRow)
    if (known !== undefined) return known
    numbers.set(tableRow, first.length)
    return first.push(row) - 1
  })
  return 2 * first.length < rowOf.length
    ? { picked, first: integers(first), rowOf: integers(rowOf) }
    : null
}

function integers(numbers: readonly number[]): Tensor {
  const made = result([numbers.length], 'int32', 'repeats')
  made.elements().set(numbers)
  return made
}

/** x·weightᵀ + bias of each distinct row (U, G), for x (R, D), weight (G, D) and bias (G). */
export function projectDistinct(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  { first }: Repeats,
): Tensor {
  return affine(pickRows(x, first), weight, bias)
}

/**
 * The cotangents of x, weight and bias that are needed, from `sums` (U, G): the cotangents of equal
 * rows, summed. The first of equal rows of x gets the cotangent of them all, the others get 0. The
 * table's gradient is the same; it must not be used where a hook or the caller sees that of x.
 */
export function distinctBackward(
  sums: Tensor,
  x: Tensor,
  weight: Tensor,
  { first }: Repeats,
  [dx, dWeight, dBias]: readonly boolean[],
): readonly (Tensor | null)[] {
  return [
    dx ? scatterRows([sums.matmul(weight)], { places: [first], shape: x.shape }) : null,
    dWeight ? sums.t().matmul(pickRows(x, first)) : null,
    dBias ? sums.sum(0) : null,
  ]
}
