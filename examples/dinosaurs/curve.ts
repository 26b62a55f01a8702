// The loss curve, as text for a terminal and as an SVG drawing. It is given the points and knows
// nothing of training.
import { scaleLinear } from 'd3-scale'
import { plot } from 'simple-ascii-chart'

/**
 * When a loss was measured (1.5: halfway through the second epoch), and the loss in nats per
 * character.
 */
export type Point = [epoch: number, loss: number]

export interface Losses {
  /** One after each full minibatch. */
  train: Point[]
  /** One after each epoch. */
  heldOut: Point[]
}

function ticksOf({ train, heldOut }: Losses): { x: number[]; y: number[] } {
  const losses = [...train, ...heldOut].map(([, loss]) => loss)
  const step = Math.ceil(heldOut.length / 10)
  return {
    x: heldOut.map(([epoch]) => epoch).filter((epoch) => epoch % step === 0),
    y: scaleLinear()
      .domain([Math.min(...losses), Math.max(...losses)])
      .nice(5)
      .ticks(5),
  }
}

/** One point for each of `count` or fewer equal stretches: its mean loss, at its end. */
function smoothed(points: readonly Point[], count: number): Point[] {
  const length = Math.ceil(points.length / count)
  return Array.from({ length: Math.ceil(points.length / length) }, (_, i) => {
    const stretch = points.slice(i * length, (i + 1) * length)
    const [end] = stretch[stretch.length - 1]
    return [end, stretch.reduce((sum, [, loss]) => sum + loss, 0) / stretch.length]
  })
}

export function textCurve(losses: Losses): string {
  const [width, height] = [66, 14]
  const ticks = ticksOf(losses)
  const isHeldOut = (epoch: number, loss: number) =>
    losses.heldOut.some((point) => point[0] === epoch && point[1] === loss)
  const chart = plot([smoothed(losses.train, width), losses.heldOut], {
    width,
    height,
    title: 'nats per character    · training    ● held-out',
    xLabel: 'epoch',
    lineFormatter: ({ x, y, plotX, plotY }) => ({
      x: plotX + 1,
      y: plotY,
      symbol: isHeldOut(x, y) ? '●' : '·',
    }),
    customXAxisTicks: ticks.x,
    customYAxisTicks: ticks.y,
  })
  return chart.replace(/ +$/gm, '').trim()
}

export function svgCurve(losses: Losses, title: string): string {
  const [width, height] = [720, 440]
  const [left, right, top, bottom] = [64, width - 24, 64, height - 56]
  const ticks = ticksOf(losses)
  const x = scaleLinear().domain([0, losses.heldOut.length]).range([left, right])
  const y = scaleLinear()
    .domain([ticks.y[0], ticks.y[ticks.y.length - 1]])
    .range([bottom, top])
  const path = (points: readonly Point[]) =>
    points.map(([epoch, loss]) => `${x(epoch).toFixed(1)},${y(loss).toFixed(1)}`).join(' ')
  const middle = (left + right) / 2

  const lines = (elements: string[]): string => elements.map((line) => `    ${line}`).join('\n')
  const grid = ticks.y.map(
    (loss) => `<line x1="${left}" x2="${right}" y1="${y(loss)}" y2="${y(loss)}"/>`,
  )
  const epochs = [0, ...ticks.x].map(
    (epoch) => `<text x="${x(epoch)}" y="${bottom + 20}">${epoch}</text>`,
  )
  const heights = ticks.y.map(
    (loss) => `<text x="${left - 8}" y="${y(loss) + 4}">${loss.toFixed(1)}</text>`,
  )
  const dots = losses.heldOut.map(
    ([epoch, loss]) => `<circle cx="${x(epoch)}" cy="${y(loss)}" r="4"/>`,
  )
  const size = `viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"`
  const font = 'font-family="sans-serif" font-size="13"'

  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} ${font}>
  <title>${title}</title>
  <rect width="100%" height="100%" fill="white"/>
  <text x="${left}" y="28" font-size="16" font-weight="bold">${title}</text>
  <g stroke="#ddd">
${lines(grid)}
  </g>
  <g text-anchor="end" fill="#444">
${lines(heights)}
  </g>
  <g text-anchor="middle" fill="#444">
${lines(epochs)}
    <text x="${middle}" y="${height - 14}">epoch</text>
    <text transform="translate(18 ${(top + bottom) / 2}) rotate(-90)">nats per character</text>
  </g>
  <polyline fill="none" stroke="#8bb8e8" points="${path(losses.train)}"/>
  <polyline fill="none" stroke="#c2410c" stroke-width="2.5" points="${path(losses.heldOut)}"/>
  <g fill="#c2410c">
${lines(dots)}
  </g>
  <g transform="translate(${right - 240} ${top + 28})">
    <rect x="-12" y="-16" width="240" height="56" fill="white" stroke="#ddd"/>
    <line x1="0" x2="28" stroke="#8bb8e8" stroke-width="2"/>
    <text x="38" y="4">training, each minibatch</text>
    <line x1="0" x2="28" y1="24" y2="24" stroke="#c2410c" stroke-width="2.5"/>
    <circle cx="14" cy="24" r="4" fill="#c2410c"/>
    <text x="38" y="28">held-out, after each epoch</text>
  </g>
</svg>
`
}
