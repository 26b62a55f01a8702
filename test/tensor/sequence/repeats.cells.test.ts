// Cells of a caller's own over rows that were looked up in a table: those that read x, its weight or
// its bias in other places as well, against the same rows as the result of another op.

import {
  Embedding,
  Generator,
  grad,
  Linear,
  Module,
  Recurrent,
  type Tensor,
  tensor,
} from 'tapegrad'
import { expect, test } from 'vitest'
import { expectClose } from '../../support/numbers.ts'
import { gridded, numbersOf } from '../../support/tensors.ts'

const generator = new Generator(3)
const init = { dtype: 'float64', generator } as const
const H = 3

class Cell extends Module {
  readonly stateSize = { h: H }
  input = new Linear(H, H, init)
  hidden = new Linear(H, H, init)
  private readonly step: Step
  constructor(step: Step) {
    super()
    this.step = step
  }
  forward(x: Tensor, { h }: { h: Tensor }): { h: Tensor } {
    return { h: this.step(x, h, this.input, this.hidden).tanh() }
  }
}
type Step = (x: Tensor, h: Tensor, input: Linear, hidden: Linear) => Tensor

const index = tensor([0, 1, 2, 1, 0, 1, 2, 2, 2, 0], { dtype: 'int32' }).reshape([2, 5])

test.each<[string, Step]>([
  ['one product with x', (x, h, input, hidden) => input.forward(x).add(hidden.forward(h))],
  [
    'two products with x',
    (x, h, input, hidden) => input.forward(x).sigmoid().mul(hidden.forward(x)).add(h),
  ],
  ['x by itself', (x, h, input, hidden) => input.forward(x).add(hidden.forward(h)).mul(x)],
  ['x by itself, in a sum', (x, h, input) => input.forward(x).add(h).add(x.mul(0.5))],
  ['a product with a matrix as it stands', (x, h, input) => x.matmul(input.weight).add(h)],
  ['one weight for x and h', (x, h, input) => input.forward(x).add(h.matmul(input.weight.t()))],
  [
    'one bias for x and h',
    (x, h, input, hidden) => {
      const own = input.forward(x)
      hidden.bias = input.bias
      return own.add(hidden.forward(h).sigmoid())
    },
  ],
  ['the bias as a row', (x, h, input) => input.forward(x).add(h.mul(input.bias as Tensor))],
])('%s', (_, step) => {
  const table = new Embedding(3, H, init)
  const cell = new Cell(step)
  const layer = new Recurrent(cell)
  const by = [table.weight, cell.input.weight, cell.input.bias as Tensor, cell.hidden.weight]
  const outcome = (x: Tensor): number[][] => {
    const { output } = layer.forward(x)
    const gradOutputs = gridded(output.shape, 1)
    return [output, ...grad(output, by, { gradOutputs, allowUnused: true })].map(numbersOf)
  }
  const expected = outcome(table.forward(index).add(0))
  expectClose(outcome(table.forward(index)), expected, 1e-12)
  expect(String(layer)).toContain('as a program')
})
