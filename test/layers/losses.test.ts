// crossEntropy and mseLoss against their formulas, in every reduction, and what they refuse.

import fc from 'fast-check'
import {
  crossEntropy,
  DTypeError,
  IndexError,
  mseLoss,
  ones,
  ShapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { expectClose, flat, grid, sizes } from '../support/numbers.ts'
import { float64, leaf } from '../support/tensors.ts'
import { crossEntropyRows } from './oracle.ts'

const int32 = { dtype: 'int32' } as const
const size = fc.integer({ min: 1, max: 4 })

describe('crossEntropy', () => {
  it('is the formula, with weights and ignored targets, in every reduction', () => {
    const reduction = fc.constantFrom('mean', 'sum', 'batchMean', 'none' as const)
    const mask = fc.constantFrom('none', 'bool', 'float')
    fc.assert(
      fc.property(
        fc.tuple(size, size, size),
        mask,
        fc.boolean(),
        reduction,
        fc.nat(999),
        ([N, T, V], mask, ignores, reduction, seed) => {
          const logits = leaf(grid([N, T, V], seed))
          const targets = flat(grid([N * T], seed + 1)).map((u) => Math.abs(u * 16) % V)
          const drawn = flat(grid([N * T], seed + 2))
          const given =
            mask === 'none'
              ? drawn.map(() => 1)
              : mask === 'bool'
                ? drawn.map((u) => (u > -0.5 ? 1 : 0))
                : drawn.map((u) => Math.max(u, 0))
          const weights = given.map((w, k) => (ignores && targets[k] === 0 ? 0 : w))
          const total = weights.reduce((a, b) => a + b)
          fc.pre(total > 0)
          const { losses, gradients } = crossEntropyRows(
            logits.reshape([N * T, V]).toArray() as number[][],
            targets,
            weights,
          )
          const divisor = { mean: total, sum: 1, batchMean: N, none: 1 }[reduction]
          const dtype = mask === 'bool' ? 'bool' : 'float64'
          const loss = crossEntropy(logits, tensor(targets, { shape: [N, T], ...int32 }), {
            mask: mask === 'none' ? undefined : tensor(given, { shape: [N, T], dtype }),
            ignoreIndex: ignores ? 0 : undefined,
            reduction,
          })
          expect(loss.shape).toEqual(reduction === 'none' ? [N, T] : [])
          expectClose(
            flat(loss.toArray()),
            reduction === 'none' ? losses : [losses.reduce((a, b) => a + b) / divisor],
            1e-12,
          )
          loss.sum().backward()
          expectClose(
            flat(logits.grad?.toArray()),
            flat(gradients).map((g) => g / divisor),
            1e-12,
          )
        },
      ),
      { numRuns: 200 },
    )
  })

  it('is log V where all logits are equal', () => {
    expect(crossEntropy(zeros([2, 27], float64), tensor([3, 9], int32)).item()).toBeCloseTo(
      Math.log(27),
      12,
    )
    expect(
      crossEntropy(zeros([27], float64), tensor(3, int32), { reduction: 'batchMean' }).item(),
    ).toBeCloseTo(Math.log(27), 12)
  })

  it('stays finite where exp would not', () => {
    expect(crossEntropy(tensor([[1e4, 0]], float64), tensor([1], int32)).item()).toBe(1e4)
    expect(
      crossEntropy(tensor([[Number.NEGATIVE_INFINITY, 0]], float64), tensor([1], int32)).item(),
    ).toBe(0)
  })

  it.each(['bool', 'float64', 'ignoreIndex'])(
    'never looks at what does not count (%s): its logits may be NaN, its targets anything',
    (how) => {
      const logits = leaf([
        [
          [1, 2, 3],
          [Number.NaN, Number.POSITIVE_INFINITY, 0],
        ],
        [
          [Number.NaN, Number.NaN, Number.NaN],
          [0, 1, 0],
        ],
      ])
      const targets = tensor(
        [
          [2, -77],
          [-77, 1],
        ],
        int32,
      )
      const options =
        how === 'ignoreIndex'
          ? { ignoreIndex: -77 }
          : {
              mask: tensor(
                [
                  [1, 0],
                  [0, 1],
                ],
                { dtype: how as 'bool' },
              ),
            }
      const loss = crossEntropy(logits, targets, options)
      const plain = leaf([
        [1, 2, 3],
        [0, 1, 0],
      ])
      const expected = crossEntropy(plain, tensor([2, 1], int32))
      expectClose(loss.item(), expected.item(), 1e-12)
      loss.backward()
      expected.backward()
      const [[a, b], [c, d]] = (logits.grad as Tensor).toArray() as number[][][]
      expect(b.map(Math.abs)).toEqual([0, 0, 0])
      expect(c.map(Math.abs)).toEqual([0, 0, 0])
      expectClose([a, d], plain.grad?.toArray(), 1e-12)
      expect(
        flat(crossEntropy(logits, targets, { ...options, reduction: 'none' }).toArray())
          .slice(1, 3)
          .map(Math.abs),
      ).toEqual([0, 0])
    },
  )

  it('has second derivatives', () => {
    const logits = leaf([[0.5, -0.25, 1]])
    crossEntropy(logits, tensor([1], int32)).backward(undefined, { createGraph: true })
    const first = logits.grad as Tensor
    logits.grad = null
    first.select(1, 0).sum().backward()
    const e = [0.5, -0.25, 1].map(Math.exp)
    const p = e.map((x) => x / (e[0] + e[1] + e[2]))
    expectClose(
      (logits.grad as Tensor | null)?.toArray(),
      [p.map((q, v) => p[0] * ((v === 0 ? 1 : 0) - q))],
      1e-12,
    )
  })

  it('refuses what does not fit', () => {
    const logits = zeros([4, 10, 27])
    const targets = zeros([4, 10], int32)
    const at = (n: number, t: number, value: number) =>
      tensor(
        flat(targets.toArray()).map((_, k) => (k === n * 10 + t ? value : 0)),
        { shape: [4, 10], ...int32 },
      )
    expect(() => crossEntropy(logits, at(3, 9, 27))).toThrow(IndexError)
    expect(() => crossEntropy(logits, at(3, 9, 27))).toThrowErrorMatchingInlineSnapshot(
      `[IndexError: crossEntropy: target 27 at [3, 9] is outside 0..26]`,
    )
    expect(() => crossEntropy(logits, at(0, 2, -100))).toThrowErrorMatchingInlineSnapshot(
      `[IndexError: crossEntropy: target -100 at [0, 2] is outside 0..26]`,
    )
    expect(() => crossEntropy(zeros([3]), tensor(3, int32))).toThrowErrorMatchingInlineSnapshot(
      `[IndexError: crossEntropy: target 3 is outside 0..2]`,
    )
    expect(() => crossEntropy(logits, zeros(sizes(4, 9), int32))).toThrow(ShapeError)
    expect(() =>
      crossEntropy(logits, zeros(sizes(4, 9), int32)),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: crossEntropy: expected targets of shape (4, 10), got (4, 9)]`,
    )
    expect(() => crossEntropy(zeros(sizes()), targets)).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: crossEntropy: expected logits of shape (…, V), got ()]`,
    )
    expect(() => crossEntropy(logits, zeros([4, 10]))).toThrow(DTypeError)
    expect(() => crossEntropy(logits, zeros([4, 10]))).toThrowErrorMatchingInlineSnapshot(
      '[DTypeError: crossEntropy: expected targets of dtype int32, got float32: convert it with ' +
        `.to('int32')]`,
    )
    expect(() =>
      crossEntropy(zeros([2, 3], int32), zeros([2], int32)),
    ).toThrowErrorMatchingInlineSnapshot(
      '[DTypeError: crossEntropy: expected logits of dtype float32 or float64, got int32: ' +
        `convert it with .to('float32')]`,
    )
    expect(() =>
      crossEntropy(logits, targets, { mask: ones([4, 1]) }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: crossEntropy: expected mask of shape (4, 10), got (4, 1)]`,
    )
    expect(() =>
      crossEntropy(logits, targets, { mask: ones([4, 10], int32) }),
    ).toThrowErrorMatchingInlineSnapshot(
      '[DTypeError: crossEntropy: expected mask of dtype bool or float32 or float64, got int32: ' +
        `convert it with .to('bool')]`,
    )
    expect(() => crossEntropy(logits, targets, { mask: zeros([4, 10]) })).toThrow(ValueError)
    expect(() =>
      crossEntropy(logits, targets, { mask: zeros([4, 10]) }),
    ).toThrowErrorMatchingInlineSnapshot(
      '[ValueError: crossEntropy: expected a target to average over, got none that counts: use ' +
        `reduction 'sum']`,
    )
    expect(() =>
      crossEntropy(logits, targets, { reduction: 'average' as 'mean' }),
    ).toThrowErrorMatchingInlineSnapshot(
      '[ValueError: crossEntropy: expected reduction to be one of mean, sum, batchMean, none, ' +
        'got "average"]',
    )
    expect(() =>
      crossEntropy(logits, targets, { weight: ones([27]) } as object),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: crossEntropy: unknown option 'weight': expected mask, ignoreIndex, reduction]`,
    )
    expect(() =>
      crossEntropy(logits, [1, 2] as unknown as Tensor),
    ).toThrowErrorMatchingInlineSnapshot(
      `[DTypeError: crossEntropy: expected targets to be a Tensor, got [1, 2]]`,
    )
  })
})

describe('mseLoss', () => {
  it('is the formula, in every reduction', () => {
    const prediction = leaf([
      [1, 2],
      [3, -1],
    ])
    const target = tensor(
      [
        [1, 4],
        [2, -1],
      ],
      float64,
    )
    expect(mseLoss(prediction, target).item()).toBe(5 / 4)
    expect(mseLoss(prediction, target, { reduction: 'sum' }).item()).toBe(5)
    expect(mseLoss(prediction, target, { reduction: 'none' }).toArray()).toEqual([
      [0, 4],
      [1, 0],
    ])
    mseLoss(prediction, target).backward()
    expectClose(
      prediction.grad?.toArray(),
      [
        [0, -1],
        [0.5, 0],
      ],
      1e-12,
    )
  })

  it('refuses what does not fit', () => {
    expect(() => mseLoss(ones([2, 1]), ones(sizes(2)))).toThrowErrorMatchingInlineSnapshot(
      `[ShapeError: mseLoss: expected target of shape (2, 1), got (2)]`,
    )
    expect(() => mseLoss(ones([2]), ones([2], float64))).toThrowErrorMatchingInlineSnapshot(
      '[DTypeError: mseLoss: expected target of dtype float32, got float64: convert it with ' +
        `.to('float32')]`,
    )
    expect(() => mseLoss(ones([2], int32), ones([2], int32))).toThrowErrorMatchingInlineSnapshot(
      '[DTypeError: mseLoss: expected prediction of dtype float32 or float64, got int32: ' +
        `convert it with .to('float32')]`,
    )
    expect(() =>
      mseLoss(ones([2]), ones([2]), { reduction: 'max' as 'sum' }),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: mseLoss: expected reduction to be one of mean, sum, none, got "max"]`,
    )
    expect(() =>
      mseLoss(ones([2]), ones([2]), { mask: ones([2]) } as object),
    ).toThrowErrorMatchingInlineSnapshot(
      `[ValueError: mseLoss: unknown option 'mask': expected reduction]`,
    )
  })
})
