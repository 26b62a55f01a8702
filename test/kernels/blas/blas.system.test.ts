// The BLAS library of this system, where there is one, working on the kernels' memory: against a
// triple loop, at NaN, Infinity and denormals, and while the memory grows.

import koffi from 'koffi'
import { beforeAll, describe, expect, test } from 'vitest'
import { plugInBlas, type SystemBlas, unplugBlas } from '../../../src/kernels/blas/blas.ts'
import { product } from '../../../src/kernels/blas/product.ts'
import { memory } from '../../../src/kernels/engine.ts'
import { changeThreads as setThreads } from '../../../src/kernels/threads/threads.ts'
import { place, random, types } from '../memory.ts'

/** Every product goes through the library, however small. */
const plugIn = (): Promise<SystemBlas> => plugInBlas(undefined, 1, 1)
/** Null where there is none; one that is there and refused is a failure. */
const found = await plugIn().catch((error: Error) => {
  if (!error.message.includes('found none of')) throw error
  return null
})

const sizes: [number, number, number][] = [
  [1, 1, 1],
  [1, 33, 5],
  [34, 1, 7],
  [5, 7, 1],
  [16, 16, 16],
  [31, 65, 33],
  [3, 130, 257],
  [101, 103, 99],
  [0, 3, 4],
  [3, 0, 4],
  [3, 4, 0],
]
const filled = sizes.filter((each) => !each.includes(0))
const transpositions = [0, 1, 2, 3].map((bits) => [bits & 1, bits >> 1])

describe.runIf(found)('the BLAS library of this system (not run where there is none)', () => {
  beforeAll(plugIn)

  test('says what it is', () => {
    expect(found).toMatchObject({
      name: expect.stringMatching(/^(OpenBLAS|MKL|Accelerate)$/),
      library: expect.any(String),
    })
    if (found?.name !== 'Accelerate')
      expect(found).toMatchObject({
        version: expect.stringMatching(/^\d+\.\d+/),
        coreType: expect.any(String),
        threads: 1,
      })
  })

  test('shared memory has an address too, which stays when it grows', () => {
    const shared = new WebAssembly.Memory({ initial: 1, maximum: 1000, shared: true })
    const address = (): number => Number(koffi.address(new Uint8Array(shared.buffer)))
    const operands = [
      'int',
      'int',
      'int',
      'int',
      'int',
      'int',
      'float',
      'int64',
      'int',
      'int64',
      'int',
      'float',
      'int64',
      'int',
    ]
    const sgemm = koffi.load((found as SystemBlas).library).func('cblas_sgemm', 'void', operands)
    const base = address()
    for (const pages of [0, 500]) {
      shared.grow(pages)
      const view = new Float32Array(shared.buffer, 0, 5)
      view.set([2, 3, 5, 7, NaN])
      sgemm(101, 111, 111, 1, 1, 2, 1, base, 2, base + 8, 1, 0, base + 16, 1)
      expect(view[4]).toBe(31)
      expect(address()).toBe(base)
    }
  })

  describe.each(types)('$name', ({ name, array, read }) => {
    const epsilon = name === 'float32' ? 2 ** -24 : 2 ** -53
    const next = random(5)
    const numbers = (n: number) => array(Array.from({ length: n }, () => next() * 2 - 1))
    type Numbers = ReturnType<typeof array>
    /** What stands in `out`, and behind it, after a product. */
    function multiply(
      out: Numbers,
      a: Numbers,
      b: Numbers,
      [m, n, k]: readonly number[],
      [transA, transB]: readonly number[],
      accumulate = 0,
    ): number[] {
      const [left, right, to] = place(a, b, out)
      const operands = { dtype: name, out: to, a: left, b: right }
      product({ ...operands, m, n, k, transA, transB, accumulate })
      return [...read(to, out.length)]
    }

    test.each(transpositions)('every size, transposed %i %i', (transA, transB) => {
      for (const [m, n, k] of sizes) {
        for (const accumulate of [0, 1]) {
          const [a, b, before] = [numbers(m * k), numbers(k * n), numbers(m * n + 3)]
          if (!accumulate) before.fill(NaN, 0, m * n)
          const got = multiply(before, a, b, [m, n, k], [transA, transB], accumulate)
          expect(got.slice(m * n), 'what lies behind').toEqual([...before.subarray(m * n)])
          let worst = 0
          for (let i = 0; i < m; i++) {
            for (let j = 0; j < n; j++) {
              let expected = accumulate ? before[i * n + j] : 0
              let size = Math.abs(expected)
              for (let p = 0; p < k; p++) {
                const term = a[transA ? p * m + i : i * k + p] * b[transB ? j * k + p : p * n + j]
                expected += term
                size += Math.abs(term)
              }
              const error = Math.abs(got[i * n + j] - expected) / (size + 2)
              worst = Number.isNaN(error) ? Infinity : Math.max(worst, error)
            }
          }
          expect(worst, `(${m}, ${n}, ${k}), accumulate ${accumulate}`).toBeLessThanOrEqual(
            epsilon * (4 + k / 8),
          )
        }
      }
    })

    test.each([NaN, Infinity, -Infinity])(
      '%f in one operand reaches its row or column and nothing else, and stays beside zeros',
      (bad) => {
        for (const [m, n, k] of filled) {
          for (const trans of transpositions) {
            const [a, b, out] = [m * k, k * n, m * n].map((length) =>
              array(new Array(length).fill(1)),
            )
            const expected = (at: (i: number) => boolean, there: number, elsewhere: number) =>
              Array.from(out, (_, i) => (at(i) ? there : elsewhere))
            a[m * k - 1] = bad
            expect(multiply(out, a, b, [m, n, k], trans)).toEqual(
              expected((i) => i >= (m - 1) * n, bad, k),
            )
            a[m * k - 1] = 1
            b[k * n - 1] = bad
            expect(multiply(out, a, b, [m, n, k], trans)).toEqual(
              expected((i) => i % n === n - 1, bad, k),
            )
            a.fill(0)
            expect(multiply(out, a, b, [m, n, k], trans)).toEqual(
              expected((i) => i % n === n - 1, NaN, 0),
            )
          }
        }
      },
    )

    test('denormals are kept', () => {
      const smallest = name === 'float32' ? 2 ** -149 : 2 ** -1074
      expect(
        multiply(array([NaN]), array([smallest, smallest]), array([3, 4]), [1, 1, 2], [0, 0]),
      ).toEqual([7 * smallest])
    })

    test.each([2, 3])(
      '%i threads of this package call it for parts: every number in its place',
      async (threads) => {
        // Sums of small whole numbers are exact in any order; other numbers, libraries may round
        // otherwise in parts than as a whole.
        const whole = (n: number) => numbers(n).map((x) => Math.round(8 * x))
        const shapes = [
          [64, 1024, 96],
          [1031, 37, 129],
          [40, 1100, 257],
          [256, 256, 256],
        ]
        const cases = shapes.flatMap(([m, n, k]) =>
          transpositions.map((trans) => ({
            m,
            n,
            k,
            trans,
            operands: [m * n + 3, m * k, k * n].map(whole),
          })),
        )
        const products = () =>
          cases.flatMap(({ m, n, k, trans, operands: [before, a, b] }) =>
            [0, 1].map((add) => multiply(before, a, b, [m, n, k], trans, add)),
          )
        const alone = products()
        await setThreads(threads)
        await plugInBlas(undefined, threads, 1)
        const different = products().map((numbers, i) =>
          numbers.findIndex((x, at) => !Object.is(x, alone[i][at])),
        )
        expect(
          different.map((at, i) => ({ ...cases[i >> 1], at })).filter(({ at }) => at >= 0),
        ).toEqual([])
        await setThreads(1)
        await plugIn()
      },
    )

    test('right before and after the memory grows', () => {
      for (let times = 0; times < 3; times++) {
        expect(multiply(array([NaN]), array([2, 3]), array([5, 7]), [1, 1, 2], [0, 0])).toEqual([
          31,
        ])
        memory.grow(times * 300 + 1)
      }
    })
  })

  test.runIf(found?.name === 'OpenBLAS')(
    'its own threads (OpenBLAS tells how many) rest while those of this package call it, ' +
      'whichever came first',
    async () => {
      const load = (name: string) => koffi.load((found as SystemBlas).library).func(name, 'int', [])
      const allowed = load('openblas_get_num_threads')
      await setThreads(2)
      await plugInBlas(undefined, 2)
      expect(allowed()).toBe(1)
      await setThreads(1)
      expect(allowed()).toBe(2)
      await setThreads(2)
      expect(allowed()).toBe(1)
      await plugInBlas(undefined, 1)
      await setThreads(1)
      expect(allowed()).toBe(1)
      await plugInBlas(undefined, 2)
      unplugBlas()
      await setThreads(2)
      await setThreads(1)
      expect(allowed()).toBe(2)
      await plugIn()
    },
  )
})
