// Inventing names: every symbol that the model predicts is its next input, and the state is carried
// along.
import { type Generator, noGrad, type RNNState, rand, tensor } from 'tapegrad'
import { BOUNDARY, letterOf } from './data.ts'
import type { CharModel } from './model.ts'

/** The most letters of an invented name. The longest in the data has 23. */
export const LONGEST = 30

/** A name of 1 to 30 letters, each drawn from the model's softmax. */
export function sampleName(model: CharModel, generator: Generator): string {
  return noGrad(() => {
    let name = ''
    let symbol = BOUNDARY
    let state: RNNState | undefined
    while (name.length < LONGEST) {
      const step = model.forward(tensor([[symbol]], { dtype: 'int32' }), state)
      const weights = step.logits.softmax().toTypedArray()
      if (name === '') weights[BOUNDARY] = 0
      symbol = draw(weights, generator)
      if (symbol === BOUNDARY) break
      name += letterOf(symbol)
      state = step.state
    }
    return name
  })
}

/** An index with probability weights[k] / Σ weights. */
function draw(weights: ArrayLike<number> & Iterable<number>, generator: Generator): number {
  let left = rand([], { generator }).item() * Array.from(weights).reduce((sum, w) => sum + w, 0)
  let k = 0
  while (k < weights.length - 1 && left >= weights[k]) left -= weights[k++]
  return k
}
