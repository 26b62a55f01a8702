// What toString writes, as NumPy would print it, and node's inspect with it.

import { readFileSync } from 'node:fs'
import { inspect } from 'node:util'
import { arange, type DType, tensor, zeros } from 'tapegrad'
import { describe, expect, it } from 'vitest'

/**
 * What NumPy 2.4 prints with a precision of 4, its words for NaN, infinities, true and false being
 * JavaScript's.
 */
interface Golden {
  what: string
  dtype: DType
  shape: number[]
  /** The numbers, those that JSON lacks as strings; or `arange` of them divided by `over`. */
  data?: (number | boolean | string)[]
  arange?: number
  over?: number
  lines: string[]
}
const { cases: goldens } = JSON.parse(
  readFileSync(new URL('../numpy.json', import.meta.url), 'utf8'),
) as { cases: Golden[] }

describe('prints as NumPy', () => {
  it.each(goldens)('$what $shape $dtype', ({ dtype, shape, data, arange: n, over = 1, lines }) => {
    const numbers = data ?? Array.from({ length: n ?? 0 }, (_, i) => i / over)
    const x = tensor(
      numbers.map((value) => (dtype === 'bool' ? value === true : Number(value))),
      { shape, dtype },
    )
    const text = `tensor(${lines.join('\n')},`
    const facts = `shape (${shape.join(', ')}), ${dtype})`
    const room = 75 - (text.length - text.lastIndexOf('\n') - 1)
    expect(String(x)).toBe(text + (facts.length < room ? ` ${facts}` : `\n       ${facts}`))
  })
})

describe('toString', () => {
  it('0-d and 1-d', () => {
    expect(String(tensor(3))).toMatchInlineSnapshot(`"tensor(3., shape (), float32)"`)
    expect(String(tensor(-0))).toMatchInlineSnapshot(`"tensor(-0., shape (), float32)"`)
    expect(String(tensor([1, 2.5, -3]))).toMatchInlineSnapshot(
      `"tensor([ 1. ,  2.5, -3. ], shape (3), float32)"`,
    )
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
    expect(String(arange(1001))).toMatchInlineSnapshot(`
      "tensor([   0.,    1.,    2., ...,  998.,  999., 1000.],
             shape (1001), float32)"
    `)
    expect(`\n${arange(1200).reshape([30, 40]).div(7)}`).toMatchInlineSnapshot(`
      "
      tensor([[0.0000e+00, 1.4286e-01, 2.8571e-01, ..., 5.2857e+00, 5.4286e+00,
               5.5714e+00],
              [5.7143e+00, 5.8571e+00, 6.0000e+00, ..., 1.1000e+01, 1.1143e+01,
               1.1286e+01],
              [1.1429e+01, 1.1571e+01, 1.1714e+01, ..., 1.6714e+01, 1.6857e+01,
               1.7000e+01],
              ...,
              [1.5429e+02, 1.5443e+02, 1.5457e+02, ..., 1.5957e+02, 1.5971e+02,
               1.5986e+02],
              [1.6000e+02, 1.6014e+02, 1.6029e+02, ..., 1.6529e+02, 1.6543e+02,
               1.6557e+02],
              [1.6571e+02, 1.6586e+02, 1.6600e+02, ..., 1.7100e+02, 1.7114e+02,
               1.7129e+02]], shape (30, 40), float32)"
    `)
    expect(String(arange(1000))).not.toContain('...')
  })

  it('NaN and infinities', () => {
    expect(String(tensor([1, NaN, -Infinity]))).toMatchInlineSnapshot(
      `"tensor([       1.,       NaN, -Infinity], shape (3), float32)"`,
    )
    expect(String(tensor([0.5, NaN]))).toMatchInlineSnapshot(
      `"tensor([0.5, NaN], shape (2), float32)"`,
    )
  })

  it('exponents where four decimals would hide the numbers', () => {
    expect(String(tensor([1e10, 1]))).toMatchInlineSnapshot(
      `"tensor([1.e+10, 1.e+00], shape (2), float32)"`,
    )
    expect(String(tensor([1e-9, 0, 1]))).toMatchInlineSnapshot(
      `"tensor([1.e-09, 0.e+00, 1.e+00], shape (3), float32)"`,
    )
    expect(String(tensor([0.1, 99999]))).toMatchInlineSnapshot(
      `"tensor([1.0000e-01, 9.9999e+04], shape (2), float32)"`,
    )
  })

  it('bool, int32 and float64', () => {
    expect(String(tensor([true, false]))).toMatchInlineSnapshot(
      `"tensor([ true, false], shape (2), bool)"`,
    )
    expect(`\n${tensor([[1, -20]], { dtype: 'int32' })}`).toMatchInlineSnapshot(`
      "
      tensor([[  1, -20]], shape (1, 2), int32)"
    `)
    expect(String(tensor(0.1, { dtype: 'float64' }))).toMatchInlineSnapshot(
      `"tensor(0.1, shape (), float64)"`,
    )
  })

  it('empty tensors', () => {
    expect(String(zeros([0]))).toMatchInlineSnapshot(`"tensor([], shape (0), float32)"`)
    expect(`\n${zeros([2, 0])}`).toMatchInlineSnapshot(`
      "
      tensor([], shape (2, 0), float32)"
    `)
  })

  it('says what requires a gradient, and which op made it', () => {
    const x = tensor([1, 2], { requiresGrad: true })
    expect(String(x)).toMatchInlineSnapshot(`"tensor([1., 2.], shape (2), float32, requiresGrad)"`)
    expect(String(x.exp())).toMatchInlineSnapshot(
      `"tensor([2.7183, 7.3891], shape (2), float32, exp)"`,
    )
    expect(String(x.exp().detach())).toMatchInlineSnapshot(
      `"tensor([2.7183, 7.3891], shape (2), float32)"`,
    )
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
