// Layers that meet their own outputs and states: what a recorded pass gives is what a plain one
// gives, and derivatives of the second order are those that differences find. A weight then stands
// before and behind the same op, which no single layer shows.

import fc from 'fast-check'
import {
  cat,
  grad,
  hvp,
  jvp,
  Linear,
  LSTM,
  LSTMCell,
  type Module,
  RNN,
  RNNCell,
  type Tensor,
  tensor,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { float64, gridded } from '../support/tensors.ts'
import { runs } from './runs.ts'

const [N, T, H] = [2, 3, 2]

/** What a step of a program makes of the sequence x (N, T, H) and the state so far. */
interface Now {
  x: Tensor
  h: Tensor
  c: Tensor
}
type Step = 'output' | 'state' | 'again' | 'cell' | 'join' | 'slices' | 'tied' | 'linear'
const steps: readonly Step[] = [
  'output',
  'state',
  'again',
  'cell',
  'join',
  'slices',
  'tied',
  'linear',
]

function build(kind: 'RNN' | 'LSTM', seed: number) {
  const layer = new { RNN, LSTM }[kind](H, H, float64) as LSTM
  const cell = new { RNN: RNNCell, LSTM: LSTMCell }[kind](H, H, float64) as LSTMCell
  const linear = new Linear(H, H, float64)
  const modules: Module[] = [layer, cell, linear]
  modules.forEach((module, m) => {
    module.loadStateDict(
      Object.fromEntries(
        module
          .namedParameters()
          .map(([name, p], k) => [name, gridded(p.shape, seed + 10 * m + k).mul(0.4)]),
      ),
    )
  })
  const state = ({ h, c }: Now) => (kind === 'RNN' ? { h } : { h, c }) as { h: Tensor; c: Tensor }
  const after = (x: Tensor, { h, c }: { h: Tensor; c: Tensor }, before: Now): Now => ({
    x,
    h,
    c: c ?? before.c,
  })
  const run: Record<Step, (at: Now) => Now> = {
    output: (at) => ({ ...at, x: layer.forward(at.x).output }),
    state: (at) => {
      const { state: next } = layer.forward(at.x, state(at))
      return after(at.x, next, at)
    },
    again: (at) => {
      const { output, state: next } = layer.forward(at.x, state(at))
      return after(output, next, at)
    },
    cell: (at) => {
      const [h, c] = [at.h, at.c].map((t) => t.select(0, 0))
      const next = cell.forward(at.x.select(1, -1), state({ ...at, h, c }))
      return after(at.x, { h: next.h.unsqueeze(0), c: (next.c ?? c).unsqueeze(0) }, at)
    },
    join: (at) => ({ ...at, x: cat([at.x, at.h.transpose(0, 1)], 1) }),
    slices: (at) => ({
      ...at,
      x: cat(
        Array.from({ length: at.x.shape[1] }, (_, t) =>
          at.x.slice(1, t, t + 1).mul(at.x.select(1, t).unsqueeze(1)),
        ),
        1,
      ),
    }),
    // One tensor in two places of the fused op.
    tied: (at) => after(at.x, layer.forward(at.x, state({ ...at, c: at.h })).state, at),
    linear: (at) => ({ ...at, x: linear.forward(at.x).tanh() }),
  }
  return { parameters: modules.flatMap((module) => module.parameters()), run }
}

const programs = fc.record({
  kind: fc.constantFrom('RNN' as const, 'LSTM' as const),
  program: fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 4 }),
  seed: fc.nat(500),
})

/** The program's result, a function of x and of every parameter by way of `parameters`. */
function loss({
  kind,
  program,
  seed,
}: {
  kind: 'RNN' | 'LSTM'
  program: readonly Step[]
  seed: number
}) {
  const { parameters, run } = build(kind, seed)
  const f = (x: Tensor): Tensor => {
    const zero = x.sum(1).mul(0.25).unsqueeze(0)
    const {
      x: y,
      h,
      c,
    } = program.reduce<Now>((at, step) => run[step](at), { x, h: zero, c: zero.mul(2) })
    return y.square().sum().add(h.sum()).add(c.square().sum())
  }
  return { f, parameters, x: gridded([N, T, H], seed + 77) }
}

const close = (a: Tensor, b: Tensor, tolerance: number): boolean => {
  const [x, y] = [a, b].map((t) => Array.from(t.toTypedArray()))
  return (
    x.length === y.length &&
    x.every((v, i) => Math.abs(v - y[i]) <= tolerance * Math.max(1, Math.abs(v)))
  )
}
/**
 * (f(ε) − f(−ε)) / 2ε to the fourth order in ε. Four layers on top of each other have fifth
 * derivatives so large that 1e-3 is off by 2e-6.
 */
const slope = (f: (t: number) => Tensor, e = 2 ** -12): Tensor => {
  const difference = (s: number): Tensor =>
    f(s)
      .sub(f(-s))
      .div(2 * s)
  return difference(e)
    .mul(4)
    .sub(difference(2 * e))
    .div(3)
}

describe('layers that meet their own outputs and states', () => {
  it('recorded gradients are the plain ones', () => {
    fc.assert(
      fc.property(programs, (drawn) => {
        const { f, parameters, x } = loss(drawn)
        const at = x.detach()
        at.requiresGrad = true
        const all = [at, ...parameters]
        const [plain, recorded] = [false, true].map((createGraph) =>
          grad(f(at), all, { createGraph, allowUnused: true }),
        )
        return plain.every((g, i) => close(g, recorded[i], 1e-11))
      }),
      runs(150),
    )
  })

  it('hvp and jvp are what differences find', () => {
    fc.assert(
      fc.property(programs, (drawn) => {
        const { f, parameters, x } = loss(drawn)
        const v = gridded(x.shape, drawn.seed + 99)
        const gradient = (t: Tensor): Tensor => {
          const leaf = t.detach()
          leaf.requiresGrad = true
          return grad(f(leaf), leaf)
        }
        for (const p of parameters) p.requiresGrad = false
        const Hv = hvp(f, x, v)
        const { tangent } = jvp(f, x, v)
        const along = (t: number): Tensor => x.add(v.mul(t))
        return (
          close(
            Hv,
            slope((t) => gradient(along(t))),
            1e-6,
          ) &&
          close(
            tangent,
            slope((t) => f(along(t))),
            1e-6,
          )
        )
      }),
      runs(60),
    )
  })

  it('and so by the weights, which are used at every turn', () => {
    fc.assert(
      fc.property(programs, (drawn) => {
        const { f, parameters, x } = loss({ ...drawn, program: ['output', ...drawn.program] })
        const directions = parameters.map((p, k) => gridded(p.shape, drawn.seed + k + 5))
        const first = grad(f(x), parameters, { createGraph: true, allowUnused: true })
        const inner = first.reduce(
          (sum, g, k) => sum.add(g.mul(directions[k]).sum()),
          tensor(0, float64),
        )
        const second = inner.requiresGrad
          ? grad(inner, parameters, { allowUnused: true })
          : parameters.map((p) => p.detach().mul(0))
        const before = parameters.map((p) => p.detach().clone())
        const moved = (t: number): Tensor => {
          parameters.forEach((p, k) => void p.detach().assign_(before[k].add(directions[k].mul(t))))
          return cat(grad(f(x), parameters, { allowUnused: true }).map((g) => g.flatten()))
        }
        return close(cat(second.map((g) => g.flatten())), slope(moved), 1e-6)
      }),
      {
        ...runs(40),
        examples: [[{ kind: 'RNN', program: ['output', 'output', 'again'], seed: 186 }]],
      },
    )
  })

  it('a hook on a weight is called once, with the whole', () => {
    for (const createGraph of [false, true]) {
      const layer = new LSTM(H, H, float64)
      const x = gridded([N, T, H], 3)
      const seen: Tensor[] = []
      layer.weight_hh_l0.registerHook((g) => void seen.push(g.detach()))
      const y = layer.forward(layer.forward(x).output).output.sum()
      const g = grad(y, layer.weight_hh_l0, { createGraph })
      expect(seen.length).toBe(1)
      expect(close(seen[0], g, 1e-12)).toBe(true)
    }
  })
})
