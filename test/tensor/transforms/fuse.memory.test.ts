// How much memory a fused function holds: what it saves for backward, and for how long.

import { fuse, noGrad, randn, type Tensor } from 'tapegrad'
import { expect, test } from 'vitest'
import { census } from '../../../src/kernels/memory/heap.ts'

const SIZE = 4096
/** What stands in blocks, in results of so many numbers. */
const held = (): number => Math.round(census().bytes / (SIZE * 4))
const twoSlow = () => fuse((a: Tensor) => a.tanh().mul(a.exp()))

test('the result and two slow functions where it is recorded, the result alone elsewhere', () => {
  const f = twoSlow()
  const x = randn([SIZE], { requiresGrad: true })
  const grown = (): number => {
    const before = held()
    f(x)
    return held() - before
  }
  expect(grown()).toBe(3)
  expect(noGrad(grown)).toBe(1)
})

test('what it saves goes with the graph', () => {
  const f = twoSlow()
  const x = randn([SIZE], { requiresGrad: true })
  const after = Array.from({ length: 6 }, () => {
    f(x).sum().backward()
    return held()
  })
  expect(after[5]).toBe(after[1])
})
