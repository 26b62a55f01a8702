// Letters for axes: N for rows, D, H, … as given, and the next free ones.

import { ValueError } from '../tensor/index.ts'
import type { Dim } from './dim.ts'
import type { Term } from './term.ts'

const FREE = ['D', 'H', 'K', 'M', 'P', 'Q', 'R', 'S', 'U', 'V', 'A', 'B', 'C', 'E', 'F', 'G']

/** Gives every axis of these terms a letter, the given ones first. */
export function letter(
  given: readonly Term[],
  terms: readonly Term[],
  isTaken: (name: string) => boolean,
): void {
  const taken = new Set<string>()
  const all = [...given, ...terms].flatMap(({ dims }) => dims)
  for (const dim of all) if (dim.letter !== null) taken.add(dim.letter)
  const next = (): string => {
    const free = FREE.find((name) => !taken.has(name) && !isTaken(name)) ?? `A${taken.size}`
    taken.add(free)
    return free
  }
  const rows = given.filter(({ symbol, dims }) => symbol?.kind === 'input' && dims.length > 1)
  for (const { dims } of rows)
    if (dims[0].letter === null && dims[0].size > 1 && !taken.has('N') && !isTaken('N')) {
      dims[0].letter = 'N'
      taken.add('N')
    }
  const name = (dim: Dim): void => {
    if (dim.letter !== null || dim.size === 1) return
    const { unit } = dim
    if (unit !== null && unit.root !== dim.root) name(unit)
    else dim.letter = next()
  }
  for (const dim of all) name(dim)
}

/** The shape of a term in letters. */
export const shapeOf = ({ dims }: Term): string[] => dims.map(String)

/** The lengths of the axes of terms by their letters. */
export function sizesOf(terms: readonly Term[]): Record<string, number> {
  const sizes: Record<string, number> = {}
  const note = (dim: Dim): void => {
    const { letter, size } = dim
    if (letter !== null && (sizes[letter] ?? size) !== size)
      throw new ValueError(
        `derive: expected one length for ${letter}, got ${sizes[letter]} and ${size}: ` +
          'give another letter',
      )
    if (letter !== null) sizes[letter] = size
    else if (dim.unit !== null) note(dim.unit)
  }
  for (const { dims } of terms) for (const dim of dims) note(dim)
  return sizes
}
