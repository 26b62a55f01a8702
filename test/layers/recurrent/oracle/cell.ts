// How the oracle of a recurrent cell looks to unroll.ts and to tests: one step of one sequence,
// forward and backward. It computes nothing.
//
//     const { outputs, last, backward } = unroll(gru(), p, x, { h }, { lengths })
//     const { dx, dFirst, dp } = backward({ h: dOutputs }, { h: dLast })
//
//     const { output, last, backward } = stacked(lstm(), p, x, { h, c }, { numLayers: 2 })
//     const { dx, dFirst, dp } = backward(dOutput, { h: dh, c: dc })
import type { Matrix, Row } from './arrays.ts'

/** By PyTorch's names; a bias that a cell has not is left out. */
export type Parameters = Record<string, Row | Matrix>

/** h, of an LSTM also c. */
export type State = Record<string, Row>

export interface Cell<Saved = unknown> {
  /** The names of the state's rows. */
  readonly states: readonly string[]
  /**
   * x (D) and the state before → the state after. The mask, as long as h, multiplies h before its
   * product with weight_hh, and nowhere else (Gal & Ghahramani 2016).
   */
  forward(p: Parameters, x: Row, state: State, mask?: Row): { state: State; saved: Saved }
  /**
   * The cotangents of the state after → those of x, of the state before, and of the parameters.
   */
  backward(p: Parameters, saved: Saved, dState: State): { dx: Row; dState: State; dp: Parameters }
}

/** What the cells' products read. */
export interface Products {
  weight_ih: Matrix
  weight_hh: Matrix
  bias_ih?: Row
  bias_hh?: Row
}

/** Of these gradients, those of parameters that p has. */
export const present = (p: Parameters, dp: Parameters): Parameters =>
  Object.fromEntries(Object.entries(dp).filter(([name]) => p[name] !== undefined))
