// The matrix product against a triple loop in float64, with and without fused multiply-add: every
// transposition, sizes around every block's edge, NaN and Infinity.
import { describe, expect, test } from 'vitest'
import { type FloatKernels, memory, modules, tallTiles } from '../../../src/kernels/engine.ts'
import { fusedProducts, tablesEnd } from '../../../src/kernels/wasm.generated.ts'
import { place, random, randomIntegers, types } from '../memory.ts'

/**
 * op(a) · op(b) and, beside it, the products' absolute values summed: what rounding is measured
 * against.
 */
function product(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  m: number,
  n: number,
  k: number,
  transA: number,
  transB: number,
): { value: Float64Array; size: Float64Array } {
  const value = new Float64Array(m * n)
  const size = new Float64Array(m * n)
  for (let i = 0; i < m; i++) {
    for (let p = 0; p < k; p++) {
      const x = a[transA ? p * m + i : i * k + p] as number
      for (let j = 0; j < n; j++) {
        const y = b[transB ? j * k + p : p * n + j] as number
        value[i * n + j] = (value[i * n + j] as number) + x * y
        size[i * n + j] = (size[i * n + j] as number) + Math.abs(x * y)
      }
    }
  }
  return { value, size }
}

type Floats = Float32Array | Float64Array
/** Where two results of one length differ first, −1 where nowhere: toEqual takes seconds for all. */
const apartAt = (actual: Floats, expected: Floats): number =>
  actual.length === expected.length
    ? actual.findIndex((x, i) => !Object.is(x, expected[i]))
    : Math.min(actual.length, expected.length)

const integers = randomIntegers(2)
const shapes: [number, number, number][] = [
  ...Array.from({ length: 60 }, (): [number, number, number] => [
    integers(0, 70),
    integers(0, 70),
    integers(0, 70),
  ]),
  ...Array.from({ length: 30 }, (): [number, number, number] => [
    integers(0, 6),
    integers(0, 40),
    integers(0, 6),
  ]),
  ...[1, 2, 3, 7, 31, 32, 33, 66].flatMap((n): [number, number, number][] => [
    [1, n, 5],
    [n, 1, 5],
    [1, 9, n],
    [1, 1, n],
    [n, n, 1],
  ]),
  [255, 17, 257],
  [257, 33, 255],
  [258, 5, 513],
  [2, 1023, 9],
  [3, 1025, 257],
  [4, 26, 300],
  ...[40, 56, 81, 96, 1057, 1080].map((n): [number, number, number] => [5, n, 259]),
  [1, 100, 600],
  [300, 1, 300],
]

const transpositions = [
  [0, 0],
  [0, 1],
  [1, 0],
  [1, 1],
] as const

/** The kernels of the first module alone, then as the second one replaces some. */
const exports = modules.map(
  (module) =>
    new WebAssembly.Instance(module, {
      env: { memory: memory as WebAssembly.Memory, scratch: tablesEnd },
    }).exports,
)
const engines = exports.map((_, last) => ({
  engine: ['plain', 'fused'][last],
  exported: Object.assign({}, ...exports.slice(0, last + 1)),
}))

describe.each(engines)('$engine', ({ exported }) => {
  for (const { name, round, array, read } of types) {
    const kernels: Pick<FloatKernels, 'matmul'> = {
      matmul: exported[name === 'float32' ? 'matmul_f32' : 'matmul_f64'],
    }
    const epsilon = name === 'float32' ? 2 ** -24 : 2 ** -53
    const next = random(4)
    const numbers = (n: number) => array(Array.from({ length: n }, () => next() * 2 - 1))

    test.each(transpositions)(`${name} transposed %i %i`, (transA, transB) => {
      for (const [m, n, k] of shapes) {
        const [a, b, c] = [numbers(m * k), numbers(k * n), numbers(m * n + 3)]
        const { value, size } = product(a, b, m, n, k, transA, transB)
        for (const accumulate of [0, 1]) {
          const [pa, pb, out] = place(a, b, c) as [number, number, number]
          kernels.matmul(out, pa, pb, m, n, k, transA, transB, accumulate)
          const got = read(out, m * n + 3)
          expect([...got.subarray(m * n)], 'what lies behind the product').toEqual([
            ...c.subarray(m * n),
          ])
          let worst = 0
          for (let i = 0; i < m * n; i++) {
            const expected = (value[i] as number) + accumulate * (c[i] as number)
            worst = Math.max(
              worst,
              Math.abs((got[i] as number) - expected) / ((size[i] as number) + 2),
            )
          }
          expect(worst, `(${m}, ${n}, ${k}) accumulate ${accumulate}`).toBeLessThanOrEqual(
            epsilon * (4 + k / 8),
          )
          const [qa, qb, again] = place(a, b, c) as [number, number, number]
          kernels.matmul(again, qa, qb, m, n, k, transA, transB, accumulate)
          expect(apartAt(read(again, m * n + 3), got), `again (${m}, ${n}, ${k})`).toBe(-1)
        }
      }
    })

    test(`${name}: tiles of four rows give the bits of tiles of two`, () => {
      for (const [m, n, k] of shapes) {
        const [a, b, c] = [numbers(m * k), numbers(k * n), numbers(m * n)]
        for (const accumulate of [0, 1]) {
          const results = [0, 1].map((tall) => {
            const [pa, pb, out] = place(a, b, c) as [number, number, number]
            exported.useTallTiles(tall)
            kernels.matmul(out, pa, pb, m, n, k, m % 2, n % 2, accumulate)
            return read(out, m * n)
          })
          exported.useTallTiles(Number(tallTiles))
          const [short, tall] = results as [Float32Array, Float32Array]
          expect(apartAt(tall, short), `(${m}, ${n}, ${k})`).toBe(-1)
        }
      }
    })

    test(`${name}: reads nothing behind the end of the memory`, () => {
      for (const [m, n, k] of [
        [2, 16, 4],
        [3, 9, 20],
        [6, 32, 8],
        [34, 5, 12],
        [5, 7, 300],
      ] as const) {
        for (const [transA, transB] of transpositions) {
          const [a, b, c] = [numbers(m * k), numbers(k * n), numbers(m * n)]
          const [pa, pb, out] = place(a, b, c) as [number, number, number]
          kernels.matmul(out, pa, pb, m, n, k, transA, transB, 0)
          const expected = read(out, m * n)
          for (const [operand, numbersOf] of [
            [0, a],
            [1, b],
          ] as const) {
            const end = memory.buffer.byteLength - numbersOf.byteLength
            new Uint8Array(memory.buffer, end).set(new Uint8Array(numbersOf.buffer))
            kernels.matmul(
              out,
              operand === 0 ? end : pa,
              operand === 1 ? end : pb,
              m,
              n,
              k,
              transA,
              transB,
              0,
            )
            expect(apartAt(read(out, m * n), expected)).toBe(-1)
          }
        }
      }
    })

    test(`${name}: small whole numbers are exact`, () => {
      for (const [m, n, k] of shapes.slice(0, 40)) {
        const a = array(Array.from({ length: m * k }, () => integers(-8, 8)))
        const b = array(Array.from({ length: k * n }, () => integers(-8, 8)))
        const [pa, pb, out] = place(a, b, numbers(m * n)) as [number, number, number]
        kernels.matmul(out, pa, pb, m, n, k, 0, 1, 0)
        expect([...read(out, m * n)]).toEqual(
          [...product(a, b, m, n, k, 0, 1).value].map((x) => round(x + 0)),
        )
      }
    })

    test.each([NaN, Infinity])(
      `${name}: %f in one operand reaches its row or column and nothing else`,
      (bad) => {
        for (const [m, n, k] of [
          [1, 37, 5],
          [5, 1, 7],
          [3, 5, 6],
          [7, 9, 11],
          [2, 33, 3],
          [66, 35, 5],
        ] as const) {
          for (const [transA, transB] of transpositions) {
            const [row, column, depth] = [m - 1, n - 1, k - 1]
            const a = array(new Array(m * k).fill(1))
            const b = array(new Array(k * n).fill(1))
            a[transA ? depth * m + row : row * k + depth] = bad
            const [pa, pb, out] = place(a, b, array(new Array(m * n).fill(NaN))) as [
              number,
              number,
              number,
            ]
            kernels.matmul(out, pa, pb, m, n, k, transA, transB, 0)
            expect([...read(out, m * n)]).toEqual(
              Array.from({ length: m * n }, (_, i) => (Math.floor(i / n) === row ? bad : k)),
            )
            a.fill(1)
            b[transB ? column * k + depth : depth * n + column] = bad
            const [qa, qb, other] = place(a, b, array(new Array(m * n).fill(NaN))) as [
              number,
              number,
              number,
            ]
            kernels.matmul(other, qa, qb, m, n, k, transA, transB, 0)
            expect([...read(other, m * n)]).toEqual(
              Array.from({ length: m * n }, (_, i) => (i % n === column ? bad : k)),
            )
          }
        }
      },
    )
  }
})

test('a product and a sum are rounded twice by the plain kernels, once by fused ones', () => {
  const x = 1 + 2 ** -12
  for (const { engine, exported } of engines) {
    const [a, b, out] = place(
      Float32Array.of(1, x, 1, x),
      Float32Array.of(-1 - 2 ** -11, 0, x, 0),
      new Float32Array(4),
    ) as [number, number, number]
    exported.matmul_f32(out, a, b, 2, 2, 2, 0, 0, 0)
    expect(new Float32Array(memory.buffer, out, 1)[0]).toBe(engine === 'fused' ? 2 ** -24 : 0)
  }
})

test('fused kernels are there in Node, also in Node 20, whose switch for them stays as it was', () => {
  const node = globalThis.process?.versions?.node
  if (node === undefined) return
  expect(modules).toHaveLength(2)
  const bytes = Uint8Array.from(fusedProducts.hex.match(/../g) ?? [], (pair) =>
    Number.parseInt(pair, 16),
  )
  expect(WebAssembly.validate(bytes)).toBe(Number.parseInt(node, 10) >= 22)
})
