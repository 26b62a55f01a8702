// checkGradients refuses arguments that it cannot examine.

import { type Tensor, tensor, ValueError } from 'tapegrad'
import {
  CheckError,
  type Checked,
  type CheckGradientsOptions,
  checkGradients,
} from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { d } from './plant.ts'

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

describe('refuses', () => {
  const square = (x: Tensor): Tensor => x.square()

  it('float32, with the remedy', () => {
    const error = rejection(square, [tensor([1, 2])])
    expect(error).toMatchObject({ check: 'dtype', input: 0 })
    expect(error.message).toBe(
      'checkGradients: expected float64 inputs, got float32 (2) as input 0: convert it with ' +
        ".to('float64'), its rounding would hide the differences",
    )
  })

  it.each([
    ['an unknown option', { tolerance: 1 }, "unknown option 'tolerance'"],
    [
      'an unknown mode',
      { mode: 'fast' },
      "expected mode to be 'full' or 'projected', got \"fast\"",
    ],
    ['an order it does not know', { order: 4 }, 'expected order to be 1, 2 or 3, got 4'],
    ['a step of 0', { step: 0 }, 'expected step between 0 and 1, got 0'],
    [
      'a tolerance that is no number',
      { rtol: Number.NaN },
      'expected rtol between 0 and 1, got NaN',
    ],
    ['an absolute tolerance below 0', { atol: -1 }, 'expected atol to be a number ≥ 0, got -1'],
    [
      'a seed that is no whole number',
      { seed: 0.5 },
      'expected seed to be a whole number from 0 on, got 0.5',
    ],
  ])('%s', (_, options, message) => {
    const call = () => checkGradients(square, [d([1])], options as CheckGradientsOptions)
    expect(call).toThrow(ValueError)
    expect(call).toThrow(message)
  })

  it('inputs and results that are no tensors', () => {
    expect(() => checkGradients(square, [3 as unknown as Tensor])).toThrow(
      'checkGradients: expected input 0 to be a Tensor, got 3',
    )
    expect(() => checkGradients(square, [tensor([1], { dtype: 'int32' })])).toThrow(
      'expected at least one float64 input, got none',
    )
    expect(() => checkGradients(() => 3 as unknown as Tensor, [d([1])])).toThrow(
      'expected fn to return a Tensor or an array of them, got 3',
    )
  })

  it('nothing that fn itself throws: it is passed on', () => {
    expect(() => checkGradients((x) => x.reshape([7]), [d([1])])).toThrow('reshape: cannot read')
  })
})
