// Copies of what callers hand in and may change afterwards; it checks nothing.

import { isOptions } from './options.ts'

/** Arrays, typed arrays and plain objects copied to any depth. Tensors, and whatever else has a class of its own, are handed on as they are. */
export function copied<T>(value: T): T {
  return typeof value === 'object' && value !== null ? (copyOf(value, new Map()) as T) : value
}

/** `done` are the copies made so far: what holds itself is copied once. */
function copyOf(value: unknown, done: Map<unknown, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value
  const known = done.get(value)
  if (known !== undefined) return known
  if (ArrayBuffer.isView(value)) return 'slice' in value ? (value as Uint8Array).slice() : value
  if (!Array.isArray(value) && !isOptions(value)) return value
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [] : {}
  done.set(value, copy)
  for (const [name, part] of Object.entries(value)) (copy as Record<string, unknown>)[name] = copyOf(part, done)
  return copy
}
