// Wrong modules and optimisers where a tolerance could swallow the error: in small units, or beside
// NaN.

import fc from 'fast-check'
import { cat, full, Linear, LSTM, Module, SGD, type Tensor, tensor, unary } from 'tapegrad'
import { CheckError, checkModule, checkOptimizer } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'

const float64 = { dtype: 'float64' } as const
const cubic = (factor: number) =>
  unary('cube', { f: (x) => x ** 3, vjp: (g, _, x) => g.mul(x.square()).mul(factor) })
const [right, wrong] = [cubic(3), cubic(4.5)]

function rejection(check: () => unknown): CheckError {
  try {
    check()
  } catch (error) {
    if (error instanceof CheckError) return error
    throw error
  }
  return expect.fail('expected a CheckError, got none')
}

describe('checkModule', () => {
  const inputs = (shape: number[]) =>
    fc.integer({ min: 1, max: 999 }).map((seed) =>
      tensor(
        Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(seed + k)),
        { ...float64, shape },
      ),
    )
  class Scaled extends Module {
    head = new Linear(3, 3, float64)
    readonly op: (x: Tensor) => Tensor
    readonly size: number
    constructor(op: (x: Tensor) => Tensor, size: number) {
      super()
      this.op = op
      this.size = size
    }
    forward(x: Tensor) {
      return this.op(this.head.forward(x)).mul(this.size)
    }
  }
  const options = { numRuns: 4, seed: 3 }

  it.each([1e-9, 1e-30])('a wrong derivative in units of %d', (size) => {
    for (const differences of ['full', 'projected'] as const)
      expect(
        rejection(() =>
          checkModule(new Scaled(wrong, size), inputs([4, 3]), { ...options, differences }),
        ),
      ).toMatchObject({
        check: 'derivative',
        op: 'cube',
      })
    expect(checkModule(new Scaled(right, size), inputs([4, 3]), options).worst).toBeLessThan(1e-6)
  })

  it('a batch that is mixed in units of 1e-20, in float32 too', () => {
    const mixed = (x: Tensor): Tensor => x.sub(x.mean(0, true))
    for (const dtype of ['float32', 'float64'] as const) {
      const model = new Scaled(mixed, 1e-20)
      model.head = new Linear(3, 3, { dtype })
      expect(
        rejection(() =>
          checkModule(
            model,
            inputs([4, 3]).map((x) => x.to(dtype)),
            options,
          ),
        ).check,
      ).toBe('batch')
    }
  })

  it.each([NaN, Infinity])('a batch that is mixed, beside %d in every output', (odd) => {
    const mixed = (x: Tensor): Tensor =>
      cat([x.sub(x.mean(0, true)), full([x.shape[0] as number, 1], odd, float64)], 1)
    const { check, message } = rejection(() =>
      checkModule(new Scaled(mixed, 1), inputs([4, 3]), options),
    )
    expect({ check, message }).toEqual({
      check: 'batch',
      message: expect.stringContaining('expected output at [0, '),
    })
  })

  it(
    'one step of an LSTM: weight_hh gets no gradient, which is said, and may be exempted with ' +
      'its reason',
    () => {
      const lstm = new LSTM(2, 3, float64)
      const { check, message } = rejection(() => checkModule(lstm, inputs([2, 1, 2]), options))
      expect({ check, message }).toEqual({
        check: 'gradient',
        message: expect.stringContaining(
          'got none for weight_hh_l0, which got 0 in all 4 runs: draw inputs that reach it, or ' +
            "pass { exempt: { name: 'why it gets none' } }",
        ),
      })
      const exempt = { weight_hh_l0: 'one step, nothing to recur to' }
      const { parameters } = checkModule(lstm, inputs([2, 1, 2]), { ...options, exempt })
      const { laws, exempt: reason } = parameters[1]
      expect({ laws, reason }).toEqual({
        laws: ['repeatable', 'unchanged', 'permutation', 'batch', 'differences'],
        reason: exempt.weight_hh_l0,
      })
      expect(parameters.filter((p) => 'exempt' in p)).toHaveLength(1)
    },
  )

  it('exempts parameters alone, with a reason', () => {
    const check = (exempt: unknown) => () =>
      checkModule(new Linear(3, 2, float64), inputs([4, 3]), {
        ...options,
        exempt: exempt as Record<string, string>,
      })
    expect(check({ wieght: 'a slip' })).toThrow(
      "expected exempt to name parameters (weight, bias), got 'wieght'",
    )
    expect(check({ bias: ' ' })).toThrow('expected the reason why bias is exempt, got " "')
    expect(check('bias')).toThrow(
      'expected exempt to be reasons by the names of parameters, got "bias"',
    )
  })

  it('a parameter that meets a kink in every run, or that rounding hides, is not passed', () => {
    const kinked = new (class extends Module {
      weight = tensor([0, 0, 0], { ...float64, requiresGrad: true })
      forward = (x: Tensor) => x.mul(0).add(this.weight).abs().add(this.weight)
    })()
    const { check, message } = rejection(() => checkModule(kinked, inputs([4, 3]), options))
    expect(check).toBe('smoothness')
    expect(message).toContain(
      'expected one of 4 runs to decide whether weight keeps the law differences, got none: ',
    )
    const offset = new (class extends Module {
      head = new Linear(3, 2, float64)
      forward = (x: Tensor) =>
        this.head.forward(x).add(this.head.weight.detach().sum().mul(1e-6)).sin().add(1e11)
    })()
    expect(rejection(() => checkModule(offset, inputs([4, 3]), options)).check).toBe('undecided')
  })

  it('a module without parameters', () => {
    const bare = new (class extends Module {
      forward = (x: Tensor) => x.mul(2)
    })()
    expect(() => checkModule(bare, inputs([4, 3]), options)).toThrow(
      'expected a module with parameters, got none, and nothing to compare',
    )
  })
})

describe('checkOptimizer', () => {
  const check = (lr: number, reference: number) => () =>
    checkOptimizer(
      (parameters) => new SGD(parameters, { lr }),
      () => (θ, g) => θ - reference * g,
      { seed: 1, numRuns: 5 },
    )
  it('steps of 1e-10 that are half as large again', () => {
    expect(rejection(check(1e-10, 1.5e-10)).check).toBe('reference')
    expect(check(1e-10, 1e-10)().worst).toBeLessThan(1e-3)
  })
  it('steps so small that rounding swallows most of them', () => {
    expect(rejection(check(1e-15, 1.5e-15)).check).toBe('reference')
    check(1e-15, 1e-15)()
  })
})
