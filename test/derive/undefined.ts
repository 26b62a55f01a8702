// Finds names that the text of a derivation uses and does not define.

import type { Derivation } from 'tapegrad/derive'
import { equationsIn, parse, type Tree } from './language.ts'

const NAME = /[\p{Lu}\p{Ll}\p{Lo}_][\p{Lu}\p{Ll}\p{Lo}\p{Nd}_′⁻]*(?:⟨[^⟩]*⟩)?/gu

function namesIn(tree: unknown): string[] {
  if (Array.isArray(tree)) return tree.flatMap(namesIn)
  if (typeof tree !== 'object' || tree === null) return []
  const { kind, name, ...rest } = tree as Tree & { name?: string }
  return [...(kind === 'name' ? [name as string] : []), ...Object.values(rest).flatMap(namesIn)]
}

/** Names that no line above, and no line outside the equations, has. */
export function undefinedIn(derivation: Derivation): string[] {
  const text = String(derivation)
  const defined = new Set<string>()
  for (const line of text.split('\n'))
    if (!line.startsWith('  ')) for (const [name] of line.matchAll(NAME)) defined.add(name)
  return equationsIn(text).flatMap(([name, expression]) => {
    const missing = namesIn(parse(expression)).filter((one) => !defined.has(one))
    defined.add(name)
    return missing.map((one) => `${one} in ${name} = ${expression}`)
  })
}
