// What the checkers and arbitraries of tapegrad/testing say to wrong arguments.
import fc from 'fast-check'
import { Linear, ones, SGD, type Tensor, unary } from 'tapegrad'
import * as library from 'tapegrad/testing'
import { expect, it } from 'vitest'
import { type Entry, examine } from './examine.ts'

const T = library as unknown as Record<string, (...args: unknown[]) => unknown>
const { tensorOf } = library
const x = (): Tensor => ones([2], { dtype: 'float64' })
const square = (a: Tensor): Tensor => a.square().sum()
const cubed = unary('cube', { f: (v) => v ** 3, vjp: (g, _, v) => g.mul(v.square()).mul(3) })
const few = { numRuns: 2, seed: 1 }
const model = ({ a }: Record<string, Tensor>) => a.square()
const reference = ({ a }: Record<string, number[]>) => ({ value: a.map((v) => v * v) })
const named = tensorOf({ shape: [2] }).map((a) => ({ a }))
const linear = () => new Linear(3, 2, { dtype: 'float64' })
const inputs = tensorOf({ shape: [4, 3] })
const sgd = (parameters: Tensor[]) => new SGD(parameters, { lr: 0.1 })
const student = () => ({ dx: [[1]] })
const form = { cell: 'rnn', layout: 'rows' }

/** An entry for each option, called behind these arguments. */
const options = (
  name: string,
  before: () => unknown[],
  good: Record<string, unknown>,
  base: object = {},
): [string, Entry][] =>
  Object.entries(good).map(([key, value]) => [
    `${name} ${key}`,
    [(given) => T[name](...before(), { ...base, [key]: given }), () => [value]],
  ])
/** The same for arbitraries, of which a value is drawn. */
const drawn = (name: string, good: Record<string, unknown>): [string, Entry][] => [
  [name, [(given) => fc.sample(T[name](given) as fc.Arbitrary<unknown>, 2), () => [{}]]],
  ...Object.entries(good).map(([key, value]): [string, Entry] => [
    `${name} ${key}`,
    [(given) => fc.sample(T[name]({ [key]: given }) as fc.Arbitrary<unknown>, 2), () => [value]],
  ]),
]

const entries: [string, Entry][] = [
  ['checkGradients', [T.checkGradients, () => [square, [x()], {}]]],
  ['checkGradients inputs[0]', [(one) => T.checkGradients(square, [one]), () => [x()]]],
  [
    'checkGradients fn()',
    [(y) => T.checkGradients((a: Tensor) => (y === 'x' ? a.mul(2) : y), [x()]), () => ['x']],
  ],
  ...options('checkGradients', () => [square, [x()]], {
    mode: 'full',
    order: 1,
    step: 0.001,
    rtol: 0.001,
    atol: 0.001,
    seed: 1,
  }),
  ['checkExactly', [T.checkExactly, () => [(a = x()) => square(a), [x()], {}]]],
  ['checkExactly inputs[0]', [(one) => T.checkExactly(square, [one]), () => [x()]]],
  [
    'checkExactly fn()',
    [(y) => T.checkExactly((a: Tensor) => (y === 'x' ? a.mul(2) : y), [x()]), () => ['x']],
  ],
  [
    'checkExactly gradients()',
    [
      (g) =>
        T.checkExactly(square, [x()], {
          gradients: ([a]: Tensor[], [u]: Tensor[]) => (g === 'g' ? [a.mul(u).mul(2)] : g),
        }),
      () => ['g'],
    ],
  ],
  [
    'checkExactly equals()',
    [
      (y) => T.checkExactly(square, [x()], { equals: (a: Tensor) => (y === 'x' ? square(a) : y) }),
      () => ['x'],
    ],
  ],
  [
    'checkExactly ops.cube',
    [
      (cube) =>
        T.checkExactly((a: Tensor) => cubed(a), [x()], {
          ops: { cube: cube === 'x' ? (a: Tensor) => a.pow(3) : cube },
        }),
      () => ['x'],
    ],
  ],
  ...options('checkExactly', () => [square, [x()]], {
    order: 1,
    seed: 1,
    kernels: true,
    gradients: () => [null],
    equals: square,
    ops: {},
  }),
  ['checkForwardMode', [T.checkForwardMode, () => [square, [x()], {}]]],
  ...options('checkForwardMode', () => [square, [x()]], { rtol: 0.001, seed: 1 }),
  ['checkAgainst', [T.checkAgainst, () => [model, reference, named, few]]],
  ...options('checkAgainst', () => [model, reference, named], { numRuns: 2, rtol: 0.001 }, few),
  [
    'checkAgainst inputs()',
    [(one) => T.checkAgainst(model, reference, fc.constant(one), few), () => [{ a: x() }]],
  ],
  [
    'checkAgainst reference()',
    [
      (y) => T.checkAgainst(model, y === 'right' ? reference : () => y, named, few),
      () => ['right'],
    ],
  ],
  ['checkModule', [T.checkModule, () => [linear(), inputs, few]]],
  [
    'checkModule inputs()',
    [
      (one) => T.checkModule(linear(), fc.constant(one), few),
      () => [ones([4, 3], { dtype: 'float64' })],
    ],
  ],
  ...options(
    'checkModule',
    () => [linear(), inputs],
    {
      numRuns: 2,
      seed: 1,
      batchAxis: 0,
      rtol: 0.001,
      differences: 'full',
      exempt: { bias: 'why not' },
    },
    few,
  ),
  ['checkOptimizer', [T.checkOptimizer, () => [sgd, null, few]]],
  [
    'checkOptimizer make()',
    [
      (made) => T.checkOptimizer((p: Tensor[]) => (made === 'sgd' ? sgd(p) : made), null, few),
      () => ['sgd'],
    ],
  ],
  [
    'checkOptimizer reference()',
    [
      (move) => T.checkOptimizer(sgd, () => move, few),
      () => [(theta: number, g: number) => theta - 0.1 * g],
    ],
  ],
  ...options(
    'checkOptimizer',
    () => [sgd, null],
    { numRuns: 2, seed: 1, steps: 3, rtol: 0.001, clip: (g: unknown) => g },
    few,
  ),
  ['grade', [T.grade, () => [student, form]]],
  ...options(
    'grade',
    () => [student],
    { cell: 'rnn', layout: 'rows', sequence: false, forward: () => [[[1]], null] },
    form,
  ),
  ...drawn('shapes', { minRank: 1, maxRank: 2, maxSide: 2, maxSize: 4, empty: true }),
  ...drawn('broadcastableShapes', { count: 2 }),
  ...drawn('tensorOf', { shape: [2], dtype: 'int32', values: 'any', requiresGrad: true }),
  ...drawn('programs', { ops: ['add'], maxSteps: 2, maxInputs: 2 }),
]

it.each(entries)('%s', async (_, entry) => {
  expect(await examine(entry)).toMatchSnapshot()
})
