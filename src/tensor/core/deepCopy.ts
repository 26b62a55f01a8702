// Copies of callers' values, which the callers may change afterwards; it checks nothing.

import { isOptions } from './require.ts'

/**
 * Copies arrays, typed arrays and plain objects to any depth. Tensors and other instances of
 * classes are returned as they are.
 */
export function deepCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  const done = new Map<object, unknown>()
  // Copies whose parts are not copied yet; a loop, since values may be nested deep.
  const open: [from: object, to: Record<string, unknown>][] = []
  const copyOf = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part
    const earlier = done.get(part)
    if (earlier !== undefined) return earlier
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
