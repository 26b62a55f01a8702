// Recurrent layers by checkExactly: the fused op is the recursion of the paper, step by step, with
// every option, and its gradients are that recursion's.

import {
  cat,
  GRU,
  GRUCell,
  Linear,
  LSTM,
  mseLoss,
  RNN,
  Sequential,
  stack,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { checkExactly } from 'tapegrad/testing'
import { describe, test } from 'vitest'
import { float64, gridded } from '../../support/tensors.ts'

const [N, T, D, H] = [2, 3, 2, 3]

type Named = Readonly<Record<string, Tensor>>
type States = Readonly<Record<string, Tensor>>
type Step = (p: Named, x: Tensor, state: States) => States

/** The parameters of one direction of a layer, under the names of a cell's. */
function own(named: Named, layer: number, direction = ''): Named {
  const suffix = `_l${layer}${direction}`
  return Object.fromEntries(
    Object.entries(named)
      .filter(([name]) => name.endsWith(suffix))
      .map(([name, t]) => [name.slice(0, -suffix.length), t]),
  )
}
const parametersOf = (layer: { namedParameters(): Iterable<[string, Tensor]> }): Named =>
  Object.fromEntries(layer.namedParameters())

const part = (t: Tensor, k: number): Tensor => t.slice(0, k * H, (k + 1) * H)
/** Gate k before its function: x·W_kᵀ + b_k + h·U_kᵀ + c_k. */
const gate = (p: Named, k: number, x: Tensor, h: Tensor): Tensor => {
  const z = x.matmul(part(p.weight_ih, k).t()).add(h.matmul(part(p.weight_hh, k).t()))
  return p.bias_ih === undefined ? z : z.add(part(p.bias_ih, k)).add(part(p.bias_hh, k))
}

const rnn =
  (f: (z: Tensor) => Tensor): Step =>
  (p, x, { h }) => ({ h: f(gate(p, 0, x, h)) })

const gru =
  (resetAfter: boolean): Step =>
  (p, x, { h }) => {
    const [r, z] = [gate(p, 0, x, h).sigmoid(), gate(p, 1, x, h).sigmoid()]
    const fromX = x.matmul(part(p.weight_ih, 2).t()).add(part(p.bias_ih, 2))
    const U = part(p.weight_hh, 2).t()
    const fromH = resetAfter
      ? r.mul(h.matmul(U).add(part(p.bias_hh, 2)))
      : r.mul(h).matmul(U).add(part(p.bias_hh, 2))
    const n = fromX.add(fromH).tanh()
    return { h: n.sub(z.mul(n)).add(z.mul(h)) }
  }

const peep = (z: Tensor, c: Tensor, w: Tensor | undefined): Tensor =>
  w === undefined ? z : z.add(w.mul(c))

const lstm =
  ({ coupled = false, clip = Infinity } = {}): Step =>
  (p, x, { h, c }) => {
    const first = coupled ? 0 : 1
    const f = peep(gate(p, first, x, h), c, p.weight_cf).sigmoid()
    const i = coupled ? f.neg().add(1) : peep(gate(p, 0, x, h), c, p.weight_ci).sigmoid()
    const sum = i.mul(gate(p, first + 1, x, h).tanh()).add(f.mul(c))
    const next = clip === Infinity ? sum : sum.maximum(-clip).minimum(clip)
    const m = peep(gate(p, first + 2, x, h), next, p.weight_co)
      .sigmoid()
      .mul(next.tanh())
    return { h: p.weight_hr === undefined ? m : m.matmul(p.weight_hr.t()), c: next }
  }

/** Outputs of all steps (N, T, H), and the last state. */
function loop(step: Step, p: Named, x: Tensor, state: States, isReverse = false) {
  const outputs: Tensor[] = []
  let now = state
  const times = Array.from({ length: x.shape[1] as number }, (_, t) => t)
  for (const t of isReverse ? times.reverse() : times) {
    now = step(p, x.select(1, t), now)
    outputs[t] = now.h
  }
  return { output: stack(outputs, 1), state: now }
}

const none = (...names: string[]): States =>
  Object.fromEntries(names.map((name) => [name, zeros([N, H], float64)]))
const x = () => gridded([N, T, D], 3)

describe('a layer is the recursion of its paper', () => {
  const o = float64
  const layers: readonly [
    name: string,
    layer: () => LSTM | GRU | RNN,
    step: Step,
    state: States,
  ][] = [
    ['RNN', () => new RNN(D, H, o), rnn((z) => z.tanh()), none('h')],
    [
      'RNN of relu',
      () => new RNN(D, H, { ...o, nonlinearity: 'relu' }),
      rnn((z) => z.relu()),
      none('h'),
    ],
    [
      'RNN without biases',
      () => new RNN(D, H, { ...o, bias: false }),
      rnn((z) => z.tanh()),
      none('h'),
    ],
    ['GRU', () => new GRU(D, H, o), gru(true), none('h')],
    ['GRU of the paper', () => new GRU(D, H, { ...o, resetAfter: false }), gru(false), none('h')],
    ['LSTM', () => new LSTM(D, H, o), lstm(), none('h', 'c')],
    ['LSTM without biases', () => new LSTM(D, H, { ...o, bias: false }), lstm(), none('h', 'c')],
    ['peepholes', () => new LSTM(D, H, { ...o, peepholes: true }), lstm(), none('h', 'c')],
    [
      'coupled gates',
      () => new LSTM(D, H, { ...o, coupledGates: true }),
      lstm({ coupled: true }),
      none('h', 'c'),
    ],
    [
      'coupled gates with peepholes',
      () => new LSTM(D, H, { ...o, coupledGates: true, peepholes: true }),
      lstm({ coupled: true }),
      none('h', 'c'),
    ],
    [
      'a clipped memory',
      () => new LSTM(D, H, { ...o, cellClip: 0.125 }),
      lstm({ clip: 0.125 }),
      none('h', 'c'),
    ],
    [
      'a projected h',
      () => new LSTM(D, H, { ...o, projSize: 2 }),
      lstm(),
      { h: zeros([N, 2], o), c: zeros([N, H], o) },
    ],
  ]
  for (const [name, make, step, state] of layers)
    for (const order of [1, 2] as const)
      test(`${name}, order ${order}`, () => {
        const layer = make()
        const p = own(parametersOf(layer), 0)
        checkExactly(
          (x) => {
            const { output, state } = layer.forward(x)
            return [output, ...Object.values(state as States).map((t) => t.select(0, 0))]
          },
          [x()],
          {
            equals: (x) => {
              const all = loop(step, p, x, state)
              return [all.output, ...Object.values(all.state)]
            },
            order,
            kernels: order === 1,
          },
        )
      })

  test('order 3', () => {
    const layer = new GRU(D, H, o)
    const equals = (x: Tensor) => loop(gru(true), own(parametersOf(layer), 0), x, none('h')).output
    checkExactly((x) => layer.forward(x).output, [gridded([N, 2, D], 3)], { equals, order: 3 })
  })

  for (const [name, make, step, state] of layers.filter(([name]) =>
    ['RNN', 'GRU', 'LSTM'].includes(name),
  ))
    test(`${name}, 50 steps`, () => {
      const layer = make()
      const equals = (x: Tensor) => loop(step, own(parametersOf(layer), 0), x, state).output
      checkExactly((x) => layer.forward(x).output, [gridded([N, 50, D], 3)], { equals })
    })

  test('two layers in two directions', () => {
    const layer = new LSTM(D, H, { ...o, numLayers: 2, bidirectional: true })
    const named = parametersOf(layer)
    const both = (x: Tensor, k: number) =>
      cat(
        [
          loop(lstm(), own(named, k), x, none('h', 'c')).output,
          loop(lstm(), own(named, k, '_reverse'), x, none('h', 'c'), true).output,
        ],
        2,
      )
    checkExactly((x) => layer.forward(x).output, [x()], { equals: (x) => both(both(x, 0), 1) })
  })

  test('a first state that is learnt', () => {
    const layer = new RNN(D, H, { ...o, learnState: true })
    const { first_h_l0, ...named } = parametersOf(layer)
    checkExactly((x) => layer.forward(x).output, [x()], {
      equals: (x) => {
        const h = (first_h_l0 as Tensor).reshape([1, H]).broadcastTo([N, H])
        return loop(
          rnn((z) => z.tanh()),
          own(named, 0),
          x,
          { h },
        ).output
      },
    })
  })

  test('steps that are not run, and sequences that start afresh', () => {
    const layer = new GRU(D, H, o)
    const p = own(parametersOf(layer), 0)
    const [mask, resets] = [
      tensor([
        [true, false, true],
        [false, true, true],
      ]),
      tensor([
        [false, false, true],
        [false, true, false],
      ]),
    ]
    checkExactly((x) => layer.forward(x, { mask, resets }).output, [x()], {
      equals: (x) => {
        const outputs: Tensor[] = []
        let h = zeros([N, H], o)
        for (let t = 0; t < T; t++) {
          const at = (of: Tensor) => of.select(1, t).unsqueeze(1)
          h = zeros([N, H], o).where(at(resets), h)
          h = (gru(true)(p, x.select(1, t), { h }).h as Tensor).where(at(mask), h)
          outputs.push(h)
        }
        return stack(outputs, 1)
      },
    })
  })

  test('sequences of other lengths', () => {
    const layer = new LSTM(D, H, o)
    const p = own(parametersOf(layer), 0)
    checkExactly((x) => layer.forward(x, { lengths: [1, 3] }).output, [x()], {
      equals: (x) => {
        const { output } = loop(lstm(), p, x, none('h', 'c'))
        return output.mul(
          tensor(
            [
              [1, 0, 0],
              [1, 1, 1],
            ],
            o,
          ).unsqueeze(2),
        )
      },
    })
  })
})

describe('layers whose numbers are drawn at each call, by the tape alone', () => {
  const options = {
    layerNorm: { layerNorm: true },
    dropout: { dropout: 0.5, numLayers: 2 },
    recurrentDropout: { recurrentDropout: 0.5 },
    zoneout: { zoneout: 0.25 },
    weightDrop: { weightDrop: 0.5 },
  }
  for (const [name, option] of Object.entries(options))
    test(name, () => {
      const layer = new LSTM(D, H, { ...float64, ...option })
      checkExactly((x) => layer.forward(x).output, [gridded([N, 2, D], 3)])
    })
})

test('a cell in columns of a network, of float32', () => {
  const cell = new GRUCell(D, H)
  const model = new Sequential(new Linear(H, H), new Linear(H, 1))
  checkExactly(
    (x, y) => mseLoss(model.forward(cell.forward(x).h.tanh()) as Tensor, y),
    [gridded([N, D], 3, 'float32'), gridded([N, 1], 4, 'float32')],
    { order: 2, kernels: true },
  )
})
