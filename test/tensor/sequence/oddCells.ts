// Recurrences from primitives: each asks something else of the programs made of a step.

import { binary, cat, fuse, ones, type Tensor, unary, where } from 'tapegrad'
import { affine } from '../../../src/tensor/internal.ts'
import { type Any, both, type Cell, cell, sums, withC } from './cell.ts'

export type { Any }

const blend = (z: Tensor, n: Tensor, h: Tensor): Tensor => n.add(z.mul(h.sub(n)))

const halved = unary('halved', {
  f: (x) => Math.sin(x) / 2,
  vjp: (g, _, x) => g.mul(x.cos()).mul(0.5),
})
const mixed = binary('mixed', {
  f: (a, b) => a / (1 + b * b),
  vjp: [
    (g, _y, _a, b) => g.div(b.square().add(1)),
    (g, y, _a, b) => g.mul(y).mul(b).div(b.square().add(1)).mul(-2),
  ],
})
const squash = fuse((a: Tensor, b: Tensor) => a.tanh().mul(b.sigmoid()))

const normalised = (v: Tensor, gain: Tensor): Tensor => {
  const n = v.shape[1] as number
  const centred = v.sub(v.sum(1, true).div(n))
  return centred.div(centred.square().sum(1, true).div(n).add(0.1).sqrt()).mul(gain)
}

export const oddCells: Record<string, Cell> = {
  'GRU, reset after the product': cell(3, (p, x, state, hidden) => {
    const [xs, hs] = both(p, x, hidden).map((one) => one.chunk(3, 1)) as [Tensor[], Tensor[]]
    const [r, z] = [0, 1].map((i) => (xs[i] as Tensor).add(hs[i] as Tensor).sigmoid())
    const n = (xs[2] as Tensor).add((r as Tensor).mul(hs[2] as Tensor)).tanh()
    return { h: blend(z as Tensor, n, state.h) }
  }),
  'GRU, reset before the product': cell(
    2,
    (p, x, { h }, hidden) => {
      const [r, z] = sums(p, x, hidden).sigmoid().chunk(2, 1) as [Tensor, Tensor]
      const n = affine(x, p.weight_in as Tensor, null)
        .add(affine(r.mul(hidden), p.weight_hn as Tensor, null))
        .tanh()
      return { h: blend(z, n, h) }
    },
    (D, H) => ({ weight_in: [H, D], weight_hn: [H, H] }),
  ),
  'LSTM with projection': {
    ...cell(0, (p, x, { c }, hidden) => {
      const [i, f, g, o] = sums(p, x, hidden).chunk(4, 1) as [Tensor, Tensor, Tensor, Tensor]
      const next = f
        .sigmoid()
        .mul(c as Tensor)
        .add(i.sigmoid().mul(g.tanh()))
      return {
        h: o
          .sigmoid()
          .mul(next.tanh())
          .matmul(p.weight_hr as Tensor),
        c: next,
      }
    }),
    states: (H) => ({ h: H + 2, c: H }),
    parameters: (D, H) => ({
      weight_ih: { shape: [4 * H, D] },
      weight_hh: { shape: [4 * H, H + 2] },
      bias_hh: { shape: [4 * H] },
      weight_hr: { shape: [H, H + 2] },
    }),
  },
  'LSTM with peepholes': cell(
    4,
    (p, x, { c: c_ }, hidden) => {
      const c = c_ as Tensor
      const [i, f, g, o] = sums(p, x, hidden).chunk(4, 1) as [Tensor, Tensor, Tensor, Tensor]
      const next = f
        .add(c.mul(p.weight_f as Tensor))
        .sigmoid()
        .mul(c)
        .add(
          i
            .add(c.mul(p.weight_i as Tensor))
            .sigmoid()
            .mul(g.tanh()),
        )
      return {
        h: o
          .add(next.mul(p.weight_o as Tensor))
          .sigmoid()
          .mul(next.tanh()),
        c: next,
      }
    },
    (_, H) => ({ weight_f: [H], weight_i: [H], weight_o: [H] }),
    withC,
  ),
  'normalised rows': cell(
    2,
    (p, x, { h }, hidden) => {
      const [xs, hs] = both(p, x, hidden)
      const z = normalised(xs, p.weight_x as Tensor).add(normalised(hs, p.weight_h as Tensor))
      const [a, b] = z.chunk(2, 1) as [Tensor, Tensor]
      return { h: normalised(a.tanh().add(h), p.weight_n as Tensor).mul(b.sigmoid()) }
    },
    (_, H) => ({ weight_x: [2 * H], weight_h: [2 * H], weight_n: [H] }),
  ),
  'a state that only counts': cell(
    1,
    (p, x, { n }, hidden) => ({
      h: sums(p, x, hidden)
        .tanh()
        .div((n as Tensor).square().add(2)),
      n: (n as Tensor).add(1),
    }),
    undefined,
    (H) => ({ h: H, n: 1 }),
  ),
  'two states that change places': cell(
    1,
    (p, x, { h, c }, hidden) => ({ h: (c as Tensor).add(sums(p, x, hidden).tanh()), c: h }),
    undefined,
    withC,
  ),
  'two states that change places, and nothing else': cell(
    1,
    (_p, _x, { h, c }) => ({ h: c as Tensor, c: h }),
    undefined,
    withC,
  ),
  'a state that nobody reads': cell(
    1,
    (p, x, _state, hidden) => {
      const z = sums(p, x, hidden)
      return { h: z.tanh(), c: z.sigmoid() }
    },
    undefined,
    withC,
  ),
  'x in elementwise ops': cell(1, (p, x, { h }, hidden) => {
    const first = x.slice(1, 0, 1)
    const last = x.slice(1, (x.shape[1] as number) - 1, x.shape[1])
    return { h: sums(p, x, hidden).tanh().mul(first.sigmoid()).add(h.mul(last.square())) }
  }),
  'a sum of the row of x': cell(1, (p, x, _state, hidden) => ({
    h: sums(p, x, hidden).tanh().mul(x.square().sum(1, true).add(1).log()),
  })),
  'products of computed values': cell(
    1,
    (p, x, { h }, hidden) => {
      const a = sums(p, x, hidden).tanh()
      const b = affine(a, p.weight_a as Tensor, null).sigmoid()
      const c = a
        .mul(b)
        .matmul(p.weight_b as Tensor)
        .add(h)
        .tanh()
      return { h: c.add(a.mul(0.5)) }
    },
    (_, H) => ({ weight_a: [H, H], weight_b: [H, H] }),
  ),
  'one weight for several products': cell(
    1,
    (p, x, { h, c }, hidden) => {
      const w = p.weight_hh as Tensor
      const a = sums(p, x, hidden).tanh()
      return {
        h: affine(a, w, p.bias_hh ?? null)
          .add(affine(c as Tensor, w, null))
          .tanh(),
        c: a.add(h).mul(0.5),
      }
    },
    undefined,
    withC,
  ),
  'two products with x added up': cell(
    1,
    (p, x, _state, hidden) => {
      const u = affine(x, p.weight_u as Tensor, null)
      return { h: sums(p, x, hidden).add(u).tanh().mul(u.sigmoid()) }
    },
    (D, H) => ({ weight_u: [H, D] }),
  ),
  'products that are added and read by themselves': cell(1, (p, x, _state, hidden) => {
    const [a, b] = both(p, x, hidden)
    return { h: a.add(b).tanh().mul(b.sigmoid()) }
  }),
  'matmul in place of affine': cell(
    1,
    (p, x, _state, hidden) => ({
      h: x
        .matmul(p.weight_x as Tensor)
        .add(hidden.matmul(p.weight_h as Tensor))
        .tanh(),
    }),
    (D, H) => ({ weight_x: [D, H], weight_h: [H, H] }),
  ),
  'transposed weights': cell(1, (p, x, _state, hidden) => ({
    h: x
      .matmul((p.weight_ih as Tensor<[number, number]>).t())
      .add(hidden.matmul((p.weight_hh as Tensor<[number, number]>).t()))
      .tanh(),
  })),
  'no x': cell(1, (p, _x, _state, hidden) => ({
    h: affine(hidden, p.weight_hh as Tensor, p.bias_hh ?? null).tanh(),
  })),
  'no product': cell(1, (_p, _x, { h }) => ({ h: h.sin().mul(0.5).add(h) })),
  'z handed on as it is': cell(
    2,
    (p, x, _state, hidden) => {
      const [a, b] = sums(p, x, hidden).chunk(2, 1) as [Tensor, Tensor]
      return { h: a, c: b }
    },
    undefined,
    withC,
  ),
  'joined rows': cell(
    2,
    (p, x, { h }, hidden) => {
      const [a, b] = sums(p, x, hidden).chunk(2, 1) as [Tensor, Tensor]
      const joined = cat([a.tanh(), h], 1)
      return {
        h: joined
          .matmul(p.weight_j as Tensor)
          .add(b)
          .tanh(),
      }
    },
    (_, H) => ({ weight_j: [2 * H, H] }),
  ),
  'joined rows of which a part is read': cell(1, (p, x, { h }, hidden) => {
    const t = sums(p, x, hidden).tanh()
    const u = cat([h.slice(1, 0, 1), t], 1).sigmoid()
    return { h: u.slice(1, 1).mul(t.slice(1, 0, 1)) }
  }),
  'a state that goes on before it is multiplied': cell(
    1,
    (p, x, { h, c }) => ({ h: sums(p, x, c as Tensor).tanh(), c: h.add((c as Tensor).mul(0.5)) }),
    undefined,
    withC,
  ),
  'x and h joined': cell(
    1,
    (p, x, { h }) => ({ h: affine(cat([x, h], 1), p.weight_j as Tensor, null).tanh() }),
    (D, H) => ({ weight_j: [H, D + H] }),
  ),
  'functions of single elements': cell(1, (p, x, { h }, hidden) => ({
    h: mixed(halved(sums(p, x, hidden)), h).add(h.softplus().mul(0.25)),
  })),
  'a fused function': cell(2, (p, x, _state, hidden) => {
    const [a, b] = sums(p, x, hidden).chunk(2, 1) as [Tensor, Tensor]
    return { h: squash(a, b) }
  }),
  'choices, bounds and one number for a row': cell(
    1,
    (p, x, { h }, hidden) => {
      const z = sums(p, x, hidden)
      const s = h
        .sum(1, true)
        .broadcastTo([h.shape[0] as number, 2])
        .sum(1, true)
        .div(2)
      return {
        h: where(s.gt(0), where(z.lt(h), z.clamp(-1, 0.5), h.mul(0.5)), s.tanh()).add(
          s
            .tanh()
            .exp()
            .reciprocal()
            .mul(p.weight_one as Tensor),
        ),
      }
    },
    () => ({ weight_one: [1] }),
  ),
  'constants alone': cell(
    1,
    (p, x, _state, hidden) => ({ h: sums(p, x, hidden).tanh(), c: hidden.mul(0).add(2) }),
    undefined,
    withC,
  ),
  'a state without a derivative': cell(
    2,
    (p, x, _state, hidden) => {
      const [a, b] = sums(p, x, hidden).chunk(2, 1) as [Tensor, Tensor]
      const spikes = ones([...a.shape], { dtype: a.dtype }).where(a.gt(0), -1)
      return { h: spikes, c: b.tanh() }
    },
    undefined,
    withC,
  ),
  'columns that change places': cell(1, (p, x, { h }, hidden) => {
    const H = h.shape[1] as number
    const turned = cat([h.slice(1, 1, H), h.slice(1, 0, 1)], 1)
    return { h: sums(p, x, hidden).tanh().mul(0.5).add(turned.mul(0.5)) }
  }),
  'columns that change places, as they are': cell(1, (_p, _x, { h }) => {
    const H = h.shape[1] as number
    return { h: cat([h.slice(1, 1, H), h.slice(1, 0, 1)], 1) }
  }),
}
