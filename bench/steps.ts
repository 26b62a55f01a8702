// Whole training steps as a user would write them: Embedding → LSTM or RNN → Linear → mean cross-entropy → backward → Adam, in float32.

import { Adam, crossEntropy, Embedding, Generator, Linear, LSTM, Module, RNN, randint, type Tensor } from 'tapegrad'
import { median, type Row } from './measure.ts'

interface Sizes {
  V: number
  D: number
  H: number
  N: number
  T: number
}

/** Vocabulary, embedding, hidden size, batch, time steps. */
export const SIZES = {
  S: { V: 27, D: 27, H: 64, N: 1, T: 20 },
  M: { V: 64, D: 64, H: 128, N: 32, T: 64 },
  L: { V: 96, D: 128, H: 256, N: 64, T: 64 },
  XL: { V: 256, D: 512, H: 1024, N: 64, T: 32 },
} as const satisfies Record<string, Sizes>

class Model extends Module {
  embedding: Embedding
  recurrent: LSTM | RNN
  readOut: Linear

  constructor(cell: 'LSTM' | 'RNN', { V, D, H }: Sizes, generator: Generator) {
    super()
    this.embedding = new Embedding(V, D, { generator })
    this.recurrent = cell === 'LSTM' ? new LSTM(D, H, { generator }) : new RNN(D, H, { generator })
    this.readOut = new Linear(H, V, { generator })
  }

  forward(x: Tensor): Tensor {
    return this.readOut.forward(this.recurrent.forward(this.embedding.forward(x)).output)
  }
}

/** A training step on fixed random data, ready to be run. */
export function trainingStep(cell: 'LSTM' | 'RNN', sizes: Sizes): () => number {
  const generator = new Generator(1)
  const model = new Model(cell, sizes, generator)
  const optimiser = new Adam(model.parameters(), { lr: 1e-3 })
  const x = randint(0, sizes.V, [sizes.N, sizes.T], { generator })
  const y = randint(0, sizes.V, [sizes.N, sizes.T], { generator })
  return () => {
    optimiser.zeroGrad()
    const loss = crossEntropy(model.forward(x), y)
    loss.backward()
    optimiser.step()
    return loss.item()
  }
}

export function stepRows(cells: readonly ('LSTM' | 'RNN')[], names: readonly (keyof typeof SIZES)[]): Row[] {
  return cells.flatMap((cell) => names.map((name) => ({ what: `${cell} training step ${name}`, value: median(trainingStep(cell, SIZES[name])), unit: 'ms' })))
}
