// What checkpoint() is for: how much memory a function holds with and without it.

import { checkpoint, randn, type Tensor } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { census, evacuate } from '../../../src/kernels/memory/heap.ts'
import { leaf } from '../../support/tensors.ts'
import { plainly, type Way } from './checkpoints.ts'

describe('memory', () => {
  const weights = Array.from({ length: 8 }, () => randn([64, 64], { requiresGrad: true }))
  const x = randn([512, 64])
  /**
   * The most that stood in blocks at the end of a layer or in the derivative of one, in units of
   * one activation.
   */
  const peak = (way: Way): { stored: number; peak: number } => {
    evacuate()
    const bytes = () => census().bytes / (512 * 64 * 4)
    const before = bytes()
    let most = 0
    let h: Tensor = x
    for (const w of weights)
      h = way((t: Tensor) => {
        let u = t.matmul(w)
        u.registerHook(() => {
          most = Math.max(most, bytes())
        })
        for (let i = 0; i < 6; i++) u = u.mul(0.9).tanh()
        return u
      })(h)
    const stored = bytes() - before
    const loss = h.square().mean()
    loss.backward()
    for (const w of weights) w.grad = null
    return { stored, peak: most - before }
  }

  it(
    'holds one result for each call, and the intermediate results of one call at a time on the ' +
      'way back',
    () => {
      const [without, by] = [peak(plainly), peak(checkpoint)]
      expect(without.stored).toBeGreaterThan(8 * 13)
      expect(by.stored).toBeLessThan(8 + 3)
      expect(by.peak).toBeLessThan(without.peak / 3)
      expect(by.peak).toBeLessThan(8 + 13 + 12)
    },
  )

  it('holds no more after many steps', () => {
    const step = () => {
      checkpoint((t: Tensor) => t.matmul(weights[0]).tanh().mul(2).tanh())(x)
        .sum()
        .backward()
      weights[0].grad = null
    }
    step()
    const settled = census().bytes
    for (let i = 0; i < 20; i++) step()
    expect(census().bytes - settled).toBeLessThan(4 * 512 * 64 * 4)
  })

  it('what fn made and did not return is gone, and says so', () => {
    const kept: Tensor[] = []
    const y = checkpoint((t: Tensor) => {
      kept.push(t.mul(2), t.mul(3).clone())
      return kept[0].exp()
    })(leaf([1, 2]))
    expect(() => kept[0].toArray()).toThrow(
      /mul: its result \(2\) was made inside checkpoint\(\) and recycled at its end/,
    )
    expect(kept[1].toArray()).toEqual([3, 6])
    expect(y.toArray()).toEqual([Math.exp(2), Math.exp(4)].map((v) => expect.closeTo(v, 12)))
  })
})
