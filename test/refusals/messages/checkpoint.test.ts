// What checkpoint() refuses, with its messages; afterwards everything is as before.

import { checkpoint, manualSeed, noGrad, rand, TapeError, type Tensor, ValueError } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { d, leaf } from '../../support/tensors.ts'

describe('what is refused', () => {
  it('no function, and one that is asynchronous', () => {
    expect(() => checkpoint(3 as never)).toThrow(ValueError)
    expect(() => checkpoint(async () => leaf(1).mul(2))()).toThrow(
      'checkpoint: expected a synchronous function',
    )
    expect(() => noGrad(() => checkpoint(async () => 1)())).toThrow(TapeError)
  })

  it('a function that computes something else when it is called again', () => {
    const x = leaf([1, 2])
    let calls = 0
    const other = checkpoint((t: Tensor) => t.mul(++calls))(x)
    expect(() => other.sum().backward()).toThrow(
      /checkpoint: expected fn to give the same numbers when called again, got others in \(2\) float64/,
    )
    let shape = [2, 1]
    const reshaped = checkpoint((t: Tensor) => t.mul(2).reshape(shape))(x)
    shape = [1, 2]
    expect(() => reshaped.sum().backward()).toThrow(
      /expected fn to give \(2, 1\) float64 when called again, got \(1, 2\) float64/,
    )
    let give = true
    const less = checkpoint((t: Tensor) => (give ? t.mul(2) : null))(x) as Tensor
    give = false
    expect(() => less.sum().backward()).toThrow(/got nothing/)
    expect(x.grad).toBe(null)
  })

  it('a captured or given tensor that has changed since', () => {
    const [x, w, c] = [leaf([1, 2]), leaf([3, 4]), d([1, 1])]
    for (const changed of [x, w, c]) {
      const y = checkpoint((t: Tensor) => t.mul(w).mul(c))(x).sum()
      changed.assign_(d([5, 6]))
      expect(() => y.backward()).toThrow(
        /checkpoint saved a tensor of shape \(2\) that assign_\(\) or an optimiser has changed since/,
      )
    }
    expect([x.grad, w.grad]).toEqual([null, null])
  })

  it('a second walk of a graph that was not retained', () => {
    const y = checkpoint((t: Tensor) => t.exp())(leaf([1, 2])).sum()
    y.backward()
    expect(() => y.backward()).toThrow('already walked')
  })
})

it('after an error in the second call all is as before: recording, streams, gradients', () => {
  const x = leaf([1, 2])
  manualSeed(4)
  let fail = false
  const y = checkpoint((t: Tensor) => {
    const dropped = t.mul(rand([2], { dtype: 'float64' }))
    if (fail) throw new RangeError('mine')
    return dropped
  })(x)
  const next = () => {
    manualSeed(4)
    rand([2], { dtype: 'float64' })
    return rand([3]).toArray()
  }
  fail = true
  expect(() => y.sum().backward()).toThrow('mine')
  const after = rand([3]).toArray()
  expect(after).toEqual(next())
  expect([x.grad, x.mul(2).requiresGrad]).toEqual([null, true])
})
