// Layers and parameters in #private fields, which cannot be read from outside: found in the source
// of the class, so that they are refused by name and not passed over.
import { ValueError } from '../../tensor/index.ts'

/** The names of the classes that modules were made of. */
const moduleClasses = new Set<string>()

/** Notes that a module of this class is being made. */
export function noteModuleClass({ name }: { readonly name: string }): void {
  moduleClasses.add(name)
}

interface Hidden {
  readonly field: string
  /** The class of the value; null for a tensor that requires a gradient. */
  readonly of: string | null
}

const hiddenFields = new WeakMap<object, readonly Hidden[]>()

const COMMENTS = /\/\*[\s\S]*?\*\/|\/\/[^\n]*/g
const INSTANCE = /#([\w$]+)\s*=\s*new\s+(?:[\w$]+\.)*([\w$]+)/g
const PARAMETER = /#([\w$]+)\s*=[^;\n]*requiresGrad\s*:\s*(?:true|!0)/g

function hiddenIn(type: object): readonly Hidden[] {
  const before = hiddenFields.get(type)
  if (before !== undefined) return before
  const source = Function.prototype.toString.call(type).replace(COMMENTS, '')
  const instances = Array.from(source.matchAll(INSTANCE), ([, field, of]) => ({ field, of }))
  const parameters = Array.from(source.matchAll(PARAMETER), ([, field]) => ({ field, of: null }))
  const found = [...instances, ...parameters]
  hiddenFields.set(type, found)
  return found
}

/**
 * Throws a ValueError where a class, from this one up to `base`, puts a module or a tensor that
 * requires a gradient into a #private field.
 */
export function requireNoneHidden(who: string, type: object, base: object): void {
  for (let at = type; at !== base; at = Object.getPrototypeOf(at)) {
    const one = hiddenIn(at).find(({ of }) => of === null || moduleClasses.has(of))
    if (one === undefined) continue
    const what = one.of === null ? 'a tensor that requires a gradient' : `a ${one.of}`
    throw new ValueError(
      `${who}: expected fields that can be read, got ${what} in #${one.field}: hold it in a ` +
        'plain field, or override fields() to list it',
    )
  }
}
