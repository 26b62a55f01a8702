// The error of a check that should fail, and an op of the caller's that fails it. It checks nothing.

import { type Tensor, unary } from 'tapegrad'
import { CheckError } from 'tapegrad/testing'

/** The error of a check. */
export function errorOf(check: () => unknown): CheckError {
  try {
    check()
  } catch (error) {
    if (error instanceof CheckError) return error
    throw error
  }
  throw new Error('expected a CheckError, got none')
}

export const cube = unary('cube', { f: (x) => x ** 3, vjp: (g, _, x) => g.mul(x.square()).mul(3) })
export const wrongCube = unary('cube', {
  f: (x) => x ** 3,
  vjp: (g, _, x) => g.mul(x.square()).mul(2),
})
export const isCube = { cube: (x: Tensor) => x.mul(x).mul(x) }
