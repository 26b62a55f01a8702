// Norms of gradients as text for a terminal: a digit a cell, columns of numbers. It measures
// nothing.

import { type ConnectivityNorms, cellsOf, found, lags, ticks, word } from './scale.ts'

/** The matrix in digits, and the norms by t − s. */
export function textOf(matrix: ConnectivityNorms): string {
  const { norms, byLag, isCausal } = matrix
  const T = norms.length
  const { rows, per } = cellsOf(matrix)
  const most = largest(rows.flat())
  const margin = Math.max(String(T - 1).length, 3)
  const width = rows.length
  const marks = ticks(width, Math.ceil(width / 5))
  const head = Array<string>(width).fill(' ')
  for (const mark of marks)
    for (const [i, letter] of [...String(mark * per)].entries()) head[mark + i] = letter
  const ruler = head
    .slice(0, width + margin)
    .join('')
    .trimEnd()
  const lines = rows.map((row, k) => {
    const label = marks.includes(k) ? String(k * per) : ''
    return `${label.padStart(margin)} ${row.map((x) => digit(x, most)).join('')}`.trimEnd()
  })
  const shown = lags(T, 10)
  return [
    `‖∂y_t/∂x_s‖ over ${T} ${T === 1 ? 'step' : 'steps'} (${found(matrix)})`,
    `${'t\\s'.padStart(margin)} ${ruler}`,
    ...lines,
    `a digit: decades below the largest, ${word(most)}; + is 10 or more, · exactly 0` +
      `${isCausal && T > 1 ? '; s > t: exactly 0, left blank' : ''}` +
      `${per > 1 ? `; a cell: the root mean square of ${per} × ${per} steps` : ''}`,
    '',
    ...columns([
      ['t − s', ...shown.map(String)],
      ['norm', ...shown.map((k) => word(byLag[k]))],
    ]),
  ].join('\n')
}

/** Rows of words as lines, in columns: the first to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, k) => Math.max(...rows.map((row) => row[k].length)))
  return rows.map((row) =>
    row
      .map((text, k) => (k === 0 ? text.padEnd(widths[k]) : text.padStart(widths[k])))
      .join('  ')
      .trimEnd(),
  )
}

/** The largest finite number, 0 for none. */
const largest = (numbers: readonly (number | null)[]): number =>
  numbers.reduce<number>((most, x) => (x !== null && x > most && x < Infinity ? x : most), 0)

function digit(x: number | null, most: number): string {
  if (x === null) return ' '
  if (x === 0) return '·'
  if (Number.isNaN(x)) return '?'
  if (x === Infinity) return '∞'
  const decades = Math.round(Math.log10(most) - Math.log10(x))
  return decades < 10 ? String(decades) : '+'
}
