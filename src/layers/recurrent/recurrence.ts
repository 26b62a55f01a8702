// What tells one recurrence from another: its step, gates and state. The cells and the sequence
// layers run it without asking which it is.
import {
  cat,
  type DType,
  DTypeError,
  type Shape,
  Tensor,
  ValueError,
  zeros,
} from '../../tensor/index.ts'
import {
  type Compose,
  isOptions,
  type LookUp,
  lstmSequence,
  noTensor,
  rnnSequence,
  shown,
} from '../../tensor/internal.ts'
import { type Expected, requireMatch } from '../fit.ts'
import { uniform } from '../init.ts'
import { type LinearOptions, project } from '../linear.ts'

/** The state of an RNN: of a cell (N, H), of a sequence layer (numLayers·directions, N, H). */
export interface RNNState {
  /** The hidden state, which is also the output. */
  h: Tensor
}

/**
 * The state of an LSTM: of a cell (N, H) each, of a sequence layer (numLayers·directions, N, H)
 * each.
 */
export interface LSTMState {
  /** The hidden state, which is also the output. */
  h: Tensor
  /** The cell state, which is carried along. */
  c: Tensor
}

/** Tensors by name, with an h among them. */
export type NamedTensors<S> = RNNState & Record<keyof S, Tensor>

/**
 * A recurrence with state S. Every one computes z = x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh, z (N,
 * gates·H), and then its step.
 */
export interface Recurrence<S extends NamedTensors<S>> {
  gates: number
  names: readonly (keyof S)[]
  /** From z and the state before, each tensor (N, H), the state after. */
  step(z: Tensor, state: S): S
  /**
   * `unrolled` by fused kernels, faster where the rows of x are known to be looked up; `compose` is
   * asked for where its derivative is recorded.
   */
  fused(
    inputs: readonly Tensor[],
    sizes: readonly number[],
    compose: Compose,
    lookUp: LookUp | null,
  ): Tensor
}

/** h′ = tanh(z) (Elman 1990, "Finding structure in time"). */
export const rnn: Recurrence<RNNState> = {
  gates: 1,
  names: ['h'],
  step: (z) => ({ h: z.tanh() }),
  fused: rnnSequence,
}

/**
 * With z = (i, f, g, o): c′ = σ(f) ⊙ c + σ(i) ⊙ tanh(g) and h′ = σ(o) ⊙ tanh(c′) (Hochreiter &
 * Schmidhuber 1997, "Long short-term memory"; forget gate: Gers, Schmidhuber & Cummins 2000,
 * "Learning to forget").
 */
export const lstm: Recurrence<LSTMState> = {
  gates: 4,
  names: ['h', 'c'],
  step(z, { c }) {
    const [i, f, g, o] = z.chunk(4, 1)
    const cNext = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()))
    return { h: o.sigmoid().mul(cNext.tanh()), c: cNext }
  },
  fused: lstmSequence,
}

/**
 * The definition of packed sequences, a fold of the step. The longest come first: step t has the
 * first `sizes[t]` of the N sequences, and its rows follow those of the step before. x (Σ sizes,
 * D), weight_ih (G, D), weight_hh (G, H), the tensors of the first state (N, H), and a bias (G) or
 * none → the first h (N rows), h after every step (Σ sizes rows), and each sequence's last state (N
 * rows for each of its tensors). G = gates·H.
 */
export function unrolled<S extends NamedTensors<S>>(
  recurrence: Recurrence<S>,
  inputs: readonly Tensor[],
  sizes: readonly number[],
): Tensor {
  const { names } = recurrence
  const [x, weight_ih, weight_hh, ...tensors] = inputs
  // What does not depend on h is one product over all steps.
  const zx = project(x, weight_ih, tensors[names.length] ?? null)
  let state = stateOf(recurrence, (name) => tensors[names.indexOf(name)])
  const transposed = weight_hh.t()
  const hs = [state.h]
  const ended: S[] = []
  let at = 0
  sizes.forEach((n, t) => {
    const before = stateOf(recurrence, (name) => rows(state[name], n))
    const after = recurrence.step(zx.slice(0, at, at + n).add(before.h.matmul(transposed)), before)
    hs.push(after.h)
    ended.unshift(stateOf(recurrence, (name) => after[name].slice(0, sizes[t + 1] ?? 0)))
    state = after
    at += n
  })
  return cat([...hs, ...names.flatMap((name) => ended.map((one): Tensor => one[name]))])
}

const rows = (t: Tensor, n: number): Tensor => (t.shape[0] === n ? t : t.slice(0, 0, n))

/** The state whose tensors are `f` of their names. */
export function stateOf<S extends NamedTensors<S>>(
  { names }: Recurrence<S>,
  f: (name: keyof S) => Tensor,
): S {
  return Object.fromEntries(names.map((name) => [name, f(name)])) as unknown as S
}

/** The parameters of one pass, as they stand in a layer whose names for them end in `suffix`. */
export interface PassParameters {
  weight_ih: Tensor
  weight_hh: Tensor
  bias_ih: Tensor | null
  bias_hh: Tensor | null
}

/** Their shapes, for D numbers that come in at a step and H hidden units. */
export const expectedOf = (
  { weight_ih, weight_hh, bias_ih, bias_hh }: PassParameters,
  suffix: string,
  [gates, D, H]: readonly [gates: number, D: number, H: number],
): Expected[] => [
  [`weight_ih${suffix}`, weight_ih, [gates * H, D]],
  [`weight_hh${suffix}`, weight_hh, [gates * H, H]],
  [`bias_ih${suffix}`, bias_ih, [gates * H]],
  [`bias_hh${suffix}`, bias_hh, [gates * H]],
]

/**
 * The state given, or zeros where none is.
 *
 * Throws a ValueError unless it has the recurrence's tensors and no others, a ShapeError or
 * DTypeError unless they have this shape and dtype.
 */
export function stateOrZeros<S extends NamedTensors<S>>(
  who: string,
  recurrence: Recurrence<S>,
  state: S | undefined,
  shape: Shape,
  dtype: DType,
): S {
  if (state === undefined) return stateOf(recurrence, () => zeros(shape, { dtype }))
  const names = recurrence.names.map(String)
  const given =
    typeof state === 'object' && state !== null && !(state instanceof Tensor)
      ? Object.keys(state)
      : []
  if (given.length !== names.length || !names.every((name) => given.includes(name))) {
    throw new ValueError(
      `${who}: expected a state { ${names.join(', ')} }, got ` +
        `${given.length > 0 ? `{ ${given.join(', ')} }` : shown(state)}`,
    )
  }
  const read = stateOf(recurrence, (name) => state[name])
  for (const name of recurrence.names)
    requireMatch(who, `state.${String(name)}`, read[name], shape, dtype)
  return read
}

/**
 * The state with every tensor cut off from the tape, to be carried on from one stretch of a long
 * sequence to the next (truncated backpropagation through time). Nothing stays nothing, as before
 * the first stretch. Throws a ValueError for what is no object, a DTypeError for what is no tensor
 * in it.
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
  for (const [name, t] of entries)
    if (!(t instanceof Tensor))
      throw new DTypeError(`detachState: expected ${name} to be a Tensor, got ${noTensor(t)}`)
  return Object.fromEntries(entries.map(([name, t]) => [name, (t as Tensor).detach()])) as S
}

/**
 * The parameters of one recurrence, G = gates·H: weights (G, D) and (G, H), biases (G), drawn from
 * U(−1/√H, 1/√H) in this order.
 */
export function recurrentParameters(
  gates: number,
  D: number,
  H: number,
  { bias = true, ...init }: LinearOptions,
) {
  const draw = (...shape: number[]) => uniform(shape, 1 / Math.sqrt(H), init)
  return {
    weight_ih: draw(gates * H, D),
    weight_hh: draw(gates * H, H),
    bias_ih: bias ? draw(gates * H) : null,
    bias_hh: bias ? draw(gates * H) : null,
  }
}
