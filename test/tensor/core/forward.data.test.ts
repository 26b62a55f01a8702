// The numbers of a tensor are reached in a forward alone; looking at copies is no change.

import {
  defineOp,
  Embedding,
  grad,
  type Numbers,
  TapeError,
  Tensor,
  tensor,
  unary,
  ValueError,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { memory } from '../../../src/kernels/engine.ts'
import { viewOf } from '../../../src/kernels/memory/views.ts'
import { d, leaf } from '../../support/tensors.ts'

describe('the numbers of a tensor', () => {
  it('are not on the tensor: data and ptr name what to use', () => {
    const x = leaf([1, 2])
    const remedy = 'read a copy with toTypedArray() or item(), change numbers with assign_()'
    for (const name of ['data', 'ptr']) {
      const message = `expected the input of a forward, got a Tensor (2): ${remedy}`
      expect(() => Reflect.get(x, name)).toThrow(new ValueError(`${name}: ${message}`))
      expect(() => Reflect.set(x, name, [1])).toThrow(new ValueError(`${name} =: ${message}`))
      expect(Reflect.get(Tensor.prototype, name)).toBe(undefined)
    }
  })

  it('that a forward kept are refused afterwards', () => {
    const kept: Numbers[] = []
    const keeping = defineOp({
      name: 'keeping',
      forward: (out, [x]) => {
        kept.push(out, x as Numbers)
        out.data.set((x as Numbers).data)
      },
      vjp: (g) => [g],
    })
    expect(keeping([leaf([1, 2])]).toArray()).toEqual([1, 2])
    for (const numbers of kept)
      for (const name of ['data', 'ptr'] as const)
        expect(() => numbers[name]).toThrow(
          new TapeError(
            `${name}: expected to be read while the forward of its op runs, got a later call: ` +
              'copy the numbers in the forward',
          ),
        )
  })

  it('stand at ptr in the order of the shape, those of a transpose too', () => {
    const seen: number[][] = []
    const looking = defineOp({
      name: 'looking',
      forward: (out, [x]) => {
        const { ptr, size } = x as Numbers
        seen.push([...viewOf(memory, Float64Array, ptr, size)])
        out.data.set((x as Numbers).data)
      },
      vjp: (g) => [g],
    })
    const w = d([
      [1, 2],
      [3, 4],
    ])
    expect([looking([w]), looking([w.t()])].map((y) => [...y.toTypedArray()])).toEqual(seen)
    expect(seen).toEqual([
      [1, 2, 3, 4],
      [1, 3, 2, 4],
    ])
  })

  it('that a forward kept are refused in the next one, too', () => {
    const kept: Numbers[] = []
    const keeping = defineOp({
      name: 'keeping',
      forward: (out, [x]) => {
        out.data.set((x as Numbers).data)
        for (const numbers of kept) expect(() => numbers.data).toThrow(TapeError)
        kept.push(out, x as Numbers)
      },
      vjp: (g) => [g],
    })
    keeping([leaf([1, 2])])
    keeping([leaf([3, 4])])
    expect(kept.length).toBe(4)
  })

  it('may be read in hooks and derivatives', () => {
    for (const createGraph of [false, true]) {
      const x = leaf([1, 2])
      const seen: number[][] = []
      const looking = unary('looking', {
        f: (v) => v ** 2,
        vjp: (g, y, v) => {
          seen.push([g, y, v].flatMap((t) => [...t.toTypedArray()]))
          return g.mul(v).mul(2)
        },
      })
      const h = x.exp().mul(x)
      h.registerHook((g) => {
        seen.push([...g.toTypedArray()])
      })
      looking(h).add(h.square()).sum().backward(null, { createGraph })
      expect(seen.length).toBe(2)
      const [a, b] = [Math.E, 2 * Math.E ** 2]
      expect(x.grad?.toArray()).toEqual(
        [2 * 2 * a * 2 * a, 2 * 2 * b * 3 * Math.E ** 2].map((v) => expect.closeTo(v, 9)),
      )
    }
  })

  it('may be read in a forward', () => {
    const squared = unary('squared', { f: (v) => v * v, vjp: (g, _, v) => g.mul(v).mul(2) })
    const cubed = defineOp({
      name: 'cubed',
      forward: (out, [v]) => out.data.set((v as Numbers).data.map((n) => n ** 3)),
      vjp: (g, { inputs: [v] }) => [g.mul((v as Tensor).square()).mul(3)],
    })
    const x = leaf([1, 2])
    const y = squared(x)
      .add(cubed([x]))
      .sum()
    squared(x)
    cubed([x])
    expect(grad(y, x).toArray()).toEqual([5, 16])
  })

  it('is not what the package reads by: looking and reading indices are no changes', () => {
    const x = leaf([[1, 2, 3]])
    const index = tensor([[1, 0, 1]], { dtype: 'int32' })
    const rows = tensor([0, 0], { dtype: 'int32' })
    const table = new Embedding(3, 2)
    const look = (): void => {
      for (const t of [x, x.t(), index, rows, table.weight] as Tensor[]) {
        String(t)
        t.toArray()
        t.toTypedArray()
        t.slice(0, 0, 1).reshape([-1]).select(0, 0).item()
      }
      x.log1p()
      x.pow(2)
      index.add(index)
      x.gather(1, index)
      x.indexSelect(0, rows)
      table.forward(rows)
    }
    const y = x
      .log1p()
      .add(x.pow(3))
      .add(x.gather(1, index))
      .add(x.indexSelect(0, rows).sum(0))
      .sum()
    const z = table.forward(rows).square().sum()
    look()
    y.backward()
    z.backward()
    expect(x.grad?.toArray()).toEqual([
      [1 / 2 + 3 + 1 + 2, 1 / 3 + 12 + 2 + 2, 1 / 4 + 27 + 0 + 2].map((v) => expect.closeTo(v, 12)),
    ])
    expect(table.weight.grad?.shape).toEqual([3, 2])
  })
})
