// A recurrent layer of which some steps are not run, or start afresh, as cells that take one step
// after the other, of recorded ops. It holds no test.
import {
  cat,
  GRUCell,
  type LSTM,
  LSTMCell,
  type LSTMState,
  RNNCell,
  type SequenceOptions,
  stack,
  Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import type { Steps } from '../oracle.ts'
import type { CellOptions } from './oracle/recorded.ts'

/** What is known of a layer; its cell without options where they are left out. */
export interface Sizes {
  kind: 'RNN' | 'LSTM' | 'GRU'
  cell?: CellOptions
  N: number
  T: number
  D: number
  /** Of all layers, or of the first. */
  H: number
  /** The list of every layer's, where there is one: states are lists then. */
  widths?: readonly number[] | undefined
  numLayers: number
  bidirectional: boolean
  bias: boolean
}

/** The steps as the options of a call. */
export const optionsOf = ({ lengths, mask, resets }: Steps): SequenceOptions => ({
  lengths,
  mask: mask && tensor(mask as boolean[][]),
  resets: resets && tensor(resets as boolean[][]),
})

/** Whether step t of sequence n is run. */
export const isRun = ({ lengths, mask }: Steps, n: number, t: number): boolean =>
  t < (lengths?.[n] ?? Number.POSITIVE_INFINITY) && (mask?.[n][t] ?? true)

/** The sizes of a layer's states, by name. */
export function widthsOf(
  { kind, cell, H: one, widths }: Pick<Sizes, 'kind' | 'cell' | 'H' | 'widths'>,
  layer = 0,
) {
  const H = widths?.[layer] ?? one
  return kind === 'LSTM' ? { h: cell?.projSize ?? H, c: H } : { h: H }
}

/** What a layer takes and gives: tensors, or lists of one for each of its layers. */
export type Given = { [K in keyof LSTMState]: Tensor | readonly Tensor[] }

/** What each direction has, by layers where there is a list, under the names of its parts. */
export function parts<A>(
  { widths, bidirectional }: Pick<Sizes, 'widths' | 'bidirectional'>,
  name: string,
  all: readonly A[],
): [string, readonly A[]][] {
  const each = bidirectional ? 2 : 1
  return widths === undefined
    ? [[name, all]]
    : widths.map((_, l) => [`${name}[${l}]`, all.slice(l * each, (l + 1) * each)])
}

/** The cell with the parameters of a layer that end in `_suffix`. */
export function cellLike(
  { kind, cell, H: one, widths, bias }: Pick<Sizes, 'kind' | 'cell' | 'H' | 'widths' | 'bias'>,
  layer: LSTM,
  suffix: string,
): LSTMCell {
  const { dtype, shape } = layer[`weight_ih_${suffix}` as 'weight_ih_l0']
  const H = widths?.[Number(suffix[1])] ?? one
  const Cell = { RNN: RNNCell, LSTM: LSTMCell, GRU: GRUCell }[kind]
  const made = new Cell(shape[1], H, { dtype, bias, ...cell })
  for (const [name] of made.namedParameters())
    Object.assign(made, { [name]: layer[`${name}_${suffix}` as 'weight_ih_l0'] })
  return made as LSTMCell
}

/**
 * The same as the layer, sequence by sequence and step by step, of recorded ops; from fresh states
 * where `given` is null.
 */
export function stepwise(
  c: Sizes,
  layer: LSTM,
  x: Tensor,
  given: Given | null,
  steps: Steps,
): { output: Tensor; state: LSTMState; states: LSTMState } {
  const { dtype } = x
  const names = Object.keys(widthsOf(c)) as (keyof LSTMState)[]
  const stateOf = (f: (name: keyof LSTMState) => Tensor): LSTMState =>
    Object.fromEntries(names.map((name) => [name, f(name)])) as unknown as LSTMState
  const last: LSTMState[] = []
  const all: LSTMState[] = []
  let input = Array.from({ length: c.N }, (_, n) =>
    Array.from({ length: c.T }, (_, t) => x.select(0, n).slice(0, t, t + 1)),
  )
  for (let l = 0; l < c.numLayers; l++) {
    const outputs: Tensor[][][] = []
    const widths = widthsOf(c, l)
    for (const suffix of c.bidirectional ? [`l${l}`, `l${l}_reverse`] : [`l${l}`]) {
      const cell = cellLike(c, layer, suffix)
      const isReverse = suffix.endsWith('reverse')
      const [pass, own] = [last.length, outputs.length]
      const before = (name: keyof LSTMState, all: Given): Tensor => {
        const tensors = all[name]
        return tensors instanceof Tensor ? tensors.select(0, pass) : tensors[l].select(0, own)
      }
      const none = stateOf((name) => zeros([1, widths[name as 'h']], { dtype }))
      const afresh = layer.learnState
        ? stateOf((name) => layer[`first_${name}_${suffix}` as 'first_h_l0'].unsqueeze(0))
        : none
      const rows: LSTMState[][] = []
      const ends = input.map((sequence, n) => {
        let state =
          given === null ? afresh : stateOf((name) => before(name, given).slice(0, n, n + 1))
        const length = steps.lengths?.[n] ?? c.T
        const row = sequence.map(() => none)
        const times = Array.from({ length }, (_, t) => t)
        for (const t of isReverse ? times.reverse() : times) {
          const edge = isReverse ? t + 1 : t
          if (edge < length && steps.resets?.[n][edge]) state = afresh
          if (isRun(steps, n, t)) state = cell.forward(sequence[t], state) as LSTMState
          row[t] = state
        }
        rows.push(row)
        return state
      })
      outputs.push(rows.map((row) => row.map(({ h }) => h)))
      last.push(stateOf((name) => cat(ends.map((state) => state[name]))))
      all.push(stateOf((name) => stack(rows.map((row) => cat(row.map((state) => state[name]))))))
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
  const stacked = (states: readonly LSTMState[]): LSTMState =>
    stateOf((name) => {
      const tensors = parts(c, '', states).map(([, some]) => stack(some.map((one) => one[name])))
      return (c.widths === undefined ? tensors[0] : tensors) as Tensor
    })
  return {
    output: stack(input.map((rows) => cat(rows))),
    state: stacked(last),
    states: stacked(all),
  }
}
