// The states of cells: their letters, and the names that they may have.

import { ValueError } from '../tensor/index.ts'
import { asName, Names } from './naming.ts'

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

/** Throws where a state has a name that the equations have for something else. */
export function requireStateNames(
  sizes: Readonly<Record<string, number>>,
  isSequence: boolean,
): void {
  const own = isSequence ? /^[xytT]$|^first_|[′⁻]|^[δε]/u : /^x$|′|^[δε]/u
  const letters = new Set(['D', ...Object.values(stateLetters(sizes)).flat()])
  const names = new Names()
  for (const name of Object.keys(sizes)) {
    const isWord = asName(name) === name || !isSequence
    if (isWord && !own.test(name) && !letters.has(name) && names.unique(name) === name) continue
    throw new ValueError(
      'derive: expected states whose names are words that the equations do not use, as they do ' +
        `x, y, t, h′, δh and the letters of axes, got ${name}: rename the state`,
    )
  }
}
