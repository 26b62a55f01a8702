// What gradientFlow refuses, with its messages.

import { DTypeError, Module, ones, RNN, ShapeError, TapeError, ValueError } from 'tapegrad'
import { gradientFlow } from 'tapegrad/testing'
import { expect, it } from 'vitest'
import { refusal, untyped } from '../../support/refusal.ts'

it('refuses what is no model, no loss, or not recorded', () => {
  const rnn = new RNN(2, 3)
  const loss = () => rnn.forward(ones([1, 2, 2])).output.sum()
  class Empty extends Module {
    forward() {}
  }
  expect(refusal(ValueError, () => gradientFlow(untyped({}), loss))).toMatchInlineSnapshot(
    `"gradientFlow: expected a Module of this package, got {}"`,
  )
  expect(refusal(ValueError, () => gradientFlow(new Empty(), loss))).toMatchInlineSnapshot(
    `"gradientFlow: expected a model with parameters, got none: set requiresGrad of its tensors"`,
  )
  expect(refusal(ValueError, () => gradientFlow(rnn, untyped(loss())))).toMatchInlineSnapshot(
    `"gradientFlow: expected a function that computes the loss, got Tensor ()"`,
  )
  expect(
    refusal(DTypeError, () =>
      gradientFlow(
        rnn,
        untyped(() => 3),
      ),
    ),
  ).toMatchInlineSnapshot(`"gradientFlow: expected the function to return a Tensor, got 3"`)
  expect(
    refusal(TapeError, () =>
      gradientFlow(
        rnn,
        untyped(async () => loss()),
      ),
    ),
  ).toMatchInlineSnapshot(
    `"gradientFlow: expected a synchronous function, got one that returns a Promise: await first, then call gradientFlow"`,
  )
  expect(
    refusal(ShapeError, () => gradientFlow(rnn, () => rnn.forward(ones([1, 2, 2])).output)),
  ).toMatchInlineSnapshot(
    `"gradientFlow: expected the function to return one number, got (1, 2, 3): reduce it with sum() or mean()"`,
  )
  expect(refusal(TapeError, () => gradientFlow(rnn, () => loss().detach()))).toMatchInlineSnapshot(
    `"gradientFlow: expected a loss that depends on something that requires a gradient, got one that is not recorded: look for detach(), noGrad() or numbers read out of tensors"`,
  )
})
