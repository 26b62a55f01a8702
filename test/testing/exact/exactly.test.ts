// checkExactly itself: what it rejects, and which op and element it names.

import {
  defineOp,
  LSTMCell,
  type Numbers,
  noGrad,
  type Op,
  type Tensor,
  tensor,
  unary,
} from 'tapegrad'
import { checkExactly } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { d, float64, gridded } from '../../support/tensors.ts'
import { cube, errorOf, isCube, wrongCube } from './errorOf.ts'

describe('rejects', () => {
  test('a wrong derivative, and names the op and the element', () => {
    const error = errorOf(() =>
      checkExactly((x, y) => wrongCube(x).tanh().mul(y), [d([0.5, 1]), d([1, 2])], { ops: isCube }),
    )
    expect(error.message).toBe(
      'checkExactly: expected the derivative of output 0 at [0] by input 0 at [0] to be that of ' +
        'dual numbers, got another by the tape at a random point modulo 2⁶¹ − 1: the op cube of ' +
        '(2) is off by itself',
    )
    expect(error).toMatchObject({
      check: 'derivative',
      order: 1,
      op: 'cube',
      input: 0,
      index: [0],
      output: 0,
      outputIndex: [0],
    })
    checkExactly((x, y) => cube(x).tanh().mul(y), [d([0.5, 1]), d([1, 2])], {
      ops: isCube,
      order: 3,
    })
  })

  test('one element of many that is off by 2⁻⁴⁰ of itself', () => {
    const tilt = tensor([1, 1, 1 + 2 ** -40, 1], float64)
    const f = defineOp({
      name: 'tilted',
      forward: (out, [x]) => {
        for (let i = 0; i < 4; i++) out.data[i] = (x as { data: Float64Array }).data[i] as number
      },
      vjp: (g) => [g.mul(tilt)],
    })
    const error = errorOf(() =>
      checkExactly((x) => f([x]), [d([1, 2, 3, 4])], { ops: { tilted: (x) => x.clone() } }),
    )
    expect(error).toMatchObject({ op: 'tilted', input: 0, index: [2], outputIndex: [2] })
  })

  test('a derivative that is wrong from the second order on', () => {
    const exp = unary('eˣ', { f: Math.exp, vjp: (g, y) => g.mul(y.detach()) })
    const ops = { eˣ: (x: Tensor) => x.exp() }
    checkExactly((x) => exp(x).sum(), [d([1, 2])], { ops })
    const error = errorOf(() => checkExactly((x) => exp(x).sum(), [d([1, 2])], { ops, order: 2 }))
    expect(error).toMatchObject({ check: 'derivative', order: 2, op: 'eˣ' })
    expect(error.message).toContain(
      'the derivative of order 2 of output 0 at [0] by input 0 at [0]',
    )
  })

  test('a wrong derivative in one parameter of a module', () => {
    const cell = new LSTMCell(2, 3, float64)
    const bias = cell.bias_hh as Tensor
    const error = errorOf(() =>
      checkExactly((x) => cell.forward(x).h.add(bias.detach().sum()), [gridded([2, 2], 1)]),
    )
    expect(error.message).toContain('by the parameter 3 (12) at [0] to be')
    expect(error.message).toContain('every recorded op is right by itself: look for detach()')
    expect(error).toMatchObject({ check: 'derivative', input: 4, index: [0] })
    expect(error.op).toBeUndefined()
  })

  test.each<[string, (x: Tensor) => Tensor]>([
    ['detach()', (x) => x.mul(x.detach())],
    ['noGrad()', (x) => x.mul(noGrad(() => x.square()))],
    ['a branch that is cut off', (x) => x.square().add(x.mul(2).detach())],
  ])('%s', (_, fn) => {
    expect(errorOf(() => checkExactly(fn, [d([1, 2])])).message).toContain('look for detach()')
  })

  test('another function: results, or gradients alone', () => {
    const x = [d([1, 2])] as const
    expect(
      errorOf(() => checkExactly((x) => x.square(), x, { equals: (x) => x.pow(3) })),
    ).toMatchObject({
      check: 'equals',
      output: 0,
      outputIndex: [0],
    })
    const error = errorOf(() =>
      checkExactly((x) => x.square(), x, { equals: (x) => x.mul(x.detach()) }),
    )
    expect(error).toMatchObject({ check: 'equals', input: 0, index: [0], order: 1 })
    expect(
      errorOf(() => checkExactly((x) => x.square(), x, { equals: (x) => x.sum() })),
    ).toMatchObject({ check: 'shape' })
  })

  test('a formula, with the first element that is another', () => {
    const error = errorOf(() =>
      checkExactly((x, y) => x.mul(y), [d([1, 2]), d([3, 4])], {
        gradients: ([x, y], [u]) => [null, x.mul(u as Tensor).add(y.sub(y).add(d([0, 1])))],
      }),
    )
    expect(error.message).toBe(
      'checkExactly: expected the gradient by the formula with respect to input 1 at [1] to be ' +
        "the tape's, got another at a random point modulo 2⁶¹ − 1: the tape's is the derivative " +
        'of fn, so the formula is off: it is not linear in its cotangent',
    )
    expect(error).toMatchObject({ check: 'formula', input: 1, index: [1] })
  })

  test.each([0, 1])(
    'kernels: an op that computes something else than it says, element %i',
    (off) => {
      const twice = defineOp({
        name: 'twice',
        forward: (out, [x]) => {
          const from = (x as { data: Float64Array }).data
          for (let i = 0; i < from.length; i++)
            out.data[i] = 2 * (from[i] as number) + Number(i === off && Number.isInteger(from[i]))
        },
        vjp: (g) => [g.mul(2)],
      })
      const options = { ops: { twice: (x: Tensor) => x.mul(2) } }
      checkExactly((x) => twice([x]), [d([1, 2])], options)
      const error = errorOf(() =>
        checkExactly((x) => twice([x]), [d([1, 2])], { ...options, kernels: true }),
      )
      expect(error).toMatchObject({ check: 'kernels', op: 'twice' })
      expect(error.message).toContain(`as output 0 at [${off}], for whole numbers`)
    },
  )

  test('kernels: a gradient that is added to another one, and lost', () => {
    const rule = {
      name: 'lost',
      forward: (out: Numbers, [x]: readonly Numbers[]) => out.data.set((x as Numbers).data),
      vjp: (g: Tensor) => [g],
      addInto: () => {},
    }
    const lost = defineOp(rule as Op<void>)
    const options = { ops: { lost: (x: Tensor) => x.clone() } }
    checkExactly((x) => lost([x]), [d([1, 2])], { ...options, order: 3 })
    expect(
      errorOf(() => checkExactly((x) => lost([x]), [d([1, 2])], { ...options, kernels: true })),
    ).toMatchObject({ check: 'kernels', op: 'lost' })
  })
})
