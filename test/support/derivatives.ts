// Derivatives by differences, which gradients are held to, and what they are taken of.

import { grad, type Tensor, tensor } from 'tapegrad'
import { type Plain, sizeOf, toTensor } from './cases.ts'
import { expectClose, weights } from './numbers.ts'
import { numbersOf } from './tensors.ts'

export const weightsLike = (x: Tensor, seed: number): Tensor =>
  tensor(weights(x.size, seed), { shape: [...x.shape], dtype: x.dtype })

/** Σ u·y over all outputs. */
export const weigh = (outputs: readonly Tensor[], cotangents: readonly Tensor[]): Tensor =>
  outputs
    .map((y, k) => y.mul(cotangents[k] as Tensor).sum())
    .reduce((a, b) => a.add(b), tensor(0, { dtype: outputs[0]?.dtype ?? 'float64' }))

/** The gradients of `y`, zeros where it does not depend on an input. */
export const gradients = (y: Tensor, inputs: readonly Tensor[], createGraph = false): Tensor[] =>
  y.requiresGrad
    ? grad(y, inputs, { createGraph, allowUnused: true })
    : inputs.map((x) => x.detach().mul(0))

const STEP = 2 ** -9

/**
 * ∂φ/∂x of every element of every input by five-point central differences: (φ(−2h) − 8φ(−h) + 8φ(h)
 * − φ(2h)) / 12h.
 */
export function differences(
  phi: (at: readonly Plain[]) => number,
  at: readonly Plain[],
): number[][] {
  return at.map((x, which) =>
    Array.from({ length: sizeOf(x.shape) }, (_, k) => {
      const moved = (by: number): number =>
        phi(
          at.map((other, j) =>
            j === which
              ? { shape: x.shape, values: x.values.with(k, (x.values[k] as number) + by * STEP) }
              : other,
          ),
        )
      return (moved(-2) - 8 * moved(-1) + 8 * moved(1) - moved(2)) / (12 * STEP)
    }),
  )
}

type Scalar = (inputs: readonly Tensor[]) => Tensor

/**
 * Holds the first `order` derivatives of a scalar function to differences of the one below it: a
 * derivative is weighed to be the next scalar function.
 */
export function checkDerivatives(
  phi: Scalar,
  at: readonly Plain[],
  order: number,
  seed: number,
  level = 1,
): void {
  const leaves = (plains: readonly Plain[]): Tensor[] =>
    plains.map((x) => toTensor(x, 'float64', true))
  const inputs = leaves(at)
  const found = gradients(phi(inputs), inputs)
  const expected = differences((plains) => phi(leaves(plains)).item(), at)
  found.forEach((g, i) => {
    expectClose(numbersOf(g), expected[i], 1e-7, `derivative ${level} by input ${i}`)
  })
  if (level === order) return
  const next: Scalar = (xs) =>
    weigh(
      gradients(phi(xs), xs, true),
      xs.map((x, i) => weightsLike(x, seed + 10 * level + i)),
    )
  checkDerivatives(next, at, order, seed, level + 1)
}
