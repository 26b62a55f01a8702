// A user's cell in Recurrent from one call to the next: what it draws, changes, and is given anew.

import {
  checkpoint,
  grad,
  Linear,
  Module,
  manualSeed,
  noGrad,
  ones,
  Recurrent,
  rand,
  type Tensor,
  zeros,
} from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { expectClose } from '../../support/numbers.ts'
import { numbersOf } from '../../support/tensors.ts'
import { Cell, expectLoop, float64, looped, type State } from './ownCell.ts'

describe('a cell of one’s own', () => {
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

  test('draws for its steps, and not for examples', () => {
    const cell = new Cell((c, x, h) => h.mul(0.5).add(c.drop.forward(c.input.forward(x))))
    const layer = new Recurrent<State>(cell)
    const x = rand([2, 6, 3], float64)
    const drawn = [0, 1].map(() => {
      manualSeed(7)
      return numbersOf(layer.forward(x).output)
    })
    expect(drawn[0]).toEqual(drawn[1])
    expect(String(layer)).toContain('draws random numbers')
  })

  test('is in a checkpoint what it is outside, from its first call on', () => {
    const made = () =>
      new Cell((c, x, h) => {
        h.mul(c.gain).add(1)
        return c.input.forward(x).mul(c.gain).add(h)
      })
    const cell = made()
    const layer = new Recurrent<State>(cell)
    const x = rand([1, 3, 3], float64)
    const y = checkpoint((t: Tensor) => layer.forward(t).output)(x)
    const [g] = grad(y.sum(), [cell.gain])
    expectClose(
      numbersOf(g as Tensor),
      numbersOf(grad(new Recurrent<State>(cell).forward(x).output.sum(), cell.gain)),
      1e-12,
    )
  })

  test('has states of its own dtype, without a parameter too', () => {
    class Reservoir extends Module {
      readonly stateSize = { h: 2 }
      weight = rand([2, 2], float64)
      forward(x: Tensor, { h }: State) {
        return { h: h.matmul(this.weight).add(x).tanh() }
      }
    }
    const layer = new Recurrent(new Reservoir(), { learnState: true })
    expect(layer.first_h_l0?.dtype).toBe('float64')
    const { states } = layer.forward(rand([1, 3, 2], float64), { every: true })
    expect(states.h.shape).toEqual([1, 1, 3, 2])
  })
})
