// Heat maps of norms of gradients as SVG: panels side by side on one logarithmic scale, and its
// legend. It measures nothing.

import { ValueError } from '../../tensor/index.ts'
import { isOptions, shown } from '../../tensor/internal.ts'
import { colourAt, inkOn, STOPS } from './colours.ts'
import { type ConnectivityNorms, cellsOf, found, lags, ticks, word } from './scale.ts'

/** One heat map. */
export interface Panel {
  readonly title: string
  /** Below the panel. */
  readonly note: string
  /** Null where nothing is drawn. */
  readonly cells: readonly (readonly (number | null)[])[]
  readonly rowAxis: string
  readonly columnAxis: string
  /** By the place of a row or a column. */
  readonly rowLabels: ReadonlyMap<number, string>
  readonly columnLabels: ReadonlyMap<number, string>
  /** The norms in numbers, in lines of columns; the first word of a line is its name. */
  readonly table: readonly (readonly string[])[]
  /** The least height of a cell; labels need more than bare cells do. */
  readonly least?: number
}

/**
 * Heat maps of connectivity side by side, under their names, as the text of an SVG file. All have
 * one scale of colours, which is logarithmic, ends at the largest norm and spans at most 8 decades;
 * the legend has its numbers. Colours get lighter evenly (viridis), so a print in grey can be read.
 * What is exactly 0 is hatched, NaN and ∞ are crossed; s > t is left blank where all is 0. Below
 * each map stand the norms by t − s in numbers; up to 10 steps, each cell has its number.
 *
 * Throws a ValueError for anything else than results of `connectivity` by name, one at least.
 *
 * ```ts
 * const x = randn([1, 8, 2])
 * const maps = { RNN: connectivity(new RNN(2, 4), x), LSTM: connectivity(new LSTM(2, 4), x) }
 * heatMap(maps).slice(0, 4) // '<svg'
 * ```
 */
export function heatMap(maps: Readonly<Record<string, ConnectivityNorms>>): string {
  const entries = isOptions(maps) ? Object.entries(maps) : []
  const isMap = (x: unknown): boolean =>
    typeof x === 'object' && x !== null && 'norms' in x && 'byLag' in x
  const wrong = entries.find(([, map]) => !isMap(map))
  if (entries.length === 0 || wrong !== undefined)
    throw new ValueError(
      'heatMap: expected results of connectivity by name, { RNN: connectivity(…) }, got ' +
        shown(wrong === undefined ? maps : wrong[1]),
    )
  return drawn(
    entries.map(([title, map]) => panelOf(title, map)),
    '‖∂y_t/∂x_s‖',
  )
}

function panelOf(title: string, map: ConnectivityNorms): Panel {
  const T = map.norms.length
  const { rows, per } = cellsOf(map)
  const labels = new Map(ticks(rows.length, 8).map((k) => [k, String(k * per)]))
  const size = cellSize(rows.length)
  const shownLags = lags(T, Math.floor(Math.max(rows.length * size, NARROWEST) / COLUMN))
  const blank = map.isCausal && T > 1 ? '; s > t: exactly 0, blank' : ''
  return {
    title,
    note: `${found(map)}${per > 1 ? `; a cell: ${per} × ${per} steps` : ''}${blank}`,
    cells: rows,
    rowAxis: rows.length < 4 ? 't' : 't, step of the output',
    columnAxis: 's, step of the input',
    rowLabels: labels,
    columnLabels: labels,
    table: [
      ['t − s', ...shownLags.map(String)],
      ['norm', ...shownLags.map((k) => word(map.byLag[k]))],
    ],
  }
}

const FONT = 11
/** The width of a column of the table. */
const COLUMN = 50
const NARROWEST = 250
const GAP = 28
const TOP = 34
/** Cells that are as large as this have numbers. */
const ROOMY = 34
/** Decades that the scale spans at most. */
const SPAN = 8

const cellSize = (n: number, least = 5): number =>
  Math.max(least, Math.min(36, Math.floor(340 / n)))
const plain = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

interface Words {
  anchor?: 'middle' | 'end'
  more?: string
}
function words(x: number, y: number, text: string, { anchor, more = '' }: Words = {}): string {
  const place = `x="${x}" y="${y}"${anchor ? ` text-anchor="${anchor}"` : ''}${more}`
  return text === '' ? '' : `<text ${place}>${plain(text)}</text>`
}

/** The panels side by side, with the legend of `what` below. */
export function drawn(panels: readonly Panel[], what: string): string {
  const scale = scaleOf(panels.flatMap(({ cells }) => cells.flat()))
  let [left, height] = [12, 0]
  const groups = panels.map((panel) => {
    const body = panelBody(panel, scale)
    const group = `<g transform="translate(${left} 0)">\n${body.svg}\n</g>`
    left += body.width + GAP
    height = Math.max(height, body.height)
    return group
  })
  const width = Math.max(left - GAP + 12, 420)
  const names = panels.map(({ title }) => title).filter((title) => title !== '')
  const title = `${what}${names.length > 0 ? `: ${names.join(', ')}` : ''}`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height + 62}" ` +
      `viewBox="0 0 ${width} ${height + 62}" role="img" font-family="sans-serif" ` +
      `font-size="${FONT}">`,
    `<title>${plain(title)}</title>`,
    `<desc>${plain(panels.map(inWords).join(' '))}</desc>`,
    definitions(),
    '<rect width="100%" height="100%" fill="#fff"/>',
    ...groups,
    `<g transform="translate(12 ${height + 10})">\n${legend(scale, what)}\n</g>`,
    '</svg>\n',
  ].join('\n')
}

const inWords = ({ title, table: [head = [], ...lines] }: Panel): string =>
  (title === '' ? '' : `${title}: `) +
  lines
    .map((line) => {
      const values = line.slice(1).map((value, k) => `${head[k + 1]}: ${value}`)
      return `${line[0]} at ${head[0]} ${values.join(', ')}.`
    })
    .join(' ')

const definitions = (): string => `<defs>
<linearGradient id="tapegrad-scale">${STOPS.map(
  (stop, k) => `<stop offset="${(100 * k) / (STOPS.length - 1)}%" stop-color="${stop}"/>`,
).join('')}</linearGradient>
<pattern id="tapegrad-zero" width="5" height="5" patternUnits="userSpaceOnUse"><path \
d="M0 5L5 0" stroke="#999"/></pattern>
<pattern id="tapegrad-not-finite" width="5" height="5" patternUnits="userSpaceOnUse"><path \
d="M0 5L5 0M0 0L5 5" stroke="#555"/></pattern>
</defs>`

/** A logarithmic scale from `low` to `high`. */
interface Scale {
  readonly low: number
  readonly high: number
  /** Whether there are smaller numbers than `low`, but for 0. */
  readonly isCut: boolean
}

function scaleOf(cells: readonly (number | null)[]): Scale {
  const positive = cells.filter((x) => x !== null && x > 0 && x < Infinity) as number[]
  if (positive.length === 0) return { low: 0.1, high: 1, isCut: false }
  const high = positive.reduce((a, b) => Math.max(a, b))
  const least = positive.reduce((a, b) => Math.min(a, b))
  const low = Math.max(least, high * 10 ** -SPAN)
  return { low: low === high ? high / 10 : low, high, isCut: least < low }
}

const placeOn = ({ low, high }: Scale, x: number): number => {
  const [from, to] = [Math.log10(low), Math.log10(high)]
  return Math.min(1, Math.max(0, (Math.log10(x) - from) / (to - from)))
}

function panelBody(panel: Panel, scale: Scale): { svg: string; width: number; height: number } {
  const { cells, rowLabels, columnLabels, table, least } = panel
  const columns = Math.max(...cells.map((row) => row.length))
  const size = cellSize(Math.max(cells.length, columns), least)
  const longest = Math.max(...Array.from(rowLabels.values(), (label) => label.length))
  const x0 = 26 + Math.ceil(longest * 0.6 * FONT)
  const [w, h] = [columns * size, cells.length * size]
  const middle = TOP + h / 2
  const bottom = TOP + h + 14
  const marks = cells.flatMap((row, t) =>
    row.flatMap((x, s) =>
      x === null ? [] : cell(x, `${x0 + s * size} ${TOP + t * size}`, size, scale),
    ),
  )
  const svg = [
    words(x0, 18, panel.title, { more: ' font-size="15" font-weight="bold"' }),
    `<g shape-rendering="crispEdges">${marks.join('')}</g>`,
    `<path d="M${x0} ${TOP}v${h}h${w}" fill="none" stroke="#000"/>`,
    ...(size >= ROOMY ? numbers(panel, x0, size, scale) : []),
    ...Array.from(rowLabels, ([k, label]) =>
      words(x0 - 5, TOP + (k + 0.5) * size + 4, label, { anchor: 'end' }),
    ),
    ...Array.from(columnLabels, ([k, label]) =>
      words(x0 + (k + 0.5) * size, bottom, label, { anchor: 'middle' }),
    ),
    words(0, 0, panel.rowAxis, {
      anchor: 'middle',
      more: ` transform="translate(10 ${middle}) rotate(-90)"`,
    }),
    words(x0 + w / 2, bottom + 15, panel.columnAxis, { anchor: 'middle' }),
    ...table.flatMap((line, row) =>
      line.map((text, k) => {
        const x = k === 0 ? x0 - 5 : x0 - 8 + k * COLUMN
        return words(x, bottom + 40 + 15 * row, text, { anchor: 'end' })
      }),
    ),
    words(0, bottom + 45 + 15 * table.length, panel.note, { more: ' fill="#444"' }),
  ]
  const longestLine = Math.max(0, ...table.map((line) => line.length - 1))
  const rights = [x0 + w, x0 + longestLine * COLUMN, x0 + panel.title.length * 9.5]
  const width = Math.max(...rights, panel.note.length * 5.6)
  return {
    svg: svg.filter((part) => part !== '').join('\n'),
    width: Math.ceil(width),
    height: bottom + 50 + 15 * table.length,
  }
}

function cell(x: number, place: string, size: number, scale: Scale): string {
  const fill =
    x === 0
      ? 'url(#tapegrad-zero)'
      : Number.isFinite(x)
        ? colourAt(placeOn(scale, x))
        : 'url(#tapegrad-not-finite)'
  return `<path d="M${place}h${size}v${size}h-${size}z" fill="${fill}"/>`
}

function numbers({ cells }: Panel, x0: number, size: number, scale: Scale): string[] {
  return cells.flatMap((row, t) =>
    row.flatMap((x, s) => {
      if (x === null) return []
      const isColoured = x > 0 && x < Infinity
      const more = isColoured
        ? ` font-size="9" fill="${inkOn(placeOn(scale, x))}"`
        : ' font-size="9" stroke="#fff" stroke-width="3" paint-order="stroke"'
      const [left, top] = [x0 + (s + 0.5) * size, TOP + (t + 0.5) * size + 3]
      return [words(left, top, word(x), { anchor: 'middle', more })]
    }),
  )
}

const LEGEND = 260

function legend(scale: Scale, what: string): string {
  const { low, high, isCut } = scale
  const [from, to] = [Math.log10(low), Math.log10(high)]
  const step = Math.max(1, Math.ceil((to - from) / 5))
  const decades = Array.from({ length: SPAN + 2 }, (_, k) => Math.ceil(from) + k * step).filter(
    (decade) => placeOn(scale, 10 ** decade) > 0.13 && (to - decade) / (to - from) > 0.1,
  )
  const at = (x: number, label: string): string => {
    const left = 32 + LEGEND * placeOn(scale, x)
    return `<path d="M${left} 24v4" stroke="#000"/>${words(left, 39, label, { anchor: 'middle' })}`
  }
  return [
    words(0, 8, `${what}, logarithmic scale`),
    `<rect x="32" y="13" width="${LEGEND}" height="11" fill="url(#tapegrad-scale)"/>`,
    at(low, `${isCut ? '≤ ' : ''}${word(low)}`),
    ...decades.map((decade) => at(10 ** decade, word(10 ** decade))),
    at(high, word(high)),
    `<rect x="330" y="13" width="11" height="11" fill="url(#tapegrad-zero)" stroke="#999"/>`,
    words(346, 22, 'exactly 0'),
    '<rect x="330" y="29" width="11" height="11" fill="url(#tapegrad-not-finite)" stroke="#000"/>',
    words(346, 38, 'NaN, ∞'),
  ].join('\n')
}
