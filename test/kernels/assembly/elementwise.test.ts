// The elementwise kernels against their scalar definitions, to the bit, and against their own
// results elsewhere in an array.
import { expect, test } from 'vitest'
import { memory } from '../../../src/kernels/engine.ts'
import { place, random, types } from '../memory.ts'

const special = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  2,
  -3.25,
  1e-40,
  -1e-40,
  5e-324,
  1e30,
  -1e30,
  1e300,
  Infinity,
  -Infinity,
  NaN,
  7,
  0.1,
  -0.7,
  Math.PI,
]

const unary: Record<string, (x: number) => number> = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  sqrt: Math.sqrt,
  square: (x) => x * x,
  reciprocal: (x) => 1 / x,
  relu: (x) => Math.max(0, x),
}
const grads: Record<string, (g: number, y: number, round: (x: number) => number) => number> = {
  tanhGrad: (g, y, round) => round(round(g * round(1 - y)) * round(1 + y)),
  sigmoidGrad: (g, y, round) => round(round(g * y) * round(1 - y)),
  reluGrad: (g, y) => (y > 0 ? g : 0),
}
const binary: Record<string, (x: number, y: number) => number> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  maximum: Math.max,
  minimum: Math.min,
}
const comparisons: Record<string, (x: number, y: number) => boolean> = {
  eq: (x, y) => x === y,
  ne: (x, y) => x !== y,
  lt: (x, y) => x < y,
  le: (x, y) => x <= y,
  gt: (x, y) => x > y,
  ge: (x, y) => x >= y,
}
type Unary = (out: number, a: number, n: number) => void
type Three = (out: number, g: number, y: number, n: number) => void
type Pair = (
  out: number,
  a: number,
  b: number,
  outer: number,
  inner: number,
  aOuter: number,
  aInner: number,
  bOuter: number,
  bInner: number,
) => void

for (const { name, size, kernels, round, array, read } of types) {
  const x = array(special)
  const left = array(special.flatMap((a) => special.map(() => a)))
  const right = array(special.flatMap(() => special))
  const n = left.length

  test.each(Object.keys(unary))(`${name} %s is its definition`, (kernel) => {
    const [p] = place(x) as [number]
    ;(kernels[kernel as 'neg'] as Unary)(p, p, x.length)
    expect([...read(p, x.length)]).toEqual(
      Array.from(x, (v) => round((unary[kernel] as (x: number) => number)(v))),
    )
  })

  test.each(Object.keys(binary))(`${name} %s is its definition`, (kernel) => {
    const [a, b] = place(left, right) as [number, number]
    ;(kernels[kernel as 'add'] as Pair)(a, a, b, 1, n, 0, 1, 0, 1)
    expect([...read(a, n)]).toEqual(
      Array.from(left, (v, i) =>
        round((binary[kernel] as (x: number, y: number) => number)(v, right[i] as number)),
      ),
    )
  })

  test.each(Object.keys(comparisons))(`${name} %s is its definition`, (kernel) => {
    const [a, b, out] = place(left, right, new Uint8Array(n)) as [number, number, number]
    ;(kernels[kernel as 'eq'] as Pair)(out, a, b, 1, n, 0, 1, 0, 1)
    const expected = Array.from(left, (v, i) =>
      Number((comparisons[kernel] as (x: number, y: number) => boolean)(v, right[i] as number)),
    )
    expect([...new Uint8Array(memory.buffer, out, n)]).toEqual(expected)
  })

  test.each(Object.keys(grads))(`${name} %s is its definition`, (kernel) => {
    const [g, y] = place(left, right) as [number, number]
    ;(kernels[kernel as 'tanhGrad'] as Three)(g, g, y, n)
    const f = grads[kernel] as (g: number, y: number, round: (x: number) => number) => number
    expect([...read(g, n)]).toEqual(Array.from(left, (v, i) => f(v, right[i] as number, round)))
  })

  test.each([...Object.keys(binary), ...Object.keys(comparisons)])(
    `${name} %s broadcasts`,
    (kernel) => {
      const next = random(3)
      const compares = kernel in comparisons
      const f = (compares ? comparisons[kernel] : binary[kernel]) as (
        x: number,
        y: number,
      ) => number | boolean
      const a = array(Array.from({ length: 60 }, () => Math.round(next() * 4) / 2))
      const b = array(Array.from({ length: 60 }, () => Math.round(next() * 4) / 2))
      for (const inner of [1, 2, 3, 4, 7, 8, 11, 17]) {
        for (const [aOuter, aInner, bOuter, bInner] of [
          [inner, 1, 0, 1],
          [0, 1, inner, 1],
          [1, 0, inner, 1],
          [inner, 1, 1, 0],
          [1, 0, 1, 0],
          [0, 0, 0, 0],
          [2, 1, 3, 1],
        ] as const) {
          const [pa, pb, out] = place(a, b, array(new Array(3 * inner + 1).fill(9))) as [
            number,
            number,
            number,
          ]
          ;(kernels[kernel as 'add'] as Pair)(out, pa, pb, 3, inner, aOuter, aInner, bOuter, bInner)
          const got = compares
            ? [...new Uint8Array(memory.buffer, out, 3 * inner)]
            : [...read(out, 3 * inner)]
          const expected = Array.from({ length: 3 * inner }, (_, e) => {
            const [i, j] = [Math.floor(e / inner), e % inner]
            return round(
              Number(f(a[i * aOuter + j * aInner] as number, b[i * bOuter + j * bInner] as number)),
            )
          })
          expect(got).toEqual(expected)
          if (!compares) expect(read(out, 3 * inner + 1)[3 * inner]).toBe(9)
        }
      }
    },
  )

  test.each([...Object.keys(unary), 'exp', 'log', 'tanh', 'sigmoid'])(
    `${name} %s: an element's result depends neither on its place nor on n`,
    (kernel) => {
      const next = random(11)
      const values = array(Array.from({ length: 64 }, () => (next() - 0.3) * 40))
      const run = (n: number, start: number) => {
        const [a, out] = place(values, array(new Array(70).fill(9))) as [number, number]
        ;(kernels[kernel as 'neg'] as Unary)(out, a + start * size, n)
        const all = read(out, 70)
        expect(all[n]).toBe(9)
        return [...all.subarray(0, n)]
      }
      const whole = run(64, 0)
      for (let n = 0; n <= 13; n++)
        for (let start = 0; start <= 9; start++)
          expect(run(n, start)).toEqual(whole.slice(start, start + n))
    },
  )

  test(`${name} where and fill`, () => {
    for (const n of [0, 1, 2, 3, 4, 5, 8, 13]) {
      for (const [aStep, bStep] of [
        [1, 1],
        [0, 1],
        [1, 0],
        [0, 0],
      ] as const) {
        const condition = Uint8Array.from({ length: n }, (_, i) => (i % 3 === 1 ? 1 : 0))
        const [out, c, a, b] = place(
          array(new Array(n + 1).fill(9)),
          condition,
          array(special),
          right,
        ) as [number, number, number, number]
        kernels.where(out, c, a, b, n, aStep, bStep)
        expect([...read(out, n + 1)]).toEqual([
          ...Array.from(condition, (z, i) => (z ? x[i * aStep] : right[i * bStep])),
          9,
        ])
      }
      const [out] = place(array(new Array(n + 1).fill(9))) as [number]
      kernels.fill(out, n, -2.5)
      expect([...read(out, n + 1)]).toEqual([...new Array(n).fill(-2.5), 9])
    }
  })

  test(`${name} axpby, which does not read dst where a = 0`, () => {
    for (const n of [0, 1, 3, 4, 6, 9]) {
      const src = array(Array.from({ length: n }, (_, i) => i - 2))
      const [dst, s] = place(array(Array.from({ length: n }, (_, i) => i * i)), src) as [
        number,
        number,
      ]
      kernels.axpby(dst, s, n, 0.5, -3)
      expect([...read(dst, n)]).toEqual(Array.from(src, (v, i) => 0.5 * i * i - 3 * v))
      const [garbage, t] = place(array(new Array(n).fill(NaN)), src) as [number, number]
      kernels.axpby(garbage, t, n, 0, 2)
      expect([...read(garbage, n)]).toEqual(Array.from(src, (v) => (v === 0 ? 0 : 2 * v)))
    }
  })

  test(`${name} adam is the paper's algorithm`, () => {
    const next = random(5)
    const n = 11
    const [beta1, beta2, eps, lr, decay, shrink] = [0.9, 0.999, 1e-8, 0.01, 0.1, 0.995]
    const theta = Array.from({ length: n }, () => next() - 0.5)
    const m = new Array<number>(n).fill(0)
    const v = new Array<number>(n).fill(0)
    const [p, g, pm, pv] = place(array(theta), array(theta), array(m), array(v)) as [
      number,
      number,
      number,
      number,
    ]
    theta.forEach((value, i) => {
      theta[i] = round(value)
    })
    for (let t = 1; t <= 20; t++) {
      const gradient = array(Array.from({ length: n }, () => next() - 0.5))
      new Uint8Array(memory.buffer, g, n * size).set(new Uint8Array(gradient.buffer))
      kernels.adam(
        p,
        g,
        pm,
        pv,
        n,
        beta1,
        beta2,
        eps,
        lr / (1 - beta1 ** t),
        Math.sqrt(1 - beta2 ** t),
        decay,
        shrink,
      )
      for (let i = 0; i < n; i++) {
        theta[i] = (theta[i] as number) * shrink
        const gt = (gradient[i] as number) + decay * (theta[i] as number)
        m[i] = beta1 * (m[i] as number) + (1 - beta1) * gt
        v[i] = beta2 * (v[i] as number) + (1 - beta2) * gt ** 2
        const mHat = (m[i] as number) / (1 - beta1 ** t)
        const vHat = (v[i] as number) / (1 - beta2 ** t)
        theta[i] = (theta[i] as number) - (lr * mHat) / (Math.sqrt(vHat) + eps)
      }
    }
    const tolerance = name === 'float32' ? 5 : 13
    read(p, n).forEach((value, i) => {
      expect(value).toBeCloseTo(theta[i] as number, tolerance)
    })
    read(pv, n).forEach((value, i) => {
      expect(value).toBeCloseTo(v[i] as number, tolerance)
    })
  })
}
