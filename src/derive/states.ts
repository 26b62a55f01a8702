// The states of cells: their letters, and the names that they may have.

import { ValueError } from '../tensor/index.ts'
import { labelName, Names } from './naming.ts'

/** H for the states, P for an h of another size, and the next letters for others. */
export function stateLetters(sizes: Readonly<Record<string, number>>): Record<string, string[]> {
  const largest = sizes.c ?? sizes.h ?? Object.values(sizes)[0]
  const known = new Map([[largest, 'H']])
  const letters: Record<string, string[]> = {}
  for (const [name, size] of Object.entries(sizes)) {
    const letter = known.get(size) ?? 'PQRSU'[known.size - 1] ?? `U${known.size}`
    known.set(size, letter)
    letters[name] = ['N', letter]
    letters[`δ${name}′`] = ['N', letter]
  }
  return letters
}

/** Of each layer: a letter that has another length in another layer gets the layer's number. */
export function layerLetters(
  layers: readonly Readonly<Record<string, number>>[],
): Record<string, string[]>[] {
  const lengths = new Map<string, Set<number>>()
  const own = layers.map((sizes) => ({ sizes, letters: stateLetters(sizes) }))
  for (const { sizes, letters } of own)
    for (const [name, size] of Object.entries(sizes)) {
      const letter = letters[name][1]
      lengths.set(letter, (lengths.get(letter) ?? new Set()).add(size))
    }
  return own.map(({ letters }, l) =>
    Object.fromEntries(
      Object.entries(letters).map(([name, [n, letter]]) => [
        name,
        [n, (lengths.get(letter)?.size ?? 0) > 1 ? `${letter}_l${l}` : letter],
      ]),
    ),
  )
}

/** Throws where a state has a name that equations have for something else. */
export function requireStateNames(sizes: Readonly<Record<string, number>>): void {
  const letters = ['D', ...Object.values(stateLetters(sizes)).flat()]
  const names = new Names()
  for (const name of Object.keys(sizes)) {
    const isOwn = letters.includes(name) || /^[xytT]$|^first_|[′⁻]|^[δε]/u.test(name)
    if (isOwn || labelName(name) !== name || names.unique(name) !== name)
      throw new ValueError(
        'derive: expected names of states other than x, y, t, h′, δh, those of functions and the ' +
          `letters of axes, got ${name}: rename the state`,
      )
  }
}
