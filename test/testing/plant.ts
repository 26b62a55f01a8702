// What a planted bug is, and what most of them are made of.

import { defineOp, type Numbers, type Tensor, tensor, unary } from 'tapegrad'
import { type Case, toTensor } from '../support/cases.ts'

export const d = (data: Parameters<typeof tensor>[0]): Tensor => tensor(data, { dtype: 'float64' })

export interface Plant {
  /** The law it breaks, and the op to be named (absent where no single op is to blame). */
  readonly check: string
  readonly op?: string
  /** The lowest order that shows it; default 1. */
  readonly order?: 1 | 2 | 3
  /** A new one for every check: some keep a state. */
  readonly fn: () => (...inputs: Tensor[]) => Tensor | Tensor[]
  readonly inputs: () => Tensor[]
}

export const row = () => [d([0.5, -1.25, 2])]
export const matrix = () => [
  d([
    [0.5, -1.25],
    [2, 0.75],
  ]),
]
export const pair = () => [...matrix(), d([1.5, -0.5])]
export const squares = () => [
  ...matrix(),
  d([
    [1, 3],
    [-2, 0.5],
  ]),
]

/** x ↦ f(x) with this derivative, between two ops that are right. */
export const amid =
  (op: (x: Tensor) => Tensor) =>
  () =>
  (x: Tensor): Tensor =>
    op(x.mul(1.5)).sin()

export const copyOf = (
  name: string,
  vjp: (g: Tensor, x: Tensor) => Tensor | null,
  before: (x: Float64Array) => void = () => {},
) =>
  defineOp({
    name,
    forward: (out, [x]) => {
      before(x.data as Float64Array)
      out.data.set(x.data)
    },
    vjp: (g, { inputs: [x] }) => [vjp(g, x)],
  })

export function fill(out: Numbers, f: (k: number) => number): void {
  for (let k = 0; k < out.size; k++) out.data[k] = f(k)
}

/** x ↦ x³ with this derivative. */
export const cubic = (name: string, vjp: (g: Tensor, x: Tensor) => Tensor) =>
  unary(name, { f: (x) => x ** 3, vjp: (g, _, x) => vjp(g, x) })

/** Whether a call has derivatives: numbers in and numbers out. */
export const compares = (call: Case): boolean => {
  const inputs = call.inputs.map((x) => toTensor(x))
  return inputs.some((x) => x.size > 0) && call.run(inputs).some((y) => y.size > 0)
}
