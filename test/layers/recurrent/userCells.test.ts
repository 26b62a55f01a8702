// Cells of a user's own in Recurrent, against the same cell called step by step: as programs and
// where they are none, with what they read and change between two calls.

import {
  Dropout,
  fuse,
  grad,
  Linear,
  Module,
  noGrad,
  ones,
  Recurrent,
  rand,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { expectClose } from '../../support/numbers.ts'
import { numbersOf } from '../../support/tensors.ts'

type State = { h: Tensor }
const float64 = { dtype: 'float64' } as const

const rowsOf = (t: Tensor): Tensor[] => [0, 1, 2].map((k) => t.select(0, k))
const turnedOf = (t: Tensor<[number, number]>): Tensor[] => [t, t.t(), t]

/** A cell of one state of 4 numbers, whose step is `step`. */
class Cell extends Module {
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
function looped(cell: Cell, x: Tensor): Tensor[] {
  let h: Tensor = ones([x.shape[0], 4], float64).mul(0)
  return Array.from({ length: x.shape[1] as number }, (_, t) => {
    h = cell.forward(x.select(1, t), { h }).h
    return h
  })
}

function expectLoop(cell: Cell, layer: Recurrent<State>, N = 2): void {
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

const programs: Record<string, (cell: Cell, x: Tensor, h: Tensor) => Tensor> = {
  'a product of x first': (c, x, h) => c.input.forward(x).add(c.hidden.forward(h)).tanh(),
  'a product of h first': (c, x, h) => c.hidden.forward(h).add(c.input.forward(x)).tanh(),
  'a product of x without a bias, and one of h with one': (c, x, h) =>
    x.matmul(c.input.weight.t()).add(c.hidden.forward(h)).tanh(),
  'a leaky state': (c, x, h) => h.mul(c.k).add(c.input.forward(x).sigmoid()),
  'a product of a product': (c, x, h) =>
    c.hidden.forward(c.hidden.forward(h)).add(c.input.forward(x)),
  'a weight without gradient': (c, x, h) =>
    h.matmul(c.hidden.weight.detach()).add(c.input.forward(x)).tanh(),
  'a weight with and without gradient': (c, x, h) =>
    h.mul(c.gain).add(c.input.forward(x)).mul(c.gain.detach()).tanh(),
  'a part of a weight without gradient': (c, x, h) =>
    h.mul(c.hidden.weight.detach().select(0, 1)).add(c.input.forward(x)).tanh(),
  'numbers that a branch chooses': (c, x, h) =>
    c.input
      .forward(x)
      .add(h.where(h.gt(c.k), h.mul(2)))
      .tanh(),
}
const steps: Record<string, [(cell: Cell, x: Tensor, h: Tensor) => Tensor, string]> = {
  softmax: [(c, x, h) => h.add(c.input.forward(x)).softmax(1), 'uses softmax'],
  'a branch on numbers': [
    (c, x, h) => (h.toTypedArray().some((v) => v > 1.5) ? h.neg() : h.add(c.input.forward(x))),
    'uses toTypedArray',
  ],
  'the number of rows': [
    (c, x, h) => h.div(x.shape[0] as number).add(c.input.forward(x)),
    'computes something else',
  ],
  'a product of states': [
    (c, x, h) => h.matmul(h.t()).matmul(c.input.forward(x)).tanh(),
    'mixes the rows',
  ],
  'a part without derivative': [
    (c, x, h) => noGrad(() => h.mul(0.5)).add(c.input.forward(x)),
    'inside noGrad',
  ],
  'numbers made in the step': [
    (c, x, h) => h.mul(tensor([1, 2, 3, 4], float64)).add(c.input.forward(x)),
    'uses another tensor at each call, made by tensor',
  ],
}
/** Steps that do something else at each call, the same after three. */
const turns: Record<string, [(cell: Cell, x: Tensor, h: Tensor) => Tensor, string]> = {
  'two tensors by turns': [
    (c, x, h) => h.mul([c.gain, c.scale][++c.k % 3] ?? c.gain).add(c.input.forward(x)),
    'uses another tensor at each call, made by',
  ],
  'views of one tensor by turns': [
    (c, x, h) => h.mul(c.rows[++c.k % 3] as Tensor).add(c.input.forward(x)),
    'uses another tensor at each call, made by rand',
  ],
  'a matrix and its transpose by turns': [
    (c, x, h) => h.matmul(c.turned[++c.k % 3] as Tensor).add(c.input.forward(x)),
    'uses another tensor at each call, made by rand',
  ],
  'a product with numbers by turns': [
    (c, x, h) => h.mul(c.gain.mul(++c.k % 3)).add(c.input.forward(x)),
    'uses another tensor at each call, made by mul',
  ],
  'parts of a tensor by turns': [
    (c, x, h) => h.mul(c.hidden.weight.select(0, ++c.k % 3)).add(c.input.forward(x)),
    'uses another tensor at each call, made by',
  ],
  'parts by turns, without gradient': [
    (c, x, h) => h.mul(c.hidden.weight.detach().select(0, ++c.k % 3)).add(c.input.forward(x)),
    'uses another tensor at each call, made by',
  ],
  'a tensor that it changes': [
    (c, x, h) => {
      c.scale.assign_(tensor([++c.k % 3, 1, 1, 1], float64))
      return h.add(c.scale).add(c.input.forward(x))
    },
    'changes numbers in place, by assign_',
  ],
  'a tensor that it changes, by another name': [
    (c, x, h) => {
      c.scale.assign_(tensor([++c.k % 3, 1, 1, 1], float64))
      return h.add(c.scale.detach()).add(c.input.forward(x))
    },
    'changes numbers in place, by assign_',
  ],
}

describe('a cell of one’s own', () => {
  test.each(Object.entries(programs))('as a program: %s', (_, step) => {
    const cell = new Cell(step)
    const layer = new Recurrent<State>(cell)
    expectLoop(cell, layer)
    expect(String(layer)).toContain('as a program')
  })

  test.each(Object.entries(steps))('step by step: %s', (_, [step, why]) => {
    const cell = new Cell(step)
    const layer = new Recurrent<State>(cell)
    expectLoop(cell, layer, 3)
    expect(String(layer)).toContain(why)
  })

  test.each(Object.entries(turns))('step by step: %s', (_, [step, why]) => {
    const cell = new Cell(step)
    cell.k = 0
    const layer = new Recurrent<State>(cell)
    layer.forward(ones([2, 3, 3], float64))
    expectLoop(cell, layer)
    expect(String(layer)).toContain(why)
  })

  test('is seen to change between two calls', () => {
    const cell = new Cell((c, x, h) => c.drop.forward(h).mul(c.k).add(c.input.forward(x)))
    cell.drop.eval()
    const layer = new Recurrent<State>(cell)
    expectLoop(cell, layer)
    cell.k = -2
    expectLoop(cell, layer)
    cell.input = new Linear(3, 4, float64)
    expectLoop(cell, layer)
    expect(String(layer)).toContain('as a program')
    cell.drop.train()
    layer.forward(rand([2, 3, 3], float64))
    expect(String(layer)).toContain('step by step')
  })

  test('is seen to take other tensors from now on', () => {
    const cell = new Cell((c, x, h) => {
      const factor = c.k < 0 ? c.gain : [c.gain, c.scale][++c.k % 3]
      return h.mul(factor ?? c.gain).add(c.input.forward(x))
    })
    cell.k = -1
    const layer = new Recurrent<State>(cell)
    expectLoop(cell, layer)
    cell.gain = rand([4], float64)
    expectLoop(cell, layer)
    expect(String(layer)).toContain('as a program')
    cell.k = 0
    layer.forward(ones([2, 3, 3], float64))
    expectLoop(cell, layer)
    expect(String(layer)).toContain('uses another tensor at each call')
  })

  test('may keep a mean of what it saw: no example gets into it', () => {
    const cell = new Cell((c, x, h) => {
      const input = c.input.forward(x)
      noGrad(() => c.scale.assign_(c.scale.mul(0.5).add(input.mean(0))))
      return h.mul(0.5).add(input)
    })
    cell.scale = zeros([4], float64)
    const layer = new Recurrent<State>(cell)
    const x = rand([2, 3, 3], float64)
    layer.forward(x)
    const seen = numbersOf(cell.scale)
    cell.scale = zeros([4], float64)
    looped(cell, x)
    expect(seen).toEqual(numbersOf(cell.scale))
    expect(String(layer)).toContain('changes numbers in place, by assign_')
  })

  test('names its states in any order', () => {
    class Two extends Module {
      readonly stateSize = { c: 2, h: 2 }
      forward(x: Tensor, { c, h }: { c: Tensor; h: Tensor }) {
        return { c: c.add(x), h: h.sub(x) }
      }
    }
    const { output, state } = new Recurrent(new Two()).forward(ones([1, 3, 2]))
    expect([numbersOf(output), numbersOf(state.c)]).toEqual([
      [-1, -1, -2, -2, -3, -3],
      [3, 3],
    ])
  })

  test('decides its parameters itself: Recurrent neither takes nor names their options', () => {
    const made = (options: object) => () =>
      new Recurrent<State>(new Cell(programs['a leaky state']), options)
    for (const [name, value] of Object.entries({ bias: false, dtype: 'float64', weightDrop: 0.5 }))
      expect(made({ [name]: value })).toThrow(
        `Recurrent: unknown option '${name}': it is up to the cell`,
      )
    for (const name of ['hiddenSize', 'layers'])
      expect(made({ [name]: 2 })).toThrow(
        new ValueError(
          `Recurrent: unknown option '${name}': expected numLayers, bidirectional, dropout, ` +
            'batchFirst, recurrentDropout, zoneout, learnState, generator, inputSize',
        ),
      )
  })

  test('is refused where it is none', () => {
    class None extends Module {
      forward(x: Tensor) {
        return x
      }
    }
    expect(() => new Recurrent(None as never)).toThrow(/got the class None: make one with new/)
    expect(() => new Recurrent(new None() as never)).toThrow(/expected stateSize of None/)
    const wrong = new Recurrent<State>(new Cell((c, x) => c.input.forward(x).sum(1)))
    expect(() => wrong.forward(rand([2, 3, 3], float64))).toThrow(/the cell's h of shape \(N, 4\)/)
  })
})

describe('fuse', () => {
  const x = tensor([3], { requiresGrad: true, dtype: 'float64' })

  test('refuses what examples would freeze', () => {
    const stopped = fuse((a: Tensor) => a.mul(noGrad(() => a.mul(2))))
    expect(() => stopped(x)).toThrow(/calls mul inside noGrad/)
    const ranked = fuse((a: Tensor) => (a.rank === 3 ? a.mul(2) : a.mul(3)))
    expect(() => ranked(x)).toThrow(/computes something else for other numbers or shapes/)
  })

  test('falls back to f where its derivative is no program', () => {
    const power = fuse((a: Tensor, b: Tensor) => a.pow(b))
    const two = tensor([2], float64)
    expect([power(x, two).item(), grad(power(x, two), x).item()]).toEqual([9, 6])
  })
})
