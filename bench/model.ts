// The model that is trained, in float32, written as a user would write it: Embedding → LSTM, RNN
// or GRU → Linear → mean cross-entropy → backward → Adam.

import { Adam, crossEntropy, Embedding, Linear, Module, type Tensor } from 'tapegrad'
import { type Cell, type LayerOptions, recurrent, type SequenceLayer } from './cells.ts'

/** Vocabulary, embedding, hidden size, batch, time steps. */
export interface Sizes {
  V: number
  D: number
  H: number
  N: number
  T: number
}

export const SIZES = {
  S: { V: 27, D: 27, H: 64, N: 1, T: 20 },
  M: { V: 64, D: 64, H: 128, N: 32, T: 64 },
  L: { V: 96, D: 128, H: 256, N: 64, T: 64 },
  XL: { V: 256, D: 512, H: 1024, N: 64, T: 32 },
} as const satisfies Record<string, Sizes>

export type Size = keyof typeof SIZES

export class Model extends Module {
  embedding: Embedding
  recurrent: SequenceLayer
  readOut: Linear

  constructor(cell: Cell, { V, D, H }: Sizes, options: LayerOptions = {}) {
    super()
    const { generator } = options
    this.embedding = new Embedding(V, D, { generator })
    this.recurrent = recurrent(cell, D, H, options)
    this.readOut = new Linear(H, V, { generator })
  }

  /** x (N, T) → logits (N, T, V) */
  forward(x: Tensor): Tensor {
    return this.readOut.forward(this.recurrent.forward(this.embed(x)).output)
  }

  protected embed(x: Tensor): Tensor {
    return this.embedding.forward(x)
  }
}

/** The same model, unaware that rows of its input repeat: as if all of them were distinct. */
export class UnawareModel extends Model {
  protected override embed(x: Tensor): Tensor {
    return super.embed(x).add(0)
  }
}

/** A function that runs a training step and returns the loss before its update. */
export function trainingStep(model: Model, x: Tensor, y: Tensor): () => number {
  const optimiser = new Adam(model.parameters(), { lr: 1e-3 })
  return () => {
    optimiser.zeroGrad()
    const loss = crossEntropy(model.forward(x), y)
    loss.backward()
    optimiser.step()
    return loss.item()
  }
}
