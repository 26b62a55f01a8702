// A sequence's share of the input, x·Wᵀ + b, where rows of x are known to be equal because they
// were looked up in a table: computed once for each kind of row.

import { blank } from '../blank.ts'
import type { Tensor } from '../tensor.ts'
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

/** Of R rows, the `first` of each of U kinds (U), and the `kind` of each row (R): int32. */
export interface Repeats {
  picked: Tensor
  first: Tensor
  kind: Tensor
}

/**
 * What repeats; null unless there are fewer kinds than half of the rows, because adding up costs
 * something too.
 */
export function repeatsOf({ picked, index }: LookUp): Repeats | null {
  const kinds = new Map<number, number>()
  const first: number[] = []
  const kind = Array.from(index.numbers, (at, row) => {
    const known = kinds.get(at)
    if (known !== undefined) return known
    kinds.set(at, first.length)
    return first.push(row) - 1
  })
  return 2 * first.length < kind.length
    ? { picked, first: integers(first), kind: integers(kind) }
    : null
}

function integers(numbers: readonly number[]): Tensor {
  const made = blank([numbers.length], 'int32', 'repeats', false)
  made.numbers.set(numbers)
  return made
}

/** x (R, D)·weightᵀ + bias of the first of each kind (U, G), with weight (G, D) and bias (G). */
export function projectKinds(
  x: Tensor,
  weight: Tensor,
  bias: Tensor | undefined,
  { first }: Repeats,
): Tensor {
  const rows = pickRows(x, first)
  return bias === undefined ? rows.matmul(weight.t()) : affine(rows, weight, bias)
}

/**
 * The way back from the cotangents of each kind, summed (U, G): those of x, weight and bias where
 * they are wanted. That of x stands at the first row of a kind instead of being spread over all:
 * the same for the table they were looked up in, so do not ask for it where anybody sees it before.
 */
export function kindsBack(
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
