// checkForwardMode: it accepts smooth functions, and rejects derivatives whose transpose is not
// theirs.

import fc from 'fast-check'
import { defineOp, LSTM, type Tensor, tensor, unary, where } from 'tapegrad'
import { CheckError, type Checked, checkForwardMode, checkGradients } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { anyShape, toTensor } from '../support/cases.ts'
import { rows } from '../tensor/ops/registry.ts'
import { compares, d } from './plant.ts'
import { plants } from './plants.ts'

function rejection<const X extends readonly Tensor[]>(fn: Checked<X>, inputs: X): CheckError {
  try {
    checkForwardMode(fn, inputs)
  } catch (error) {
    if (error instanceof CheckError) return error
    throw error
  }
  return expect.fail('expected a CheckError, got none')
}

describe('accepts', () => {
  it.each(rows.filter(([, row]) => row.orders > 0))('%s', (_, row) => {
    const law = fc.property(row.cases(anyShape), fc.nat(9999), (call, seed) => {
      fc.pre(compares(call))
      checkForwardMode(
        (...xs) => call.run(xs),
        call.inputs.map((x) => toTensor(x)),
        { seed },
      )
    })
    fc.assert(law, { numRuns: 3 })
  })

  it('an LSTM', () => {
    const lstm = new LSTM(2, 3, { dtype: 'float64' })
    const run = (x: Tensor): Tensor[] => {
      const { output, state } = lstm.forward(x)
      return [output, ...Object.values(state)]
    }
    expect(
      checkForwardMode(run, [
        d([
          [
            [0.5, -1],
            [2, 0.25],
            [1, -0.75],
          ],
        ]),
      ]),
    ).toMatchObject({ order: 1, comparisons: 9 + 3 + 3 + 1 })
  })

  it('several results, and inputs that are no floats', () => {
    const index = tensor([1, 1, 0], { dtype: 'int32' })
    expect(
      checkForwardMode((x, at) => [x.gather(0, at).square(), x.sum(), at], [d([0.5, 2]), index])
        .comparisons,
    ).toBe(3 + 1 + 1)
  })
})

describe('rejects', () => {
  it('a walk back that is right, of which the transpose is not', () => {
    const double = unary('double', { f: (x) => 2 * x, vjp: (g) => halved([g]) })
    const halved = defineOp({
      name: 'doubleGrad',
      forward: (out, [g]) => {
        for (let k = 0; k < out.size; k++) out.data[k] = 2 * g.data[k]
      },
      vjp: (h) => [h],
    })
    checkGradients(double, [d([1, 2])])
    const error = rejection(double, [d([1, 2])])
    expect(error).toMatchObject({ check: 'forward mode', output: 0, outputIndex: [0] })
    expect((error.numeric as number) / (error.analytic as number)).toBeCloseTo(2, 6)
    expect(error.message).toMatch(
      /^checkForwardMode: expected Jv to be \S+ by differences, got \S+ by jvp for output 0 at \[0\] \(relative error 0\.5\)$/,
    )
  })

  it('a jvp that agrees with differences, and a walk back that does not agree with it', () => {
    const twoFaced = unary('twoFaced', {
      f: (x) => 2 * x,
      vjp: (g) => g.mul(g.requiresGrad ? 2 : 3),
    })
    const error = rejection(twoFaced, [d([1, 2])])
    expect(error.check).toBe('forward mode')
    expect(error.message).toMatch(
      /^checkForwardMode: expected ⟨u, Jv⟩ = ⟨Jᵀu, v⟩, got \S+ by jvp and \S+ by the backward pass$/,
    )
  })

  it.each([
    'a wrong sign',
    'a missing factor',
    'one element wrong',
    'a transpose left out',
    'one operand forgotten',
    'NaN from 0/0 in the derivative',
  ])('%s', (name) => {
    const { fn, inputs } = plants[name] as (typeof plants)[string]
    expect(rejection(fn(), inputs()).check).toBe('forward mode')
  })

  it('a kink, as a kink', () => {
    const error = rejection((x) => where(x.gt(0), x, 0).add(x), [d([1, 0])])
    expect(error).toMatchObject({ check: 'smoothness', output: 0, outputIndex: [1] })
  })

  it('float32, unknown options, tolerances and seeds that make no sense', () => {
    expect(rejection((x) => x, [tensor([1])])).toMatchObject({ check: 'dtype', input: 0 })
    const run = (options: object) => () => checkForwardMode((x) => x, [d([1])], options)
    expect(run({ order: 2 })).toThrow("unknown option 'order'")
    expect(run({ rtol: 0 })).toThrow('expected rtol between 0 and 1, got 0')
    expect(run({ seed: -1 })).toThrow('expected seed to be a whole number from 0 on, got -1')
  })
})
