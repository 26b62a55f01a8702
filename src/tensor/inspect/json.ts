// Tensors as plain data for JSON, and back: pure functions of numbers and a shape.

import type { DType, TypedArray } from '../core/dtype.ts'
import { isOptions } from '../core/require.ts'
import type { Shape } from '../core/shape.ts'

/**
 * A tensor as JSON.stringify writes it. JSON has no NaN, no Infinity and no −0: they are words.
 */
export interface TensorJSON {
  /** The type of the numbers. */
  readonly dtype: DType
  /** The size of each axis. */
  readonly shape: Shape
  /** In row-major order; bools as true and false. */
  readonly data: readonly (number | boolean | 'NaN' | 'Infinity' | '-Infinity' | '-0')[]
}

const WORDS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
}

/** Nine digits tell every float32 from its neighbours. */
const FLOAT32_DIGITS = 9

export function toPlain(numbers: TypedArray, shape: Shape, dtype: DType): TensorJSON {
  const plain = (x: number): TensorJSON['data'][number] => {
    if (dtype === 'bool') return x !== 0
    if (!Number.isFinite(x)) return String(x) as 'NaN' | 'Infinity' | '-Infinity'
    if (Object.is(x, -0)) return '-0'
    return dtype === 'float32' ? Number(x.toPrecision(FLOAT32_DIGITS)) : x
  }
  return { dtype, shape, data: Array.from(numbers as ArrayLike<number>, plain) }
}

/** Whether this is what `toPlain` returns, as far as its keys tell. */
export const isPlain = (x: unknown): x is TensorJSON =>
  isOptions(x) && 'dtype' in x && 'shape' in x && 'data' in x

/** The elements of such data, with words as the numbers that they mean. */
export const fromPlain = ({ data }: TensorJSON): unknown =>
  Array.isArray(data)
    ? data.map((x) => (typeof x === 'string' && Object.hasOwn(WORDS, x) ? WORDS[x] : x))
    : data
