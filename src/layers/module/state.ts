// State dicts of modules: what does not fit, and the copy of what does. module.ts finds the
// tensors.
import { Tensor, ValueError } from '../../tensor/index.ts'
import { requireChangeable, revived, show, shown } from '../../tensor/internal.ts'

/** How a state dict is loaded. */
export interface LoadOptions {
  /** Refuse a state dict in which names are missing, or that has others (true). */
  strict?: boolean | undefined
}

/** The names in which a module and a state dict differ; none after strict loading. */
export interface UnmatchedKeys {
  /** Names of the module's tensors that the state dict lacks. */
  missingKeys: string[]
  /** Names of the state dict that the module lacks. */
  unexpectedKeys: string[]
}

/**
 * Copies a state dict into a module's own tensors. Throws a ValueError that lists what does not
 * fit; nothing is changed then.
 */
export function loadInto(
  who: string,
  own: ReadonlyMap<string, Tensor>,
  state: Record<string, Tensor>,
  strict: boolean,
): UnmatchedKeys {
  if (typeof state !== 'object' || state === null)
    throw new ValueError(`${who}: expected an object of tensors by name, got ${shown(state)}`)
  const given = new Map<string, unknown>(
    Object.entries(state).map(([name, value]) => [name, revived(value)]),
  )
  const missingKeys = [...own.keys()].filter((name) => !given.has(name))
  const unexpectedKeys = [...given.keys()].filter((name) => !own.has(name))
  const problems = [...own].flatMap(([name, t]) =>
    given.has(name) ? misfit(name, t, given.get(name)) : strict ? [`${name}: missing`] : [],
  )
  if (strict) for (const name of unexpectedKeys) problems.push(`${name}: unexpected`)
  if (problems.length > 0)
    throw new ValueError(`${who}: this state does not fit:\n  ${problems.join('\n  ')}`)
  const wanted = [...own].filter(([name]) => given.has(name))
  for (const [name, t] of wanted) requireChangeable(`${who}: ${name}`, t)
  // Copies, because the state may hold this module's own tensors, and all of them in memory: what
  // fails does so before anything changes.
  const changes = wanted.map(([name, to]) => ({
    to,
    value: (given.get(name) as Tensor).detach().clone(),
  }))
  for (const { to, value } of changes) for (const t of [to, value]) t.storedAddress()
  for (const { to, value } of changes) to.assign_(value)
  return { missingKeys, unexpectedKeys }
}

function misfit(name: string, own: Tensor, given: unknown): string[] {
  const wanted = `${show(own.shape)} ${own.dtype}`
  const got = given instanceof Tensor ? `${show(given.shape)} ${given.dtype}` : shown(given)
  return wanted === got ? [] : [`${name}: expected ${wanted}, got ${got}`]
}
