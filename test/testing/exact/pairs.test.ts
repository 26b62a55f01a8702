// Ops by other ops that compute the same, by checkExactly: results, gradients, and kernels on whole
// numbers.

import { cat, crossEntropy, full, ones, stack, type Tensor, tensor, where } from 'tapegrad'
import { CheckError, checkExactly } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { d, float64, gridded } from '../../support/tensors.ts'

const whole = (list: number[]): Tensor => tensor(list, { dtype: 'int32' })
/** Rows of the unit matrix: they pick columns. */
const units = (n: number, ...picked: number[]): Tensor =>
  tensor(
    picked.map((k) => Array.from({ length: n }, (_, i) => Number(i === k))),
    float64,
  )
const half = (x: Tensor): Tensor => x.mul(0.5)
const one = (n: number): Tensor => ones([n], float64)

type Pair = readonly [
  name: string,
  shapes: readonly (readonly number[])[],
  fn: (...xs: Tensor[]) => Tensor | Tensor[],
  equals: (...xs: Tensor[]) => Tensor | Tensor[],
]

const pairs: readonly Pair[] = [
  ['σ', [[3]], (x) => x.sigmoid(), (x) => x.neg().exp().add(1).reciprocal()],
  ['tanh by σ', [[3]], (x) => x.tanh(), (x) => x.mul(2).sigmoid().mul(2).sub(1)],
  [
    'tanh by e',
    [[3]],
    (x) => x.tanh(),
    (x) => x.exp().sub(x.neg().exp()).div(x.exp().add(x.neg().exp())),
  ],
  ['tanh is odd', [[3]], (x) => x.tanh(), (x) => x.neg().tanh().neg()],
  ['softplus', [[3]], (x) => x.softplus(), (x) => x.exp().add(1).log()],
  ['log1p', [[3]], (x) => x.log1p(), (x) => x.add(1).log()],
  ['e to a logarithm', [[3]], (x) => x, (x) => x.log().exp()],
  ['e to a sum', [[3], [3]], (x, y) => x.add(y).exp(), (x, y) => x.exp().mul(y.exp())],
  ['√ · √', [[3]], (x) => x.sqrt().square(), (x) => x],
  ['sin² + cos²', [[3]], (x) => x.sin().square().add(x.cos().square()).add(x), (x) => x.add(1)],
  ['square', [[3]], (x) => x.square(), (x) => x.mul(x)],
  ['x³', [[3]], (x) => x.pow(3), (x) => x.mul(x).mul(x)],
  ['x⁻²', [[3]], (x) => x.pow(-2), (x) => x.mul(x).reciprocal()],
  ['√x', [[3]], (x) => x.pow(0.5), (x) => x.sqrt()],
  ['aᵇ⁺¹', [[3], [3]], (a, b) => a.pow(b.add(1)), (a, b) => a.pow(b).mul(a)],
  ['div', [[2, 3], [3]], (a, b) => a.div(b), (a, b) => b.reciprocal().mul(a)],
  ['abs', [[6]], (x) => x.abs(), (x) => x.square().sqrt().mul(0).add(x.mul(x.sign()))],
  ['relu', [[6]], (x) => x.relu(), (x) => half(x.add(x.abs()))],
  ['maximum', [[6], [6]], (a, b) => a.maximum(b), (a, b) => half(a.add(b).add(a.sub(b).abs()))],
  ['minimum', [[6], [6]], (a, b) => a.minimum(b), (a, b) => a.neg().maximum(b.neg()).neg()],
  ['clamp', [[6]], (x) => x.clamp(-0.5, 0.25), (x) => x.maximum(-0.5).minimum(0.25)],
  ['where', [[6], [6]], (a, b) => where(a.gt(b), a, b), (a, b) => a.maximum(b)],
  [
    'max',
    [[2, 3]],
    (x) => x.max(1),
    (x) => x.select(1, 0).maximum(x.select(1, 1)).maximum(x.select(1, 2)),
  ],
  ['min', [[2, 3]], (x) => x.min(0), (x) => x.neg().max(0).neg()],
  ['softmax', [[2, 3]], (x) => x.softmax(), (x) => x.exp().div(x.exp().sum(1, true))],
  [
    'softmax of another axis',
    [[2, 3]],
    (x) => x.softmax(0),
    (x) => x.exp().div(x.exp().sum(0, true)),
  ],
  [
    'softmax as it is computed',
    [[2, 3]],
    (x) => x.softmax(),
    (x) => {
      const e = x.sub(x.max(1, true)).exp()
      return e.div(e.sum(1, true))
    },
  ],
  ['logSoftmax', [[2, 3]], (x) => x.logSoftmax(), (x) => x.softmax().log()],
  ['logSumExp', [[2, 3, 2]], (x) => x.logSumExp([0, 2]), (x) => x.exp().sum([0, 2]).log()],
  [
    'crossEntropy',
    [[2, 3]],
    (x) => crossEntropy(x, whole([2, 0]), { reduction: 'none' }),
    (x) =>
      x
        .logSoftmax()
        .mul(units(3, 2, 0))
        .sum(1)
        .neg(),
  ],
  ['mean', [[2, 3]], (x) => x.mean(1), (x) => x.matmul(one(3)).div(3)],
  [
    'sum of axes apart',
    [[2, 3, 2]],
    (x) => x.sum([0, 2]),
    (x) => x.select(0, 0).add(x.select(0, 1)).matmul(one(2)),
  ],
  ['sumTo in front', [[2, 3]], (x) => x.sumTo([3]), (x) => one(2).matmul(x)],
  ['sumTo behind', [[2, 3]], (x) => x.sumTo([2, 1]), (x) => x.matmul(ones([3, 1], float64))],
  [
    'matmul',
    [
      [2, 3],
      [3, 2],
    ],
    (a, b) => a.matmul(b),
    (a, b) => a.unsqueeze(2).mul(b.unsqueeze(0)).sum(1),
  ],
  [
    'stacks',
    [
      [2, 2, 3],
      [3, 2],
    ],
    (a, b) => a.matmul(b),
    (a, b) => stack([a.select(0, 0).matmul(b), a.select(0, 1).matmul(b)]),
  ],
  [
    't',
    [
      [2, 3],
      [2, 4],
    ],
    (a, b) => a.t().matmul(b),
    (a, b) => a.unsqueeze(2).mul(b.unsqueeze(1)).sum(0),
  ],
  ['slice with a step', [[6, 2]], (x) => x.slice(0, 1, 6, 2), (x) => units(6, 1, 3, 5).matmul(x)],
  ['slice of columns', [[2, 5]], (x) => x.slice(1, 1, -1), (x) => x.matmul(units(5, 1, 2, 3).t())],
  ['select', [[2, 3]], (x) => x.select(1, 1), (x) => x.matmul(units(3, 1).reshape([3]))],
  ['flip', [[3, 2]], (x) => x.flip(0), (x) => units(3, 2, 1, 0).matmul(x)],
  [
    'permute',
    [[2, 3, 4]],
    (x) => x.permute([1, 2, 0]),
    (x) => stack([x.select(0, 0), x.select(0, 1)], 2),
  ],
  [
    'transpose in front',
    [[2, 3, 4]],
    (x) => x.transpose(0, 1),
    (x) => stack([x.select(0, 0), x.select(0, 1)], 1),
  ],
  [
    'chunk',
    [[2, 5]],
    (x) => x.chunk(2, 1),
    (x) => [x.matmul(units(5, 0, 1, 2).t()), x.matmul(units(5, 3, 4).t())],
  ],
  [
    'broadcastTo',
    [[2, 1]],
    (x) => x.broadcastTo([3, 2, 2]),
    (x) => x.add(full([3, 2, 2], 0, float64)),
  ],
  [
    'cat',
    [
      [2, 1],
      [2, 2],
    ],
    (a, b) => cat([a, b], -1),
    (a, b) => a.matmul(units(3, 0)).add(b.matmul(units(3, 1, 2))),
  ],
  [
    'stack',
    [[2], [2]],
    (a, b) => stack([a, b], -1),
    (a, b) =>
      a
        .unsqueeze(1)
        .mul(units(2, 0))
        .add(b.unsqueeze(1).mul(units(2, 1))),
  ],
  [
    'indexSelect',
    [[2, 3]],
    (x) => x.indexSelect(1, whole([2, 0, 2])),
    (x) => x.matmul(units(3, 2, 0, 2).t()),
  ],
  [
    'indexSelect by a matrix',
    [[3, 2]],
    (x) => x.indexSelect(0, whole([1, 0, 1, 1]).reshape([2, 2])),
    (x) => units(3, 1, 0, 1, 1).matmul(x).reshape([2, 2, 2]),
  ],
  [
    'indexSelect in the middle',
    [[2, 3, 2]],
    (x) => x.indexSelect(1, whole([2, 0]).reshape([1, 2])),
    (x) => stack([x.select(1, 2), x.select(1, 0)], 1).unsqueeze(1),
  ],
  [
    'gather',
    [[2, 3]],
    (x) => x.gather(1, whole([2, 0]).reshape([2, 1])),
    (x) => x.mul(units(3, 2, 0)).sum(1, true),
  ],
  [
    'sub over three axes in turn',
    [
      [2, 1, 3],
      [1, 2, 1],
    ],
    (a, b) => a.sub(b),
    (a, b) => b.neg().broadcastTo([2, 2, 3]).add(a),
  ],
  [
    'sub over three axes in turn, from the other side',
    [
      [1, 2, 1],
      [2, 1, 3],
    ],
    (a, b) => a.sub(b),
    (a, b) => b.neg().add(a.broadcastTo([2, 2, 3])),
  ],
  [
    'gather along the first axis, by fewer',
    [[3, 3]],
    (x) => x.gather(0, whole([2, 0]).reshape([1, 2])),
    (x) => cat([x.slice(0, 2, 3).slice(1, 0, 1), x.slice(0, 0, 1).slice(1, 1, 2)], 1),
  ],
  ['maximum of equals', [[3]], (x) => x.maximum(x.clone()), (x) => x.clone()],
  ['minimum of equals', [[3]], (x) => x.clone().minimum(x), (x) => x.clone()],
  ['max of equals', [[3]], (x) => stack([x, x.clone()]).max(0), (x) => x.clone()],
  [
    'gather by fewer',
    [[3, 2]],
    (x) => x.gather(1, whole([1, 0]).reshape([2, 1])),
    (x) =>
      x
        .slice(0, 0, 2)
        .mul(units(2, 1, 0))
        .sum(1, true),
  ],
  ['to', [[3]], (x) => x.to('float32').to('float64'), (x) => x.clone()],
]

describe('ops by other ops: results, and gradients of orders 1 and 2', () => {
  for (const [name, shapes, fn, equals] of pairs)
    test(name, () => {
      checkExactly(
        fn,
        shapes.map((shape, i) => gridded(shape, 3 + i)),
        { equals, order: 2, kernels: true },
      )
    })
})

test('numbers that are written in a program are the fractions that they are', () => {
  const sum = (x: Tensor) => x.mul(0.125).add(x.mul(0.25))
  checkExactly(sum, [d([1, 2])], { equals: (x) => x.mul(0.375) })
  // 0.1 + 0.2 is another double than 0.3, and another number than the fractions' sum.
  const decimal = (x: Tensor) => x.mul(0.1).add(x.mul(0.2))
  expect(() => checkExactly(decimal, [d([1])], { equals: (x) => x.mul(0.3) })).toThrow(CheckError)
})
