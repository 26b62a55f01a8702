// Requirements on arguments that are no tensors: options, flags, numbers, choices, functions. Each
// throws an error for a value that callers without types may pass.

import { shown, TapeError, ValueError } from './errors.ts'

/**
 * A plain copy of the given options. Each is read once: a getter cannot change a value after it was
 * examined. Throws a ValueError unless these are options; it names an unknown one, and all known
 * ones.
 */
export function requireOptions<O extends object>(
  who: string,
  options: O,
  allowed: readonly (keyof O & string)[],
): O {
  const names = typeof options === 'object' && options !== null ? Object.keys(options) : []
  const unknown = names.find((name) => !(allowed as readonly string[]).includes(name))
  if (!isOptions(options) && (names.length === 0 || unknown !== undefined))
    throw new ValueError(
      `${who}: expected options { ${allowed.join(', ')} }, got ${shown(options)}`,
    )
  if (unknown !== undefined)
    throw new ValueError(`${who}: unknown option '${unknown}': expected ${allowed.join(', ')}`)
  const plain: Partial<O> = {}
  for (const name of allowed) {
    const value = options[name]
    if (value !== undefined) plain[name] = value
  }
  return plain as O
}

/** Whether this is a plain object, of any realm. */
export function isOptions(x: unknown): x is object {
  if (typeof x !== 'object' || x === null || Array.isArray(x)) return false
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

/** Throws a ValueError unless the flag is true or false, or left out. */
export function requireFlag(who: string, name: string, flag: unknown): void {
  if (typeof flag !== 'boolean' && flag !== undefined)
    throw new ValueError(`${who}: expected ${name} to be true or false, got ${shown(flag)}`)
}

/** Throws a ValueError unless every one of these, given by name, is a finite number. */
export function requireNumbers(who: string, numbers: Record<string, unknown>): void {
  for (const [name, x] of Object.entries(numbers))
    if (!Number.isFinite(x))
      throw new ValueError(`${who}: expected ${name} to be a finite number, got ${shown(x)}`)
}

/** Throws a ValueError unless every size, given by name, is a positive integer. */
export function requireSizes(who: string, sizes: Record<string, unknown>): void {
  for (const [name, size] of Object.entries(sizes))
    if (!Number.isInteger(size) || (size as number) < 1)
      throw new ValueError(`${who}: expected ${name} to be a positive integer, got ${shown(size)}`)
}

/** Throws a ValueError unless x is a whole number from `least` to `most`, or left out. */
export function requireWhole(
  who: string,
  name: string,
  x: unknown,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (x === undefined) return
  if (Number.isSafeInteger(x) && (x as number) >= least && (x as number) <= most) return
  const range = most === Number.MAX_SAFE_INTEGER ? `from ${least} on` : `from ${least} to ${most}`
  throw new ValueError(`${who}: expected ${name} to be a whole number ${range}, got ${shown(x)}`)
}

/** Throws a ValueError unless `library` is the name or path of a library, or undefined. */
export function requireLibraryName(who: string, library: unknown): void {
  if (library === undefined || (typeof library === 'string' && library !== '')) return
  throw new ValueError(`${who}: expected library to be a name or a path, got ${shown(library)}`)
}

/** Throws a ValueError unless x is a number from 0 to 1. */
export function requireProbability(who: string, name: string, x: unknown): void {
  if (!(typeof x === 'number' && x >= 0 && x <= 1))
    throw new ValueError(`${who}: expected ${name} to be a number from 0 to 1, got ${shown(x)}`)
}

/** Throws a ValueError unless x is a number between 0 and 1, or left out. */
export function requireFraction(who: string, name: string, x: unknown): void {
  if (x !== undefined && !(typeof x === 'number' && x > 0 && x < 1))
    throw new ValueError(`${who}: expected ${name} between 0 and 1, got ${shown(x)}`)
}

/** Throws a ValueError unless x is a number ≥ 0, or left out. */
export function requireTolerance(who: string, name: string, x: unknown): void {
  if (x !== undefined && !(typeof x === 'number' && x >= 0))
    throw new ValueError(`${who}: expected ${name} to be a number ≥ 0, got ${shown(x)}`)
}

/** Throws a ValueError unless the value is one of the allowed ones. */
export function requireChoice(
  who: string,
  name: string,
  value: unknown,
  allowed: readonly string[],
): void {
  if (!allowed.includes(value as string))
    throw new ValueError(
      `${who}: expected ${name} to be one of ${allowed.join(', ')}, got ${shown(value)}`,
    )
}

/** Returns `f`. Throws a ValueError unless it is a function. */
export function requireFunction<F>(who: string, what: string, f: F): F {
  if (typeof f !== 'function') throw new ValueError(`${who}: expected ${what}, got ${shown(f)}`)
  return f
}

/**
 * Returns a function's result. Throws a TapeError for a result whose work is still to be done: a
 * Promise or another thenable, an iterator (the result of a generator function), or a function.
 */
export function requireSync<T>(who: string, result: T): T {
  const later = laterWork(result)
  if (later !== null)
    throw new TapeError(
      `${who}: expected a synchronous function, got one that returns ${later} ${who}`,
    )
  return result
}

/** A description of work that is still to be done, with its remedy; null for a plain result. */
function laterWork(result: unknown): string | null {
  if (typeof result === 'function') return 'a function: call it inside'
  if (typeof result !== 'object' || result === null) return null
  if (hasMethod(result, 'then')) return 'a Promise: await first, then call'
  // A class with this method need not be an iterator: a model may give the next word by it.
  const iterates =
    hasMethod(result, 'next') &&
    (Symbol.iterator in result || Symbol.asyncIterator in result || isOptions(result))
  return iterates ? 'an iterator: run through it inside' : null
}

const hasMethod = (x: object, method: string): boolean =>
  typeof (x as Record<string, unknown>)[method] === 'function'

/** Throws a ValueError unless an op has a name, and its definition all of these functions. */
export function requireDefinition(
  who: string,
  name: unknown,
  definition: unknown,
  functions: readonly string[],
): void {
  if (typeof name !== 'string' || name === '')
    throw new ValueError(`${who}: expected the name of an op, got ${shown(name)}`)
  if (typeof definition !== 'object' || definition === null)
    throw new ValueError(
      `${who}: expected ${name} to be defined by { ${functions.join(', ')} }, got ` +
        `${shown(definition)}`,
    )
  for (const part of functions)
    requireFunction(
      who,
      `${part} of ${name} to be a function`,
      (definition as Record<string, unknown>)[part],
    )
}
