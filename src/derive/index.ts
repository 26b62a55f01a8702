// The public entry point tapegrad/derive: re-exports, nothing else.

/**
 * The equations of a function and of its backward pass, written by the tape.
 *
 * @module tapegrad/derive
 */

export type { DeriveOptions } from './arguments.ts'
export { type Beginning, Derivation, type Equation } from './derivation.ts'
export { derive } from './derive.ts'
