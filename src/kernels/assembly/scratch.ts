// The scratch of an instance of the kernels, which no other thread on the same memory uses: small
// slots first, then the packed panels of matmul.ts.

/** Its address, a multiple of 64. */
// @ts-ignore: decorator
@external("env", "scratch") export declare const scratch: usize

/** Columns that are summed together. */
export const COLUMNS: i32 = 512

// Offsets of the slots.
export const LEFT: usize = 0
export const RIGHT: usize = 64
export const REDUCED: usize = 128
export const LOG_SUM: usize = 144
export const WORDS: usize = 160
export const EDGE: usize = 192
export const SCALARS: usize = 448
export const TOTALS: usize = 640
export const PANELS: usize = TOTALS + <usize>COLUMNS * 8

/** The first byte behind the constant tables. */
export const tablesEnd: usize = (__heap_base + 63) & ~63
