// What a caller passes remains the caller's: arrays, options and attributes that change afterwards
// change no tensor and no derivative.

import {
  Adam,
  cat,
  defineOp,
  full,
  grad,
  type Numbers,
  ones,
  rand,
  randint,
  randn,
  stack,
  type Tensor,
  tensor,
  unary,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { d, leaf } from '../support/tensors.ts'

describe('a list of tensors', () => {
  it.each([
    ['cat', cat as (tensors: Tensor[]) => Tensor],
    ['stack', stack as (tensors: Tensor[]) => Tensor],
    [
      'an op of one’s own',
      (() => {
        const first = defineOp({
          name: 'first',
          shape: () => [2, 1],
          forward: (out, inputs) => out.data.set(inputs.map((x) => x.data[0] as number)),
          vjp: (g, { inputs }) => inputs.map((_input, i) => g.select(0, i)),
        })
        return (tensors: Tensor[]) => first(tensors)
      })(),
    ],
  ])('%s', (_, op) => {
    const [a, b, c] = [1, 2, 3].map((x) => leaf([x])) as [Tensor, Tensor, Tensor]
    const window = [a, b]
    const y = op(window)
    window.shift()
    window.push(c)
    y.flatten()
      .mul(d([10, 20]))
      .sum()
      .backward()
    expect([a, b, c].map((x) => x.grad?.toArray() ?? null)).toEqual([[10], [20], null])
  })
})

describe('a shape', () => {
  const makers: [string, (shape: number[]) => Tensor][] = [
    ['reshape', (shape) => ones([6]).reshape(shape)],
    ['broadcastTo', (shape) => ones([3]).broadcastTo(shape)],
    ['tensor', (shape) => tensor([1, 2, 3, 4, 5, 6], { shape })],
    ['zeros', (shape) => zeros(shape)],
    ['ones', (shape) => ones(shape)],
    ['full', (shape) => full(shape, 2)],
    ['rand', (shape) => rand(shape)],
    ['randn', (shape) => randn(shape)],
    ['randint', (shape) => randint(0, 9, shape)],
    [
      'an op of one’s own',
      (shape) =>
        defineOp({
          name: 'like',
          shape: () => shape,
          forward: (out) => out.data.fill(1),
          vjp: () => [null],
        })([ones([1])]),
    ],
  ]
  it.each(makers)('%s', (_, make) => {
    const shape = [2, 3]
    const y = make(shape)
    shape[0] = 4
    shape.push(7)
    expect(y.shape).toEqual([2, 3])
    expect(y.toTypedArray().length).toBe(6)
    expect(y.sum(0).shape).toEqual([3])
  })

  it('on the way back, too', () => {
    const shape = [2, 3]
    const x = leaf([1, 2, 3])
    const y = x.broadcastTo(shape)
    shape[0] = 5
    expect(grad(y.sum(), x).toArray()).toEqual([2, 2, 2])
  })
})

it('axes', () => {
  const x = tensor([1, 2, 3, 4, 5, 6], { shape: [1, 2, 3], requiresGrad: true })
  const axes = [2, 0, 1]
  const permuted = x.permute(axes)
  const summed = x.sum(axes)
  const flipped = x.flip(axes)
  axes.reverse()
  expect(permuted.shape).toEqual([3, 1, 2])
  const weights = tensor([1, 2, 3, 4, 5, 6])
  expect(grad(permuted.flatten().mul(weights).sum(), x).toArray()).toEqual([
    [
      [1, 3, 5],
      [2, 4, 6],
    ],
  ])
  expect(grad(summed, x).toArray()).toEqual([
    [
      [1, 1, 1],
      [1, 1, 1],
    ],
  ])
  expect(grad(flipped.flatten().mul(weights).sum(), x).toArray()).toEqual([
    [
      [6, 5, 4],
      [3, 2, 1],
    ],
  ])
})

describe('attributes', () => {
  it('of an op of one’s own: arrays, typed arrays and plain objects within each other', () => {
    interface Scales {
      by: { row: Float64Array; list: number[][] }
      factor: Tensor
    }
    const scale = defineOp<Scales>({
      name: 'scale',
      forward: (out, inputs, { by }) =>
        out.data.set(
          (inputs[0] as Numbers).data.map(
            (v, i) => v * (by.row[i] as number) * (by.list[0]?.[0] as number),
          ),
        ),
      vjp: (g, { attrs: { by, factor } }) => [
        g
          .mul(tensor(Float32Array.from(by.row)))
          .mul(by.list[0]?.[0] as number)
          .mul(factor),
      ],
    })
    const x = leaf([1, 1], 'float32')
    const attrs: Scales = { by: { row: new Float64Array([2, 3]), list: [[5]] }, factor: tensor(1) }
    const y = scale([x], attrs)
    attrs.by.row.fill(100)
    ;(attrs.by.list[0] as number[])[0] = 100
    attrs.by = { row: new Float64Array(2), list: [] }
    expect(grad(y.sum(), x).toArray()).toEqual([10, 15])
  })

  it('of an op of one tensor', () => {
    const scale = unary<{ by: number[] }>('scale', {
      f: (x, { by }) => x * (by[0] as number),
      vjp: (g, _, __, { by }) => g.mul(by[0] as number),
    })
    const x = leaf([1, 1])
    const by = [3]
    const y = scale(x, { by })
    by[0] = 100
    expect(grad(y.sum(), x).toArray()).toEqual([3, 3])
  })

  it('may hold themselves', () => {
    interface Knot {
      self?: Knot
      n: number
    }
    const knot: Knot = { n: 2 }
    knot.self = knot
    const scale = unary<Knot>('scale', {
      f: (x, { self }) => x * (self?.self?.n as number),
      vjp: (g, _, __, { n }) => g.mul(n),
    })
    expect(scale(tensor(3), knot).item()).toBe(6)
  })
})

it('the betas of Adam, in its options and in its state', () => {
  const steps = (disturb: (betas: [number, number], optimizer: Adam) => void): number => {
    const p = leaf(1)
    const betas: [number, number] = [0.5, 0.75]
    const optimizer = new Adam([p], { lr: 0.1, betas })
    for (const gradient of [1, 3, -2]) {
      p.grad = d(gradient)
      optimizer.step()
      disturb(betas, optimizer)
    }
    return p.item()
  }
  const undisturbed = steps(() => {})
  expect(steps((betas) => betas.fill(0))).toBe(undisturbed)
  expect(
    steps((_, optimizer) =>
      (optimizer.stateDict().paramGroups[0].betas as [number, number]).fill(0),
    ),
  ).toBe(undisturbed)
  const loaded = steps((_, optimizer) => {
    const state = optimizer.stateDict()
    optimizer.loadStateDict(state)
    ;(state.paramGroups[0].betas as [number, number]).fill(0)
  })
  expect(loaded).toBe(undisturbed)
})
