// Letters for the states of a cell.

/** H for the states, P for an h of another size, and the next letters for others. */
export function stateLetters(sizes: Readonly<Record<string, number>>): Record<string, string[]> {
  const largest = sizes.c ?? sizes.h
  const known = new Map([[largest, 'H']])
  const letters: Record<string, string[]> = {}
  for (const [name, size] of Object.entries(sizes)) {
    const letter = known.get(size) ?? 'PQRSU'[known.size - 1]
    known.set(size, letter)
    letters[name] = ['N', letter]
    letters[`δ${name}′`] = ['N', letter]
  }
  return letters
}
