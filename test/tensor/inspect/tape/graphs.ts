// The graphs that the tests of tape() look at: an expression whose parts are used twice, and a
// recurrence.

import { ones, RNNCell, type Tensor, zeros } from 'tapegrad'
import { leaf } from '../../../support/tensors.ts'

export function diamond(): { x: Tensor; y: Tensor } {
  const x = leaf([1, 2, 3], 'float32')
  const shared = x.mul(2).tanh()
  return { x, y: shared.mul(x).add(shared.sigmoid()) }
}

/** An RNN cell over T steps, from a state that is an input. */
export function recurrence(T: number): { names: [string, Tensor][]; hs: Tensor[] } {
  const cell = new RNNCell(3, 5)
  const h0 = zeros([2, 5])
  const hs: Tensor[] = []
  for (let t = 0; t < T; t++) hs.push(cell.forward(ones([2, 3]), { h: hs[t - 1] ?? h0 }).h)
  return { names: [...cell.namedParameters(), ['h0', h0]], hs }
}
