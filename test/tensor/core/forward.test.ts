// An op's forward computes with numbers, and with nothing else; elsewhere nobody reaches them in
// place.

import {
  binary,
  defineOp,
  enableGrad,
  grad,
  type Numbers,
  noGrad,
  ones,
  randn,
  TapeError,
  type Tensor,
  tensor,
  unary,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { evacuate } from '../../../src/kernels/memory/heap.ts'
import { leaf } from '../../support/tensors.ts'

describe('a forward', () => {
  /** What a forward might want to compute with, by the name that the refusal gives. */
  const makers: [string, (x: Tensor) => unknown][] = [
    ['add', (x) => x.add(1)],
    ['log1p', (x) => x.log1p()],
    ['sum', (x) => x.sum()],
    ['matmul', (x) => x.reshape([1, -1]).matmul(x.reshape([-1, 1]))],
    ['clone', (x) => x.clone()],
    ['flip', (x) => x.flip(0)],
    ['zeros', () => zeros([2])],
    ['tensor', () => tensor([1, 2])],
    ['randn', () => randn([2])],
    ['inner', (x) => inner(x)],
    ['mul', (x) => noGrad(() => x.mul(2).sum().item())],
    ['mul', (x) => enableGrad(() => grad(x.mul(2).sum(), x))],
  ]
  const inner = unary('inner', { f: (v) => v, vjp: (g) => g })

  for (const [maker, make] of makers)
    it(`is refused to compute with tensors: ${maker}`, () => {
      const x = leaf([1, 2])
      let broken = true
      const attempt = (t: Tensor): number => {
        if (broken) make(t)
        return 7
      }
      const ops: ((t: Tensor) => Tensor)[] = [
        (t) =>
          defineOp({
            name: 'mine',
            forward: (out) => out.data.fill(attempt(x)),
            vjp: (g) => [g],
          })([t]),
        (t) => unary('mine', { f: () => attempt(x), vjp: (g) => g })(t),
        (t) => binary('mine', { f: () => attempt(x), vjp: [(g) => g, (g) => g] })(t, 1),
      ]
      for (const op of ops) {
        broken = true
        expect(() => op(x)).toThrow(
          new TapeError(
            'mine: expected a forward that computes with numbers, as in x.data, got a call of ' +
              `${maker} in it: compute with tensors in a function around the op`,
          ),
        )
        // And afterwards everything is as before.
        expect(x.add(1).toArray()).toEqual([2, 3])
        broken = false
        expect(op(x).toArray()).toEqual([7, 7])
        expect(grad(op(x).sum(), x).toArray()).toEqual([1, 1])
      }
    })

  it('that throws leaves ops as they were', () => {
    const broken = unary('broken', {
      f: () => {
        throw new RangeError('mine')
      },
      vjp: (g) => g,
    })
    expect(() => broken(ones([1]))).toThrow('mine')
    expect(ones([1]).add(1).item()).toBe(2)
  })

  it('may read tensors that are no inputs, wherever their numbers are', () => {
    const captured = tensor([
      [1, 2, 3],
      [4, 5, 6],
    ])
    const stack = tensor([
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ])
    const scaled = defineOp({
      name: 'scaled',
      forward: (out, [x], { by, turned }: { by: Tensor; turned: Tensor }) => {
        const [from, to] = [x?.data as Float32Array, out.data]
        const [a, b] = [by.toTypedArray(), turned.toTypedArray()]
        to.forEach((_, k) => {
          to[k] =
            (from[k] as number) +
            10 * (a[k] as number) +
            100 * (b[k] as number) +
            (turned.toTypedArray()[k] as number)
        })
      },
      vjp: (g) => [g],
    })
    for (const look of [false, true])
      for (const away of [false, true]) {
        const turned = captured.t()
        if (look) String(turned)
        if (away) evacuate()
        const y = scaled([zeros([3, 2])], { by: captured, turned })
        expect(y.toArray()).toEqual([
          [111, 424],
          [232, 545],
          [353, 666],
        ])
        const piled = stack.transpose(1, 2)
        if (away) evacuate()
        const all = scaled([zeros([2, 2, 2])], { by: zeros([8]), turned: piled }).div(101)
        expect([...all.toTypedArray()]).toEqual([1, 3, 2, 4, 5, 7, 6, 8])
        const part = stack.select(0, 1).t()
        if (away) evacuate()
        expect(
          scaled([zeros([2, 2])], { by: zeros([4]), turned: part })
            .div(101)
            .toArray(),
        ).toEqual([
          [5, 7],
          [6, 8],
        ])
      }
  })

  it('gives the same in 20,000 calls as in one', () => {
    const weights = leaf([1, 2, 3])
    const weighed = defineOp({
      name: 'weighed',
      shape: () => [],
      forward: (out, [x]) => {
        const by = weights.toTypedArray()
        out.data[0] = [...(x as Numbers).data].reduce((sum, v, k) => sum + v * (by[k] as number), 0)
      },
      vjp: (g, { inputs: [x] }) => [g.mul(weights).mul((x as Tensor).mul(0).add(1))],
    })
    const x = leaf([1, 10, 100])
    let wrong = 0
    for (let k = 0; k < 20_000; k++) if (weighed([x]).item() !== 321) wrong++
    expect(wrong).toBe(0)
  })
})
