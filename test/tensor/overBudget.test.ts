// The heap empties itself when it outgrows its budget. No op may notice, not even when it happens
// in the op's middle.

import { grad, type Tensor, tensor } from 'tapegrad'
import { expect, it } from 'vitest'
import { heapBase } from '../../src/kernels/engine.ts'
import { allocate, evacuate, free } from '../../src/kernels/memory/heap.ts'

const n = 256
const BYTES = 4 * n * n
const BUDGET = 128 * 2 ** 20
const numbers = (seed: number): Float32Array =>
  Float32Array.from({ length: n * n }, (_, k) => ((k * 31 + seed * 17) % 61) / 16 - 2)
const transposed = (x: Float32Array): Float32Array =>
  x.map((_, k) => x[(k % n) * n + Math.floor(k / n)] as number)
const tensorOf = (x: Float32Array): Tensor => tensor(x, { shape: [n, n] })
/** The same matrix, in a storage that holds it the other way round: reading it makes a copy. */
const flipped = (x: Float32Array): Tensor => tensorOf(transposed(x)).t()

/**
 * Moves the heap's end up by the room of this many matrices. Almost all of it is free again at
 * once, but in blocks that fit no matrix.
 */
function fill(matrices: number): void {
  const take = (bytes: number) => allocate(bytes, 'filler', () => new Error('full'))
  const blocks = Array.from({ length: Math.floor(matrices / 2) }, () => take(2 * BYTES))
  for (const block of blocks) free(block, 'was filling')
  if (matrices % 2 === 1) take(BYTES)
}

const ops: Record<string, (a: Tensor, b: Tensor) => Tensor> = {
  add: (a, b) => a.add(b),
  pow: (a, b) => a.abs().pow(b),
  lt: (a, b) => a.lt(b).to('float32'),
  where: (a, b) => a.where(a.gt(0), b),
  matmul: (a, b) => a.matmul(b),
  softmax: (a, b) => a.softmax(0).mul(b),
  sums: (a, b) => a.sum(0).add(b.sum(1)),
  gradients: (a, b) => {
    a.requiresGrad = true
    return grad(a.mul(b).tanh().sum(), a)
  },
}

it.each(Object.entries(ops))('%s', (_, op) => {
  const [x, y] = [numbers(1), numbers(2)]
  const expected = op(tensorOf(x), tensorOf(y)).toTypedArray()
  const arrangements = [
    [tensorOf, flipped],
    [flipped, tensorOf],
    [flipped, flipped],
  ] as const
  for (let spare = 0; spare <= 3; spare++) {
    for (const [left, right] of arrangements) {
      evacuate()
      const [a, b] = [left(x), right(y)]
      fill(Math.floor((BUDGET - heapBase) / BYTES) - 2 - spare)
      const result = op(a, b).toTypedArray()
      const wrong = result.findIndex((v, k) => v !== expected[k] && !Number.isNaN(v))
      if (wrong >= 0)
        expect.fail(
          `with room for ${spare} more, element ${wrong}: expected ${expected[wrong]}, got ` +
            `${result[wrong]}`,
        )
    }
  }
})
