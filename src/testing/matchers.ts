// Matchers for the expect() of Vitest and Jest, neither of which is imported: tensors are compared
// by shape, dtype and numbers, not by the place of the numbers in memory.
import { type NestedArray, Tensor, tensor } from '../tensor/index.ts'
import {
  isFloat,
  requireOptions,
  requireTolerance,
  sameShape,
  show,
  shown,
} from '../tensor/internal.ts'

import { brief, largest, unravel } from './report.ts'
import { compare, firstChanged, within } from './verdict.ts'

/**
 * An equality tester, for `expect.addEqualityTesters([tensorEquality])` in a set-up file:
 * `toEqual`, `toHaveBeenCalledWith` and the like then compare tensors by shape, dtype and all
 * numbers (NaN is NaN, and 0 is not −0, as elsewhere in `toEqual`). Undefined where neither is a
 * tensor.
 *
 * ```ts
 * tensorEquality(tensor([1, 2]), tensor([1, 2])) // true
 * tensorEquality(tensor([1, 2]), tensor([1, 3])) // false
 * ```
 */
export function tensorEquality(a: unknown, b: unknown): boolean | undefined {
  if (!(a instanceof Tensor) && !(b instanceof Tensor)) return undefined
  if (
    !(a instanceof Tensor && b instanceof Tensor) ||
    a.dtype !== b.dtype ||
    !sameShape(a.shape, b.shape)
  )
    return false
  return firstChanged(a.toTypedArray(), b.toTypedArray()) < 0
}

/** How far numbers may lie apart: |got − expected| ≤ atol + rtol·|expected|. */
export interface ClosenessOptions {
  /** Relative; 1.3e-6 for float32, 1e-7 for float64, else 0. */
  rtol?: number | undefined
  /**
   * Absolute; 1e-5 of the largest number expected for float32, 1e-7 of it for float64 (of 1, where
   * all are 0), else 0.
   */
  atol?: number | undefined
}

/**
 * The matchers that `expect.extend(tensorMatchers)` adds; for types,
 * `declare module 'vitest' { interface Matchers<T> extends TensorMatchers<T> {} }`.
 */
export interface TensorMatchers<R = unknown> {
  /** Of the same shape, and all numbers close. */
  toBeCloseToTensor(expected: Tensor | NestedArray, options?: ClosenessOptions): R
}

const TOLERANCES = {
  float32: [1.3e-6, 1e-5],
  float64: [1e-7, 1e-7],
  int32: [0, 0],
  bool: [0, 0],
} as const

/**
 * Matchers for `expect.extend(tensorMatchers)`. `expect(t).toBeCloseToTensor(expected)` holds for a
 * tensor, or numbers in arrays, of the same shape (and dtype, if a tensor) whose numbers are close;
 * NaN is close to NaN. Throws a ValueError for a tolerance that is no number ≥ 0.
 *
 * ```ts
 * tensorMatchers.toBeCloseToTensor(tensor([1, 2]), [1, 2.000001]).pass // true
 * ```
 */
export const tensorMatchers = {
  toBeCloseToTensor(
    received: unknown,
    expected: unknown,
    options: ClosenessOptions = {},
  ): { pass: boolean; message: () => string } {
    const given = requireOptions('toBeCloseToTensor', options, ['rtol', 'atol'])
    for (const name of ['rtol', 'atol'] as const)
      requireTolerance('toBeCloseToTensor', name, given[name])
    const found = difference(received, expected, given)
    const same = (): string =>
      `expected a tensor that is not close, got ${shown(received)} with the same numbers`
    const message = (): string => `toBeCloseToTensor: ${found ?? same()}`
    return { pass: found === null, message }
  },
}

/** How the two differ, in words; null where they are close. */
function difference(
  received: unknown,
  expected: unknown,
  options: ClosenessOptions,
): string | null {
  if (!(received instanceof Tensor)) return `expected a Tensor, got ${shown(received)}`
  const wanted =
    expected instanceof Tensor
      ? expected
      : tensor(expected as NestedArray, {
          dtype: isFloat(received.dtype) ? 'float64' : received.dtype,
        })
  if (!sameShape(received.shape, wanted.shape))
    return `expected shape ${show(wanted.shape)}, got ${show(received.shape)}`
  if (expected instanceof Tensor && received.dtype !== wanted.dtype)
    return `expected dtype ${wanted.dtype}, got ${received.dtype}`
  const [got, want] = [received.toTypedArray(), wanted.toTypedArray()]
  const size = largest(want.filter((w) => Number.isFinite(w))) || 1
  const { rtol = TOLERANCES[received.dtype][0], atol = TOLERANCES[received.dtype][1] * size } =
    options
  const { verdicts, first } = compare(got, want, (a, b) => within(a, b, atol + rtol * Math.abs(b)))
  if (first < 0) return null
  const far = verdicts.filter((verdict) => verdict === 'differs').length
  return (
    `expected ${want[first]} at [${unravel(first, received.shape).join(', ')}], got ` +
    `${got[first]}: ${far} of ${got.length} are further apart than ${brief(atol)} + ` +
    `${rtol}·|expected|`
  )
}
