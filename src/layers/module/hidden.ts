// Layers and parameters in #private fields, which no walk can read: told by the source of the
// class, so that they are refused by name and not passed over.
import { ValueError } from '../../tensor/index.ts'

/** Names of classes of which a module was made. */
const made = new Set<string>()

/** Notes that a module of this class is being made. */
export function noteMade({ name }: { readonly name: string }): void {
  made.add(name)
}

interface Hidden {
  readonly field: string
  /** The class whose instance it is given; null for a tensor that requires a gradient. */
  readonly of: string | null
}

const known = new WeakMap<object, readonly Hidden[]>()

const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g
const INSTANCE = /#([\w$]+)\s*=\s*new\s+(?:[\w$]+\.)*([\w$]+)/g
const PARAMETER = /#([\w$]+)\s*=[^;\n]*requiresGrad\s*:\s*(?:true|!0)/g

function hiddenIn(type: object): readonly Hidden[] {
  const before = known.get(type)
  if (before !== undefined) return before
  const source = Function.prototype.toString.call(type).replace(COMMENTS, '')
  const instances = Array.from(source.matchAll(INSTANCE), ([, field, of]) => ({ field, of }))
  const parameters = Array.from(source.matchAll(PARAMETER), ([, field]) => ({ field, of: null }))
  const found = [...instances, ...parameters]
  known.set(type, found)
  return found
}

/**
 * Throws a ValueError where a class from this one up to `base` gives a #private field a module, or
 * a tensor that requires a gradient.
 */
export function refuseHidden(who: string, type: object, base: object): void {
  for (let at = type; at !== base; at = Object.getPrototypeOf(at)) {
    const one = hiddenIn(at).find(({ of }) => of === null || made.has(of))
    if (one === undefined) continue
    const what = one.of === null ? 'a tensor that requires a gradient' : `a ${one.of}`
    throw new ValueError(
      `${who}: expected fields that can be read, got ${what} in #${one.field}: hold it in a ` +
        'plain field, or override fields() to list it',
    )
  }
}
