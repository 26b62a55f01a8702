// A recurrence: the names and sizes of its states, its parameters, and its step, written once from
// primitives. scan.ts runs it over sequences.

import { noGrad, type Shape, type Tensor } from '../../tensor/index.ts'
import type { LinearOptions } from '../linear.ts'
import { constant, type OwnParameter, uniform } from '../parameters.ts'
import type { NamedTensors } from './state.ts'

/** The parameters of one recurrence, by their names without a suffix. */
export interface Parameters {
  readonly weight_ih: Tensor
  readonly weight_hh: Tensor
  readonly bias_ih: Tensor | null
  readonly bias_hh: Tensor | null
  readonly [weight: `weight_${string}`]: Tensor
  readonly [bias: `bias_${string}`]: Tensor | null
}
type ParameterName = `weight_${string}` | `bias_${string}`

/** A parameter's shape; its first values are drawn from U(−1/√H, 1/√H), or are this number. */
export interface ParameterSpec {
  readonly shape: Shape
  readonly value?: number
}

/** A kind of cell. D is the size of its input, and H its own. */
export interface Recurrence<S extends NamedTensors<S>> {
  /** Its op's, on the tape. */
  readonly name: string
  /** The states' names and sizes. h comes first: it is the output. */
  readonly states: (H: number) => Readonly<Record<keyof S & string, number>>
  /** In PyTorch's names, shapes and order; there are no biases where the caller wants none. */
  readonly parameters: (D: number, H: number) => Readonly<Record<ParameterName, ParameterSpec>>
  /**
   * x (N, D) and the state before, each tensor (N, its size) → the state after. `hidden` is h as
   * products see it: it may be dropped out.
   */
  readonly step: (p: Parameters, x: Tensor, state: S, hidden: Tensor) => S
  /** Sets first values that depend on the place in a parameter. */
  readonly begin?: (p: Parameters) => void
}

/** The parameters of so many gates, each with a product of x, one of h (P), and two biases. */
export const gated = (
  gates: number,
  D: number,
  H: number,
  P = H,
): Record<ParameterName, ParameterSpec> => ({
  weight_ih: { shape: [gates * H, D] },
  weight_hh: { shape: [gates * H, P] },
  bias_ih: { shape: [gates * H] },
  bias_hh: { shape: [gates * H] },
})

/** The names of the states, in their order. */
export const namesOf = <S extends NamedTensors<S>>(
  recurrence: Recurrence<S>,
): (keyof S & string)[] => Object.keys(recurrence.states(1)) as (keyof S & string)[]

const isBias = (name: string): boolean => name.startsWith('bias_')

/** New parameters, by their names and in their order; biases are null without `bias`. */
export function drawnParameters<S extends NamedTensors<S>>(
  { parameters, begin }: Recurrence<S>,
  D: number,
  H: number,
  { bias = true, ...init }: LinearOptions,
): Parameters {
  const drawn = Object.entries(parameters(D, H)).map(([name, { shape, value }]) => {
    if (isBias(name) && !bias) return [name, null]
    return [
      name,
      value === undefined ? uniform(shape, 1 / Math.sqrt(H), init) : constant(shape, value, init),
    ]
  })
  const p: Parameters = Object.fromEntries(drawn)
  if (begin !== undefined) noGrad(() => begin(p))
  return p
}

/** The parameters with their names and the shapes that they must have. */
export const withShapes = <S extends NamedTensors<S>>(
  { parameters }: Recurrence<S>,
  p: Parameters,
  D: number,
  H: number,
): OwnParameter[] =>
  Object.entries(parameters(D, H)).map(([name, { shape }]) => [
    name,
    p[name as ParameterName],
    shape,
  ])
