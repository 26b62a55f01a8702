// A sequence's share of the input, x·Wᵀ + b, where rows of x are known to be equal because they
// were looked up in a table: computed once for each distinct row.

import { result } from '../core/blank.ts'
import type { Tensor } from '../core/tensor.ts'
import { pickRows, scatterRows } from './gather.ts'
import { affine } from './matmul.ts'

/**
 * How the rows of x were looked up: by `index` (R) int32, as the tensor `picked`, before they were
 * put in the order of the sequence.
 */
export interface LookUp {
  picked: Tensor
  index: Tensor
}

/**
 * Of R rows, U of them distinct: the `first` row equal to each (U), and which distinct row each is,
 * `rowOf` (R): int32.
 */
export interface Repeats {
  picked: Tensor
  first: Tensor
  rowOf: Tensor
}

/**
 * What repeats; null unless there are fewer distinct rows than half of all, because adding up costs
 * something too.
 */
export function repeatsOf({ picked, index }: LookUp): Repeats | null {
  const rowsOf = new Map<number, number>()
  const first: number[] = []
  const rowOf = Array.from(index.elements(), (at, row) => {
    const known = rowsOf.get(at)
    if (known !== undefined) return known
    rowsOf.set(at, first.length)
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

/** x (R, D)·weightᵀ + bias of each distinct row (U, G), with weight (G, D) and bias (G). */
export function projectDistinct(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  { first }: Repeats,
): Tensor {
  const rows = pickRows(x, first)
  return bias === undefined ? rows.matmul(weight.t()) : affine(rows, weight, bias)
}

/**
 * The derivative by x, weight and bias, where it is asked for, from the cotangents of each distinct
 * row, summed (U, G). That of x stands at the first of equal rows instead of being spread over all:
 * the same for the table they were looked up in. Do not ask for it where anybody sees it before.
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
