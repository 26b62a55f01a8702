// The contents of a module: the tensors and modules in its fields, and in plain objects, arrays,
// Maps and Sets there, to any depth. It changes nothing, and does not know the class Module.
import { Tensor, ValueError } from '../../tensor/index.ts'
import { isOptions, noTensor, resemblesTensor, shown, tagOf } from '../../tensor/internal.ts'

/** Recognises modules, and reads them. */
export interface ModuleReader<M extends object> {
  is(value: object): value is M
  /** A module's fields by name. */
  fields(module: M): [string, unknown][]
}

/** A value to be visited. */
interface Pending {
  path: string
  value: object
  /** The refusal of a tensor or module in this place, which has no name; null where it has one. */
  nameless: string | null
}

/** An object that has been entered; its contents begin at `found[from]`. */
interface Entered extends Pending {
  from: number
}

/**
 * The tensors and modules below a module by their dotted names, in the order of the fields; with
 * `deep`, those below these modules as well. What is met twice is listed under both names, with all
 * that is below it, but not inside itself.
 *
 * Throws a ValueError for a tensor or module without a name (behind a symbol, or an object as a key
 * of a Map) and for one of another copy of the package.
 */
export function contentsOf<M extends object>(
  root: M,
  reader: ModuleReader<M>,
  deep: boolean,
): [path: string, held: Tensor | M][] {
  const found: [string, Tensor | M][] = []
  const within = new Set<object>([root])
  const spans = new Map<object, { path: string; from: number; to: number }>()
  const stack: (Pending | Entered)[] = partsOf(root, '', null, reader)
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { path, value, nameless } = next
    if ('from' in next) {
      within.delete(value)
      spans.set(value, { path, from: next.from, to: found.length })
      continue
    }
    const isModule = reader.is(value)
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
    for (const part of partsOf(value, path, nameless, reader)) stack.push(part)
  }
  return found
}

const foreign = (value: object): string =>
  resemblesTensor(value) ? noTensor(value) : 'one of another copy: load the package once'

/** Whether another copy of the package made this, and it would be passed over in silence. */
const isForeign = (value: object): boolean =>
  resemblesTensor(value) || ('namedParameters' in value && 'loadStateDict' in value)

const isContainer = (value: object): boolean =>
  Array.isArray(value) || tagOf(value) === 'Map' || tagOf(value) === 'Set' || isOptions(value)

/** The objects directly in this one, the last first, as a stack takes them. */
function partsOf<M extends object>(
  holder: object,
  path: string,
  nameless: string | null,
  reader: ModuleReader<M>,
): Pending[] {
  const parts: Pending[] = []
  const add = (name: string | number, value: object, why = nameless): void => {
    parts.push({ path: path === '' ? String(name) : `${path}.${name}`, value, nameless: why })
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
    let i = 0
    for (const value of holder as Set<unknown>) {
      if (isObject(value)) add(i, value)
      i++
    }
  } else {
    for (const [name, value] of reader.is(holder) ? reader.fields(holder) : Object.entries(holder))
      if (isObject(value)) add(name, value)
    for (const key of Object.getOwnPropertySymbols(holder)) {
      const value = (holder as Record<symbol, unknown>)[key]
      const where =
        `${path === '' ? '' : `${path}: `}expected tensors and modules in fields with a name, ` +
        `got one in ${String(key)}`
      if (isObject(value)) add('', value, `${where}: name the field by a string`)
    }
  }
  return parts.reverse()
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isName = (key: unknown): boolean => typeof key === 'string' || typeof key === 'number'
