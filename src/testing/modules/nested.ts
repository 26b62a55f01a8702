// Tensors inside the arguments and results of a forward, arrays and plain objects of them, and the
// places of values inside a module; nothing is computed here.
import { Tensor, ValueError } from '../../tensor/index.ts'
import { isOptions, tagOf } from '../../tensor/internal.ts'

/** Values that are nested deeper are taken for a mistake. */
const DEEPEST = 500

/**
 * A copy of a value with every tensor t in its arrays and plain objects replaced by f(t), in order;
 * the rest is not copied. Throws a ValueError for a value that contains itself, or is nested too
 * deep.
 */
export function mapTensors(
  value: unknown,
  f: (t: Tensor, path: string) => unknown,
  path = '',
  depth = 0,
): unknown {
  const inner = (key: string | number) => (path === '' ? String(key) : `${path}.${key}`)
  if (value instanceof Tensor) return f(value, path)
  if (!Array.isArray(value) && !isOptions(value)) return value
  if (depth > DEEPEST)
    throw new ValueError(
      `checkModule: expected values nested at most ${DEEPEST} deep, got a deeper one: does it ` +
        'contain itself?',
    )
  if (Array.isArray(value)) return value.map((item, i) => mapTensors(item, f, inner(i), depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, mapTensors(item, f, inner(key), depth + 1)]),
  )
}

/** The tensors in a value, each with its path. */
export function tensorsWithPaths(value: unknown): [path: string, tensor: Tensor][] {
  const found: [string, Tensor][] = []
  mapTensors(value, (t, path) => found.push([path, t]))
  return found
}

/** A place inside an object: its value, and a function that replaces it. */
export interface Place {
  path: string
  value: unknown
  put(value: unknown): void
}

/**
 * The places in the fields of an object, in arrays, maps, sets and plain objects there, and in
 * objects for which `enters` is true; each object is entered once.
 */
export function placesIn(root: object, enters: (value: object) => boolean): Place[] {
  const seen = new Set<unknown>([root])
  const places: Place[] = []
  // Reversed, so that places are found in the order of the fields.
  const stack = fieldsOf(root, '').reverse()
  for (let place = stack.pop(); place !== undefined; place = stack.pop()) {
    const { path, value } = place
    places.push(place)
    if (typeof value !== 'object' || value === null || seen.has(value)) continue
    if (
      !(
        Array.isArray(value) ||
        tagOf(value) === 'Map' ||
        tagOf(value) === 'Set' ||
        isOptions(value) ||
        enters(value)
      )
    )
      continue
    seen.add(value)
    for (const inner of fieldsOf(value, `${path}.`).reverse()) stack.push(inner)
  }
  return places
}

function fieldsOf(holder: object, prefix: string): Place[] {
  if (tagOf(holder) === 'Map') {
    const map = holder as Map<unknown, unknown>
    return [...map].map(([key, value]) => ({
      path: `${prefix}${String(key)}`,
      value,
      put: (next) => map.set(key, next),
    }))
  }
  if (tagOf(holder) === 'Set') {
    const set = holder as Set<unknown>
    return [...set].map((value, i) => ({
      path: `${prefix}${i}`,
      value,
      put: (next) => value instanceof Tensor && replaceIn(set, i, next),
    }))
  }
  return Object.entries(holder).map(([key, value]) => ({
    path: `${prefix}${key}`,
    value,
    put: (next) => Reflect.set(holder, key, next),
  }))
}

/** Replaces member number `at` of a set; the order of the others stays. */
function replaceIn(set: Set<unknown>, at: number, next: unknown): void {
  const members = [...set]
  if (members[at] === next) return
  members[at] = next
  set.clear()
  for (const member of members) set.add(member)
}
