// Cells of a user's own in Recurrent, against the same cell called step by step: as programs and
// where they are none, with what they read and change between two calls.

import {
  cat,
  fuse,
  grad,
  Module,
  noGrad,
  ones,
  Recurrent,
  rand,
  type Tensor,
  tensor,
  ValueError,
} from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { numbersOf } from '../../support/tensors.ts'
import { Cell, expectLoop, float64, type State } from './ownCell.ts'

const programs: Record<string, (cell: Cell, x: Tensor, h: Tensor) => Tensor> = {
  'a product of x first': (c, x, h) => c.input.forward(x).add(c.hidden.forward(h)).tanh(),
  'a product of h first': (c, x, h) => c.hidden.forward(h).add(c.input.forward(x)).tanh(),
  'a product of x without a bias, and one of h with one': (c, x, h) =>
    x.matmul(c.input.weight.t()).add(c.hidden.forward(h)).tanh(),
  'a product that is read, and multiplied': (c, x, h) => {
    const v = c.hidden.forward(h)
    return v.mul(v).add(c.hidden.forward(v)).add(c.input.forward(x))
  },
  'a product of a product that is read, and multiplied': (c, x, h) => {
    const v = c.hidden.forward(c.hidden.forward(h).tanh())
    return v.square().add(c.hidden.forward(v)).add(c.input.forward(x)).tanh()
  },
  'halves of products behind one another, multiplied': (c, x, h) => {
    const v = c.hidden.forward(h)
    const w = c.hidden.forward(v)
    const both = cat([v.slice(1, 0, 2), w.slice(1, 2)], 1)
    return c.hidden.forward(both).add(both).add(c.input.forward(x)).tanh()
  },
  'a product that is read at once, and multiplied much later': (c, x, h) => {
    const v = c.hidden.forward(h)
    const w = c.hidden.forward(c.hidden.forward(c.hidden.forward(h)))
    const both = cat([w.slice(1, 0, 2), v.slice(1, 2)], 1)
    const last = c.hidden.forward(both)
    return cat([last.slice(1, 0, 2), v.slice(1, 2)], 1)
      .add(c.input.forward(x))
      .tanh()
  },
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
  'a branch on detached numbers': [
    (c, x, h) => (h.detach().max().item() > 1.5 ? h.neg() : h.add(c.input.forward(x))),
    'uses detach',
  ],
  'more ops than are worth a program': [
    (c, x, h) => {
      let u = h
      for (let i = 0; i < 2000; i++) u = u.mul(0.5).add(1)
      return u.add(c.input.forward(x))
    },
    'ops',
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
