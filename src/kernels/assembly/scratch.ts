// Memory that an instance of the kernels has to itself, so that threads on the same memory do not meet: small slots first, then the packed panels of matmul.ts.

/** Where it begins, a multiple of 64. */
// @ts-ignore: decorator
@external("env", "scratch") export declare const scratch: usize

// Offsets of the slots.
export const LEFT: usize = 0
export const RIGHT: usize = 64
export const REDUCED: usize = 128
export const LOG_SUM: usize = 144
export const WORDS: usize = 160
export const TOTALS: usize = 192
export const EDGE: usize = 320
export const SCALARS: usize = 576
export const PANELS: usize = 768

/** The first byte behind the constant tables. */
export const tablesEnd: usize = (__heap_base + 63) & ~63
