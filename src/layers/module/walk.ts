// What a module holds: the tensors and modules in its fields, and in plain objects, arrays, Maps
// and Sets of them to any depth. It reads, and changes nothing.
import { Tensor, ValueError } from '../../tensor/index.ts'
import { isOptions, noTensor, resemblesTensor, shown, tagOf } from '../../tensor/internal.ts'

/** What the walk has to know of modules. */
export interface Kind<M extends object> {
  is(value: object): value is M
  /** A module's fields by name. */
  fields(module: M): [string, unknown][]
}

/**
 * Something still to be looked at: a value, where it stands, and why it could have no name, if so.
 */
interface Open {
  path: string
  value: object
  nameless: string | null
}

/**
 * An object whose contents are listed from `from` on; they end where this is met on the way back.
 */
interface Entered extends Open {
  from: number
}

/**
 * The tensors and modules below a module by their dotted names, in the order of the fields. With
 * `deep` also those below these modules: one that is met again is listed again under its further
 * name, with what its first walk found, except inside itself, where nothing is.
 *
 * Throws a ValueError for what has no name (a symbol, or an object as a key of a Map) and for what
 * another copy of the package made.
 */
export function contentsOf<M extends object>(
  root: M,
  kind: Kind<M>,
  deep: boolean,
): [path: string, held: Tensor | M][] {
  const found: [string, Tensor | M][] = []
  const within = new Set<object>([root])
  const spans = new Map<object, { path: string; from: number; to: number }>()
  const stack: (Open | Entered)[] = openings(root, '', null, kind)
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { path, value, nameless } = next
    if ('from' in next) {
      within.delete(value)
      spans.set(value, { path, from: next.from, to: found.length })
      continue
    }
    const isModule = kind.is(value)
    if (isModule || value instanceof Tensor) {
      if (nameless !== null) throw new ValueError(nameless)
      if (value instanceof Tensor || !deep) {
        found.push([path, value as Tensor | M])
        continue
      }
    } else if (isForeign(value))
      throw new ValueError(
        `${path}: expected what this copy of tapegrad made, got ${foreign(value)}`,
      )
    else if (!isContainer(value)) continue
    if (within.has(value)) continue
    const before = spans.get(value)
    if (before !== undefined && nameless === null) {
      for (let k = before.from; k < before.to; k++)
        found.push([path + found[k][0].slice(before.path.length), found[k][1]])
      continue
    }
    within.add(value)
    stack.push({ path, value, nameless, from: found.length })
    if (isModule) found.push([path, value])
    for (const inner of openings(value, path, nameless, kind)) stack.push(inner)
  }
  return found
}

const foreign = (value: object): string =>
  resemblesTensor(value) ? noTensor(value) : 'one of another copy: load the package once'

/**
 * Whether this is a tensor or module, but of another copy of the package: it would be passed over
 * in silence.
 */
const isForeign = (value: object): boolean =>
  resemblesTensor(value) || ('namedParameters' in value && 'loadStateDict' in value)

const isContainer = (value: object): boolean =>
  Array.isArray(value) || tagOf(value) === 'Map' || tagOf(value) === 'Set' || isOptions(value)

/** The objects directly in this one, the last first. */
function openings<M extends object>(
  holder: object,
  path: string,
  nameless: string | null,
  kind: Kind<M>,
): Open[] {
  const open: Open[] = []
  const add = (name: string | number, value: object, why = nameless): void => {
    open.push({ path: path === '' ? String(name) : `${path}.${name}`, value, nameless: why })
  }
  if (Array.isArray(holder)) {
    for (let i = 0; i < holder.length; i++) if (isObject(holder[i])) add(i, holder[i])
  } else if (tagOf(holder) === 'Map') {
    for (const [key, value] of holder as Map<unknown, unknown>) {
      if (!isObject(value)) continue
      if (isName(key)) add(String(key), value)
      else
        add(
          '',
          value,
          `${path}: expected strings or numbers as keys of a Map of tensors or modules, got ` +
            `${shown(key)}`,
        )
    }
  } else if (tagOf(holder) === 'Set') {
    let i = -1
    for (const value of holder as Set<unknown>) if (++i >= 0 && isObject(value)) add(i, value)
  } else {
    for (const [name, value] of kind.is(holder) ? kind.fields(holder) : Object.entries(holder))
      if (isObject(value)) add(name, value)
    for (const key of Object.getOwnPropertySymbols(holder)) {
      const value = (holder as Record<symbol, unknown>)[key]
      const where =
        `${path === '' ? '' : `${path}: `}expected tensors and modules in fields with a name, ` +
        `got one in ${String(key)}`
      if (isObject(value)) add('', value, `${where}: name the field by a string`)
    }
  }
  return open.reverse()
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isName = (key: unknown): boolean => typeof key === 'string' || typeof key === 'number'
