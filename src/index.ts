// The public surface of tapegrad: re-exports, nothing else.

/**
 * The public surface of tapegrad: tensors and their derivatives, layers, losses and optimisers.
 *
 * @module tapegrad
 */

export * from './layers/index.ts'
export * from './optim/index.ts'
export * from './tensor/index.ts'
