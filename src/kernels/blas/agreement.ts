// Compares another matrix product with the built-in one, on a few products whose results are exact,
// and its own roundings with each other. This is a check before use and no proof.

import { memory, type Ptr } from '../engine.ts'
import { FLOAT_NAMES, FLOATS } from '../floats.ts'
import { allocate, free } from '../memory/heap.ts'
import { viewOf } from '../memory/views.ts'
import { builtIn, type Multiply } from './product.ts'

/**
 * Sizes m, n, k: smaller than a tile, a row, a column, and larger than what libraries call small.
 */
const SIZES = [
  [5, 7, 3],
  [1, 33, 17],
  [34, 1, 9],
  [17, 66, 901],
] as const

const LARGEST = 66 * 901
/**
 * At most 2047, by at most 7: sums of 901 products are exact in float32, in any order, and inexact
 * in any shorter format.
 */
const left = (i: number): number => ((i * 1531) % 4095) - 2047
const right = (i: number): number => ((i * 4) % 15) - 7

/** Throws an Error that names the first product in which `multiply` and the kernels differ. */
export function requireAgreement(multiply: Multiply): void {
  const storage = allocate(
    4 * LARGEST * 8,
    'the check of a library',
    () => new Error('cannot be checked: the memory is full'),
  )
  try {
    const address = (i: number): Ptr => storage.start + i * LARGEST * 8
    for (const dtype of FLOAT_NAMES) {
      const view = (i: number) => viewOf(memory, FLOATS[dtype].ARRAY, address(i), LARGEST)
      const [a, b, expected, got] = [view(0), view(1), view(2), view(3)]
      for (let i = 0; i < LARGEST; i++) {
        a[i] = left(i) + (dtype === 'float64' ? left(i + 1) / 2 ** 20 : 0)
        b[i] = right(i)
      }
      for (const [m, n, k] of SIZES) {
        // Infinity times a zero of b must give NaN: some libraries skip zeros.
        const last = a[m * k - 1]
        a[m * k - 1] = Infinity
        for (const [transA, transB, accumulate] of [0, 1, 2, 3, 4, 5, 6, 7].map((bits) => [
          bits & 1,
          (bits >> 1) & 1,
          bits >> 2,
        ])) {
          // The product is added to the old numbers of out, or does not read them.
          for (const out of [expected, got]) out.fill(accumulate ? 3 : NaN, 0, m * n + 1)
          const operands = { dtype, out: address(2), a: address(0), b: address(1) }
          const call = { ...operands, m, n, k, transA, transB, accumulate }
          builtIn(call)
          multiply({ ...call, out: address(3) })
          for (let i = 0; i <= m * n; i++) {
            if (got[i] === expected[i] || (Number.isNaN(got[i]) && Number.isNaN(expected[i])))
              continue
            const product =
              `${dtype} product of (${m}, ${k})${transA ? ' transposed' : ''} and (${k}, ` +
              `${n})${transB ? ' transposed' : ''}`
            const where = i < m * n ? `at [${Math.floor(i / n)}, ${i % n}]` : 'behind it'
            throw new Error(
              `fails a ${product}${accumulate ? ', added to out' : ''}: expected ${expected[i]} ` +
                `${where}, got ${got[i]}`,
            )
          }
        }
        a[m * k - 1] = last
      }
    }
  } finally {
    free(storage, 'checked')
  }
}

/** Sizes that are cut at columns and at rows, and are no multiples of a library's groups. */
const ROUNDED = [
  [40, 1100, 130],
  [333, 131, 65],
] as const
const MOST = Math.max(...ROUNDED.flatMap(([m, n, k]) => [m * n, m * k, k * n]))

/** Whether two implementations give the same bits for a few products. */
export function sameBits(one: Multiply, other: Multiply): boolean {
  const storage = allocate(
    4 * MOST * 8,
    'the trial of a library',
    () => new Error('cannot be tried: the memory is full'),
  )
  try {
    const address = (i: number): Ptr => storage.start + i * MOST * 8
    const bits = (multiply: Multiply, to: number): Uint32Array[] =>
      FLOAT_NAMES.flatMap((dtype) => {
        const { ARRAY, bytes } = FLOATS[dtype]
        for (const operand of [0, 1]) {
          const numbers = viewOf(memory, ARRAY, address(operand), MOST)
          for (let i = 0; i < MOST; i++) numbers[i] = Math.sin(i + operand)
        }
        return ROUNDED.map(([m, n, k]) => {
          const [out, a, b] = [address(to), address(0), address(1)]
          multiply({ dtype, out, a, b, m, n, k, transA: 0, transB: 0, accumulate: 0 })
          const words = (m * n * bytes) / 4
          return viewOf(memory, Uint32Array, out, words).slice()
        })
      })
    const [expected, got] = [bits(one, 2), bits(other, 3)]
    return expected.every((numbers, i) =>
      numbers.every((word, at) => word === (got[i] as Uint32Array)[at]),
    )
  } finally {
    free(storage, 'tried')
  }
}
