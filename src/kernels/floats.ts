// The float types of the kernels: the one table of their arrays, their sizes and their names in the
// modules.

export const FLOATS = {
  float32: { ARRAY: Float32Array, bytes: 4, suffix: '_f32' },
  float64: { ARRAY: Float64Array, bytes: 8, suffix: '_f64' },
} as const

export type Float = keyof typeof FLOATS

/** Their names, in the order of the functions of a library. */
export const FLOAT_NAMES = Object.keys(FLOATS) as Float[]
