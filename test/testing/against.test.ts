// checkAgainst: it accepts the right formulas, and shows the smallest inputs for which the wrong
// ones are wrong.

import fc from 'fast-check'
import { type NestedArray, type Tensor, tensor } from 'tapegrad'
import {
  type CheckAgainstOptions,
  CheckError,
  checkAgainst,
  type Model,
  type Reference,
} from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'

type Vector = number[]
type Matrix = number[][]

const sixteenths = fc.integer({ min: -32, max: 32 }).map((k) => k / 16)
const floats = (shape: number[]): fc.Arbitrary<Tensor> =>
  fc
    .array(sixteenths, {
      minLength: shape.reduce((a, b) => a * b, 1),
      maxLength: shape.reduce((a, b) => a * b, 1),
    })
    .map((values) => tensor(values, { shape, dtype: 'float64' }))

/** x (N, D), W (K, D), b (K), and scale, a whole number. */
const inputs = fc
  .record({
    N: fc.integer({ min: 1, max: 3 }),
    D: fc.integer({ min: 1, max: 3 }),
    K: fc.integer({ min: 1, max: 2 }),
  })
  .chain(({ N, D, K }) =>
    fc.record({
      x: floats([N, D]),
      W: floats([K, D]),
      b: floats([K]),
      scale: fc.integer({ min: 1, max: 3 }).map((k) => tensor(k, { dtype: 'int32' })),
    }),
  )

/** y = tanh(x·Wᵀ + b)·scale. */
const layer: Model = ({ x, W, b, scale }) => x.matmul(W.t()).add(b).tanh().mul(scale.to('float64'))

/** dz = u·(1 − y²)·scale; dx = dz·W, dW = dzᵀ·x, db = Σ dz. */
const formulas =
  (
    slip: (gradients: Record<string, NestedArray>) => Record<string, NestedArray> = (g) => g,
  ): Reference =>
  (given, cotangent) => {
    const [x, W, b, u, scale] = [
      given.x as Matrix,
      given.W as Matrix,
      given.b as Vector,
      cotangent as Matrix,
      given.scale as number,
    ]
    const t = x.map((row) =>
      W.map((w, k) => Math.tanh(row.reduce((sum, v, j) => sum + v * w[j], b[k]))),
    )
    const dz = t.map((row, n) => row.map((y, k) => u[n][k] * (1 - y * y) * scale))
    return slip({
      value: t.map((row) => row.map((y) => y * scale)),
      x: dz.map((row) => x[0].map((_, j) => row.reduce((sum, g, k) => sum + g * W[k][j], 0))),
      W: W.map((w, k) => w.map((_, j) => dz.reduce((sum, row, n) => sum + row[k] * x[n][j], 0))),
      b: b.map((_, k) => dz.reduce((sum, row) => sum + row[k], 0)),
    })
  }

function rejection(
  model: Model,
  reference: Reference,
  options: CheckAgainstOptions = {},
  arbitrary: fc.Arbitrary<Record<string, Tensor>> = inputs,
): CheckError {
  try {
    checkAgainst(model, reference, arbitrary, { seed: 7, ...options })
  } catch (error) {
    if (error instanceof CheckError) return error
    throw error
  }
  return expect.fail('expected a CheckError, got none')
}

describe('accepts', () => {
  it('a layer and its formulas, the value among them', () => {
    const report = checkAgainst(layer, formulas(), inputs, { numRuns: 50, seed: 3 })
    expect(report).toMatchObject({ seed: 3, runs: 50 })
    expect(report.comparisons).toBeGreaterThan(50 * 4)
    expect(report.worst).toBeLessThan(1e-12)
  })

  it('formulas for some inputs only, and 0-d tensors', () => {
    checkAgainst(
      layer,
      formulas(({ W }) => ({ W })),
      inputs,
    )
    checkAgainst(
      ({ x, w }) => x.mul(w).tanh(),
      ({ x, w }, u) => ({ x: Number(u) * (1 - Math.tanh(Number(x) * Number(w)) ** 2) * Number(w) }),
      fc.record({ x: floats([]), w: floats([]) }),
    )
  })

  it('float32 with a tolerance of its own', () => {
    const narrow = inputs.map((drawn) =>
      Object.fromEntries(
        Object.entries(drawn).map(([name, t]) => [
          name,
          t.dtype === 'float64' ? t.to('float32') : t,
        ]),
      ),
    )
    const model: Model = ({ x, W, b, scale }) =>
      x.matmul(W.t()).add(b).tanh().mul(scale.to('float32'))
    checkAgainst(model, formulas(), narrow, { rtol: 1e-4 })
    expect(rejection(model, formulas(), {}, narrow).check).toBe('reference')
  })
})

describe('rejects', () => {
  it('a wrong formula, with the seed and the smallest counterexample', () => {
    const error = rejection(
      layer,
      formulas((g) => ({ ...g, b: (g.b as Vector).map((v) => 2 * v) })),
    )
    expect(error).toMatchObject({ check: 'reference', input: 2, index: [0] })
    expect((error.numeric as number) / (error.analytic as number)).toBeCloseTo(2, 10)
    expect(error.message).toMatch(
      /^checkAgainst: expected the gradient of b at \[0\] to be \S+, got \S+ \(relative error \S+\)\nProperty failed after 1 tests\n/,
    )
    expect(error.message).toContain('{ seed: 7, path: ')
    expect(error.message).toContain(
      '[{ x: [[0]] as float64 (1, 1), W: [[0]] as float64 (1, 1), b: [0] as float64 (1), scale: ' +
        '1 as int32 () }]',
    )
  })

  it('the same way for the same seed', () => {
    const wrong = formulas((g) => ({
      ...g,
      x: (g.x as Matrix).map((row) => row.map((v) => v + 1e-6)),
    }))
    expect(rejection(layer, wrong).message).toBe(rejection(layer, wrong).message)
  })

  it('a wrong value', () => {
    const error = rejection(
      layer,
      formulas((g) => ({ value: (g.value as Matrix).map((row) => row.map((v) => v + 1)) })),
    )
    expect(error).toMatchObject({ check: 'reference', output: 0, outputIndex: [0, 0] })
    expect(error.message).toContain('expected the value at [0, 0] to be ')
  })

  it('a gradient of another shape', () => {
    const error = rejection(
      layer,
      formulas((g) => ({ b: [g.b as Vector] })),
    )
    expect(error).toMatchObject({ check: 'shape', input: 2 })
    expect(error.message).toContain('expected the gradient of b of shape (1, 1), got (1)')
  })

  it('NaN on either side', () => {
    expect(
      rejection(
        layer,
        formulas((g) => ({ b: (g.b as Vector).map(() => Number.NaN) })),
      ).check,
    ).toBe('reference')
    expect(
      rejection(
        (given) => layer(given).log(),
        formulas(({ b }) => ({ b })),
      ).check,
    ).toBe('reference')
  })

  it('a model cut off from the tape, or in part', () => {
    expect(rejection((given) => layer(given).detach(), formulas()).check).toBe('tape')
    expect(
      rejection((given) => layer({ ...given, W: given.W.detach() }), formulas()),
    ).toMatchObject({ check: 'reference', input: 1, analytic: 0 })
  })

  it('what throws, with the inputs for which it does', () => {
    const error = rejection(({ x }) => x.reshape([7]), formulas())
    expect(error.check).toBe('error')
    expect(error.message).toMatch(
      /^checkAgainst: expected model and reference to run, got ShapeError: reshape: cannot read/,
    )
    expect(error.message).toContain('Counterexample: [{ x: ')
    expect(rejection(layer, () => ({ scale: 1 })).message).toContain(
      "expected reference to name float inputs (x, W, b) or value, got 'scale'",
    )
  })

  it('options that make no sense', () => {
    expect(() =>
      checkAgainst(layer, formulas(), inputs, { runs: 3 } as CheckAgainstOptions),
    ).toThrow("unknown option 'runs'")
    expect(() => checkAgainst(layer, formulas(), inputs, { rtol: -1 })).toThrow(
      'expected rtol between 0 and 1, got -1',
    )
    expect(() => checkAgainst(layer, formulas(), inputs, { seed: -1 })).toThrow(
      'expected seed to be a whole number from 0 on, got -1',
    )
  })
})
