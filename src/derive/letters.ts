// Letters for axes: N for rows, D, H, … as given, and the next free ones.

import { ValueError } from '../tensor/index.ts'
import type { Dim } from './dim.ts'
import type { Term } from './term.ts'

const FREE = ['D', 'H', 'K', 'M', 'P', 'Q', 'R', 'S', 'U', 'V', 'A', 'B', 'C', 'E', 'F', 'G']

/**
 * Gives every axis of what is given a letter, in this order. An axis that only results have keeps
 * its digits: its letter would stand nowhere else.
 */
export function letter(
  given: readonly Term[],
  isTaken: (name: string, size: number) => boolean,
): void {
  const taken = new Set<string>()
  const all = given.flatMap(({ dims }) => dims)
  for (const dim of all) if (dim.letter !== null) taken.add(dim.letter)
  const next = (size: number): string => {
    const isFree = (name: string): boolean => !taken.has(name) && !isTaken(name, size)
    const free = FREE.find(isFree) ?? `A${taken.size}_${size}`
    taken.add(free)
    return free
  }
  const rows = given.filter(({ symbol, dims }) => symbol?.kind === 'input' && dims.length > 1)
  const prefer = (dim: Dim, letter: string): void => {
    if (dim.letter !== null || dim.size === 1 || taken.has(letter) || isTaken(letter, dim.size))
      return
    dim.letter = letter
    taken.add(letter)
  }
  for (const { dims } of rows) {
    prefer(dims[0], 'N')
    if (dims.length === 3) prefer(dims[1], 'T')
  }
  const name = (dim: Dim): void => {
    if (dim.letter !== null || dim.size === 1) return
    const { unit, factors } = dim
    if (factors.length > 0) factors.forEach(name)
    else if (unit !== null && unit.root !== dim.root) name(unit)
    else dim.letter = next(dim.size)
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
    else if (dim.factors.length > 0) dim.factors.forEach(note)
    else if (dim.unit !== null) note(dim.unit)
  }
  for (const { dims } of terms) for (const dim of dims) note(dim)
  return sizes
}
