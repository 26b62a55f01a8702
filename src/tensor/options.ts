// Checks that options objects hold only names that exist, for callers without types.

import { ValueError } from './errors.ts'

/** Throws a ValueError that names an unknown option and the ones there are. */
export function checkOptions(who: string, options: object, allowed: readonly string[]): void {
  if (typeof options !== 'object' || options === null) throw new ValueError(`${who}: expected options { ${allowed.join(', ')} }, got ${String(options)}`)
  for (const name of Object.keys(options)) if (!allowed.includes(name)) throw new ValueError(`${who}: unknown option '${name}': expected ${allowed.join(', ')}`)
}
