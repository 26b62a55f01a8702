// The adding problem (Hochreiter & Schmidhuber 1997): carry two numbers over a hundred steps. An
// LSTM learns to, a plain RNN of the same size does not.
import { setImmediate } from 'node:timers/promises'
import { Command } from 'commander'
import {
  Adam,
  arange,
  cat,
  clipGradNorm,
  Generator,
  Linear,
  LSTM,
  Module,
  mseLoss,
  noGrad,
  RNN,
  rand,
  randint,
  type Tensor,
  zeros,
} from 'tapegrad'
import { wholeNumber } from './flags/wholeNumber.ts'

const { steps, T, seed } = new Command('npm run example addingProblem --')
  .description('An LSTM learns to add two numbers of a long sequence, an RNN does not.')
  .option('--steps <number>', 'training steps of each', wholeNumber(1, 1e6), 1000)
  .option('--T <number>', 'length of the sequences', wholeNumber(2, 1e4), 100)
  .option('--seed <number>', 'of the weights and the problems', wholeNumber(0, 2 ** 31 - 1), 0)
  .showHelpAfterError()
  .parse()
  .opts<Record<'steps' | 'T' | 'seed', number>>()
const generator = new Generator(seed)
const H = 32

/**
 * x (N, T, 2): numbers in [0, 1), and marks, 1 at one step of the first half and one of the second,
 * else 0. y (N, 1): the sum of the two marked numbers.
 */
function problems(N: number): {
  x: Tensor<readonly [N: number, T: number, 2]>
  y: Tensor<readonly [N: number, 1]>
} {
  const time = arange(T, undefined, 1, { dtype: 'int32' }).unsqueeze(1)
  const marksBetween = (low: number, high: number) =>
    time.eq(randint(low, high, [N, 1, 1], { generator })).to('float32')
  const marks = marksBetween(0, T >> 1).add(marksBetween(T >> 1, T))
  const numbers = rand([N, T, 1], { generator })
  return { x: cat([numbers, marks], 2), y: numbers.mul(marks).sum(1) }
}

/** Reads x and answers from its last hidden state. */
class Adder extends Module {
  readonly recurrent: RNN | LSTM
  readonly head = new Linear(H, 1, { generator })

  constructor(recurrent: RNN | LSTM) {
    super()
    this.recurrent = recurrent
  }

  forward(x: Tensor<readonly [N: number, T: number, 2]>): Tensor<readonly [N: number, 1]> {
    return this.head.forward(this.recurrent.forward(x).state.h.select(0, 0))
  }
}

/**
 * An LSTM that, before any training, remembers for 1 to T steps: forget biases log u, input biases
 * −log u, u ~ U(1, T − 1) (Tallec & Ollivier 2018).
 */
function patientLSTM(): LSTM {
  const lstm = new LSTM(2, H, { generator })
  const forget = rand([H], { generator })
    .mul(T - 2)
    .add(1)
    .log()
  lstm.bias_ih_l0?.assign_(cat([forget.neg(), forget, zeros([2 * H])]))
  return lstm
}

function contestant(recurrent: RNN | LSTM, lr: number) {
  const model = new Adder(recurrent)
  return { model, optimizer: new Adam(model.parameters(), { lr }) }
}

const contestants = [
  contestant(patientLSTM(), 0.02),
  contestant(new RNN(2, H, { generator }), 0.002),
]
const test = problems(2000)
let [errorOfLSTM, errorOfRNN, solvedAt] = [Number.NaN, Number.NaN, Number.POSITIVE_INFINITY]

for (let step = 1; step <= steps; step++) {
  const { x, y } = problems(32)
  for (const { model, optimizer } of contestants) {
    const loss = mseLoss(model.forward(x), y)
    optimizer.zeroGrad()
    loss.backward()
    clipGradNorm(model.parameters(), 1)
    optimizer.step()
  }
  // Signal handlers, Ctrl-C's among them, run here and nowhere else in this loop.
  await setImmediate()
  if (step % 100 === 0 || step === steps) {
    ;[errorOfLSTM, errorOfRNN] = contestants.map(({ model }) =>
      noGrad(() => mseLoss(model.forward(test.x), test.y).item()),
    )
    if (errorOfLSTM < 0.01) solvedAt = Math.min(solvedAt, step)
    console.log(
      `step ${step}  mean squared error: LSTM ${errorOfLSTM.toFixed(4)}  RNN ` +
        `${errorOfRNN.toFixed(4)}`,
    )
  }
}

const baseline = test.y.sub(1).square().mean().item()
console.log(
  `\nOver ${T} steps, always answering 1 gives ${baseline.toFixed(3)} (1/6 on average). The RNN ` +
    `ended at ${errorOfRNN.toFixed(3)}, the LSTM at`,
)
console.log(
  `${errorOfLSTM.toFixed(4)}: ` +
    `${
      solvedAt <= steps
        ? `it was below 0.01 by step ${solvedAt}`
        : `it has not come below 0.01 in ${steps} steps`
    }.`,
)
