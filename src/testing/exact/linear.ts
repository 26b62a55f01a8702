// Whether a derivative is linear in its cotangents, by floats: it says why one is off, and proves
// nothing.

import { noGrad, type Tensor, tensor } from '../../tensor/index.ts'
import { Draws } from './field.ts'

/** Far more than rounding, relative to the largest number. */
const NEAR = 1e-3
/** A clip at any usual bound shows between these. */
const SCALES = [-1, 2 ** 40, -(2 ** 40), 2 ** -40]

/** Gradients from cotangents; null for one that is not there. */
export type Pull = (cotangents: readonly Tensor[]) => readonly (Tensor | null)[]

const numbersOf = (list: readonly (Tensor | null)[]): number[] =>
  list.flatMap((t) => (t === null ? [] : Array.from(t.toTypedArray(), Number)))

/** Whether these are the same, where both are numbers. */
function areNear(got: readonly number[], wanted: readonly number[]): boolean {
  const largest = wanted.reduce(
    (most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most),
    0,
  )
  return got.every((x, k) => !(Math.abs(x - wanted[k]) > NEAR * largest))
}

/** `cotangents` have the shapes and dtypes. */
export function isLinear(pull: Pull, cotangents: readonly Tensor[], seed: number): boolean {
  const draws = new Draws(seed)
  const [u, v] = [0, 1].map(() =>
    cotangents.map(({ size }) =>
      Float64Array.from({ length: size }, () => 4 * draws.fraction() - 2),
    ),
  )
  const pulled = (value: (i: number, k: number) => number): number[] =>
    numbersOf(
      pull(
        cotangents.map(({ shape, dtype, size }, i) =>
          tensor(
            Float64Array.from({ length: size }, (_, k) => value(i, k)),
            { shape, dtype },
          ),
        ),
      ),
    )
  return noGrad(() => {
    const [a, b] = [u, v].map((w) => pulled((i, k) => w[i][k]))
    const sum = pulled((i, k) => u[i][k] + v[i][k])
    const isAdditive = areNear(
      sum,
      a.map((x, k) => x + b[k]),
    )
    const isScaled = SCALES.every((scale) =>
      areNear(
        pulled((i, k) => scale * u[i][k]),
        a.map((x) => scale * x),
      ),
    )
    return isAdditive && isScaled
  })
}
