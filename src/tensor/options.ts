// Checks of what callers without types may get wrong: options objects, flags, numbers and functions.

import { shown, TapeError, ValueError } from './errors.ts'

/** Throws a ValueError unless these are options; it names an unknown one and those there are. */
export function checkOptions(who: string, options: object, allowed: readonly string[]): void {
  const names = typeof options === 'object' && options !== null ? Object.keys(options) : []
  const unknown = names.find((name) => !allowed.includes(name))
  if (!isOptions(options) && (names.length === 0 || unknown !== undefined))
    throw new ValueError(`${who}: expected options { ${allowed.join(', ')} }, got ${shown(options)}`)
  if (unknown !== undefined) throw new ValueError(`${who}: unknown option '${unknown}': expected ${allowed.join(', ')}`)
}

/** Whether this is a plain object, of whatever realm. */
export function isOptions(x: unknown): x is object {
  if (typeof x !== 'object' || x === null || Array.isArray(x)) return false
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Throws a ValueError unless the flag is true or false, or left out. */
export function checkFlag(who: string, name: string, flag: unknown): void {
  if (typeof flag !== 'boolean' && flag !== undefined) throw new ValueError(`${who}: expected ${name} to be true or false, got ${shown(flag)}`)
}

/** Throws a ValueError unless every one of these, given by name, is a finite number. */
export function checkNumbers(who: string, numbers: Record<string, unknown>): void {
  for (const [name, x] of Object.entries(numbers))
    if (!Number.isFinite(x)) throw new ValueError(`${who}: expected ${name} to be a finite number, got ${shown(x)}`)
}

/** The function; throws a ValueError where it is none. */
export function checkFunction<F>(who: string, what: string, f: F): F {
  if (typeof f !== 'function') throw new ValueError(`${who}: expected ${what}, got ${shown(f)}`)
  return f
}

/** What `fn` returned; throws a TapeError for a Promise or anything else to await: its work would be done when the call has ended. */
export function requireSync<T>(who: string, result: T): T {
  const thenable = typeof result === 'object' && result !== null && 'then' in result && typeof result.then === 'function'
  if (thenable) throw new TapeError(`${who}: expected a synchronous function, got one that returns a Promise: await first, then call ${who}`)
  return result
}

/** Throws a ValueError unless an op has a name, and its definition all of these functions. */
export function checkDefinition(who: string, name: unknown, definition: unknown, functions: readonly string[]): void {
  if (typeof name !== 'string' || name === '') throw new ValueError(`${who}: expected the name of an op, got ${shown(name)}`)
  if (typeof definition !== 'object' || definition === null)
    throw new ValueError(`${who}: expected ${name} to be defined by { ${functions.join(', ')} }, got ${shown(definition)}`)
  for (const part of functions) checkFunction(who, `${part} of ${name} to be a function`, (definition as Record<string, unknown>)[part])
}
