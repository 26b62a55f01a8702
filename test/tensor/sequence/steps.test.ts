// When a step is recorded anew: where it computes something else than at its first call. Its results
// and gradients are those of the same ops, called one after the other.

import { grad, noGrad, rand, type Tensor, unary } from 'tapegrad'
import { expect, test } from 'vitest'
import { affine } from '../../../src/tensor/internal.ts'
import { NoProgram } from '../../../src/tensor/programs/graph.ts'
import { type Step, Steps } from '../../../src/tensor/sequence/steps.ts'
import { float64, leaf, numbersOf } from '../../support/tensors.ts'

const rest = { parameters: [], masks: [], sizes: [1, 1], every: false, lookUp: null }

/** The state after two steps from h = (1, 2), with x = (3, 5) and (7, 11), and its gradient by h. */
function twoSteps(run: (x: Tensor, h: Tensor) => Tensor): number[][] {
  const [x, h] = [leaf('3 5; 7 11'), leaf('1 2')]
  const last = run(x, h)
  return [numbersOf(last), numbersOf(grad(last.sum(), h, { allowUnused: true }))]
}

const op =
  (steps: Steps) =>
  (x: Tensor, h: Tensor): Tensor => {
    const { y } = steps.run({ ...rest, x, first: [h] })
    return y.slice(0, (y.shape[0] as number) - 1)
  }

const loop =
  (step: Step) =>
  (x: Tensor, h: Tensor): Tensor =>
    [0, 1].reduce((state, t) => step(x.slice(0, t, t + 1), [state], [], [])[0] as Tensor, h)

type Change = (x: Tensor, h: Tensor, isLater: boolean) => Tensor
const [narrow, wide] = [leaf('1 0; 0 1'), leaf('1 0 2; 0 1 3')]
const [once, then] = [leaf('2 3'), leaf('5 7')]
const [back, other] = [leaf('2 1; 1 1'), leaf('1 0; 2 1; 0 1')]

test.each<[string, Change]>([
  ['other values', (x, h, isLater) => (isLater ? x.sub(h) : h.sub(x))],
  ['other numbers from outside', (x, h, isLater) => h.mul(isLater ? once : then).add(x)],
  ['another op', (x, h, isLater) => (isLater ? h.add(x) : h.sub(x))],
  ['another number', (x, h, isLater) => h.mul(isLater ? 3 : 2).add(x)],
  [
    'weights of other shapes',
    (x, h, isLater) =>
      h
        .matmul(isLater ? wide : narrow)
        .matmul(isLater ? other : back)
        .add(x),
  ],
  [
    'other columns',
    (x, h, isLater) => h.mul(h.slice(1, Number(isLater), 1 + Number(isLater))).add(x),
  ],
  [
    'another of the same values',
    (x, h, isLater) => {
      const [sum, product] = [h.add(x), h.mul(x)]
      return isLater ? product : sum
    },
  ],
  [
    'fewer ops',
    (x, h, isLater) => {
      const product = h.mul(x)
      return isLater ? product : product.add(x)
    },
  ],
])('%s', (_, change) => {
  let isLater = false
  const step: Step = (x, [h]) => [change(x, h as Tensor, isLater)]
  const steps = new Steps('cell', step)
  expect(twoSteps(op(steps))).toEqual(twoSteps(loop(step)))
  isLater = true
  expect(twoSteps(op(steps))).toEqual(twoSteps(loop(step)))
})

test('a step that hides an op from the tape is no program any more', () => {
  let isLater = false
  const steps = new Steps('cell', (x, [h]) => {
    const f = (): Tensor => (h as Tensor).mul(2)
    return [(isLater ? noGrad(f) : f()).add(x)]
  })
  const run = op(steps)
  expect(twoSteps(run)[1]).toEqual([4, 4])
  isLater = true
  expect(() => twoSteps(run)).toThrow(new NoProgram('calls mul inside noGrad'))
})

test('a step that was recorded in a derivative is known outside', () => {
  const step: Step = (x, [h]) => [(h as Tensor).mul(once).add(x)]
  const run = op(new Steps('cell', step))
  const probe = unary('probe', {
    f: (v) => v,
    vjp: (g) => {
      run(leaf('3 5; 7 11'), leaf('1 2'))
      return g
    },
  })
  const start = leaf('1')
  grad(probe(start).sum(), start)
  expect(twoSteps(run)).toEqual(twoSteps(loop(step)))
})

test('parameters are those of each call, also beside other tensors', () => {
  let own = leaf('2 3')
  const steps = new Steps('cell', (x, [h], [w]) => [
    (h as Tensor)
      .mul(w as Tensor)
      .add(own)
      .add(x),
  ])
  const last = (w: Tensor): number[] => {
    const { y } = steps.run({ ...rest, x: leaf('1 1; 1 1'), first: [leaf('1 2')], parameters: [w] })
    return numbersOf(y.slice(0, (y.shape[0] as number) - 1))
  }
  expect(last(leaf('1 1'))).toEqual([1 + 3 + 3, 2 + 4 + 4])
  expect(last(leaf('2 1'))).toEqual([2 * (2 + 3) + 3, 2 + 4 + 4])
  own = leaf('0 0')
  expect(last(leaf('2 3'))).toEqual([2 * (2 + 1) + 1, 3 * (6 + 1) + 1])
})

test('a step that draws numbers is no program', () => {
  const steps = new Steps('cell', (x, [h]) => [(h as Tensor).mul(rand([2], float64)).add(x)])
  expect(() => twoSteps(op(steps))).toThrow(new NoProgram('draws random numbers'))
})

test.each<[string, () => Tensor, () => Tensor]>([
  ['two functions of one tensor', () => once.neg(), () => once.square()],
  ['a tensor and a view of it off the tape', () => once, () => noGrad(() => once.reshape([2]))],
])('%s by turns make no program', (_, one, two) => {
  let calls = 0
  const steps = new Steps('cell', (x, [h]) => [
    (h as Tensor).mul(calls++ % 2 === 0 ? one() : two()).add(x),
  ])
  expect(() => twoSteps(op(steps))).toThrow('uses another tensor at each call, made by')
})

test('a step may take others for good; what it takes is compared with the latest call', () => {
  let factor = (): Tensor => once
  const step: Step = (x, [h]) => [(h as Tensor).mul(factor()).add(x)]
  const run = op(new Steps('cell', step))
  twoSteps(run)
  factor = () => then
  expect(twoSteps(run)).toEqual(twoSteps(loop(step)))
  let calls = 0
  factor = () => (calls++ % 2 === 0 ? once : then)
  expect(() => twoSteps(run)).toThrow('uses another tensor at each call')
})

test('a step that multiplies by a matrix or its transpose, by the number of rows', () => {
  const weight = leaf('1 2; 3 4')
  const run = op(
    new Steps('cell', (x, [h]) => {
      const rows = h as Tensor
      return [(rows.shape[0] === 2 ? rows.matmul(weight) : affine(rows, weight, null)).add(x)]
    }),
  )
  expect(() => twoSteps(run)).toThrow(new NoProgram('computes something else for other numbers'))
})
