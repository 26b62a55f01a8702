// Sums, extremes, argmax and the softmax family against plain loops in float64.
import { expect, test } from 'vitest'
import { memory } from '../../../src/kernels/engine.ts'
import { place, random, types } from '../memory.ts'

/** f of the n numbers at each place of (outer, inner). */
function over<R>(
  a: ArrayLike<number>,
  outer: number,
  n: number,
  inner: number,
  f: (line: number[]) => R,
): R[] {
  return Array.from({ length: outer * inner }, (_, e) => {
    const [o, i] = [Math.floor(e / inner), e % inner]
    return f(Array.from({ length: n }, (_, j) => a[(o * n + j) * inner + i] as number))
  })
}
const total = (line: number[]) => line.reduce((s, x) => s + x, 0)
const shapes = [
  [1, 1, 1],
  [1, 7, 1],
  [3, 5, 1],
  [2, 64, 1],
  [1, 300, 1],
  [1, 5, 3],
  [2, 3, 4],
  [3, 70, 5],
  [1, 130, 16],
  [2, 9, 17],
  [1, 66, 37],
  [2, 1, 9],
  [4, 2, 2],
] as const
const tricky = [
  [NaN, 1, 2],
  [1, NaN, NaN],
  [-Infinity, -Infinity, -Infinity],
  [Infinity, 1, Infinity],
  [-0, 0, -0],
  [3, 3, 1],
  [1, 2, 2],
  [-5, -1, -1],
  [2, Infinity, NaN],
]

for (const { name, kernels, round, array, read } of types) {
  const next = random(9)
  const digits = name === 'float32' ? 5 : 12
  const close = (got: ArrayLike<number>, expected: number[]) => {
    expect(got.length).toBe(expected.length)
    expected.forEach((value, i) => {
      if (Number.isFinite(value))
        expect(got[i], `element ${i}`).toBeCloseTo(
          value,
          Math.abs(value) > 100 ? digits - 2 : digits,
        )
      else expect(got[i], `element ${i}`).toBe(value)
    })
  }

  test(`${name} sum`, () => {
    for (const [outer, n, inner] of [...shapes, [2, 0, 3], [2, 0, 1]] as const) {
      const a = array(Array.from({ length: outer * n * inner }, () => next() - 0.5))
      const start = array(Array.from({ length: outer * inner + 1 }, () => next()))
      for (const accumulate of [0, 1]) {
        const [pa, out] = place(a, start) as [number, number]
        kernels.sum(out, pa, outer, n, inner, accumulate)
        close(read(out, outer * inner + 1), [
          ...over(a, outer, n, inner, total).map((s, i) => s + accumulate * (start[i] as number)),
          start.at(-1) as number,
        ])
      }
    }
  })

  test(`${name} sums of a million numbers keep their digits`, () => {
    const a = array(Array.from({ length: 1_000_000 }, () => 0.1 + next() * 0.01))
    const exact = total([...a])
    const relative = name === 'float32' ? 2e-7 : 1e-13
    const [pa, out] = place(a, array(new Array(3).fill(0))) as [number, number]
    kernels.sum(out, pa, 1, 1_000_000, 1, 0)
    expect(Math.abs((read(out, 1)[0] as number) / exact - 1)).toBeLessThan(relative)
    kernels.sum(out, pa, 1, 500_000, 2, 0)
    expect(Math.abs(total([...read(out, 2)]) / exact - 1)).toBeLessThan(relative)
    const squares = Array.from(a).reduce((s, x) => s + x * x, 0)
    expect(Math.abs(kernels.dot(pa, pa, 1_000_000) / squares - 1)).toBeLessThan(relative)
  })

  test(`${name} dot`, () => {
    for (const n of [0, 1, 3, 4, 15, 16, 17, 33, 1000]) {
      const a = array(Array.from({ length: n }, () => next() - 0.5))
      const b = array(Array.from({ length: n }, () => next() - 0.5))
      const [pa, pb] = place(a, b) as [number, number]
      expect(kernels.dot(pa, pb, n)).toBeCloseTo(
        Array.from(a).reduce((s, x, i) => s + x * (b[i] as number), 0),
        digits,
      )
    }
  })

  test(`${name} max, min and argmax`, () => {
    const argmax = (line: number[]) =>
      line.some(Number.isNaN) ? line.findIndex(Number.isNaN) : line.indexOf(Math.max(...line))
    const check = (a: Float32Array | Float64Array, outer: number, n: number, inner: number) => {
      const [pa, out] = place(a, array(new Array(outer * inner + 1).fill(9))) as [number, number]
      kernels.max(out, pa, outer, n, inner)
      expect([...read(out, outer * inner + 1)]).toEqual([
        ...over(a, outer, n, inner, (line) => Math.max(...line)),
        9,
      ])
      kernels.min(out, pa, outer, n, inner)
      expect([...read(out, outer * inner + 1)]).toEqual([
        ...over(a, outer, n, inner, (line) => Math.min(...line)),
        9,
      ])
      kernels.argmax(out, pa, outer, n, inner)
      expect([...new Int32Array(memory.buffer, out, outer * inner)]).toEqual(
        over(a, outer, n, inner, argmax),
      )
    }
    for (const [outer, n, inner] of shapes)
      check(
        array(Array.from({ length: outer * n * inner }, () => Math.round(next() * 8) - 4)),
        outer,
        n,
        inner,
      )
    for (const line of tricky) {
      check(array(line), 1, 3, 1)
      check(array(line.flatMap((x) => [x, 0, x, 1, x])), 1, 3, 5)
    }
  })

  const lines = [...tricky, [0, -Infinity, 1], [1000, 1001, 999], [-1000, -1001, -1002], [5]]
  const shifted = (line: number[]) => line.map((x) => Math.exp(x - Math.max(...line)))
  const rows = {
    softmax: (line: number[]) => shifted(line).map((e) => e / total(shifted(line))),
    logSoftmax: (line: number[]) =>
      line.map((x) => x - Math.max(...line) - Math.log(total(shifted(line)))),
    logSumExp: (line: number[]) => {
      const largest = Math.max(...line)
      return [Math.abs(largest) === Infinity ? largest : largest + Math.log(total(shifted(line)))]
    },
  }
  test.each(Object.keys(rows) as (keyof typeof rows)[])(`${name} %s`, (kernel) => {
    for (const cols of [1, 2, 3, 4, 7, 16, 27, 130])
      lines.push(Array.from({ length: cols }, () => (next() - 0.5) * 20))
    for (const line of lines) {
      const exact = [...array(line)]
      const count = kernel === 'logSumExp' ? 1 : line.length
      const [a, out] = place(
        array([...line, ...line]),
        array(new Array(2 * count + 1).fill(9)),
      ) as [number, number]
      kernels[kernel](out, a, 2, line.length)
      const expected = rows[kernel](exact)
      close(read(out, 2 * count + 1), [...expected, ...expected, 9])
    }
  })

  test(`${name} softmaxGrad and logSoftmaxGrad`, () => {
    for (const cols of [1, 3, 4, 9, 27, 64]) {
      const y = array(Array.from({ length: 2 * cols }, () => next() / cols))
      const log = y.map((x) => round(Math.log(x)))
      const g = array(Array.from({ length: 2 * cols }, () => next() - 0.5))
      const row = (a: ArrayLike<number>, i: number) =>
        Array.from(a).slice(Math.floor(i / cols) * cols, (Math.floor(i / cols) + 1) * cols)
      const [pg, py, pl, out] = place(g, y, log, array(new Array(2 * cols).fill(0))) as [
        number,
        number,
        number,
        number,
      ]
      kernels.softmaxGrad(out, pg, py, 2, cols)
      const weighted = g.map((x, i) => x * (y[i] as number))
      close(
        read(out, 2 * cols),
        Array.from(y, (v, i) => v * ((g[i] as number) - total(row(weighted, i)))),
      )
      kernels.logSoftmaxGrad(out, pg, pl, 2, cols)
      close(
        read(out, 2 * cols),
        Array.from(log, (v, i) => (g[i] as number) - Math.exp(v) * total(row(g, i))),
      )
    }
  })
}
