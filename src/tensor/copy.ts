// Copies of what callers hand in and may change afterwards; it checks nothing.

import { isOptions } from './options.ts'

/** Arrays, typed arrays and plain objects copied to any depth. Tensors, and whatever else has a class of its own, are handed on as they are. */
export function copied<T>(value: T, done = new Map<unknown, unknown>()): T {
  if (typeof value !== 'object' || value === null) return value
  const known = done.get(value)
  if (known !== undefined) return known as T
  if (ArrayBuffer.isView(value)) return 'slice' in value ? ((value as unknown as Uint8Array).slice() as unknown as T) : value
  if (!Array.isArray(value) && !isOptions(value)) return value
  const copy: unknown = Array.isArray(value) ? [] : {}
  done.set(value, copy)
  for (const name of Object.keys(value)) (copy as Record<string, unknown>)[name] = copied((value as Record<string, unknown>)[name], done)
  return copy as T
}
