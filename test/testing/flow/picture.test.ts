// Heat maps: what stands in the SVG, its colours against their definition, and that they get
// lighter in even steps.

import { Embedding, LSTM, Module, ones, RNN, randn, type Tensor, tensor, zeros } from 'tapegrad'
import { connectivity, gradientFlow, heatMap } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { colourAt } from '../../../src/testing/flow/colours.ts'

const d = { dtype: 'float64' } as const

/** h′ = tanh(x + w·h) at x = 0, where the norms are w^(t−s). */
function line(T: number, w: number) {
  const rnn = new RNN(1, 1, { bias: false, ...d })
  rnn.loadStateDict({ weight_ih_l0: tensor([[1]], d), weight_hh_l0: tensor([[w]], d) })
  return connectivity(rnn, zeros([1, T, 1], d))
}

/** The fills of the cells, panel by panel, in the order of rows. */
const fills = (svg: string): string[][] =>
  [...svg.matchAll(/<g shape-rendering[^>]*>(.*)<\/g>/g)].map(([, cells]) =>
    Array.from(cells.matchAll(/fill="([^"]*)"/g), ([, fill]) => fill),
  )
const texts = (svg: string): string[] =>
  Array.from(svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g), ([, text]) => text)

/** Names of elements that are open at the end, or closed in the wrong order. */
function unbalanced(svg: string): string[] {
  const open: string[] = []
  for (const [, end, name, , closed] of svg.matchAll(
    /<(\/?)([a-zA-Z]+)((?:"[^"]*"|[^>"])*?)(\/?)>/g,
  ))
    if (end === '/') {
      if (open.pop() !== name) return [name]
    } else if (closed !== '/') open.push(name)
  return open
}

/** CIE L*, a*, b* of a colour of sRGB (D65). */
function lab(colour: string): number[] {
  const [r, g, b] = [1, 3, 5]
    .map((i) => Number.parseInt(colour.slice(i, i + 2), 16) / 255)
    .map((u) => (u <= 0.04045 ? u / 12.92 : ((u + 0.055) / 1.055) ** 2.4))
  const f = (t: number) => (t > (6 / 29) ** 3 ? Math.cbrt(t) : t / (3 * (6 / 29) ** 2) + 4 / 29)
  const X = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505)
  const Y = f(0.2126 * r + 0.7152 * g + 0.0722 * b)
  const Z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
  return [116 * Y - 16, 500 * (X - Y), 200 * (Y - Z)]
}

describe('colours', () => {
  const places = Array.from({ length: 51 }, (_, k) => k / 50)

  it('get lighter in even steps, so that a print in grey can be read', () => {
    const lightness = places.map((x) => lab(colourAt(x))[0])
    const steps = lightness.slice(1).map((L, k) => L - lightness[k])
    const mean = (lightness[50] - lightness[0]) / 50
    expect(mean).toBeGreaterThan(1.4)
    for (const step of steps) expect(Math.abs(step / mean - 1)).toBeLessThan(0.45)
  })

  it('are never closer to each other than a third of the mean, for one step of the scale', () => {
    const all = places.map((x) => lab(colourAt(x)))
    const apart = all.slice(1).map((c, k) => Math.hypot(...c.map((v, i) => v - all[k][i])))
    const mean = apart.reduce((a, b) => a + b) / apart.length
    expect(Math.min(...apart)).toBeGreaterThan(mean / 3)
    expect(Math.max(...apart)).toBeLessThan(2 * mean)
  })

  it('are those of the legend, which mixes the same stops', () => {
    const svg = line(2, 0.1).toSVG()
    const stops = [...svg.matchAll(/<stop offset="([\d.]+)%" stop-color="(#\w+)"/g)]
    expect(stops.length).toBe(10)
    for (const [, offset, colour] of stops) expect(colourAt(Number(offset) / 100)).toBe(colour)
    expect(colourAt(1 / 18)).toBe('#461566')
  })
})

describe('a heat map', () => {
  it('has a cell for each s ≤ t, coloured by the logarithm of its norm', () => {
    const svg = line(4, 0.1).toSVG()
    const [cells] = fills(svg)
    const shade = (lag: number) => colourAt((3 - lag) / 3)
    expect(cells).toEqual([0, 1, 0, 2, 1, 0, 3, 2, 1, 0].map(shade))
    expect(unbalanced(svg)).toEqual([])
    // t goes down, and s to the right.
    const places = [...svg.matchAll(/<path d="M(\d+) (\d+)h36v36h-36z"/g)].map(([, x, y]) => [
      Number(x) / 36,
      Number(y) / 36,
    ])
    const [[x0, y0]] = places
    expect(places.map(([x, y]) => [Math.round(y - y0), Math.round(x - x0)])).toEqual(
      [0, 1, 2, 3].flatMap((t) => Array.from({ length: t + 1 }, (_, s) => [t, s])),
    )
  })

  it('says in words and numbers what the colours say', () => {
    const svg = line(4, 0.1).toSVG()
    expect(texts(svg)).toEqual([
      ...['1', '0.1', '1', '0.01', '0.1', '1', '1e-3', '0.01', '0.1', '1'],
      ...['0', '1', '2', '3', '0', '1', '2', '3'],
      't, step of the output',
      's, step of the input',
      ...['t − s', '0', '1', '2', '3', 'norm', '1', '0.1', '0.01', '1e-3'],
      'exact, 5 passes; s &gt; t: exactly 0, blank',
      '‖∂y_t/∂x_s‖, logarithmic scale',
      ...['1e-3', '0.01', '0.1', '1'],
      'exactly 0',
      'NaN, ∞',
    ])
    expect(svg).toContain('<title>‖∂y_t/∂x_s‖</title>')
    expect(svg).toContain('<desc>norm at t − s 0: 1, 1: 0.1, 2: 0.01, 3: 1e-3.</desc>')
  })

  it('has one scale for all panels, of 8 decades at most', () => {
    const svg = heatMap({ fast: line(13, 0.1), 'slow & <long>': line(13, 0.9) })
    const [fast, slow] = fills(svg)
    const corner = fast.length - 13
    expect(fast[corner]).toBe(colourAt(0))
    expect(fast[corner + 4]).toBe(colourAt(0))
    expect(fast[corner + 5]).toBe(colourAt(1 / 8))
    expect(slow[corner]).toBe(colourAt((8 + 12 * Math.log10(0.9)) / 8))
    expect(texts(svg)).toContain('≤ 1e-8')
    expect(texts(svg)).toContain('slow &amp; &lt;long&gt;')
    expect(svg).toContain('<title>‖∂y_t/∂x_s‖: fast, slow &amp; &lt;long&gt;</title>')
    expect(unbalanced(svg)).toEqual([])
    const width = Number(/width="(\d+)"/.exec(svg)?.[1])
    const [, second] = [...svg.matchAll(/<g transform="translate\((\d+) 0\)">/g)].map(([, x]) =>
      Number(x),
    )
    expect(second).toBeGreaterThan(13 * 26)
    expect(width).toBeGreaterThan(second + 13 * 26)
  })

  it('shows an explosion by the same colours, the largest lightest', () => {
    const svg = line(3, 100).toSVG()
    const [cells] = fills(svg)
    expect(cells).toEqual([0, 0.5, 0, 1, 0.5, 0].map(colourAt))
    expect(texts(svg)).toContain('1e4')
  })

  it('hatches exact zeros and crosses out NaN and infinity', () => {
    const run = (x: Tensor) => x.add(x.sqrt().flip(1)).mul(tensor([[[1], [0], [1]]]))
    const svg = connectivity(run, tensor([[[1], [4], [0]]])).toSVG()
    const [zero, cross] = ['url(#tapegrad-zero)', 'url(#tapegrad-not-finite)']
    const [cells] = fills(svg)
    expect(cells).toEqual([
      ...[colourAt(1), zero, cross],
      ...[zero, zero, cross],
      ...[colourAt(0), zero, cross],
    ])
    expect(texts(svg)).toContain('NaN')
  })

  it('of many steps has at most 64 × 64 cells, and says what each is', () => {
    const svg = line(130, 0.9).toSVG()
    expect(fills(svg)[0].length).toBe((44 * 45) / 2)
    expect(texts(svg)).toContain(
      'exact, 131 passes; a cell: 3 × 3 steps; s &gt; t: exactly 0, blank',
    )
    expect(svg.length).toBeLessThan(100_000)
  })

  it('of zeros alone, and of one number, has a scale too', () => {
    expect(fills(connectivity((x) => x.mul(0), ones([1, 2, 1])).toSVG())[0]).toEqual(
      Array(3).fill('url(#tapegrad-zero)'),
    )
    const svg = line(1, 1).toSVG()
    expect(fills(svg)).toEqual([[colourAt(1)]])
    expect(svg).not.toMatch(/NaN[^,]/)
  })
})

describe('a flow of gradients', () => {
  class Reader extends Module {
    embedding = new Embedding(5, 2, d)
    lstm = new LSTM(2, 3, d)
    forward(words: Tensor) {
      return this.lstm.forward(this.embedding.forward(words)).output
    }
  }

  it('has its parameters and its states by step on one scale', () => {
    const model = new Reader()
    const words = tensor([[1, 2, 3]], { dtype: 'int32' })
    const flow = gradientFlow(model, () => model.forward(words).select(1, 1).sum())
    const svg = flow.toSVG()
    const [parameters, states] = fills(svg)
    expect(parameters.length).toBe(5)
    expect(states.length).toBe(6)
    // The loss does not see the last step.
    expect(states.map((fill) => fill === 'url(#tapegrad-zero)')).toEqual(
      [0, 1, 2, 3, 4, 5].map((k) => k % 3 === 2),
    )
    const all = [...flow.parameters.map(({ norm }) => norm), ...flow.states.flatMap((s) => s.norms)]
    const positive = all.filter((norm) => norm > 0).map(Math.log10)
    const [low, high] = [Math.min(...positive), Math.max(...positive)]
    expect(parameters).toEqual(
      flow.parameters.map(({ norm }) => colourAt((Math.log10(norm) - low) / (high - low))),
    )
    for (const name of ['lstm.h_l0', 'lstm.c_l0', 'by parameter', 'by time step', 'state at t'])
      expect(texts(svg)).toContain(name)
    expect(texts(svg).filter((text) => text.startsWith('embedding.weight ')).length).toBe(1)
    expect(unbalanced(svg)).toEqual([])
  })

  it('without recurrent layers has its parameters', () => {
    const model = new Embedding(3, 2)
    const svg = gradientFlow(model, () =>
      model.forward(tensor([1], { dtype: 'int32' })).sum(),
    ).toSVG()
    expect(fills(svg)).toEqual([[colourAt(1)]])
    expect(svg).toContain('<title>‖∂L/∂p‖: by parameter</title>')
  })

  it('of long sequences has cells of several steps', () => {
    const rnn = new RNN(1, 2)
    const svg = gradientFlow(rnn, () => rnn.forward(randn([1, 100, 1])).output.sum()).toSVG()
    expect(fills(svg)[1].length).toBe(50)
    expect(texts(svg)).toContain('a cell: 2 steps')
  })
})
