// When a step is recorded anew: where it computes something else than at its first call. Its results
// and gradients are those of the same ops, called one after the other.

import { grad, noGrad, type Tensor } from 'tapegrad'
import { expect, test } from 'vitest'
import { NoProgram } from '../../../src/tensor/programs/graph.ts'
import { type Step, Steps } from '../../../src/tensor/sequence/steps.ts'
import { leaf, numbersOf } from '../../support/tensors.ts'

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
const [back, other] = [leaf('2 1; 1 1'), leaf('1 0; 2 1; 0 1')]

test.each<[string, Change]>([
  ['other values', (x, h, isLater) => (isLater ? x.sub(h) : h.sub(x))],
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
