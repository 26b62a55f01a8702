// The character model: Embedding → RNN or LSTM → Linear. It predicts the next symbol; it neither
// trains nor samples.
import {
  crossEntropy,
  Embedding,
  type Generator,
  Linear,
  LSTM,
  Module,
  RNN,
  type RNNState,
  type SequenceOptions,
  type Tensor,
} from 'tapegrad'
import { type Batch, SYMBOLS } from './data.ts'

export const CELLS = { rnn: RNN, lstm: LSTM }
export type Cell = keyof typeof CELLS

/** RNN or LSTM: either takes the state that it gave. */
interface Recurrent extends Module {
  forward(
    x: Tensor,
    state?: RNNState,
    options?: SequenceOptions,
  ): { output: Tensor; state: RNNState }
}

export class CharModel extends Module {
  readonly embedding: Embedding
  readonly recurrent: Recurrent
  readonly head: Linear

  constructor(cell: Cell, embedded: number, hidden: number, generator: Generator) {
    super()
    this.embedding = new Embedding(SYMBOLS, embedded, { generator })
    this.recurrent = new CELLS[cell](embedded, hidden, { generator })
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
