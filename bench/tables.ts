// Figures as tables of Markdown, between the markers of a page. It reads and writes no file.

import type { Row } from './measure.ts'

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [line(head), line(head.map((_, i) => (i === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n')
/** Three digits. */
const short = (value: number | undefined): string =>
  value === undefined ? '' : String(Number(value.toPrecision(3)))

/** A table with a row for each name and a column for each size; empty without cells. */
export function pivot(
  title: string,
  columns: readonly string[],
  cells: readonly { row: string; column: string; value: number }[],
): string {
  if (cells.length === 0) return ''
  const rows = [...new Set(cells.map(({ row }) => row))]
  return table(
    [title, ...columns],
    rows.map((row) => [
      row,
      ...columns.map((column) =>
        short(cells.find((cell) => cell.row === row && cell.column === column)?.value),
      ),
    ]),
  )
}

export const listed = (rows: readonly Row[]): string =>
  table(
    ['', ''],
    rows.map(({ what, value, unit }) => [what, `${short(value)} ${unit}`.trim()]),
  )

/** The page with the text between `<!-- name -->` and `<!-- /name -->` replaced where there is one. */
export const filledIn = (
  page: string,
  texts: Readonly<Record<string, string | undefined>>,
): string =>
  page.replaceAll(/<!-- (\w+) -->.*?<!-- \/\1 -->/gs, (old, name: string) =>
    texts[name] ? `<!-- ${name} -->\n\n${texts[name]}\n\n<!-- /${name} -->` : old,
  )
