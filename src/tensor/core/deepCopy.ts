// Copies of what callers hand in and may change afterwards; it checks nothing.

import { isOptions } from './require.ts'

/**
 * Arrays, typed arrays and plain objects copied to any depth. Tensors, and whatever else has a
 * class of its own, are handed on as they are.
 */
export function deepCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  const done = new Map<object, unknown>()
  // Copies whose parts are still to be copied: a loop, since values may be nested deep.
  const open: [from: object, to: Record<string, unknown>][] = []
  const copyOf = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part
    const known = done.get(part)
    if (known !== undefined) return known
    if (ArrayBuffer.isView(part)) return 'slice' in part ? (part as Uint8Array).slice() : part
    if (!Array.isArray(part) && !isOptions(part)) return part
    const copy = (Array.isArray(part) ? [] : {}) as Record<string, unknown>
    done.set(part, copy)
    open.push([part, copy])
    return copy
  }
  const copy = copyOf(value)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [from, to] = next
    for (const name of Object.keys(from)) to[name] = copyOf((from as Record<string, unknown>)[name])
  }
  return copy as T
}
