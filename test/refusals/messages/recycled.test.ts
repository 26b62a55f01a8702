// What reading recycled numbers refuses, with its messages.

import { noGrad, TapeError, type Tensor, tensor, unary } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { clearGrad } from '../../../src/tensor/ops/update.ts'
import { refusal } from '../../support/refusal.ts'
import { leaf } from '../../support/tensors.ts'

const three = (): Tensor => leaf([1, 2, 3], 'float32')

describe('numbers that are gone', () => {
  /** A result of more than 64 bytes. */
  const long = () =>
    tensor(
      Array.from({ length: 20 }, (_, k) => k),
      { requiresGrad: true },
    )

  it('after backward() and a new recording', () => {
    const w = long()
    const h = w.square()
    h.sum().backward()
    // What continues the walked graph still finds it.
    h.mul(2)
    expect(h.toArray()).toHaveLength(20)
    w.exp()
    expect(refusal(TapeError, () => h.toArray())).toMatchInlineSnapshot(
      '"square: its result (20) was recycled when the next recording began after backward(): ' +
        'read it before, keep it with detach() or clone(), or pass { retainGraph: true }"',
    )
    expect(refusal(TapeError, () => h.add(1))).toMatchInlineSnapshot(
      '"square: its result (20) was recycled when the next recording began after backward(): ' +
        'read it before, keep it with detach() or clone(), or pass { retainGraph: true }"',
    )
    expect(refusal(TapeError, () => h.reshape([4, 5]).toTypedArray())).toMatchInlineSnapshot(
      '"square: its result (4, 5) was recycled when the next recording began after backward(): ' +
        'read it before, keep it with detach() or clone(), or pass { retainGraph: true }"',
    )
    expect(String(h)).toMatchInlineSnapshot(`"tensor(recycled, shape (20), float32, square)"`)
  })
  it('a small result stays, and so does what was kept', () => {
    const w = long()
    const h = w.square()
    const [kept, copied, loss] = [h.detach(), w.exp().clone(), h.sum()]
    loss.backward()
    w.exp()
    expect([loss.item(), kept.toArray(), copied.size]).toEqual([2470, h.toArray(), 20])
    const again = w.square()
    const total = again.sum()
    total.backward(null, { retainGraph: true })
    w.exp()
    expect(again.toArray()).toHaveLength(20)
  })
  it('after noGrad()', () => {
    let h: Tensor | undefined
    noGrad(() => {
      h = long().square()
    })
    expect(refusal(TapeError, () => h?.toArray())).toMatchInlineSnapshot(
      '"square: its result (20) was made inside noGrad() and recycled at its end: return it ' +
        'from there, or keep it with detach() or clone()"',
    )
  })
  it('after a derivative', () => {
    let inner: Tensor | undefined
    const leaky = unary('leaky', {
      f: (v) => v,
      vjp: (g) => {
        inner = g.mul(2)
        return inner.add(1)
      },
    })
    leaky(three()).sum().backward()
    expect(refusal(TapeError, () => inner?.toArray())).toMatchInlineSnapshot(
      '"mul: its result (3) was made inside a derivative and freed with it: return it from ' +
        'there, or keep it with detach() or clone()"',
    )
  })
  it('after the gradient was cleared', () => {
    const w = long()
    w.sum().backward()
    const g = w.grad as Tensor
    clearGrad(w)
    expect(w.grad).toBe(null)
    expect(refusal(TapeError, () => g.toArray())).toMatchInlineSnapshot(
      '"broadcastTo: its result (20) was a gradient and recycled by zeroGrad(): keep it with ' +
        'detach() or clone()"',
    )
    w.sum().backward()
    const kept = (w.grad as Tensor | null)?.detach()
    clearGrad(w)
    expect(kept?.toArray()).toEqual(new Array(20).fill(1))
  })
})
