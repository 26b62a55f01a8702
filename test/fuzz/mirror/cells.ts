// The mirror's cells: a step with parameters of its own.

import { Layer, parameter, zeros } from './layers.ts'
import {
  type CellOptions,
  gru,
  type Kind,
  lstm,
  type Parameters,
  rnn,
  type State,
} from './steps.ts'
import type { Mirror } from './tensor.ts'

class Cell extends Layer {
  readonly #kind: Kind
  constructor(kind: Kind, D: number) {
    super()
    this.#kind = kind
    for (const [name, shape] of Object.entries(kind.parameters(D)))
      Object.assign(this, { [name]: parameter(...shape) })
  }
  forward(x: Mirror, given?: State): State {
    const N = x.shape[0] as number
    const { states, step } = this.#kind
    const sizes = Object.entries(states)
    const state = given ?? Object.fromEntries(sizes.map(([name, size]) => [name, zeros(N, size)]))
    return step(this as unknown as Parameters, x, state)
  }
}
export class RNNCell extends Cell {
  constructor(D: number, H: number, options: CellOptions) {
    super(rnn(H, options), D)
  }
}
export class GRUCell extends Cell {
  constructor(D: number, H: number, options: CellOptions) {
    super(gru(H, options), D)
  }
}
export class LSTMCell extends Cell {
  constructor(D: number, H: number, options: CellOptions) {
    super(lstm(H, options), D)
  }
}
