// Cells of random ops in Recurrent, against the same cells called step by step: values, gradients
// and second derivatives.

import fc from 'fast-check'
import { cat, grad, Linear, Module, Recurrent, rand, type Tensor, zeros } from 'tapegrad'
import { expect, test } from 'vitest'
import { expectClose } from '../../support/numbers.ts'
import { gridded, numbersOf } from '../../support/tensors.ts'

type State = { h: Tensor; c: Tensor }
const float64 = { dtype: 'float64' } as const

/** Ops on rows of 4 numbers, of two earlier results and the cell's weights. */
const OPS = {
  product: (v: Tensor, _: Tensor, cell: Cell) => cell.a.forward(v),
  otherProduct: (v: Tensor, _: Tensor, cell: Cell) => cell.b.forward(v),
  plainProduct: (v: Tensor, _: Tensor, cell: Cell) => v.matmul(cell.b.weight),
  add: (v: Tensor, w: Tensor) => v.add(w),
  sub: (v: Tensor, w: Tensor) => v.sub(w),
  mul: (v: Tensor, w: Tensor) => v.mul(w).mul(0.5),
  square: (v: Tensor) => v.square().mul(0.25),
  tanh: (v: Tensor) => v.tanh(),
  sigmoid: (v: Tensor) => v.sigmoid(),
  gain: (v: Tensor, _: Tensor, cell: Cell) => v.mul(cell.gain),
  centred: (v: Tensor) => v.sub(v.mean(1, true)),
  swapped: (v: Tensor) => cat([v.slice(1, 2), v.slice(1, 0, 2)], 1),
  halves: (v: Tensor, w: Tensor) => cat([v.slice(1, 0, 2), w.slice(1, 2)], 1),
}
type Op = readonly [name: keyof typeof OPS, first: number, second: number]

class Cell extends Module {
  readonly stateSize = { h: 4, c: 4 }
  input = new Linear(3, 4, float64)
  a = new Linear(4, 4, float64)
  b = new Linear(4, 4, { ...float64, bias: false })
  gain = rand([4], { ...float64, requiresGrad: true })
  private readonly ops: readonly Op[]

  constructor(ops: readonly Op[]) {
    super()
    this.ops = ops
  }

  forward(x: Tensor, { h, c }: State): State {
    const made = [this.input.forward(x), h, c]
    const at = (i: number): Tensor => made[Math.max(0, made.length - 1 - i)] as Tensor
    for (const [name, i, j] of this.ops) made.push(OPS[name](at(i), at(j), this))
    const [last, other] = [at(0), at(1)]
    return { h: last.tanh(), c: other.mul(0.5).add(c.mul(0.5)) }
  }
}

const ops = fc.array(
  fc.tuple(fc.constantFrom(...(Object.keys(OPS) as (keyof typeof OPS)[])), fc.nat(4), fc.nat(4)),
  { minLength: 1, maxLength: 9 },
)

/** h after every step, and the last c, by calls of the cell. */
function looped(cell: Cell, x: Tensor): Tensor[] {
  const first = zeros([x.shape[0], 4], float64)
  let state: State = { h: first, c: first }
  const hs = Array.from({ length: x.shape[1] as number }, (_, t) => {
    state = cell.forward(x.select(1, t), state)
    return state.h
  })
  return [...hs, state.c]
}

test('any cell of products and elementwise ops runs as a program, with the same numbers', () => {
  fc.assert(
    fc.property(ops, (list) => {
      const cell = new Cell(list)
      const layer = new Recurrent<State>(cell)
      const x = rand([2, 3, 3], float64)
      x.requiresGrad = true
      const { output, state } = layer.forward(x)
      const ys = [...[0, 1, 2].map((t) => output.select(1, t)), state.c.select(0, 0)]
      const expected = looped(cell, x)
      expect(String(layer)).toContain('as a program')
      expectClose(ys.map(numbersOf), expected.map(numbersOf), 1e-11)
      const inputs = [x, ...cell.parameters()]
      const orders = (results: Tensor[]): number[][] => {
        const loss = results
          .map((y, i) => y.mul(gridded(y.shape, i, 'float64')).sum())
          .reduce(
            (a, b) => a.add(b),
            inputs.map((t) => t.sum().mul(0)).reduce((a, b) => a.add(b)),
          )
        const first = grad(loss, inputs, { createGraph: true, allowUnused: true })
        const sum = first.map((g) => g.square().sum()).reduce((a, b) => a.add(b))
        const second = sum.requiresGrad
          ? grad(sum, inputs, { allowUnused: true }).map(numbersOf)
          : []
        return [...first.map(numbersOf), ...second]
      }
      expectClose(orders(ys), orders(expected), 1e-9)
    }),
    { numRuns: 150 },
  )
})
