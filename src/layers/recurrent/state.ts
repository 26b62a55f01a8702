// The state of a recurrence: its tensors by name, as a caller gives them, or zeros. The steps that
// lead from one state to the next are recurrence.ts.
import {
  type DType,
  DTypeError,
  type Shape,
  Tensor,
  ValueError,
  zeros,
} from '../../tensor/index.ts'
import { isOptions, noTensor, shown } from '../../tensor/internal.ts'
import { requireMatch } from '../parameters.ts'

/**
 * The state of an RNN: of a cell (N, H), of a sequence layer (numLayers·directions, N, H). Where
 * hiddenSize is a list, the layer has a list { h: [(directions, N, H_l), …] } instead.
 */
export interface RNNState {
  /** The hidden state, which is also the output. */
  h: Tensor
}

/**
 * The state of an LSTM: of a cell (N, H) each, of a sequence layer (numLayers·directions, N, H)
 * each. Where hiddenSize is a list, the layer has lists of (directions, N, H_l) instead.
 */
export interface LSTMState {
  /** The hidden state, which is also the output. */
  h: Tensor
  /** The cell state, which is carried along. */
  c: Tensor
}

/** A state S: tensors by name, with an h among them. */
export type NamedTensors<S> = RNNState & Record<keyof S, Tensor>

/** The names of a state's tensors, in their order. */
export type Names<S> = readonly (keyof S & string)[]

/** The state whose tensors are `f` of their names and places. */
export function stateOf<S extends NamedTensors<S>>(
  names: Names<S>,
  f: (name: keyof S, k: number) => Tensor,
): S {
  const state: Partial<Record<keyof S, Tensor>> = {}
  for (let k = 0; k < names.length; k++) state[names[k]] = f(names[k], k)
  return state as unknown as S
}

/** Throws a ValueError unless a state is an object with these names and no others. */
export function requireNames(who: string, names: readonly string[], state: unknown): void {
  const given: string[] =
    typeof state === 'object' && state !== null && !(state instanceof Tensor)
      ? Object.keys(state)
      : []
  if (given.length !== names.length || !names.every((name) => given.includes(name))) {
    throw new ValueError(
      `${who}: expected a state { ${names.join(', ')} }, got ` +
        `${given.length > 0 ? `{ ${given.join(', ')} }` : shown(state)}`,
    )
  }
}

/**
 * The state given, or zeros where none is. Throws a ValueError unless it has the tensors with these
 * names and no others, a ShapeError or DTypeError unless each is (…leading, its size) of this
 * dtype.
 */
export function stateOrZeros<S extends NamedTensors<S>>(
  who: string,
  sizes: Readonly<Record<keyof S & string, number>>,
  state: S | undefined,
  leading: Shape,
  dtype: DType,
): S {
  const names = Object.keys(sizes) as (keyof S & string)[]
  const shapeOf = (name: keyof S): Shape => [...leading, sizes[name as keyof S & string]]
  if (state === undefined) return stateOf(names, (name) => zeros(shapeOf(name), { dtype }))
  requireNames(who, names, state)
  const read = stateOf(names, (name) => state[name])
  for (const name of names) requireMatch(who, `state.${name}`, read[name], shapeOf(name), dtype)
  return read
}

/**
 * The state with every tensor cut off from the tape, to be carried on from one segment of a long
 * sequence to the next (truncated backpropagation through time); undefined, the state before the
 * first segment, as it is. Throws a ValueError unless the state is an object of tensors or of lists
 * of tensors, a DTypeError for an entry that is no tensor.
 *
 * ```ts
 * const lstm = new LSTM(2, 3)
 * const { state } = lstm.forward(ones([1, 4, 2]))
 * const { output } = lstm.forward(ones([1, 4, 2]), detachState(state))
 * output // (1, 4, 3)
 * ```
 */
export function detachState<S extends object | undefined>(state: S): S {
  if (state === undefined) return state
  const entries: [string, unknown][] = isOptions(state) ? Object.entries(state) : []
  if (entries.length === 0)
    throw new ValueError(
      `detachState: expected a state of tensors, such as { h, c }, got ${shown(state)}`,
    )
  const cut = (name: string, t: unknown): Tensor => {
    if (!(t instanceof Tensor))
      throw new DTypeError(`detachState: expected ${name} to be a Tensor, got ${noTensor(t)}`)
    return t.detach()
  }
  return Object.fromEntries(
    entries.map(([name, t]) => [
      name,
      Array.isArray(t) ? Array.from(t, (item, l) => cut(`${name}[${l}]`, item)) : cut(name, t),
    ]),
  ) as S
}
