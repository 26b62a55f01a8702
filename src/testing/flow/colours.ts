// The colours of a heat map: from dark violet to light yellow in steps that look equal, in colour
// as in grey.

/** Viridis at even distances (Smith & van der Walt 2015). */
export const STOPS = [
  '#440154',
  '#482878',
  '#3e4989',
  '#31688e',
  '#26828e',
  '#1f9e89',
  '#35b779',
  '#6ece58',
  '#b5de2b',
  '#fde725',
] as const

/** The colour at x, from 0 to 1, as a legend drawn by these stops has it. */
export function colourAt(x: number): string {
  const at = x * (STOPS.length - 1)
  const below = Math.min(Math.floor(at), STOPS.length - 2)
  const [from, to] = [STOPS[below], STOPS[below + 1]]
  const mixed = [1, 3, 5].map((i) => {
    const [a, b] = [from, to].map((stop) => Number.parseInt(stop.slice(i, i + 2), 16))
    return Math.round(a + (b - a) * (at - below))
  })
  return `#${mixed.map((part) => part.toString(16).padStart(2, '0')).join('')}`
}

/** The colour of words on the colour at x. */
export const inkOn = (x: number): string => (x < 0.44 ? '#fff' : '#000')
