// What toString writes, as NumPy would print it, and node's inspect with it.

import { inspect } from 'node:util'
import { arange, tensor, zeros } from 'tapegrad'
import { describe, expect, it } from 'vitest'

describe('toString', () => {
  it('0-d and 1-d', () => {
    expect(String(tensor(3))).toMatchInlineSnapshot(`"tensor(3., shape (), float32)"`)
    expect(String(tensor(-0))).toMatchInlineSnapshot(`"tensor(-0., shape (), float32)"`)
    expect(String(tensor([1, 2.5, -3]))).toMatchInlineSnapshot(`"tensor([ 1.0000,  2.5000, -3.0000], shape (3), float32)"`)
  })

  it('matrices and deeper nesting', () => {
    expect(
      `\n${tensor([
        [1, -2],
        [30, 4],
      ])}`,
    ).toMatchInlineSnapshot(`
      "
      tensor([[ 1., -2.],
              [30.,  4.]], shape (2, 2), float32)"
    `)
    expect(`\n${arange(12).reshape([2, 3, 2])}`).toMatchInlineSnapshot(`
      "
      tensor([[[ 0.,  1.],
               [ 2.,  3.],
               [ 4.,  5.]],

              [[ 6.,  7.],
               [ 8.,  9.],
               [10., 11.]]], shape (2, 3, 2), float32)"
    `)
  })

  it('long axes are elided', () => {
    expect(String(arange(1001))).toMatchInlineSnapshot(`"tensor([   0.,    1.,    2., …,  998.,  999., 1000.], shape (1001), float32)"`)
    expect(`\n${arange(1200).reshape([30, 40]).div(7)}`).toMatchInlineSnapshot(`
      "
      tensor([[  0.0000,   0.1429,   0.2857, …,   5.2857,   5.4286,   5.5714],
              [  5.7143,   5.8571,   6.0000, …,  11.0000,  11.1429,  11.2857],
              [ 11.4286,  11.5714,  11.7143, …,  16.7143,  16.8571,  17.0000],
              …,
              [154.2857, 154.4286, 154.5714, …, 159.5714, 159.7143, 159.8571],
              [160.0000, 160.1429, 160.2857, …, 165.2857, 165.4286, 165.5714],
              [165.7143, 165.8571, 166.0000, …, 171.0000, 171.1429, 171.2857]], shape (30, 40), float32)"
    `)
    expect(String(arange(1000))).not.toContain('…')
  })

  it('NaN and infinities', () => {
    expect(String(tensor([1, NaN, -Infinity]))).toMatchInlineSnapshot(`"tensor([       1.,       NaN, -Infinity], shape (3), float32)"`)
    expect(String(tensor([0.5, NaN]))).toMatchInlineSnapshot(`"tensor([0.5000,    NaN], shape (2), float32)"`)
  })

  it('exponents where four decimals would hide the numbers', () => {
    expect(String(tensor([1e10, 1]))).toMatchInlineSnapshot(`"tensor([1.0000e+10,  1.0000e+0], shape (2), float32)"`)
    expect(String(tensor([1e-9, 0, 1]))).toMatchInlineSnapshot(`"tensor([1.0000e-9, 0.0000e+0, 1.0000e+0], shape (3), float32)"`)
    expect(String(tensor([0.1, 99999]))).toMatchInlineSnapshot(`"tensor([    0.1000, 99999.0000], shape (2), float32)"`)
  })

  it('bool, int32 and float64', () => {
    expect(String(tensor([true, false]))).toMatchInlineSnapshot(`"tensor([ true, false], shape (2), bool)"`)
    expect(`\n${tensor([[1, -20]], { dtype: 'int32' })}`).toMatchInlineSnapshot(`
      "
      tensor([[  1, -20]], shape (1, 2), int32)"
    `)
    expect(String(tensor(0.1, { dtype: 'float64' }))).toMatchInlineSnapshot(`"tensor(0.1000, shape (), float64)"`)
  })

  it('empty tensors', () => {
    expect(String(zeros([0]))).toMatchInlineSnapshot(`"tensor([], shape (0), float32)"`)
    expect(`\n${zeros([2, 0])}`).toMatchInlineSnapshot(`
      "
      tensor([[],
              []], shape (2, 0), float32)"
    `)
  })

  it('says what requires a gradient, and which op made it', () => {
    const x = tensor([1, 2], { requiresGrad: true })
    expect(String(x)).toMatchInlineSnapshot(`"tensor([1., 2.], shape (2), float32, requiresGrad)"`)
    expect(String(x.exp())).toMatchInlineSnapshot(`"tensor([2.7183, 7.3891], shape (2), float32, exp)"`)
    expect(String(x.exp().detach())).toMatchInlineSnapshot(`"tensor([2.7183, 7.3891], shape (2), float32)"`)
  })

  it('writes a transpose as it reads, and is what inspect shows', () => {
    const x = tensor([
      [1, 2],
      [3, 4],
    ])
    expect(`\n${x.t()}`).toMatchInlineSnapshot(`
      "
      tensor([[1., 3.],
              [2., 4.]], shape (2, 2), float32)"
    `)
    expect(inspect(x)).toBe(String(x))
    expect(inspect({ x: tensor(1) })).toBe('{ x: tensor(1., shape (), float32) }')
  })
})

describe('toArray and item', () => {
  it('give plain values', () => {
    expect(tensor([[true], [false]]).toArray()).toEqual([[true], [false]])
    expect(tensor(2).toArray()).toBe(2)
    expect(tensor([[2]]).item()).toBe(2)
    expect(zeros([2, 0]).toArray()).toEqual([[], []])
    expect(JSON.stringify(tensor([[1, 2]]).toArray())).toBe('[[1,2]]')
  })
})
