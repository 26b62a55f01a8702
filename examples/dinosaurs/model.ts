// The character model: Embedding → recurrent layer → Linear. It predicts the next symbol; it neither
// trains nor samples.
import {
  crossEntropy,
  Embedding,
  type Generator,
  GRU,
  Linear,
  LSTM,
  Module,
  Recurrent,
  RNN,
  type RNNState,
  type SequenceOptions,
  type Tensor,
} from 'tapegrad'
import { MinimalGatedCell } from './cell.ts'
import { type Batch, SYMBOLS } from './data.ts'

type Make = (D: number, H: number, generator: Generator) => RecurrentLayer

export const CELLS = {
  rnn: (D, H, generator) => new RNN(D, H, { generator }),
  gru: (D, H, generator) => new GRU(D, H, { generator }),
  lstm: (D, H, generator) => new LSTM(D, H, { generator }),
  mgu: (D, H, generator) => new Recurrent(new MinimalGatedCell(D, H, generator)),
} satisfies Record<string, Make>
export type Cell = keyof typeof CELLS

/** Any of them: each takes the state that it gave. */
interface RecurrentLayer extends Module {
  forward(
    x: Tensor,
    state?: RNNState,
    options?: SequenceOptions,
  ): { output: Tensor; state: RNNState }
}

export class CharModel extends Module {
  readonly embedding: Embedding
  readonly recurrent: RecurrentLayer
  readonly head: Linear

  constructor(cell: Cell, embedded: number, hidden: number, generator: Generator) {
    super()
    this.embedding = new Embedding(SYMBOLS, embedded, { generator })
    this.recurrent = CELLS[cell](embedded, hidden, generator)
    this.head = new Linear(hidden, SYMBOLS, { generator })
  }

  /** symbols (N, T) → logits (N, T, 27) of the symbol after each, and the state to go on with. */
  forward(
    symbols: Tensor,
    state?: RNNState,
    options?: SequenceOptions,
  ): { logits: Tensor; state: RNNState } {
    const { output, state: next } = this.recurrent.forward(
      this.embedding.forward(symbols),
      state,
      options,
    )
    return { logits: this.head.forward(output), state: next }
  }

  /** The cross-entropy of a batch in nats: per character, or their sum. */
  loss({ inputs, targets, mask, lengths }: Batch, reduction: 'mean' | 'sum' = 'mean'): Tensor {
    return crossEntropy(this.forward(inputs, undefined, { lengths }).logits, targets, {
      mask,
      reduction,
    })
  }
}
