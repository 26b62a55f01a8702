// The arbitraries of tapegrad/testing: they produce what they say, and shrink to what a reader
// understands.

import fc from 'fast-check'
import {
  cat,
  type DType,
  noGrad,
  type Shape,
  stack,
  type Tensor,
  tensor,
  ValueError,
  where,
} from 'tapegrad'
import {
  broadcastableShapes,
  type Program,
  programs,
  shapes,
  tensorOf,
  type Values,
} from 'tapegrad/testing'
import { describe, expect, it, test } from 'vitest'
import { runs } from '../properties/runs.ts'
import { rows } from '../tensor/ops/registry.ts'

const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1)
const numbersOf = (x: Tensor): number[] => [...x.toTypedArray()]
const smallest = <T>(arbitrary: fc.Arbitrary<T>, fine: (x: T) => boolean): string => {
  const { counterexample } = fc.check(fc.property(arbitrary, fine), {
    seed: 7,
    numRuns: 2000,
    endOnFailure: false,
  })
  return fc.stringify(counterexample?.[0])
}

describe('shapes', () => {
  it('keep to their bounds', () => {
    const bounds = fc.record({
      minRank: fc.nat(2),
      maxRank: fc.integer({ min: 2, max: 4 }),
      maxSide: fc.integer({ min: 1, max: 5 }),
      maxSize: fc.integer({ min: 1, max: 20 }),
    })
    const drawn = bounds.chain((options) => fc.tuple(fc.constant(options), shapes(options)))
    fc.assert(
      fc.property(drawn, ([{ minRank, maxRank, maxSide, maxSize }, shape]) => {
        expect(shape.length).toBeGreaterThanOrEqual(minRank)
        expect(shape.length).toBeLessThanOrEqual(maxRank)
        expect(sizeOf(shape)).toBeLessThanOrEqual(maxSize)
        for (const n of shape) expect(n > 0 && n <= maxSide).toBe(true)
      }),
      runs(200),
    )
  })

  it('have axes of size 0 only when asked', () => {
    expect(fc.sample(shapes({ empty: true }), 200).some((shape) => shape.includes(0))).toBe(true)
  })

  it('shrink to few and short axes', () => {
    expect(smallest(shapes(), (shape) => sizeOf(shape) < 5)).toBe('[3,2]')
  })

  it.each([{ minRank: 3, maxRank: 2 }, { minRank: -1 }, { maxSize: 0 }, { maxSide: NaN }])(
    'refuse %j',
    (options) => {
      expect(() => shapes(options)).toThrow(ValueError)
    },
  )
})

describe('broadcastableShapes', () => {
  it('broadcast with each other', () => {
    fc.assert(
      fc.property(broadcastableShapes({ count: 3 }), (list) => {
        expect(list).toHaveLength(3)
        noGrad(() =>
          list
            .map((shape) => tensor(Array(sizeOf(shape)).fill(1), { shape }))
            .reduce((a, b) => a.add(b)),
        )
      }),
      runs(200),
    )
  })

  it('differ often', () => {
    const differing = fc
      .sample(broadcastableShapes(), { numRuns: 300, seed: 1 })
      .filter(([a, b]) => String(a) !== String(b))
    expect(differing.length).toBeGreaterThan(100)
  })
})

describe('tensorOf', () => {
  const drawn = (options: Parameters<typeof tensorOf>[0]): Tensor[] =>
    fc.sample(tensorOf(options), { numRuns: 100, seed: 1 })
  const kinds: [DType, Values, (x: number) => boolean][] = [
    ['float64', 'any', (x) => Math.abs(x) <= 2],
    ['float32', 'positive', (x) => x >= 0.75 && x <= 3],
    ['float64', 'nonZero', (x) => x !== 0 && Math.abs(x) <= 2],
    ['float64', { min: 5, max: 6.5 }, (x) => x >= 5 && x <= 6.5],
    ['int32', 'any', (x) => Number.isInteger(x) && Math.abs(x) <= 8],
    ['int32', 'positive', (x) => Number.isInteger(x) && x > 0],
    ['bool', 'any', (x) => x === 0 || x === 1],
  ]
  it.each(kinds)('%s, %j', (dtype, values, holds) => {
    for (const x of drawn({ dtype, values })) {
      expect(x.dtype).toBe(dtype)
      expect(numbersOf(x).every((n) => holds(n) && Number.isInteger(16 * n))).toBe(true)
    }
    expect(new Set(drawn({ dtype, values }).flatMap(numbersOf)).size).toBeGreaterThan(
      dtype === 'bool' ? 1 : 10,
    )
  })

  it('distinct values are', () => {
    for (const x of drawn({ values: 'distinct', shape: [3, 4] }))
      expect(new Set(numbersOf(x)).size).toBe(12)
  })

  it('takes a shape or shapes, and requiresGrad', () => {
    expect(
      drawn({ shape: [2, 0] }).every((x) => String(x.shape) === '2,0' && !x.requiresGrad),
    ).toBe(true)
    expect(
      drawn({ shape: shapes({ minRank: 2 }), requiresGrad: true }).every(
        (x) => x.rank >= 2 && x.requiresGrad && x.isLeaf,
      ),
    ).toBe(true)
  })

  it('shrinks to small shapes and simple numbers', () => {
    expect(smallest(tensorOf(), (x) => Math.max(0, ...numbersOf(x)) < 1.2)).toMatchInlineSnapshot(
      `"tensor(2., shape (), float64)"`,
    )
    expect(smallest(tensorOf({ requiresGrad: true }), (x) => x.size < 3)).toMatchInlineSnapshot(`
      "tensor([[0., 0.],
              [0., 0.]], shape (2, 2), float64, requiresGrad)"
    `)
    expect(
      smallest(
        tensorOf({ dtype: 'int32', values: 'distinct' }),
        (x) => x.rank < 2 || x.sum().item() < 9,
      ),
    ).toMatchInlineSnapshot(`
      "tensor([[-1,  9],
              [ 1,  0]], shape (2, 2), int32)"
    `)
  })

  it('refuses values that a dtype does not have', () => {
    expect(() => tensorOf({ dtype: 'bool', values: 'distinct' })).toThrow(
      'tensorOf: expected values \'any\' for bool, got "distinct"',
    )
    expect(() => tensorOf({ values: { min: 1.01, max: 1.02 } })).toThrow(
      'tensorOf: expected a range with 1 to 65536 multiples of 0.0625, got 1.01 to 1.02',
    )
    expect(() => tensorOf({ values: 'odd' as Values })).toThrow(
      "tensorOf: expected values 'any', 'positive', 'nonZero', 'distinct' or { min, max }, got " +
        '"odd"',
    )
    expect(() => fc.sample(tensorOf({ values: 'distinct', shape: [130] }))).toThrow(
      'tensorOf: expected at most 129 distinct values, got a shape of 130',
    )
  })
})

describe('programs', () => {
  const sample: Program[] = fc.sample(programs(), { numRuns: 1500, seed: 3 })

  it('call every differentiable op, in programs of all lengths, and use results again', () => {
    const text = sample.map(String).join('\n')
    const missing = rows
      .filter(([, { orders }]) => orders > 0)
      .filter(([name]) => !new RegExp(`\\b${name}\\(`).test(text))
    expect(missing.map(([name]) => name)).toEqual(['to'])
    const lengths = new Set(sample.map(({ steps }) => steps.length))
    expect([...lengths].sort((a, b) => a - b).slice(0, 10)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    const reusing = sample.filter(
      ({ steps }) =>
        new Set(steps.flatMap(({ operands }) => operands)).size <
        steps.flatMap(({ operands }) => operands).length,
    )
    expect(reusing.length).toBeGreaterThan(400)
  })

  it('have inputs that require gradients, and results that are finite and depend on every one', () => {
    for (const program of sample.slice(0, 300)) {
      const y = program.run()
      expect(numbersOf(y).every((x) => Math.abs(x) <= 8)).toBe(true)
      expect(y.shape).toEqual(program.steps.at(-1)?.shape)
      for (const [i, x] of program.inputs.entries()) {
        expect(x.dtype === 'float64' && x.isLeaf && x.requiresGrad).toBe(true)
        expect(program.steps.some(({ operands }) => operands.includes(i))).toBe(true)
      }
    }
  })

  it('shrink to the steps and numbers that matter', () => {
    expect(
      smallest(programs(), (program) => !/tanh/.test(`${program}`) || !/matmul/.test(`${program}`)),
    ).toMatchInlineSnapshot(`
      "
      const a = tensor([0], { dtype: 'float64', requiresGrad: true }) // (1)
      const b = a.matmul(a) // ()
      const c = b.tanh() // ()
      return c
      "
    `)
    expect(
      smallest(programs(), (program) => program.run().size < 4 || program.inputs.length < 2),
    ).toMatchInlineSnapshot(`
      "
      const a = tensor([[0, 0], [0, 0]], { dtype: 'float64', requiresGrad: true }) // (2, 2)
      const b = tensor([[0, 0], [0, 0]], { dtype: 'float64', requiresGrad: true }) // (2, 2)
      const c = b.mul(a) // (2, 2)
      return c
      "
    `)
  })

  test('what is printed is what runs', () => {
    for (const program of sample.slice(0, 300)) {
      const code = new Function('tensor', 'cat', 'stack', 'where', `${program}`)
      expect(numbersOf(code(tensor, cat, stack, where))).toEqual(numbersOf(program.run()))
    }
  })

  it('keep to the ops and the lengths asked for', () => {
    for (const program of fc.sample(
      programs({ ops: ['mul', 'tanh'], maxSteps: 3, maxInputs: 1 }),
      100,
    )) {
      expect(String(program)).toMatch(/^(const \w = (tensor\(.*|\w\.(mul|tanh)\(.*)\n)+return \w$/)
      expect(program.steps.length).toBeLessThanOrEqual(3)
      expect(program.inputs).toHaveLength(1)
    }
    expect(() => programs({ ops: [] })).toThrow(ValueError)
  })
})

it('a shape that changes after the call changes nothing that is drawn', () => {
  const shape = [2, 3]
  const arbitrary = tensorOf({ shape })
  shape[0] = 7
  for (const x of fc.sample(arbitrary, 3)) expect(x.shape).toEqual([2, 3])
})
