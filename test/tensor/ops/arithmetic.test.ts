// Elementwise ops of two tensors: every pair of small shapes that broadcast, against plain loops.

import { grad, type Tensor, tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { type Shape, sizeOf } from '../../support/cases.ts'
import { weightsLike } from '../../support/derivatives.ts'
import { expectClose } from '../../support/numbers.ts'
import { numbersOf } from '../../support/tensors.ts'
import { binary, call } from './scalars.ts'

const axes = [1, 2, 3]
const smallShapes: Shape[] = [
  [],
  ...axes.map((a) => [a]),
  ...axes.flatMap((a) => axes.map((b) => [a, b])),
  ...axes.flatMap((a) => axes.flatMap((b) => [1, 2].map((c) => [a, b, c]))),
  [0],
  [0, 1],
  [2, 0],
  [1, 0, 3],
]

/** NumPy's rule in plain loops; null where the shapes do not fit. */
function broadcast(a: Shape, b: Shape): number[] | null {
  const shape: number[] = []
  for (let k = 1; k <= Math.max(a.length, b.length); k++) {
    const [m, n] = [a.at(-k) ?? 1, b.at(-k) ?? 1]
    if (k <= a.length && k <= b.length && m !== n && m !== 1 && n !== 1) return null
    shape.unshift(m === 1 ? n : m)
  }
  return shape
}

/** For each element of `to`, in order, which element of `from` it repeats. */
function origins(from: Shape, to: Shape): number[] {
  let at = [0]
  to.forEach((n, axis) => {
    const own = from[axis - to.length + from.length]
    at = at.flatMap((offset) =>
      Array.from({ length: n }, (_, k) =>
        own === undefined ? offset : offset * own + (own === 1 ? 0 : k),
      ),
    )
  })
  return at
}

describe('broadcasting', () => {
  const pairs = smallShapes.flatMap((a) => smallShapes.map((b) => [a, b] as const))
  const values = (n: number, first: number): number[] =>
    Array.from({ length: n }, (_, k) => (first + ((k * 7) % 19)) / 16)

  it.each(binary)(
    '$name broadcasts every pair of small shapes, or refuses it',
    ({ name, f, ulps }) => {
      for (const [a, b] of pairs) {
        const shape = broadcast(a, b)
        const [x, y] = [values(sizeOf(a), 16), values(sizeOf(b), 17)]
        const run = () =>
          call(
            name,
            tensor(x, { shape: a, dtype: 'float64' }),
            tensor(y, { shape: b, dtype: 'float64' }),
          )
        if (shape === null)
          expect(run).toThrow(`${name}: cannot broadcast (${a.join(', ')}) with (${b.join(', ')})`)
        else {
          const result = run()
          expect(result.shape).toEqual(shape)
          const [from, other] = [origins(a, shape), origins(b, shape)]
          const expected = from.map((at, k) => f(x[at] as number, y[other[k] as number] as number))
          expectClose(numbersOf(result), expected, ulps * 1e-15, `${name} (${a}) (${b})`)
        }
      }
    },
  )

  it.each(binary.filter(({ orders }) => orders > 0))(
    'the gradients of $name are those of the repeated operands, summed',
    ({ name }) => {
      for (const [a, b] of pairs) {
        const shape = broadcast(a, b)
        if (shape === null) continue
        const [x, y] = [values(sizeOf(a), 16), values(sizeOf(b), 17)]
        const [from, other] = [origins(a, shape), origins(b, shape)]
        const leaf = (numbers: number[], s: Shape) =>
          tensor(numbers, { shape: s, dtype: 'float64', requiresGrad: true })
        const gradients = (left: Tensor, right: Tensor) => {
          const z = call(name, left, right)
          return grad(z, [left, right], { gradOutputs: weightsLike(z, 5) }).map(numbersOf) as [
            number[],
            number[],
          ]
        }
        const narrow = gradients(leaf(x, a), leaf(y, b))
        const wide = gradients(
          leaf(
            from.map((at) => x[at] as number),
            shape,
          ),
          leaf(
            other.map((at) => y[at] as number),
            shape,
          ),
        )
        for (const [k, places, n] of [
          [0, from, x.length],
          [1, other, y.length],
        ] as const) {
          const sums = new Array<number>(n).fill(0)
          places.forEach((at, j) => {
            sums[at] = (sums[at] as number) + (wide[k][j] as number)
          })
          expectClose(narrow[k], sums, 1e-13, `${name} (${a}) (${b}) operand ${k}`)
        }
      }
    },
  )
})
