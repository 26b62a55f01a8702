// The four dtypes: their arrays, their sizes, and the refusal to mix them.

import { DTypeError, shown } from './errors.ts'

/** The type of a tensor's numbers. Types are never mixed silently: `to(dtype)` converts. */
export type DType = 'float32' | 'float64' | 'int32' | 'bool'
export type FloatDType = 'float32' | 'float64'
/**
 * The array that holds a tensor's numbers: Float32Array, Float64Array, Int32Array, and Uint8Array
 * for bool.
 */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array

/** The dtypes with the arrays of their numbers; bools are bytes 0 and 1. */
export const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  bool: Uint8Array,
} as const satisfies Record<DType, unknown>

/** The bytes of a number. Written out: a recorded add is 15 % slower with a computed object. */
export const BYTES: Record<DType, number> = { float32: 4, float64: 8, int32: 4, bool: 1 }

export const isFloat = (dtype: DType): dtype is FloatDType =>
  dtype === 'float32' || dtype === 'float64'

/**
 * The built-in class of an object, also of one from another realm (frame, vm, test runner):
 * 'Int32Array', 'Map', …
 */
export const tagOf = (x: object): string => Object.prototype.toString.call(x).slice(8, -1)

/** A dtype, or a value given in its place, as text for messages. */
export const dtypeName = (dtype: unknown): string =>
  typeof dtype === 'string' ? dtype : shown(dtype)

/** Throws a DTypeError unless `dtype` is one of the four. */
export function requireDType(who: string, dtype: string): asserts dtype is DType {
  if (typeof dtype !== 'string' || !Object.hasOwn(BYTES, dtype))
    throw new DTypeError(
      `${who}: expected dtype ${Object.keys(BYTES).join(', ')}, got ${shown(dtype)}`,
    )
}

/** Throws a DTypeError unless `dtype` is a float. */
export function requireFloat(who: string, dtype: DType): asserts dtype is FloatDType {
  if (!isFloat(dtype))
    throw new DTypeError(
      `${who}: expected float32 or float64, got ${dtype}: convert with .to('float32')`,
    )
}

/** Throws a DTypeError unless both dtypes are the same. */
export function requireSame(who: string, a: DType, b: DType): void {
  if (a === b) return
  const target = a === 'bool' || (isFloat(b) && !isFloat(a)) ? b : a
  throw new DTypeError(`${who}: dtypes differ: ${a} and ${b}: convert one with .to('${target}')`)
}
