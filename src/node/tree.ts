// A tree of tensors and plain values as one JSON text and the tensors by name, and back to the same
// tree. It knows no files.

import { TapeError, Tensor, ValueError } from '../tensor/index.ts'
import { isOptions, noTensor, resemblesTensor, shown } from '../tensor/internal.ts'

/** A tree taken apart: `plain` is what JSON holds, with a mark where a tensor stood. */
export interface Flat {
  readonly plain: unknown
  readonly tensors: Readonly<Record<string, Tensor>>
}

/** How many objects and lists may lie in each other. */
const DEEPEST = 500

// What JSON has no word for is an object of one key that begins with one $. Keys of the caller that
// begin so get one more.
const TENSOR = '$tensor'
const NUMBER = '$number'
const UNDEFINED = '$undefined'

/**
 * Takes a tree apart. Throws a ValueError that names the path of the first value that would not
 * come back as it is.
 */
export function flatten(who: string, tree: unknown): Flat {
  const tensors = new Map<string, Tensor>()
  /** The objects around the value, to find circles. */
  const around: object[] = []

  function refuse(path: string, got: string): never {
    throw new ValueError(
      `${who}: expected tensors, plain values, and lists and objects of them, got ${got} at ` +
        `${path}`,
    )
  }

  /** For readers of the file. Each is there once, and none is that of the metadata. */
  function named(keys: readonly string[], t: Tensor): string {
    let name = keys.join('.') || 'state'
    if (name === '__metadata__' || /\p{Surrogate}/u.test(name)) name = `tensor ${tensors.size}`
    while (tensors.has(name)) name += "'"
    tensors.set(name, t)
    return name
  }

  function visit(x: unknown, path: string, keys: readonly string[]): unknown {
    if (x === null || typeof x === 'string' || typeof x === 'boolean') return x
    if (x === undefined) return { [UNDEFINED]: true }
    if (typeof x === 'number')
      return Number.isFinite(x) && !Object.is(x, -0)
        ? x
        : { [NUMBER]: Object.is(x, -0) ? '-0' : `${x}` }
    if (typeof x !== 'object') return refuse(path, shown(x))
    if (x instanceof Tensor) {
      if (x.storage.freed !== null)
        throw new TapeError(
          `${who}: expected numbers at ${path}, got a tensor whose numbers are gone: detach() it`,
        )
      return { [TENSOR]: named(keys, x) }
    }
    if (resemblesTensor(x)) return refuse(path, noTensor(x))
    if (!Array.isArray(x) && !isOptions(x)) return refuse(path, `${shown(x)}${remedyFor(x)}`)
    if (around.includes(x)) return refuse(path, 'an object that contains itself')
    if (around.length === DEEPEST) return refuse(path, `more than ${DEEPEST} levels`)
    around.push(x)
    const plain = Array.isArray(x) ? list(x, path, keys) : object(x, path, keys)
    around.pop()
    return plain
  }

  function list(x: readonly unknown[], path: string, keys: readonly string[]): unknown[] {
    // The length is a key of its own.
    if (Reflect.ownKeys(x).length !== x.length + 1)
      refuse(path, 'a list with holes, or with keys of its own')
    return x.map((item, i) => visit(item, `${path}[${i}]`, [...keys, `${i}`]))
  }

  function object(x: object, path: string, keys: readonly string[]): unknown {
    const entries = Object.entries(x)
    if (Reflect.ownKeys(x).length !== entries.length)
      refuse(path, 'an object with symbols as keys, or with hidden ones')
    return Object.fromEntries(
      entries.map(([key, value]) => {
        const inner = /^[A-Za-z_]\w*$/.test(key)
          ? `${path}.${key}`
          : `${path}[${JSON.stringify(key)}]`
        if (key === '__proto__') refuse(inner, 'this key, which is not safe to read back')
        return [key.startsWith('$') ? `$${key}` : key, visit(value, inner, [...keys, key])]
      }),
    )
  }

  return { plain: visit(tree, 'state', []), tensors: Object.fromEntries(tensors) }
}

/** What to pass in place of an object that knows its own state. */
function remedyFor(x: object): string {
  const remedies = { stateDict: 'stateDict()', state: 'state()' }
  for (const [method, call] of Object.entries(remedies))
    if (typeof (x as Record<string, unknown>)[method] === 'function') return ` (pass its ${call})`
  return ArrayBuffer.isView(x) ? ' (make a tensor of it)' : ''
}

/** The tree of a `flatten`. */
export function unflatten(plain: unknown, tensors: Readonly<Record<string, Tensor>>): unknown {
  if (Array.isArray(plain)) return plain.map((item) => unflatten(item, tensors))
  if (typeof plain !== 'object' || plain === null) return plain
  const entries = Object.entries(plain)
  const [mark, content] = entries.length === 1 ? (entries[0] as [string, unknown]) : ['', null]
  if (mark === TENSOR) return tensors[content as string]
  if (mark === NUMBER) return Number(content)
  if (mark === UNDEFINED) return undefined
  return Object.fromEntries(
    entries.map(([key, value]) => [
      key.startsWith('$') ? key.slice(1) : key,
      unflatten(value, tensors),
    ]),
  )
}
