// Two copies of the package in one program: neither knows the other's tensors, modules and
// generators. What marks those of each, and what is said of it.

import { warn } from '../../kernels/warn.ts'

/**
 * By this name copies know each other: what a thing is stands under it on the thing's prototype,
 * and in the world how many copies are loaded.
 */
export const KIND = Symbol.for('tapegrad')
/** What the things of this copy have, and a Proxy of one shows. */
export const OURS = Symbol('tapegrad')

/** What of another copy this is: a Tensor, a Module, a Generator; null for everything else. */
export function foreignKind(x: object): string | null {
  return KIND in x && !(OURS in x) ? String(x[KIND]) : null
}

/**
 * Counts this copy, and warns where it is the second: what one is told (noGrad, manualSeed,
 * detectAnomaly) the other does not hear.
 */
export function countCopy(): void {
  const world = globalThis as { [KIND]?: number }
  const count = (world[KIND] ?? 0) + 1
  Object.defineProperty(world, KIND, { value: count, configurable: true, writable: true })
  if (count === 2)
    warn(
      'tapegrad: expected to be loaded once, got a second copy: tensors and modules of one are ' +
        'none to the other, and its noGrad, manualSeed and detectAnomaly do not reach them: see ' +
        'npm ls tapegrad',
    )
}
