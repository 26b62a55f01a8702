// A recurrence for tests, in few words: its step, its gates' parameters and more of them.

import type { Tensor } from 'tapegrad'
import {
  gated,
  type Parameters,
  type Recurrence,
} from '../../../src/layers/recurrent/recurrence.ts'
import type { NamedTensors } from '../../../src/layers/recurrent/state.ts'
import { affine } from '../../../src/tensor/internal.ts'

export type Any = NamedTensors<Record<string, Tensor>>
export type Cell = Recurrence<Any>
type Weights = Record<string, Tensor>

/** A cell of one state h, with the parameters of so many gates and more. */
export const cell = (
  gates: number,
  step: (p: Weights, x: Tensor, state: Any, hidden: Tensor) => Record<string, Tensor>,
  more: (D: number, H: number) => Record<string, readonly number[]> = () => ({}),
  states: (H: number) => Record<string, number> = (H) => ({ h: H }),
): Cell => ({
  name: 'cell',
  states: states as Cell['states'],
  parameters: (D, H) => ({
    ...gated(gates, D, H),
    ...Object.fromEntries(Object.entries(more(D, H)).map(([name, shape]) => [name, { shape }])),
  }),
  step: (p: Parameters, x, state, hidden) => step(p as unknown as Weights, x, state, hidden) as Any,
})

export const both = (p: Weights, x: Tensor, h: Tensor): [Tensor, Tensor] => [
  affine(x, p.weight_ih as Tensor, p.bias_ih ?? null),
  affine(h, p.weight_hh as Tensor, p.bias_hh ?? null),
]
export const sums = (p: Weights, x: Tensor, h: Tensor): Tensor =>
  both(p, x, h).reduce((a, b) => a.add(b))
export const withC = (H: number) => ({ h: H, c: H })
