// checkGradients: it accepts what is right, rejects every planted bug by the law it breaks, and
// says where and why.

import fc from 'fast-check'
import { LSTMCell, RNN, type Tensor, tensor, unary } from 'tapegrad'
import {
  CheckError,
  type Checked,
  type CheckGradientsOptions,
  checkGradients,
} from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { anyShape, type Case, toTensor } from '../support/cases.ts'
import { rows } from '../tensor/ops/registry.ts'
import { compares, d } from './plant.ts'
import { plants } from './plants.ts'

function rejection<const X extends readonly Tensor[]>(
  fn: Checked<X>,
  inputs: X,
  options?: CheckGradientsOptions,
): CheckError {
  try {
    checkGradients(fn, inputs, options)
  } catch (error) {
    if (error instanceof CheckError) return error
    throw error
  }
  return expect.fail('expected a CheckError, got none')
}

describe('accepts', () => {
  it.each(rows.filter(([, row]) => row.orders > 0))('%s to the order it is smooth to', (_, row) => {
    const law = (mode: 'full' | 'projected', order: 2 | 3) => (call: Case, seed: number) => {
      fc.pre(compares(call))
      checkGradients(
        (...xs) => call.run(xs),
        call.inputs.map((x) => toTensor(x)),
        { order, mode, seed },
      )
    }
    const cases = row.cases(anyShape)
    fc.assert(fc.property(cases, fc.nat(9999), law('full', 2)), { numRuns: 2 })
    fc.assert(fc.property(cases, fc.nat(9999), law('projected', row.orders as 2 | 3)), {
      numRuns: 4,
    })
  })

  it('a small LSTM, by its inputs, state and weights', () => {
    const cell = new LSTMCell(2, 2, { dtype: 'float64' })
    const names = cell.namedParameters().map(([name]) => name)
    const step = (x: Tensor, h: Tensor, c: Tensor, ...weights: Tensor[]): Tensor[] => {
      names.forEach((name, k) => {
        Reflect.set(cell, name, weights[k])
      })
      const first = cell.forward(x, { h, c })
      const second = cell.forward(x, first)
      return [second.h, second.c]
    }
    const inputs = [
      d([[0.5, -1]]),
      d([[0.25, 0.5]]),
      d([[-0.5, 1]]),
      ...cell.parameters().map((w) => w.detach()),
    ]
    expect(checkGradients(step, inputs).comparisons).toBe(
      4 * inputs.reduce((n, x) => n + x.size, 0),
    )
    expect(checkGradients(step, inputs, { mode: 'projected', order: 3 }).comparisons).toBe(3)
  })

  it('a gradient of nothing but rounding', () => {
    const index = tensor([0, 0], { dtype: 'int32' })
    for (let seed = 0; seed < 20; seed++)
      checkGradients((x) => x.gather(0, index).softmax(0), [d([0.75, 2])], { seed })
  })

  it('a whole sequence as one op', () => {
    const rnn = new RNN(2, 2, { dtype: 'float64' })
    checkGradients(
      (x) => rnn.forward(x).output,
      [
        d([
          [
            [0.5, -1],
            [2, 0.25],
            [1, -0.75],
          ],
        ]),
      ],
      { order: 2 },
    )
  })

  it('several results, and inputs that are no floats', () => {
    const index = tensor([1, 1, 0], { dtype: 'int32' })
    const mask = tensor([true, false, true])
    const report = checkGradients(
      (x, at, keep) => [x.gather(0, at).where(keep, 0).square(), x.sum(), at],
      [d([0.5, 2]), index, mask],
      { order: 2 },
    )
    expect(report.comparisons).toBe(4 * 2 + 2 * (2 + 4))
  })

  it('points near a kink, and near the edge of a domain', () => {
    for (const mode of ['full', 'projected'] as const) {
      checkGradients((x) => x.relu(), [d([1e-4, -2e-3, 1.9e-3])], { mode })
      checkGradients((x) => x.log().add(x.sqrt()), [d([0.125, 1e-3])], { mode })
      checkGradients((x) => x.log().add(x.sqrt()), [d([0.125, 1e-5])], { mode, step: 2 ** -18 })
      checkGradients((x) => x.mul(x.abs()), [d([0, 1])], { mode })
    }
  })

  it('numbers of any size', () => {
    checkGradients((x) => x.square(), [d([1e-9, 1e6, -1e12])])
    checkGradients((x) => x.add(1e9).mul(1e-3), [d([0.5, 100])])
    checkGradients((x) => x.mul(1e-12), [d([0.5, 100])], { mode: 'projected' })
  })
})

describe.each(['full', 'projected'] as const)('rejects, in mode %s,', (mode) => {
  it.each(Object.entries(plants))('%s', (_, { check, op, order = 1, fn, inputs }) => {
    if (order > 1) checkGradients(fn(), inputs(), { mode, order: (order - 1) as 1 | 2 })
    const error = rejection(fn(), inputs(), { mode, order })
    expect({ check: error.check, op: error.op }).toEqual({ check, op })
    expect(error.message).toMatch(/^checkGradients: expected [\s\S]*, got /)
    if (op !== undefined) expect(error.message).toContain(`the op ${op} of `)
  })
})

describe('reports', () => {
  it('what was compared, the same for the same seed', () => {
    const run = (options: CheckGradientsOptions) =>
      checkGradients((x) => x.sin().mul(x), [d([0.5, 1, 2])], options)
    expect(run({})).toMatchObject({
      order: 1,
      mode: 'full',
      seed: 0,
      comparisons: 9,
      at: { input: 0 },
    })
    expect(run({ order: 2, mode: 'projected', seed: 7 })).toMatchObject({
      order: 2,
      mode: 'projected',
      seed: 7,
      comparisons: 2,
    })
    expect(run({ mode: 'projected', seed: 7 })).toEqual(run({ mode: 'projected', seed: 7 }))
    expect(run({}).worst).toBeLessThan(1e-9)
  })

  it('two evaluations for a projected difference, whatever the size', () => {
    const evaluations = (size: number): number => {
      let count = 0
      const fn = (x: Tensor): Tensor => {
        count++
        return x.sin()
      }
      checkGradients(fn, [d(Array.from({ length: size }, (_, k) => k / size))], {
        mode: 'projected',
      })
      return count
    }
    const laws = 3
    expect([1, 10, 1000].map(evaluations)).toEqual([laws + 2, laws + 2, laws + 2])
  })

  const cube = unary('cube', { f: (x) => x ** 3, vjp: (g, _, x) => g.mul(x.square()).mul(2) })

  it('which element, what was expected and found, and the op', () => {
    const error = rejection((_, x) => cube(x.mul(2)).sum(0), [d([5]), d([[1, 2]])])
    expect(error).toMatchObject({
      check: 'derivative',
      input: 1,
      index: [0, 0],
      output: 0,
      outputIndex: [0],
      order: 1,
      op: 'cube',
    })
    expect([error.analytic, error.numeric, error.relativeError]).toEqual([
      16,
      expect.closeTo(24, 6),
      expect.closeTo(1 / 3, 6),
    ])
    expect(error.message).toBe(
      'checkGradients: expected the derivative of output 0 at [0] by input 1 at [0, 0] to be 24 ' +
        'by differences, got 16 by the tape (relative error 0.333): ' +
        'the op cube of (1, 2) is off by itself: expected 12, got 8 at its input 0 at [0, 0]',
    )
  })

  it('the element in mode projected too', () => {
    const wrong = unary('wrong', {
      f: (x) => x * x,
      vjp: (g, _, x) => g.mul(x).mul(d([2, 2, 2, 2, 2, 2.001, 2])),
    })
    const error = rejection((x) => wrong(x), [d([1, 2, 3, 4, 5, 6, 7])], { mode: 'projected' })
    expect(error).toMatchObject({ check: 'derivative', input: 0, index: [5], op: 'wrong' })
    expect((error.analytic as number) / (error.numeric as number)).toBeCloseTo(1.0005, 6)
  })

  it.each([
    [
      'a kink of fn',
      (x: Tensor) => x.mul(3).relu(),
      { order: 1 },
      'relu of (2) does so by itself at its input 0 at [1]',
    ],
    [
      'a kink of its derivative',
      (x: Tensor) => x.mul(x.abs()),
      { order: 2 },
      'abs of (2) does so by itself at its input 0 at [1]',
    ],
  ] as const)('%s, and does not blame the derivative', (_, fn, options, op) => {
    const { message, analytic } = rejection(fn, [d([1, 0])], options)
    expect(message).toContain(
      options.order === 1
        ? 'expected fn to be differentiable'
        : 'expected the derivative of order 1 to be differentiable',
    )
    expect(message).toMatch(
      options.order === 1
        ? /its slope is 0 to the left and 3 to the right/
        : /its slope is 2.63 to the left and -2.63 to the right/,
    )
    expect(message).toContain(op)
    expect(analytic).toBeUndefined()
  })

  it('that no op is to blame', () => {
    expect(rejection((x) => x.mul(x.detach()), [d([3])]).message).toBe(
      'checkGradients: expected the derivative of output 0 at [0] by input 0 at [0] to be 6 by ' +
        'differences, got 3 by the tape (relative error 0.5): ' +
        'every recorded op is right by itself: look for detach(), noGrad(), and numbers read ' +
        'out of tensors',
    )
  })

  it('laws in words', () => {
    const said = (name: string): string => {
      const { fn, inputs } = plants[name] as (typeof plants)[string]
      return rejection(fn(), inputs()).message
    }
    expect(said('an input changed by the forward')).toBe(
      'checkGradients: expected fn to leave input 0 at [1] as it was, -1.25, got -0.25: write ' +
        'into a copy: the op greedy of (3) does so by itself at its input 0 at [1]',
    )
    expect(said('a gradient of the wrong dtype')).toContain(
      'expected the backward pass to succeed, got DTypeError: the derivative of narrow: dtypes ' +
        'differ: float64 and float32',
    )
    expect(said('NaN in the result')).toContain(
      'expected finite results, got NaN in output 0 at [1]: choose inputs where fn is defined',
    )
  })
})
