// Tensors inside what a forward is given and what it returns: arrays and plain objects of them; it computes nothing.
import { isOptions, kindOf, Tensor } from '../../tensor/index.ts'

const isMap = (value: object): value is Map<unknown, unknown> => kindOf(value) === 'Map'
const isSet = (value: object): value is Set<unknown> => kindOf(value) === 'Set'

/** A copy of a value with every tensor in its arrays and plain objects replaced by `f` of it, in order; all else is handed on. */
export function mapTensors(value: unknown, f: (t: Tensor, path: string) => unknown, path = ''): unknown {
  const inner = (key: string | number) => (path === '' ? String(key) : `${path}.${key}`)
  if (value instanceof Tensor) return f(value, path)
  if (Array.isArray(value)) return value.map((item, i) => mapTensors(item, f, inner(i)))
  if (isOptions(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTensors(item, f, inner(key))]))
  return value
}

/** The tensors in a value, each with its path. */
export function tensorsIn(value: unknown): [path: string, tensor: Tensor][] {
  const found: [string, Tensor][] = []
  mapTensors(value, (t, path) => found.push([path, t]))
  return found
}

/** Where a value holds something, and how to put something else there. */
export interface Place {
  path: string
  value: unknown
  put(value: unknown): void
}

/** The places in the fields of an object, in its arrays, maps, sets and plain objects, and in what `enters` lets in; each object is entered once. */
export function placesIn(root: object, enters: (value: object) => boolean): Place[] {
  const seen = new Set<object>()
  const places: Place[] = []
  const visit = (holder: object, path: string): void => {
    if (seen.has(holder)) return
    seen.add(holder)
    for (const place of fieldsOf(holder)) {
      const { value } = place
      const inner = path === '' ? place.path : `${path}.${place.path}`
      places.push({ ...place, path: inner })
      if (typeof value !== 'object' || value === null) continue
      if (Array.isArray(value) || isMap(value) || isSet(value) || isOptions(value) || enters(value)) visit(value, inner)
    }
  }
  visit(root, '')
  return places
}

function fieldsOf(holder: object): Place[] {
  if (isMap(holder)) return [...holder].map(([key, value]) => ({ path: String(key), value, put: (next) => holder.set(key, next) }))
  if (isSet(holder)) return [...holder].map((value, i) => ({ path: String(i), value, put: () => {} }))
  return Object.entries(holder).map(([key, value]) => ({ path: key, value, put: (next) => Reflect.set(holder, key, next) }))
}
