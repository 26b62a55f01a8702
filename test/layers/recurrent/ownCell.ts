// A user's cell whose step a test gives, and what Recurrent is held to: the cell called step by
// step.

import { Dropout, grad, Linear, Module, ones, type Recurrent, rand, type Tensor } from 'tapegrad'
import { expectClose } from '../../support/numbers.ts'
import { numbersOf } from '../../support/tensors.ts'

export type State = { h: Tensor }
export const float64 = { dtype: 'float64' } as const

const rowsOf = (t: Tensor): Tensor[] => [0, 1, 2].map((k) => t.select(0, k))
const turnedOf = (t: Tensor<[number, number]>): Tensor[] => [t, t.t(), t]

/** A cell of one state of 4 numbers, whose step is `step`. */
export class Cell extends Module {
  readonly stateSize = { h: 4 }
  input = new Linear(3, 4, float64)
  hidden = new Linear(4, 4, float64)
  drop = new Dropout(0.5)
  gain = rand([4], { ...float64, requiresGrad: true })
  scale = ones([4], float64)
  rows = rowsOf(rand([3, 4], float64))
  turned = turnedOf(rand([4, 4], float64))
  k = 0.5
  private readonly step: (cell: Cell, x: Tensor, h: Tensor) => Tensor

  constructor(step: (cell: Cell, x: Tensor, h: Tensor) => Tensor) {
    super()
    this.step = step
  }

  forward(x: Tensor, { h }: State): State {
    return { h: this.step(this, x, h) }
  }
}

/** The output at every step, by calls of the cell. */
export function looped(cell: Cell, x: Tensor): Tensor[] {
  let h: Tensor = ones([x.shape[0], 4], float64).mul(0)
  return Array.from({ length: x.shape[1] as number }, (_, t) => {
    h = cell.forward(x.select(1, t), { h }).h
    return h
  })
}

export function expectLoop(cell: Cell, layer: Recurrent<State>, N = 2): void {
  const x = rand([N, 3, 3], float64)
  x.requiresGrad = true
  const [ys, expected] = [layer.forward(x).output, looped(cell, x)]
  const inputs = [x, ...cell.parameters()]
  const sums = expected.map((y) => y.square().sum()).reduce((a, b) => a.add(b))
  const options = { allowUnused: true, retainGraph: true }
  expectClose(
    [0, 1, 2].map((t) => numbersOf(ys.select(1, t))),
    expected.map(numbersOf),
    1e-12,
  )
  expectClose(
    grad(ys.square().sum(), inputs, options).map(numbersOf),
    grad(sums, inputs, options).map(numbersOf),
    1e-11,
  )
}
