// Marks by which a copy of the package recognises the tensors, modules and generators of another
// copy in the same program; it converts none.

import { warn } from '../../kernels/warn.ts'

/**
 * A symbol that all copies share. On a prototype it holds the kind of a thing ('Tensor', 'Module',
 * 'Generator'), on globalThis the number of loaded copies.
 */
export const KIND = Symbol.for('tapegrad')
/**
 * A symbol of this copy alone: its tensors, modules and generators have it, also through a Proxy.
 */
export const OURS = Symbol('tapegrad')

/** The kind of a thing of another copy: a Tensor, Module or Generator; null for all else. */
export function foreignKind(x: object): string | null {
  return KIND in x && !(OURS in x) ? String(x[KIND]) : null
}

/**
 * Counts this copy, and warns if it is the second: noGrad, manualSeed and detectAnomaly of one have
 * no effect on the other.
 */
export function countCopy(): void {
  const shared = globalThis as { [KIND]?: number }
  const count = (shared[KIND] ?? 0) + 1
  Object.defineProperty(shared, KIND, { value: count, configurable: true, writable: true })
  if (count === 2)
    warn(
      'tapegrad: expected to be loaded once, got a second copy: neither takes tensors or modules ' +
        'of the other, and noGrad, manualSeed and detectAnomaly act on one copy alone: see npm ' +
        'ls tapegrad',
    )
}
