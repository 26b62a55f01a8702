// The printed recursions of layers, run by the tests' own interpreter, give the results and the
// gradients of the walk; what two documents print without the carry does not.

import {
  Generator,
  GRU,
  grad,
  Linear,
  LSTM,
  Module,
  Recurrent,
  RNN,
  RNNCell,
  randn,
  type Tensor,
  zeros,
} from 'tapegrad'
import { type Derivation, derive } from 'tapegrad/derive'
import { describe, expect, test } from 'vitest'
import { build, elementwise, get, type Numbers, scalar } from './arrays.ts'
import { distance, gradientOf, numbersOf } from './computed.ts'
import { evaluate } from './evaluate.ts'
import { parse } from './language.ts'

const dtype = 'float64'
const [N, T, D, H] = [3, 4, 2, 3]

/** `h⟨t−1⟩` at step 3 as `h⟨2⟩`. */
const placed = (name: string, t: number): string =>
  name.replace(/⟨(.*)⟩/u, (_, place: string) => {
    const [start, by = '0'] = place.split(/(?=[+−])/u)
    const from = start === 't' ? t : start === 'T' ? T : Number(start)
    return `⟨${from + Number(by.replace('−', '-'))}⟩`
  })

/** Everything that the equations give, from what they begin from. */
function interpreted(
  derivation: Derivation,
  begin: ReadonlyMap<string, Numbers>,
  change: (expression: string) => string = (expression) => expression,
): Map<string, Numbers> {
  const known = new Map(begin)
  const at =
    (t: number) =>
    (name: string): Numbers => {
      const found = known.get(placed(name, t))
      if (found === undefined) throw new Error(`${placed(name, t)} is not known`)
      return found
    }
  const valueAt = (expression: string, t: number): Numbers => {
    const [, body] = /^Σₜ (.*)$/u.exec(expression) ?? []
    if (body === undefined) return evaluate(parse(expression), at(t))
    const steps = Array.from({ length: T }, (_, i) => evaluate(parse(body), at(i + 1)))
    return steps.reduce((a, b) => elementwise((x, y) => x + y, a, b))
  }
  const { lines } = derivation
  for (let i = 0; i < lines.length; ) {
    const { steps, part } = lines[i]
    let end = i
    while (end < lines.length && lines[end].steps === steps && lines[end].part === part) end++
    const order = steps === null ? [0] : Array.from({ length: T }, (_, k) => k + 1)
    if (steps === 't = T … 1') order.reverse()
    for (const t of order)
      for (const { name, expression } of lines.slice(i, end))
        known.set(placed(name, t), valueAt(change(expression), t))
    i = end
  }
  return known
}

interface Layer {
  forward(...args: never[]): { output: Tensor; state: Record<string, Tensor> }
}

/** What a run of the layer gives, and what the equations say. */
function compared(layer: Module, change?: (expression: string) => string) {
  const generator = new Generator(5)
  const options = { dtype, generator, requiresGrad: true } as const
  for (const p of layer.parameters()) p.assign_(randn([...p.shape], { dtype, generator }).mul(0.7))
  const derivation = derive(layer)
  const x = randn([N, T, D], options)
  const run = (state?: Record<string, Tensor>) =>
    (layer as unknown as Layer).forward(
      ...([x, ...(state === undefined ? [] : [state])] as never[]),
    )
  const sizes = run().state
  const isLearned = derivation.beginnings.some(({ from }) => from.startsWith('first_'))
  const first = Object.fromEntries(
    Object.entries(sizes).map(([name, t]) => [
      name,
      isLearned ? zeros([...t.shape], { dtype }) : randn([...t.shape], options),
    ]),
  )
  const { output, state } = isLearned ? run() : run(first)
  const seed = randn([...output.shape], options)
  const last = Object.values(state).map((t) => randn([...t.shape], options))
  const parameters = Object.fromEntries(layer.namedParameters())
  const targets = { ...parameters, x, ...(isLearned ? {} : first) }
  const grads = grad([output, ...Object.values(state)], Object.values(targets), {
    gradOutputs: [seed, ...last],
    retainGraph: true,
  }) as Tensor[]
  const begin = new Map<string, Numbers>()
  for (const [letter, size] of Object.entries(derivation.sizes))
    begin.set(letter, scalar(letter === 'N' ? N : size))
  const stepOf = (t: Tensor, k: number): Numbers => numbersOf(t.select(1, k).clone())
  for (let t = 1; t <= T; t++) {
    begin.set(`x⟨${t}⟩`, stepOf(x, t - 1))
    begin.set(`δy⟨${t}⟩`, stepOf(seed, t - 1))
  }
  const names = Object.keys(state)
  const scans = derivation.beginnings.flatMap(({ name, kind }) => {
    const [, id] = /^δh⁻(.*)⟨/u.exec(name) ?? []
    return kind === 'seed' && id !== undefined ? [id] : []
  })
  for (const { name, from, rows } of derivation.beginnings) {
    const [, state0, id] = /^(\w+?)(_l\d(?:_reverse)?|)⟨(?:0|T\+1)⟩$/u.exec(name) ?? []
    const [, stateN, idN] = /^δ(\w+)⁻(.*)⟨/u.exec(name) ?? []
    const k = scans.indexOf(id ?? idN)
    const whole =
      state0 !== undefined
        ? numbersOf(first[state0].select(0, k).clone())
        : stateN !== undefined
          ? numbersOf(last[names.indexOf(stateN)].select(0, k).clone())
          : parameters[from] && numbersOf(parameters[from])
    if (whole === undefined) continue
    const offset = rows?.[0] ?? 0
    const shape = rows === null ? whole.shape : [rows[1] - rows[0], ...whole.shape.slice(1)]
    begin.set(
      placed(name, 0),
      build(shape, (at) => get(whole, [at[0] + offset, ...at.slice(1)])),
    )
  }
  const known = interpreted(derivation, begin, change)
  let largest = 0
  const compare = (own: Numbers, t: Tensor): void => {
    largest = Math.max(largest, distance(own, numbersOf(t)))
  }
  for (let t = 1; t <= T; t++) {
    compare(known.get(`y⟨${t}⟩`) as Numbers, output.select(1, t - 1))
    compare(
      known.get(`δx⟨${t}⟩`) as Numbers,
      grads[Object.keys(targets).indexOf('x')].select(1, t - 1),
    )
  }
  Object.entries(targets).forEach(([path, t], i) => {
    if (path === 'x') return
    if (path in first && !isLearned)
      for (const [k, id] of scans.entries()) {
        const place = id.endsWith('reverse') ? T + 1 : 0
        compare(known.get(`δ${path}${id}⟨${place}⟩`) as Numbers, grads[i].select(0, k))
      }
    else if (path.startsWith('first_')) {
      const [, name, suffix] = /^first_(\w+)_(l.*)$/u.exec(path) as unknown as string[]
      const id = scans.length === 1 ? '' : `_${suffix}`
      compare(known.get(`δfirst_${name}${id}`) as Numbers, grads[i])
    } else compare(gradientOf(derivation, known, path, t.shape), grads[i])
  })
  return largest
}

/** A cell of a caller's own. */
class Leaky extends Module {
  inputSize = D
  stateSize = { h: H, m: 2 }
  input = new Linear(D, H, { dtype })
  inner = new Linear(2, H, { dtype })
  outer = new Linear(H, 2, { dtype })
  forward(x: Tensor, { h, m }: { h: Tensor; m: Tensor }) {
    const next = h.mul(0.9).add(this.input.forward(x).add(this.inner.forward(m)).tanh().mul(0.1))
    return { h: next, m: m.add(this.outer.forward(next).sigmoid()) }
  }
}

/** A state with the name that a gate's inside has elsewhere. */
class Held extends Module {
  inputSize = D
  stateSize = { h: H, z: H }
  input = new Linear(D, H, { dtype })
  forward(x: Tensor, { h, z }: { h: Tensor; z: Tensor }) {
    const next = this.input.forward(x).add(h.mul(z)).tanh()
    return { h: next, z: z.sub(next).sigmoid() }
  }
}

const layers: Readonly<Record<string, () => Module>> = {
  RNN: () => new RNN(D, H, { dtype }),
  'RNN of relu without biases': () => new RNN(D, H, { dtype, bias: false, nonlinearity: 'relu' }),
  GRU: () => new GRU(D, H, { dtype }),
  'GRU, reset before': () => new GRU(D, H, { dtype, resetAfter: false }),
  LSTM: () => new LSTM(D, H, { dtype }),
  'LSTM with everything': () =>
    new LSTM(D, H, { dtype, peepholes: true, layerNorm: true, projSize: 2, cellClip: 0.4 }),
  'two layers': () => new LSTM(D, H, { dtype, numLayers: 2 }),
  'both directions': () => new GRU(D, H, { dtype, bidirectional: true }),
  'two layers in both directions': () =>
    new LSTM(D, H, { dtype, numLayers: 2, bidirectional: true, coupledGates: true }),
  'a learned state': () => new LSTM(D, H, { dtype, learnState: true }),
  'learned states': () => new RNN(D, H, { dtype, learnState: true, bidirectional: true }),
  Recurrent: () => new Recurrent(new Leaky()),
  'Recurrent with a state z': () => new Recurrent(new Held()),
  'Recurrent in layers': () =>
    new Recurrent((n) => new RNNCell(n, H, { dtype }), {
      inputSize: D,
      numLayers: 2,
      bidirectional: true,
    }),
}

describe('the recursion of', () => {
  test.each(Object.entries(layers))('%s', (_, make) => {
    expect(compared(make())).toBeLessThan(1e-12)
  })
})

describe('errata are rejected', () => {
  const dropped = (carried: string) => (expression: string) =>
    expression.replace(carried, `0 ${carried}`)
  test('E1: an LSTM that carries neither δh nor δc', () => {
    expect(compared(layers.LSTM(), dropped('δh⁻⟨t+1⟩'))).toBeGreaterThan(1e-3)
    expect(compared(layers.LSTM(), dropped('δc⁻⟨t+1⟩'))).toBeGreaterThan(1e-3)
  })
  test('E2: an RNN that carries nothing', () => {
    expect(compared(layers.RNN(), dropped('δh⁻⟨t+1⟩'))).toBeGreaterThan(1e-3)
  })
})

test('no step is written twice: the equations do not depend on T', () => {
  expect(derive(new LSTM(D, H)).lines).toHaveLength(derive(new LSTM(D, H)).lines.length)
  expect(derive(new LSTM(D, H)).lines.filter(({ name }) => name === 'δz_i⟨t⟩')).toHaveLength(1)
})
