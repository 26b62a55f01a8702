// Recurrent dropout, zoneout and weight drop of any cell: what holds whatever is drawn. Masks that
// are known are scan.masks.test.ts.
import fc from 'fast-check'
import {
  eye,
  full,
  Generator,
  GRU,
  grad,
  LSTM,
  manualSeed,
  ones,
  type RecurrentOptions,
  RNN,
  rand,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { checkGradients } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { agree } from '../../documents/agree.ts'
import { runs } from '../../properties/runs.ts'
import { float64, numbersOf } from '../../support/tensors.ts'
import { expected } from './family.expected.ts'
import { cases, givenOf, inputsOf, kinds, layerOf, lossOf, results, run } from './family.ts'

const all = { dropout: 0.5, recurrentDropout: 0.5, weightDrop: 0.5 }

describe.each(kinds)('%s', (kind) => {
  test('in evaluation zoneout takes its share, and nothing is dropped', () =>
    fc.assert(
      fc.property(cases(kind, 'lengths'), fc.boolean(), (c, isByName) => {
        const shares = isByName ? [0.25, 0.75] : [0.5, 0.5]
        const named: Record<string, number> = kind === 'LSTM' ? { h: 0.25, c: 0.75 } : { h: 0.25 }
        const layer = layerOf(c, 'float64', { ...all, zoneout: isByName ? named : 0.5 })
        layer.eval()
        const { x, state, named: inputs } = inputsOf(c, layer, 'float64')
        agree(results(c, run(c, layer, x, state), inputs), expected(c, layer, shares), 1e-10)
      }),
      runs(60),
    ))

  test('at 0 nothing is drawn', () => {
    fc.assert(
      fc.property(cases(kind, 'flags'), (c) => {
        const generator = new Generator(c.seed)
        const none = { dropout: 0, recurrentDropout: 0, weightDrop: 0, zoneout: 0 }
        const layer = layerOf(c, 'float64', { ...none, generator })
        const { blocks } = generator.state()
        const { x, state, named } = inputsOf(c, layer, 'float64')
        const plain = layerOf(c, 'float64')
        expect(results(c, run(c, layer, x, state), named)).toEqual(
          results(c, run(c, plain, x, state), {
            ...named,
            ...Object.fromEntries(plain.namedParameters()),
          }),
        )
        expect(generator.state().blocks).toBe(blocks)
      }),
      runs(20),
    )
  })

  test.each(['recurrentDropout', 'weightDrop'])('%s of 1 is a weight_hh of 0', (name) =>
    fc.assert(
      fc.property(cases(kind, 'flags'), (c) => {
        const [dropped, cut] = [layerOf(c, 'float64', { [name]: 1 }), layerOf(c, 'float64')]
        for (const [own, p] of cut.namedParameters())
          if (own.startsWith('weight_hh')) p.assign_(zeros(p.shape, float64))
        const { x, state, named } = inputsOf(c, dropped, 'float64')
        const inputs = { ...named, ...Object.fromEntries(cut.namedParameters()) }
        const actual = results(c, run(c, dropped, x, state), named)
        const wanted = results(c, run(c, cut, x, state), inputs)
        for (const own of Object.keys(actual).filter((own) => own.startsWith('dweight_hh'))) {
          expect(numbersOf(dropped[own.slice(1) as 'weight_hh_l0']).some((v) => v !== 0)).toBe(true)
          wanted[own] = actual[own]
        }
        agree(actual, wanted, 1e-10)
      }),
      runs(25),
    ),
  )

  test('a zoneout of 1 leaves the state as it is', () =>
    fc.assert(
      fc.property(cases(kind, 'flags', { numLayers: 1 }), fc.boolean(), (c, isTraining) => {
        const layer = layerOf(c, 'float64', { zoneout: 1 })
        if (!isTraining) layer.eval()
        const own = { ...c, isGiven: true, every: true, steps: {} }
        const { x, state, named } = inputsOf(own, layer, 'float64')
        const after = run(own, layer, x, state)
        const names = Object.keys(after).filter((name) => /^[hc]/.test(name))
        expect(names).toContain(c.widths ? 'h[0]' : 'h')
        for (const name of names) {
          const given = named[`${name[0]}0${name.slice(1)}`].toArray()
          expect(after[name].toArray()).toEqual(given)
          for (let t = 0; t < c.T; t++)
            expect(after[`every ${name}`].select(2, t).toArray()).toEqual(given)
        }
      }),
      runs(25),
    ))

  test('the same seed draws the same, and another one another', () => {
    const outcome = (seed: number, options: RecurrentOptions) => {
      const layer = new { RNN, GRU, LSTM }[kind](8, 8, {
        ...options,
        generator: new Generator(seed),
      }) as LSTM
      for (const p of layer.parameters()) p.assign_(full(p.shape, 0.25))
      return numbersOf(layer.forward(ones([2, 3, 8])).output)
    }
    for (const [name, p] of Object.entries({ ...all, zoneout: 0.5 })) {
      const options = { numLayers: 2, [name]: p }
      expect(outcome(1, options)).toEqual(outcome(1, options))
      expect(outcome(1, options), name).not.toEqual(outcome(2, options))
    }
  })

  test('derivatives are those by differences while the draws stay the same', () => {
    fc.assert(
      fc.property(cases(kind, 'flags'), fc.nat(999), (c, seed) => {
        // A kink is no derivative, and a row of one or two numbers is normalised to a step.
        fc.pre(c.cell.nonlinearity !== 'relu' && !c.cell.cellClip && !c.cell.layerNorm)
        const layer = layerOf(c, 'float64', { ...all, zoneout: 0.5 })
        const { x, named } = inputsOf(c, layer, 'float64')
        const names = Object.keys(named)
        const loss = (...tensors: Tensor[]): Tensor => {
          manualSeed(seed)
          const own = Object.fromEntries(names.map((name, i) => [name, tensors[i]]))
          names.forEach((name, i) => {
            if (name.includes('_l')) Object.assign(layer, { [name]: tensors[i] })
          })
          const none = tensors.map((t) => t.slice(0, 0, 0).sum())
          return none.reduce(
            (sum, t) => sum.add(t),
            lossOf(c, run(c, layer, own.x, givenOf(c, own))),
          )
        }
        checkGradients(loss, [x, ...Object.values(named).slice(1)], { mode: 'projected' })
      }),
      runs(20),
    )
  })
})

describe('a rectified sum of h and nothing else', () => {
  const [N, T, H] = [20, 4, 50]
  const p = 0.25
  const rectified = (
    options: RecurrentOptions,
    { weight = eye(H, float64), N: batch = N }: { weight?: Tensor; N?: number } = {},
  ) => {
    const rnn = new RNN(1, H, {
      nonlinearity: 'relu',
      bias: false,
      generator: new Generator(1),
      ...float64,
      ...options,
    })
    rnn.weight_ih_l0.assign_(zeros([H, 1], float64))
    rnn.weight_hh_l0.assign_(weight)
    const x = zeros([batch, T, 1], float64)
    /** h after every step, each (N, H). */
    return (h: Tensor): number[][] => {
      const { output } = rnn.forward(x, { h: h.unsqueeze(0) })
      return Array.from({ length: T }, (_, t) => numbersOf(output.select(1, t)))
    }
  }
  const share = (values: readonly number[]): number =>
    values.filter((v) => v === 0).length / values.length

  test('recurrent dropout drops the same elements at every step, others of each sequence', () => {
    const run = rectified({ recurrentDropout: p })
    const [first, ...others] = run(ones([N, H], float64))
    expect(new Set(first)).toEqual(new Set([0, 1 / (1 - p)]))
    others.forEach((row, t) => {
      row.forEach((v, i) => {
        expect(v).toBeCloseTo(first[i] ** (t + 2), 12)
      })
    })
    expect(Math.abs(share(first) - p)).toBeLessThan(0.06)
    expect(first.slice(0, H)).not.toEqual(first.slice(H, 2 * H))
    expect(run(ones([N, H], float64))[0]).not.toEqual(first)
  })

  test('recurrent dropout scales what is left, and leaves out the output', () => {
    const run = rectified({ recurrentDropout: p })
    const last = run(ones([N, H], float64))[T - 1]
    const mean = last.reduce((sum, v) => sum + v) / last.length
    const inTheMean = (1 - p) ** (1 - T)
    expect(Math.abs(mean - inTheMean)).toBeLessThan(0.1 * inTheMean)
  })

  test('zoneout holds elements back anew at every step', () => {
    const run = rectified({ zoneout: p }, { weight: zeros([H, H], float64) })
    const rows = run(ones([N, H], float64))
    rows.forEach((row, t) => {
      expect(row.every((v) => v === 0 || v === 1)).toBe(true)
      expect(Math.abs(1 - share(row) - p ** (t + 1))).toBeLessThan(0.06)
    })
    expect(rows[1]).not.toEqual(rows[0])
    expect(rows[0].slice(0, H)).not.toEqual(rows[0].slice(H, 2 * H))
  })

  test('weight drop draws once for a call, for all steps and sequences', () => {
    const weight = rand([H, H], { ...float64, generator: new Generator(2) }).add(0.5)
    const run = rectified({ weightDrop: p }, { weight, N: H })
    const rows = run(eye(H, float64))
    const [first] = rows
    const before = numbersOf(weight.permute([1, 0]))
    first.forEach((v, i) => {
      expect([0, before[i] / (1 - p)]).toContainEqual(expect.closeTo(v, 12))
    })
    expect(Math.abs(share(first) - p)).toBeLessThan(0.04)
    const at = (n: number, j: number): number => first[n * H + j]
    rows[1].slice(0, H).forEach((v, j) => {
      const sum = Array.from({ length: H }, (_, k) => at(0, k) * at(k, j)).reduce((a, b) => a + b)
      expect(v).toBeCloseTo(sum, 10)
    })
    expect(run(eye(H, float64))[0]).not.toEqual(first)
  })
})

test('recurrent dropout drops other elements after a reset, the same ones between two', () => {
  const [N, T, H, p] = [3, 6, 40, 0.5]
  const options = { ...float64, nonlinearity: 'relu', bias: false, recurrentDropout: p } as const
  const rnn = new RNN(1, H, { ...options, generator: new Generator(1) })
  rnn.weight_ih_l0.assign_(ones([H, 1], float64))
  rnn.weight_hh_l0.assign_(eye(H, float64))
  const starts = [true, false, false, true, false, false]
  const resets = tensor(Array.from({ length: N }, () => starts))
  const { output } = rnn.forward(ones([N, T, 1], float64), { resets })
  const h = Array.from({ length: T }, (_, t) => numbersOf(output.select(1, t)))
  // h is 1 at first, then 1 + m and 1 + m + m², where m is 0 or 2.
  const masks = [0, 3].map((t) => (h[t + 1] as number[]).map((v) => v - 1))
  masks.forEach((mask, k) => {
    expect(new Set(h[3 * k])).toEqual(new Set([1]))
    expect(new Set(mask)).toEqual(new Set([0, 1 / (1 - p)]))
    expect(h[3 * k + 2]).toEqual(mask.map((m) => 1 + m + m * m))
  })
  for (let n = 0; n < N; n++) {
    const [before, after] = masks.map((mask) => mask.slice(n * H, (n + 1) * H))
    expect(after).not.toEqual(before)
  }
})

test('zoneout of c alone holds c back alone', () => {
  const lstm = new LSTM(2, 3, { zoneout: { c: 1 } })
  const given = { h: full([1, 2, 3], 0.5), c: full([1, 2, 3], -2) }
  const { states } = lstm.forward(rand([2, 4, 2]), given, { every: true })
  expect(new Set(numbersOf(states.c))).toEqual(new Set([-2]))
  expect(numbersOf(states.h)).not.toContain(0.5)
})

test('sequences begin from a learned first state, where none is given, and it gets a gradient', () => {
  const gru = new GRU(2, 3, { ...float64, learnState: true, bidirectional: true })
  expect(gru.namedParameters().flatMap(([name]) => (name.includes('first') ? [name] : []))).toEqual(
    ['first_h_l0', 'first_h_l0_reverse'],
  )
  expect(numbersOf(gru.first_h_l0)).toEqual([0, 0, 0])
  gru.first_h_l0.assign_(full([3], 0.5, float64))
  const x = rand([2, 4, 2], float64)
  const given = ones([2, 2, 3], float64).mul(0.5)
  const plain = gru.forward(x, { h: given })
  const fresh = gru.forward(x)
  const half = (t: Tensor) => t.slice(2, 0, 3).toArray()
  expect(half(fresh.output)).toEqual(half(plain.output))
  const [g] = grad(fresh.output.sum(), [gru.first_h_l0])
  expect(numbersOf(g).every((v) => v !== 0)).toBe(true)
  const [unused] = grad(plain.output.sum(), [gru.first_h_l0], { allowUnused: true })
  expect(numbersOf(unused)).toEqual([0, 0, 0])
})
