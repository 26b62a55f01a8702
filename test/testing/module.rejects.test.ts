// checkModule rejects modules that break a law, each with the law, the place and the input.

import fc from 'fast-check'
import { type Module, tensor } from 'tapegrad'
import { checkModule } from 'tapegrad/testing'
import { describe, expect, it } from 'vitest'
import { Bugs, float64, normal, options, thrown } from './brokenModules.ts'

const broken: Record<keyof typeof Bugs, [law: string, said: RegExp]> = {
  OffTheTape: ['gradient', /none for head\.weight, which is not on the tape.*none for head\.bias/],
  Unused: ['gradient', /got none for tail\.weight, which is not on the tape/],
  DetachedInTraining: ['gradient', /got none for head\.weight, which is not on the tape/],
  TimesZero: ['gradient', /got none for scale, which got 0 in all 4 runs/],
  HiddenInAnInstance: [
    'parameters',
    /expected parameters\(\) to list what the outputs depend on, got \(3(, 3)?\) float64 left out/,
  ],
  HiddenByFields: [
    'parameters',
    /expected parameters\(\) to list layers\.tail\.tail\.weight \(3, 3\)/,
  ],
  HiddenInPrivate: [
    'parameters',
    /expected parameters\(\) to list what the outputs depend on, got \(3(, 3)?\) float64 left out/,
  ],
  ComputedOnce: [
    'parameters',
    /expected parameter scale \(3\) to be a leaf, got the result of mul/,
  ],
  NormalisedAcrossSamples: ['batch', /output at \[0, \d\] of number 0 in a batch of 4 to be/],
  OrderMixed: ['permutation', /with the batch in the order 1, 2, 0, 3/],
  ByPosition: ['permutation', /with the batch in the order 1, 2, 0, 3/],
  BackwardByPosition: [
    'permutation',
    /the gradient of head\.bias at \[\d\] with the batch in the order/,
  ],
  SqueezesOne: [
    'batch',
    /output to have one axis that is the batch, got \(4, 3\) float64 for a batch of 4 and \(3\) float64 for one/,
  ],
  RefusesOne: ['batch', /to take one of the batch alone, number 0, got Error: a batch of one/],
  ForgottenEval: ['mode', /leave the mode, got training true in drop/],
  NoiseInEval: ['repeatable', /a second time in evaluation mode/],
  EvalOfOneLevel: ['mode', /eval\(\) to reach head, got training true there/],
  KeepsState: ['repeatable', /a second time in evaluation mode/],
  KeepsTape: ['mutation', /each the same tensor, got others: head\.weight, head\.bias, state/],
  KeepsTapeInPrivate: [
    'repeatable',
    /to take the same input after eval\(\), got TapeError: tanh: its result \(4, 3\) was recycled/,
  ],
  WritesInput: ['mutation', /forward\(\) to leave its input 0 as it is, got/],
  WritesParameter: ['mutation', /forward\(\) to leave parameter head\.weight as it is/],
  ReplacesParameter: ['mutation', /each the same tensor/],
  Freezes: [
    'mutation',
    /leave the parameters head\.weight, head\.bias, each the same tensor, got others: head\.bias/,
  ],
  WalksBackInForward: ['mutation', /leave head\.weight\.grad as it is/],
  SwitchesMode: ['mode', /leave the mode, got training true in the module itself/],
  WrongDerivative: ['derivative', /parameter head\.weight.*badCube/s],
  FirstStepOnly: ['derivative', /parameter (head|cell)/],
  NoTensor: ['shape', /forward\(\) to return a tensor/],
}

describe('checkModule rejects', () => {
  it.each(Object.entries(broken))('%s', (name, [law, said]) => {
    const model: Module = new Bugs[name as keyof typeof Bugs]()
    const error = thrown(() => checkModule(model, normal([4, 3]), options))
    expect(error.message).toMatch(said)
    expect(error.check).toBe(law)
    expect(error.message.startsWith('checkModule: ')).toBe(true)
  })

  it('with the input and the seed', () => {
    expect(() =>
      checkModule(new Bugs.WritesInput(), fc.constant(tensor([[1, 2, 3]], float64)), options),
    ).toThrowErrorMatchingInlineSnapshot(`
      [CheckError: checkModule: WritesInput: expected forward() to leave its input 0 as it is, got 2 for 1 at [0, 0] (seed 7)
        input: tensor([[1., 2., 3.]], shape (1, 3), float64)]
    `)
  })
})
