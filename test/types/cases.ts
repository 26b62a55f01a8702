// One table of what shapes allow: each expression with the shape of its result, or with the text of
// its refusal. Types and run time are both held to it.

import { ACCEPTED_LAYERS, REFUSED_LAYERS } from './layerCases.ts'

/**
 * What the expressions may name besides the package, with its type and its code: `of` is zeros of a
 * shape that is constant, `as const`.
 */
export const SETUP = {
  of: ['<const S extends Shape>(shape: S, options?: TensorOptions) => Tensor<S>', 'zeros'],
  n: ['number', '5'],
  flag: ['boolean', 'true'],
  plain: ['Tensor', 'zeros([2, 3])'],
  rows: ['Tensor', 'tensor([[0, 1, 2], [3, 4, 5]])'],
  batch: ["Dim<'batch'>", '8'],
  time: ["Dim<'time'>", '5'],
  int32: ["{ dtype: 'int32' }", "{ dtype: 'int32' }"],
} as const

/**
 * Expressions and the shapes of their results: `number` is a size, and `…` a rank, that only the
 * run time knows.
 */
export const ACCEPTED: readonly (readonly [code: string, shape: string])[] = [
  ['zeros([32, 27] as const)', '(32, 27)'],
  ['zeros([n, 27] as const)', '(number, 27)'],
  ['zeros([] as const)', '()'],
  ['full([32, 27] as const, 1)', '(32, 27)'],
  ['randint(0, 4, [2, 3] as const)', '(2, 3)'],
  ['rand([2, 3] as const).tanh().neg().clamp(0)', '(2, 3)'],
  ['tensor([[1, 2, 3], [4, 5, 6]] as const)', '(2, 3)'],
  ['tensor(new Float64Array(6), { shape: [2, 3] as const })', '(2, 3)'],
  ['zeros([32, 27])', '(…)'],
  ['ones([...plain.shape, 2])', '(…)'],
  ['tensor([[1, 2, 3], [4, 5, 6]])', '(…)'],
  ['tensor(7)', '(…)'],
  ['tensor(new Float64Array(6))', '(…)'],
  ['tensor(new Float64Array(6), { shape: [2, 3] })', '(…)'],
  ['eye(3)', '(…)'],
  ['linspace(0, 1, 5)', '(…)'],
  ['arange(5)', '(…)'],
  ["of([2, 3]).detach().clone().to('float64').flip(0)", '(2, 3)'],

  ['of([32, 64]).add(of([64]))', '(32, 64)'],
  ['of([32, 1]).mul(of([3, 1, 5]))', '(3, 32, 5)'],
  ['of([2, 3]).sub(1)', '(2, 3)'],
  ['of([n, 3]).div(of([1, 3]))', '(number, 3)'],
  ['of([n, 3]).maximum(of([5, 3]))', '(5, 3)'],
  ['plain.add(of([2, 1]))', '(…)'],
  ['of([2, 3]).lt(plain)', '(…)'],
  ['of([4, 1]).where(of([3]).ge(0), 0)', '(4, 3)'],
  ['where(of([3]).ge(0), 1, of([2, 1]))', '(2, 3)'],
  ['of([2, 1]).broadcastTo([4, 2, 3])', '(4, 2, 3)'],

  ['of([32, 27]).matmul(of([27, 64]))', '(32, 64)'],
  ['of([7, 32, 27]).matmul(of([27, 64]))', '(7, 32, 64)'],
  ['of([7, 1, 32, 27]).matmul(of([3, 27, 64]))', '(7, 3, 32, 64)'],
  ['of([27]).matmul(of([27]))', '()'],
  ['of([27]).matmul(of([2, 27, 64]))', '(2, 64)'],
  ['of([32, 27]).matmul(of([27]))', '(32)'],
  ['of([n, 27]).matmul(of([27, 64])).add(of([64]))', '(number, 64)'],
  ['plain.matmul(of([3, 4]))', '(…)'],

  ['of([2, 3]).t()', '(3, 2)'],
  ['of([2, 3, 4]).transpose(0, -1)', '(4, 3, 2)'],
  ['of([2, 3, 4]).permute([2, 0, -2])', '(4, 2, 3)'],
  ['of([2, 3, 4]).reshape([4, 6])', '(4, 6)'],
  ['of([32, 10, 64]).reshape([-1, 64])', '(320, 64)'],
  ['of([n, 10, 64]).reshape([-1, 64])', '(number, 64)'],
  ['plain.reshape([3, -1])', '(…)'],
  ['plain.sum()', '(…)'],
  ['plain.broadcastTo([4, 2, 3])', '(…)'],
  ['of([1, 3, 1]).squeeze()', '(3)'],
  ['of([1, 3, 1]).squeeze(-1)', '(1, 3)'],
  ['of([1, 3, 1]).squeeze([0, 1])', '(3, 1)'],
  ['of([2, 3]).unsqueeze(1)', '(2, 1, 3)'],
  ['of([2, 3]).unsqueeze(-1)', '(2, 3, 1)'],

  ['of([2, 3, 4]).sum()', '()'],
  ['of([2, 3, 4]).sum(1)', '(2, 4)'],
  ['of([2, 3, 4]).mean(-1, true)', '(2, 3, 1)'],
  ['of([2, 3, 4]).max([0, -1])', '(3)'],
  ['of([2, 3, 4]).min(undefined, true)', '(1, 1, 1)'],
  ['of([2, 3]).argmax(1)', '(2)'],
  ['of([2, 3]).logSumExp(0)', '(3)'],
  ['of([2, 3, 4]).sum(n - 4)', '(number, number)'],
  ['plain.sum(0)', '(…)'],
  ['of([2, 3]).softmax()', '(2, 3)'],
  ['of([2, 3]).logSoftmax(0)', '(2, 3)'],

  ['of([10, 3]).slice(0, 2, 8)', '(6, 3)'],
  ['of([10, 3]).slice(0, -4)', '(4, 3)'],
  ['of([10, 3]).slice(-2, 0, -1, 2)', '(5, 3)'],
  ['of([10, 3]).slice(1, 2, 99)', '(10, 1)'],
  ['of([10, 3]).slice(0, n)', '(number, 3)'],
  ['of([2, 3, 4]).select(1, -3)', '(2, 4)'],
  ['of([2, 3]).gather(1, of([2, 7], int32))', '(2, 7)'],
  ['of([27, 8]).indexSelect(0, of([4, 5], int32))', '(4, 5, 8)'],
  ['of([2, 256]).chunk(4, 1)[0]', '(2, 64)'],
  ['of([2, 5]).chunk(2, 1)[0]', '(2, number)'],
  ['cat([of([2, 3]), of([5, 3])])', '(7, 3)'],
  ['cat([of([2, 3]), of([2, 1]), of([2, n])], 1)', '(2, number)'],
  ['cat([plain, of([1, 3])])', '(…)'],
  ['stack([of([2, 3]), of([2, 3])])', '(2, 2, 3)'],
  ['stack([of([2, 3]), of([2, 3])], -1)', '(2, 3, 2)'],
  ['stack(Array.from({ length: 4 }, () => of([2, 3])))', '(number, 2, 3)'],

  ...ACCEPTED_LAYERS,

  ['of([batch, 3]).add(of([batch, 1]))', '(batch, 3)'],
  ['of([batch, time]).t().matmul(of([batch, 3]))', '(time, 3)'],
  ['of([time, 3]).add(of([n, 3]))', '(time, 3)'],
]

/** Expressions that must not compile, and the text that the compiler and the run time both give. */
export const REFUSED: readonly (readonly [code: string, message: string])[] = [
  ['of([2, 3]).add(of([4]))', 'add: cannot broadcast (2, 3) with (4): axis -1 is 3 and 4'],
  ['of([2, 3]).eq(of([3, 3]))', 'eq: cannot broadcast (2, 3) with (3, 3): axis -2 is 2 and 3'],
  [
    'of([2, 3]).where(of([2]).ge(0), 0)',
    'where: cannot broadcast (2) with (2, 3): axis -1 is 2 and 3',
  ],
  ['where(of([2]).ge(0), of([3]), 0)', 'where: cannot broadcast (2) with (3): axis -1 is 2 and 3'],
  ['of([2, 3]).broadcastTo([4, 3])', 'broadcastTo: cannot broadcast (2, 3) to (4, 3)'],
  ['of([2, 3]).broadcastTo([3])', 'broadcastTo: cannot broadcast (2, 3) to (3)'],
  ['of([32, 27]).matmul(of([28, 64]))', 'matmul: inner sizes differ: (32, 27) @ (28, 64)'],
  ['of([32, 27]).matmul(of([32]))', 'matmul: inner sizes differ: (32, 27) @ (32)'],
  [
    'of([2, 3]).matmul(of([]))',
    'matmul: expected at least one axis each, got (2, 3) @ (): use mul',
  ],
  [
    'of([2, 2, 3]).matmul(of([3, 3, 2]))',
    'matmul of (2, 2, 3) @ (3, 3, 2): cannot broadcast (2) with (3): axis -1 is 2 and 3',
  ],
  ['of([2, 3, 4]).t()', 't: expected at most 2 axes, got (2, 3, 4): use transpose(axis0, axis1)'],
  ['of([2, 3]).transpose(0, 2)', 'transpose: expected an axis in -2..1, got 2'],
  ['of([2, 3]).permute([0])', 'permute: expected each of the 2 axes of (2, 3) once, got (0)'],
  ['of([2, 3]).permute([1, 1])', 'permute: expected each of the 2 axes of (2, 3) once, got (1, 1)'],
  ['of([2, 3]).permute([0, 2])', 'permute: expected an axis in -2..1, got 2'],
  ['of([2, 3]).reshape([4])', 'reshape: cannot read (2, 3), 6 elements, as (4)'],
  ['of([2, 3]).reshape([4, -1])', 'reshape: cannot read (2, 3), 6 elements, as (4, -1)'],
  ['of([2, 3]).reshape([-1, -1])', 'reshape: expected at most one −1, got (-1, -1)'],
  ['of([2, 3]).squeeze(2)', 'squeeze: expected an axis in -2..1, got 2'],
  ['of([2, 3]).unsqueeze(3)', 'unsqueeze: expected an axis in -3..2, got 3'],
  ['of([2, 3]).sum(2)', 'sum: expected an axis in -2..1, got 2'],
  ['of([n, n]).sum(-3, true)', 'sum: expected an axis in -2..1, got -3'],
  ['of([2, 3]).mean([0, -2])', 'mean: axes (0,-2) name one axis twice'],
  ['of([]).max(0)', 'max: expected a tensor with at least one axis, got shape ()'],
  ['of([2, 3]).argmax(-3)', 'argmax: expected an axis in -2..1, got -3'],
  ['of([2, 3]).softmax(2)', 'softmax: expected an axis in -2..1, got 2'],
  ['of([2, 3]).slice(2, 0)', 'slice: expected an axis in -2..1, got 2'],
  ['of([2, 3]).select(0, 2)', 'select: index 2 is outside -2..1'],
  ['of([2, 3]).select(1, -4)', 'select: index -4 is outside -3..2'],
  ['of([2, 3]).select(2, 0)', 'select: expected an axis in -2..1, got 2'],
  [
    'of([2, 3]).gather(1, of([3, 3], int32))',
    'gather: expected an index that fits into (2, 3) except along axis 1, got (3, 3)',
  ],
  [
    'of([2, 3]).gather(1, of([2], int32))',
    'gather: expected an index that fits into (2, 3) except along axis 1, got (2)',
  ],
  ['of([2, 3]).indexSelect(2, of([2], int32))', 'indexSelect: expected an axis in -2..1, got 2'],
  ['of([2, 3]).chunk(3, 2)', 'chunk: expected an axis in -2..1, got 2'],
  [
    'cat([of([2, 3]), of([2, 4])])',
    'cat: expected shapes that agree except along axis 0, got (2, 3) and (2, 4)',
  ],
  [
    'cat([of([2, 3]), of([3])], 1)',
    'cat: expected shapes that agree except along axis 1, got (2, 3) and (3)',
  ],
  ['cat([of([2, 3])], 2)', 'cat: expected an axis in -2..1, got 2'],
  ['stack([of([2, 3]), of([3, 2])])', 'stack: expected equal shapes, got (2, 3) and (3, 2)'],
  ['of([2, 3]).item()', 'item: expected one element, got shape (2, 3): use toArray()'],
  ...REFUSED_LAYERS,
  [
    'of([batch]).add(of([time]))',
    'add: cannot broadcast (batch) with (time): axis -1 is batch and time',
  ],
  ['of([3, batch]).matmul(of([time, 2]))', 'matmul: inner sizes differ: (3, batch) @ (time, 2)'],
]
