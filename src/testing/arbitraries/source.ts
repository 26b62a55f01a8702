// Source text in the place of tensors: code that runs on it gives its own source. It knows the
// syntax of calls and arguments, no ops.

import type { Tensor } from '../../tensor/index.ts'

/** An argument as source. */
export function written(x: unknown): string {
  if (typeof x === 'string') return `'${x}'`
  if (Array.isArray(x)) return `[${x.map(written).join(', ')}]`
  if (typeof x !== 'object' || x === null) return String(x)
  const entries = Object.entries(x).map(([key, value]) => `${key}: ${written(value)}`)
  return `{ ${entries.join(', ')} }`
}

/** A call as source, without the undefined arguments at its end. */
export const call = (name: string, args: readonly unknown[]): Tensor =>
  source(
    `${name}(${args
      .slice(0, args.findLastIndex((x) => x !== undefined) + 1)
      .map(written)
      .join(', ')})`,
  )

/**
 * A name or an expression that stands for a tensor: methods called on it, and places in it, are
 * expressions again.
 */
export const source = (text: string): Tensor =>
  new Proxy(() => text, {
    get: (_, key) => {
      if (typeof key === 'symbol') return undefined
      if (key === 'toString') return () => text
      return /^\d+$/.test(key)
        ? source(`${text}[${key}]`)
        : (...args: unknown[]) => call(`${text}.${key}`, args)
    },
  }) as unknown as Tensor
