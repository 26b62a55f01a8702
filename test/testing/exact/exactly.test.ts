// checkExactly itself: what it rejects and names, what it refuses, and what its report says.

import {
  defineOp,
  fuse,
  LSTMCell,
  type Numbers,
  noGrad,
  type Op,
  type Tensor,
  tensor,
  unary,
  zeros,
} from 'tapegrad'
import { CheckError, checkExactly } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { d, float64, gridded, gridLeaf } from '../../support/tensors.ts'

/** The error of a check. */
function errorOf(check: () => unknown): CheckError {
  try {
    check()
  } catch (error) {
    if (error instanceof CheckError) return error
    throw error
  }
  throw new Error('expected a CheckError, got none')
}

const cube = unary('cube', { f: (x) => x ** 3, vjp: (g, _, x) => g.mul(x.square()).mul(3) })
const wrongCube = unary('cube', { f: (x) => x ** 3, vjp: (g, _, x) => g.mul(x.square()).mul(2) })
const isCube = { cube: (x: Tensor) => x.mul(x).mul(x) }

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
        'of fn, so the formula is off',
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
            out.data[i] = 2 * (from[i] as number) + Number(i === off)
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

describe('looks at both sides of a kink', () => {
  const relu = (isOff: 'above' | 'below' | null) =>
    unary('ramp', {
      f: (x) => Math.max(x, 0),
      vjp: (g, _, x) =>
        g
          .where(x.gt(0), isOff === 'below' ? 1 : 0)
          .mul(isOff === 'above' ? x.gt(0).to('float64').add(1) : 1),
    })
  const ops = { ramp: (x: Tensor) => x.relu() }
  test.each(['above', 'below'] as const)('%s', (side) => {
    for (const at of [-1, 1])
      expect(
        errorOf(() => checkExactly((x) => relu(side)(x), [d([at, at])], { ops })),
      ).toMatchObject({ op: 'ramp' })
  })
  test('and tells how many elements were on one side alone', () => {
    const { points, oneSided } = checkExactly((x) => x.square().relu().add(x.abs()), [d([1, 2, 3])])
    expect(oneSided).toBe(3)
    expect(points).toBe(8)
    expect(checkExactly((x) => relu(null)(x), [d([1])], { ops }).oneSided).toBe(0)
  })
  test('a point on a kink is left', () => {
    checkExactly((x) => x.relu(), [d([0, 0])])
    const bias = gridLeaf([1], 1)
    noGrad(() => bias.assign_(zeros([1], float64)))
    expect(errorOf(() => checkExactly((x) => bias.relu().add(x), [d([1])]))).toMatchObject({
      check: 'undecided',
    })
  })
})

describe('refuses', () => {
  test('ops that compute with numbers, and says what to do', () => {
    const error = errorOf(() => checkExactly((x) => cube(x), [d([1, 2])]))
    expect(error.message).toBe(
      'checkExactly: expected ops that are made of built-in ones, got cube of (2), which ' +
        'computes with numbers: check it with checkGradients, or say what it computes with ' +
        'tensors, { ops: { cube: (x) => … } }',
    )
    expect(error).toMatchObject({ check: 'inexpressible', op: 'cube' })
  })

  test('numbers that are changed in place, before they are', () => {
    const x = d([1, 2])
    const error = errorOf(() =>
      checkExactly(
        (y) => {
          noGrad(() => x.assign_(d([3, 4])))
          return y.mul(x)
        },
        [d([5, 6])],
      ),
    )
    expect(error).toMatchObject({ check: 'mutation' })
    expect(x.toArray()).toEqual([1, 2])
  })

  test('a result that is not recorded', () => {
    expect(errorOf(() => checkExactly((x) => x.detach(), [d([1])]))).toMatchObject({
      check: 'tape',
    })
  })

  test('infinities and quotients by 0', () => {
    expect(errorOf(() => checkExactly((x) => x.mul(Infinity), [d([1])]))).toMatchObject({
      check: 'undecided',
    })
    expect(errorOf(() => checkExactly((x) => x.div(x.sub(x)), [d([1])])).message).toContain(
      'a quotient by 0',
    )
    checkExactly((x) => x.where(x.lt(Infinity), Infinity), [d([1])])
  })
})

describe('ops of the caller', () => {
  test('by their slope: a function that nothing else is known of', () => {
    // Lambert's W: w·eʷ = x, w′ = w / (x·(1 + w)).
    const solve = (x: number): number => {
      let w = Math.log1p(x)
      for (let i = 0; i < 50; i++) w -= (w * Math.exp(w) - x) / (Math.exp(w) * (w + 1))
      return w
    }
    const w = (isRight: boolean) =>
      unary('W', {
        f: solve,
        vjp: (g, y, x) => g.mul(y).div(x.mul(isRight ? y.add(1) : y)),
      })
    const ops = { W: { slope: (x: Tensor, y: Tensor) => y.div(x.add(x.mul(y))) } }
    checkExactly((x) => w(true)(x).tanh(), [d([1, 2])], { ops, order: 3 })
    expect(errorOf(() => checkExactly((x) => w(false)(x), [d([1, 2])], { ops }))).toMatchObject({
      op: 'W',
    })
  })

  test('in a fused function', () => {
    const f = (x: Tensor): Tensor => cube(x).tanh().mul(x)
    checkExactly(fuse(f), [d([1, 2])], { ops: isCube, equals: f, order: 2 })
  })
})

describe('the report', () => {
  test('is the same for the same seed, and changes nothing', () => {
    const cell = new LSTMCell(2, 3, float64)
    const before = JSON.stringify(cell.stateDict())
    const check = (seed: number) =>
      checkExactly((x) => cell.forward(x).h, [gridded([2, 2], 1)], { seed })
    expect(check(3)).toEqual(check(3))
    expect(JSON.stringify(cell.stateDict())).toBe(before)
    expect(cell.weight_ih.grad).toBeNull()
  })

  test('has a degree and a bound that follow from the polynomials', () => {
    const report = checkExactly((x) => x.square(), [d([1, 2])])
    // ⟨u, 2·x·v⟩: three factors.
    expect(report).toEqual({
      order: 1,
      seed: 0,
      points: 1,
      ops: 3,
      comparisons: 1,
      free: 0,
      degree: 3,
      bound: 3 / 2 ** 61,
      oneSided: 0,
    })
    const tanh = checkExactly((x) => x.tanh(), [d([1, 2])])
    expect(tanh.free).toBe(2)
    expect(tanh.degree).toBe(4 + 1)
  })

  test('is below 10⁻⁹ for a long recurrence', () => {
    const cell = new LSTMCell(2, 3, float64)
    const { bound } = checkExactly(
      (x) => {
        let state = cell.forward(x.select(0, 0))
        for (let t = 1; t < 20; t++) state = cell.forward(x.select(0, t), state)
        return state.h
      },
      [gridded([20, 2, 2], 1)],
    )
    expect(bound).toBeLessThan(1e-9)
  })
})
