// What connectivity and heatMap refuse, with their messages.

import {
  DTypeError,
  LSTM,
  ones,
  RNN,
  randn,
  ShapeError,
  TapeError,
  type Tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { connectivity, heatMap } from 'tapegrad/testing'
import { expect, it } from 'vitest'
import { refusal, untyped } from '../../support/refusal.ts'

const rnn = new RNN(2, 3)
const x = ones([1, 4, 2])

it('models that are none', () => {
  expect(refusal(ValueError, () => connectivity(untyped(3), x))).toMatchInlineSnapshot(
    `"connectivity: expected a Module or a function of x, got 3"`,
  )
})

it('inputs that are no sequences of floats', () => {
  expect(refusal(DTypeError, () => connectivity(rnn, untyped([[[1]]])))).toMatchInlineSnapshot(
    `"connectivity: expected x to be a Tensor (N, T, …), got [[[…]]]"`,
  )
  expect(
    refusal(DTypeError, () => connectivity(rnn, zeros([1, 4], { dtype: 'int32' }))),
  ).toMatchInlineSnapshot(
    `"connectivity: expected x to be float32 or float64, got int32: embed it before, and let a function take the embedded vectors"`,
  )
  expect(refusal(ShapeError, () => connectivity(rnn, ones([4, 2])))).toMatchInlineSnapshot(
    `"connectivity: expected x of shape (N, T, …) with at least one number, got (4, 2): unsqueeze the axes that are missing"`,
  )
  expect(refusal(ShapeError, () => connectivity(rnn, ones([1, 0, 2])))).toMatchInlineSnapshot(
    `"connectivity: expected x of shape (N, T, …) with at least one number, got (1, 0, 2): unsqueeze the axes that are missing"`,
  )
  const second = new RNN(2, 3, { batchFirst: false })
  expect(refusal(ShapeError, () => connectivity(second, ones([4, 2])))).toMatchInlineSnapshot(
    `"connectivity: expected x of shape (T, N, …) with at least one number, got (4, 2): unsqueeze the axes that are missing"`,
  )
})

it('results that are none, or not for every step', () => {
  expect(
    refusal(DTypeError, () =>
      connectivity(
        untyped(() => 3),
        x,
      ),
    ),
  ).toMatchInlineSnapshot(
    `"connectivity: expected the model to give a Tensor, or { output }, got 3"`,
  )
  expect(
    refusal(DTypeError, () => connectivity((z) => z.argmax(2).unsqueeze(2), x)),
  ).toMatchInlineSnapshot(
    `"connectivity: expected the model to give float32 or float64, got int32: it has no derivative"`,
  )
  expect(
    refusal(ShapeError, () => connectivity((z) => rnn.forward(z).state.h, x)),
  ).toMatchInlineSnapshot(
    `"connectivity: expected the model to give (1, 4, …), a result for every step of x (1, 4, 2), got (1, 1, 3): return the output of all steps, and as a third axis the numbers of each"`,
  )
  expect(
    refusal(ShapeError, () => connectivity((z) => rnn.forward(z).output.sum(2), x)),
  ).toMatchInlineSnapshot(
    `"connectivity: expected the model to give (1, 4, …), a result for every step of x (1, 4, 2), got (1, 4): return the output of all steps, and as a third axis the numbers of each"`,
  )
})

it('results that do not depend on x', () => {
  expect(refusal(TapeError, () => connectivity((z) => z.detach(), x))).toMatchInlineSnapshot(
    `"connectivity: expected a result that depends on x, got one that is not recorded: look for detach(), noGrad() or numbers read out of tensors"`,
  )
  expect(
    refusal(TapeError, () => connectivity((z) => rnn.forward(z.detach()), x)),
  ).toMatchInlineSnapshot(
    `"connectivity: expected a result that depends on x, got one (1, 4, 3) of other tensors alone: look for detach(), noGrad() or numbers read out of tensors"`,
  )
})

it('sequences that influence each other, be it in one direction alone', () => {
  const two = randn([2, 4, 2])
  const centred = (z: Tensor): Tensor => z.sub(z.mean(0, true))
  expect(refusal(ValueError, () => connectivity(centred, two))).toMatchInlineSnapshot(
    `"connectivity: expected sequences that do not influence each other, got an output of sequence 0 that depends on sequence 1 of x (2, 4, 2): give one sequence at a time"`,
  )
  const second = (z: Tensor): Tensor => z.add(z.slice(0, 0, 1).mul(ones([2, 1, 1]).sub(1)))
  expect(() => connectivity(second, two)).not.toThrow()
  const last = (z: Tensor): Tensor => z.slice(0, 0, 1).mul(2).broadcastTo([2, 4, 2])
  expect(refusal(ValueError, () => connectivity(last, two))).toMatchInlineSnapshot(
    `"connectivity: expected sequences that do not influence each other, got an output of sequence 1 that depends on sequence 0 of x (2, 4, 2): give one sequence at a time"`,
  )
  const moved = (z: Tensor): Tensor => z.add(z.flip(0).sub(z.flip(0).mean(1, true)))
  expect(refusal(ValueError, () => connectivity(moved, two))).toMatch(/influence each other/)
  expect(connectivity(centred, two.slice(0, 0, 1)).isCausal).toBe(true)
})

it('wrong options', () => {
  const lstm = new LSTM(2, 3)
  const run = (options: object) => refusal(ValueError, () => connectivity(lstm, x, options))
  expect(run({ probe: 3 })).toMatchInlineSnapshot(
    `"connectivity: unknown option 'probe': expected probes, seed, batchFirst"`,
  )
  expect(run({ probes: 0 })).toMatchInlineSnapshot(
    `"connectivity: expected probes to be a whole number from 1 on, got 0"`,
  )
  expect(run({ probes: 1.5 })).toMatchInlineSnapshot(
    `"connectivity: expected probes to be a whole number from 1 on, got 1.5"`,
  )
  expect(run({ seed: -1 })).toMatchInlineSnapshot(
    `"connectivity: expected seed to be a whole number from 0 on, got -1"`,
  )
  expect(run({ batchFirst: 1 })).toMatchInlineSnapshot(
    `"connectivity: expected batchFirst to be true or false, got 1"`,
  )
})

it('maps that are none', () => {
  const map = connectivity(rnn, x)
  expect(refusal(ValueError, () => heatMap({}))).toMatchInlineSnapshot(
    `"heatMap: expected results of connectivity by name, { RNN: connectivity(…) }, got {}"`,
  )
  expect(refusal(ValueError, () => heatMap(untyped(map)))).toMatchInlineSnapshot(
    `"heatMap: expected results of connectivity by name, { RNN: connectivity(…) }, got Connectivity"`,
  )
  expect(refusal(ValueError, () => heatMap({ a: map, b: untyped(3) }))).toMatchInlineSnapshot(
    `"heatMap: expected results of connectivity by name, { RNN: connectivity(…) }, got 3"`,
  )
})
