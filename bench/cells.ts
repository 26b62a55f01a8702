// The recurrent layers that are measured: the package's, the LSTM with each of its options, and an
// LSTM that a user writes as a cell.

import {
  type Generator,
  GRU,
  Linear,
  LSTM,
  type LSTMState,
  Module,
  Recurrent,
  RNN,
  type Tensor,
} from 'tapegrad'

const LAYERS = { LSTM, RNN, GRU }
export type Cell = keyof typeof LAYERS
export const CELLS = Object.keys(LAYERS) as Cell[]

const OPTIONS = {
  peepholes: { peepholes: true },
  coupledGates: { coupledGates: true },
  recurrentDropout: { recurrentDropout: 0.3 },
  zoneout: { zoneout: 0.1 },
  layerNorm: { layerNorm: true },
}
/** An LSTM with one of its options, or written by a user as a cell. */
export type Variant = keyof typeof OPTIONS | 'written'
export const LSTM_OPTIONS = Object.keys(OPTIONS) as (keyof typeof OPTIONS)[]
export const VARIANTS: readonly Variant[] = [...LSTM_OPTIONS, 'written']

/** One step of an LSTM. */
class WrittenLSTM extends Module {
  stateSize: { h: number; c: number }
  fromX: Linear
  fromH: Linear

  constructor(D: number, H: number, generator?: Generator) {
    super()
    this.stateSize = { h: H, c: H }
    this.fromX = new Linear(D, 4 * H, { generator })
    this.fromH = new Linear(H, 4 * H, { generator })
  }

  forward(x: Tensor, { h, c }: LSTMState): LSTMState {
    const z = this.fromX.forward(x).add(this.fromH.forward(h))
    const [i, f, g, o] = z.chunk(4, 1)
    const cNext = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()))
    return { h: o.sigmoid().mul(cNext.tanh()), c: cNext }
  }
}

/** The names that the LSTM's parameters have in a Recurrent of the cell above. */
export const WRITTEN_NAMES: Readonly<Record<string, string>> = {
  weight_ih_l0: 'l0.fromX.weight',
  weight_hh_l0: 'l0.fromH.weight',
  bias_ih_l0: 'l0.fromX.bias',
  bias_hh_l0: 'l0.fromH.bias',
}

export interface SequenceLayer extends Module {
  forward(x: Tensor): { output: Tensor }
}

export interface LayerOptions {
  /** Of an LSTM. */
  variant?: Variant | undefined
  generator?: Generator | undefined
}

export function recurrent(
  cell: Cell,
  D: number,
  H: number,
  { variant, generator }: LayerOptions = {},
): SequenceLayer {
  if (variant === 'written')
    return new Recurrent((inputSize) => new WrittenLSTM(inputSize, H, generator), { inputSize: D })
  const options = variant === undefined ? {} : OPTIONS[variant]
  return new LAYERS[cell](D, H, { generator, ...options })
}
