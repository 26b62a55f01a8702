// One call of a recurrent layer, so small that its numbers cost nothing, with its backward pass.
// The first call in a process records the layer's cell and lowers it to programs.

import { Linear, ones } from 'tapegrad'
import { type Cell, recurrent } from './cells.ts'

export function layerCall(cell: Cell): () => number {
  const layer = recurrent(cell, 4, 4)
  const x = ones([1, 2, 4])
  // Whatever any first op has to start is not the layer's.
  new Linear(4, 4).forward(x).tanh().sum().backward()
  return () => {
    const loss = layer.forward(x).output.sum()
    loss.backward()
    return loss.item()
  }
}
