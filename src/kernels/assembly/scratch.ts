// Memory that an instance of the kernels has to itself, so that threads on the same memory do not meet: small slots first, then the packed panels of matmul.ts.

/** Where it begins, a multiple of 64. */
// @ts-ignore: decorator
@external("env", "scratch") export declare const scratch: usize

// Offsets of the slots.
export const LEFT: usize = 0
export const RIGHT: usize = 32
export const REDUCED: usize = 64
export const LOG_SUM: usize = 80
export const WORDS: usize = 96
export const TOTALS: usize = 128
export const EDGE: usize = 256
export const SCALARS: usize = 512
export const PANELS: usize = 704

/** The first byte behind the constant tables. */
export const tablesEnd: usize = (__heap_base + 63) & ~63
