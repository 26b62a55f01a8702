// A recurrent layer of which some steps are not run, or start afresh, as cells that take one step
// after the other, of recorded ops. It holds no test.
import {
  cat,
  type LSTM,
  LSTMCell,
  type LSTMState,
  RNNCell,
  type SequenceOptions,
  stack,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { type Case, mapState, stateOf } from '../../properties/layers.ts'
import type { Steps } from '../oracle.ts'

/** The steps as the options of a call. */
export const optionsOf = ({ lengths, mask, resets }: Steps): SequenceOptions => ({
  lengths,
  mask: mask && tensor(mask as boolean[][]),
  resets: resets && tensor(resets as boolean[][]),
})

/** Whether step t of sequence n is run. */
export const isRun = ({ lengths, mask }: Steps, n: number, t: number): boolean =>
  t < (lengths?.[n] ?? Number.POSITIVE_INFINITY) && (mask?.[n][t] ?? true)

/** The same as the layer, sequence by sequence and step by step, of recorded ops. */
export function stepwise(c: Case, layer: LSTM, x: Tensor, given: LSTMState, steps: Steps) {
  const dtype = x.dtype
  const last: LSTMState[][] = []
  let input = Array.from({ length: c.N }, (_, n) =>
    Array.from({ length: c.T }, (_, t) => x.select(0, n).slice(0, t, t + 1)),
  )
  for (let l = 0; l < c.numLayers; l++) {
    const outputs: Tensor[][][] = []
    for (const suffix of c.bidirectional ? [`l${l}`, `l${l}_reverse`] : [`l${l}`]) {
      const D = l === 0 ? c.D : c.H * (c.bidirectional ? 2 : 1)
      const cell = new { RNN: RNNCell, LSTM: LSTMCell }[c.kind](D, c.H, { dtype, bias: c.bias })
      for (const name of ['weight_ih', 'weight_hh', 'bias_ih', 'bias_hh'] as const)
        Object.assign(cell, { [name]: layer[`${name}_${suffix}` as 'weight_ih_l0'] })
      const isReverse = suffix.endsWith('reverse')
      const pass = last.length
      const afresh = stateOf(c, () => zeros([1, c.H], { dtype }))
      const hs: Tensor[][] = []
      const ends = input.map((sequence, n) => {
        let state = mapState(given, (t) => t.select(0, pass).slice(0, n, n + 1))
        const length = steps.lengths?.[n] ?? c.T
        const row = sequence.map(() => zeros([1, c.H], { dtype }))
        const times = Array.from({ length }, (_, t) => t)
        for (const t of isReverse ? times.reverse() : times) {
          const edge = isReverse ? t + 1 : t
          if (edge < length && steps.resets?.[n][edge]) state = afresh
          if (isRun(steps, n, t)) state = (cell as LSTMCell).forward(sequence[t], state)
          row[t] = state.h
        }
        hs.push(row)
        return state
      })
      outputs.push(hs)
      last.push(ends)
    }
    input = input.map((sequence, n) =>
      sequence.map((_, t) =>
        cat(
          outputs.map((hs) => hs[n][t]),
          1,
        ),
      ),
    )
  }
  const names = Object.keys(given) as (keyof LSTMState)[]
  const after = Object.fromEntries(
    names.map((name) => [name, stack(last.map((ends) => cat(ends.map((state) => state[name]))))]),
  ) as unknown as LSTMState
  return { output: stack(input.map((rows) => cat(rows))), state: after }
}
