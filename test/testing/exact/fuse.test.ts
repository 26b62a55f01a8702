// Fused and checkpointed functions by checkExactly: they are the functions themselves, and programs
// of polynomials compute them to the bit.

import { checkpoint, fuse, type Tensor, where } from 'tapegrad'
import { checkExactly } from 'tapegrad/testing'
import { describe, test } from 'vitest'
import { d, gridded } from '../../support/tensors.ts'

describe('fuse: programs of polynomials, to the bit', () => {
  const functions: Record<string, (a: Tensor, b: Tensor, c: Tensor) => Tensor> = {
    'sums and products': (a, b, c) => a.mul(b).add(c).mul(a.sub(c)).sub(b.neg()),
    squares: (a, b, c) => a.square().sub(b).square().mul(c.add(2)),
    'one twice': (a, b, c) => a.mul(a).add(a).mul(b.mul(c).sub(a)),
    kinks: (a, b, c) => a.relu().mul(b).sub(c.abs()).clamp(-5, 7).mul(b.sign()),
    choices: (a, b, c) => where(a.gt(b), c.mul(a), b.mul(3)).where(c.le(a), 1).add(a),
    'one that is not written over': (a, b, c) => a.add(b).mul(c).add(a.add(b)).mul(a.add(b)),
  }
  const shapes = [
    [
      [3, 2],
      [3, 2],
      [3, 2],
    ],
    [[3, 2], [2], [3, 1]],
    [[400], [1], [400]],
  ] as const
  for (const [name, f] of Object.entries(functions))
    test(name, () => {
      const fused = fuse(f)
      for (const of of shapes) {
        const inputs = of.map((shape, i) => gridded(shape, 3 + i))
        checkExactly((a, b, c) => fused(a as Tensor, b as Tensor, c as Tensor), inputs, {
          kernels: true,
        })
      }
    })
})

test('fuse: the function itself', () => {
  const f = (x: Tensor, y: Tensor): Tensor => x.mul(y).tanh().add(x.maximum(y).sigmoid())
  checkExactly(fuse(f), [d([1, -2]), d([[3], [0.5]])], { equals: f, order: 3 })
})

test('checkpoint: the function itself', () => {
  const f = (x: Tensor): Tensor => x.exp().log1p().tanh()
  checkExactly(checkpoint(f), [d([1, -2])], { equals: f, order: 2 })
})
