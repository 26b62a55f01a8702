// Derivatives by differences, and the comparison of numbers: what the gradients are held to. Calls
// the package only through the functions it is given.

import { grad, type Tensor, tensor } from 'tapegrad'
import { expect } from 'vitest'
import { type Plain, sizeOf, toTensor } from './cases.ts'

export const numbersOf = (x: Tensor): number[] => [...x.toTypedArray()]

/**
 * Expects equal numbers but for `tolerance`, relative to the largest of all; NaN and infinities
 * must agree.
 */
export function expectClose(
  actual: readonly number[],
  expected: readonly number[],
  tolerance: number,
  what = '',
): void {
  expect(actual.length, `${what}: how many`).toBe(expected.length)
  const scale = expected.reduce(
    (most, x) => (Number.isFinite(x) ? Math.max(most, Math.abs(x)) : most),
    1,
  )
  actual.forEach((x, k) => {
    if (
      !(
        Object.is(x, expected[k]) ||
        x === expected[k] ||
        Math.abs(x - expected[k]) <= tolerance * scale
      )
    )
      expect.fail(`${what} element ${k}: expected ${expected[k]}, got ${x}`)
  })
}

/** Uneven weights from −2 to 2 in eighths, the same for the same seed. */
export function weights(n: number, seed: number): number[] {
  let state = seed >>> 0
  return Array.from({ length: n }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return ((state >>> 16) % 33) / 8 - 2
  })
}

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
