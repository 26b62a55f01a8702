// Derivatives of whole graphs: sums over every path, and loops of calls that keep memory flat.

import fc from 'fast-check'
import { grad, hessian, hvp, jacobian, jvp, type Tensor, valueAndGrad, vjp } from 'tapegrad'
import { describe, expect, it, test } from 'vitest'
import { memory } from '../../src/kernels/engine.ts'
import { toTensor } from '../support/cases.ts'
import { expectClose, sixteenths } from '../support/numbers.ts'
import { d, numbersOf } from '../support/tensors.ts'
import { type Diamonds, diamonds, smooth } from './functions.ts'
import { pointed, scalar } from './numbers.ts'
import { runs } from './runs.ts'

describe('graphs', () => {
  it('diamonds: a derivative is the sum over every path', () => {
    fc.assert(
      fc.property(diamonds, sixteenths(-2, 2), sixteenths(-2, 2), (graph: Diamonds, a, b) => {
        const { grad: found } = valueAndGrad((x, y) => graph.run([x, y]), [scalar(a), scalar(b)])
        const paths = [0, 1].map((input) => graph.sumOverPaths([a, b], input))
        expectClose(
          found.map((g) => g.item()),
          paths,
          1e-12,
        )
        const { tangent } = jvp(
          (x, y) => graph.run([x, y]),
          [scalar(a), scalar(b)],
          [scalar(2), scalar(-3)],
        )
        expectClose(
          [tangent.item()],
          [2 * (paths[0] as number) - 3 * (paths[1] as number)],
          1e-12,
          'forward',
        )
      }),
      runs(300),
    )
  })

  it('walked twice, add exactly double, and grad() gives the same twice', () => {
    fc.assert(
      fc.property(pointed(smooth), ([f, at, other]) => {
        const [x, w] = [toTensor(at, 'float64', true), toTensor(other, 'float64', true)]
        const y = f.run(x.mul(w).add(x))
        y.backward(null, { retainGraph: true })
        const once = [x, w].map((leaf) => numbersOf(leaf.grad as Tensor))
        const again = grad(y, [x, w], { retainGraph: true, allowUnused: true }).map(numbersOf)
        expect(again).toEqual(once)
        y.backward()
        expect([x, w].map((leaf) => numbersOf(leaf.grad as Tensor))).toEqual(
          once.map((g) => g.map((n) => 2 * n)),
        )
      }),
      runs(200),
    )
  })
})

describe('10⁴ calls in one synchronous loop keep memory flat', () => {
  const MIB = 2 ** 20
  const x = d([0.5, -0.25])
  /** Through 32 KiB of intermediate results: kept, those of 5,000 calls are 160 MiB. */
  const f = (p: Tensor): Tensor => p.unsqueeze(1).broadcastTo([2, 1024]).square().mean()
  const vector = (p: Tensor): Tensor => p.unsqueeze(1).broadcastTo([2, 1024]).square().sum(1)
  const calls: Record<string, () => Tensor> = {
    valueAndGrad: () => valueAndGrad(f, x).grad,
    vjp: () => vjp(vector, x).pullback(x),
    jvp: () => jvp(vector, x, x).tangent,
    jacobian: () => jacobian(vector, x),
    hessian: () => hessian(f, x),
    hvp: () => hvp(f, x, x),
  }

  test.each(Object.entries(calls))('%s', (_, call) => {
    const resident = (): number => process.memoryUsage().rss / MIB
    let [settled, reached] = [0, 0]
    for (let i = 0; i < 10_000; i++) {
      call()
      if (i === 5000) [settled, reached] = [resident(), memory.buffer.byteLength]
    }
    expect(resident() - settled, 'MiB resident gained').toBeLessThan(100)
    expect(
      (memory.buffer.byteLength - reached) / MIB,
      'MiB of WebAssembly memory gained',
    ).toBeLessThan(32)
    expect(memory.buffer.byteLength / MIB, 'MiB of WebAssembly memory').toBeLessThan(256)
  })
})
