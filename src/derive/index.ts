// The public entry point tapegrad/derive: re-exports, nothing else.

/**
 * The equations of a function and of its backward pass, written by the tape.
 *
 * @module tapegrad/derive
 */

export { type Beginning, Derivation, type Equation } from './derivation.ts'
export { type DeriveOptions, derive } from './derive.ts'
