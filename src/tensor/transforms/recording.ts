// Switching recording off and on: noGrad and enableGrad. record.ts records.

import { recording, withRecording } from '../../autograd/index.ts'
import { scoped } from '../core/lifetime.ts'
import { requireFunction, requireSync } from '../core/require.ts'
import { unscoped } from '../core/scopes.ts'

/**
 * Runs `fn` without recording. The results of its ops are recycled at the end, except the tensors
 * that it returns (in arrays and objects, too) and results of detach() and clone(). Throws a
 * TapeError for an `fn` that leaves its work for later: one that returns a Promise, an iterator or
 * a function.
 *
 * ```ts
 * const x = tensor([1, 2], { requiresGrad: true })
 * noGrad(() => x.square().sum()).requiresGrad // false
 * ```
 */
export function noGrad<T>(fn: () => T): T {
  requireFunction('noGrad', 'a function', fn)
  return withRecording(false, () => scoped('noGrad', fn))
}

/**
 * Runs `fn` with recording on, for a gradient that is needed inside noGrad(). Throws a
 * TapeError for an `fn` that leaves its work for later, as noGrad does.
 *
 * ```ts
 * const x = tensor([1, 2], { requiresGrad: true })
 * noGrad(() => enableGrad(() => grad(x.square().sum(), x))) // [2, 4]
 * ```
 */
export function enableGrad<T>(fn: () => T): T {
  requireFunction('enableGrad', 'a function', fn)
  return requireSync('enableGrad', recording ? fn() : withRecording(true, () => unscoped(fn)))
}
