// A recurrence: its parameters, and the definition of sequences of its step. The step of an RNN is
// in rnn.ts, that of an LSTM in lstm.ts.
//
//     z = x·W_ihᵀ + b_ih + h·W_hhᵀ + b_hh     with x (N, D), h (N, H), z (N, G), G = gates·H
//     next state = step(z, state)             with a state { h } or { h, c }, each (N, H)
import { cat, type Tensor } from '../../tensor/index.ts'
import type { Compose, LookUp } from '../../tensor/internal.ts'
import { type LinearOptions, project } from '../linear.ts'
import { type OwnParameter, uniform } from '../parameters.ts'
import { type NamedTensors, type Names, stateOf } from './state.ts'

/** A recurrence with state S. */
export interface Recurrence<S extends NamedTensors<S>> {
  readonly gates: number
  /** The names of the state's tensors. */
  readonly names: Names<S>
  /** z (N, gates·H) and the state before, each tensor (N, H) → the state after. */
  step(z: Tensor, state: S): S
  /**
   * `unrolled` as one op on fused kernels. It runs `compose`, the same of recorded ops, where its
   * derivative is differentiated, and multiplies rows that `lookUp` says are equal only once.
   */
  fused(
    inputs: readonly Tensor[],
    sizes: readonly number[],
    compose: Compose,
    lookUp: LookUp | null,
  ): Tensor
}

/**
 * The definition of a batch of sequences, as packed rows (packing.ts): step t is that of the first
 * `sizes[t]` of them. Inputs: rows x (R, D), weight_ih (G, D), weight_hh (G, H), each tensor of the
 * first state (N, H) and, where there is a bias, b_ih + b_hh (G). The result has the rows
 *
 *     the first h                       (N, H)
 *     h after every step                (R, H), packed as x is
 *     h after each sequence's end       (N, H), and c likewise
 */
export function unrolled<S extends NamedTensors<S>>(
  { names, step }: Recurrence<S>,
  [x, weight_ih, weight_hh, ...others]: readonly Tensor[],
  sizes: readonly number[],
): Tensor {
  // The part of z that does not depend on h is one product over all steps.
  const zx = project(x, weight_ih, others[names.length] ?? null)
  let state = stateOf(names, (_, k) => others[k])
  const transposed = weight_hh.t()
  const hs = [state.h]
  const last: S[] = []
  let at = 0
  sizes.forEach((n, t) => {
    const before = stateOf(names, (name) => firstRows(state[name], n))
    state = step(zx.slice(0, at, at + n).add(before.h.matmul(transposed)), before)
    hs.push(state.h)
    // Sequences that end here stand before those that ended earlier.
    last.unshift(stateOf(names, (name) => state[name].slice(0, sizes[t + 1] ?? 0)))
    at += n
  })
  return cat([...hs, ...names.flatMap((name) => last.map((ended): Tensor => ended[name]))])
}

const firstRows = (t: Tensor, n: number): Tensor => (t.shape[0] === n ? t : t.slice(0, 0, n))

/** The parameters of one recurrence, by their names without a suffix. */
export interface RecurrentParameters {
  weight_ih: Tensor
  weight_hh: Tensor
  bias_ih: Tensor | null
  bias_hh: Tensor | null
}

/** Parameters drawn from U(−1/√H, 1/√H), in the order of their names above. */
export function drawnParameters(
  gates: number,
  D: number,
  H: number,
  { bias = true, ...init }: LinearOptions,
): RecurrentParameters {
  const draw = (...shape: number[]) => uniform(shape, 1 / Math.sqrt(H), init)
  return {
    weight_ih: draw(gates * H, D),
    weight_hh: draw(gates * H, H),
    bias_ih: bias ? draw(gates * H) : null,
    bias_hh: bias ? draw(gates * H) : null,
  }
}

/** The parameters with their names in a layer and the shapes that they must have. */
export const withShapes = (
  { weight_ih, weight_hh, bias_ih, bias_hh }: RecurrentParameters,
  suffix: string,
  [gates, D, H]: readonly [gates: number, D: number, H: number],
): OwnParameter[] => [
  [`weight_ih${suffix}`, weight_ih, [gates * H, D]],
  [`weight_hh${suffix}`, weight_hh, [gates * H, H]],
  [`bias_ih${suffix}`, bias_ih, [gates * H]],
  [`bias_hh${suffix}`, bias_hh, [gates * H]],
]
