// Switching recording off and on: noGrad and enableGrad. What is recorded is record.ts.

import { recording, withRecording } from '../../autograd/index.ts'
import { scoped } from '../core/lifetime.ts'
import { requireFunction, requireSync } from '../core/require.ts'
import { unscoped } from '../core/scopes.ts'

/**
 * Runs `fn` without recording. What its ops made is recycled at the end, except what it returns
 * (tensors in arrays and objects included) and what went through detach() or clone(). Throws a
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
 * Runs `fn` with recording on, as inside a noGrad() that needs a gradient after all. Throws a
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
