// fuse: the functions and arguments that it refuses, by messages that name the reason.

import { cat, fuse, ones, type Tensor, tensor, where, zeros } from 'tapegrad'
import { describe, expect, test } from 'vitest'
import { d, numbersOf } from '../../support/tensors.ts'
import type { Function_ } from './fused.ts'

describe('refusals', () => {
  const x = d('1 2 3; 4 5 6')
  const captured = d([1, 2, 3])
  const filled = ones([2, 3], { dtype: 'float64' })
  const zero = zeros([], { dtype: 'float64' })
  let count = 0
  test.each<[string, Function_, RegExp]>([
    ['a sum', (x) => x.sum(), /uses sum, which/],
    ['a sum of rows', (x) => x.sub(x.sum(1, true)), /uses sum, which is not elementwise/],
    ['a softmax', (x) => x.softmax(1), /uses softmax, which is not elementwise/],
    ['a product', (x) => x.matmul(ones([3, 3], { dtype: 'float64' })), /matmul|no argument/],
    ['columns', (x) => x.slice(1, 0, 1).mul(x), /uses slice, which is not elementwise/],
    ['some columns alone', (x) => x.slice(1, 0, 2), /uses slice, which is not elementwise/],
    ['another shape', (x) => x.reshape([x.shape[0] as number, 1, -1]), /uses reshape, which/],
    ['joined rows', (x) => x.reshape([1, -1]), /uses reshape, which/],
    ['a transpose', (x) => (x as Tensor<[number, number]>).t(), /which/],
    ['a conversion', (x) => x.gt(0).to('float64').mul(x), /uses to, which is not elementwise/],
    ['compared conditions', (x) => where(x.gt(0).eq(x.lt(1)), x, 0), /uses eq, which reads bool/],
    [
      'chosen conditions',
      (x) => where(where(x.gt(0), x.gt(1), x.lt(-1)), x, 0),
      /where, which reads bool/,
    ],
    ['a captured tensor', (x) => x.mul(captured), /uses a tensor \(3\) that is no argument: make/],
    ['a captured tensor of one number', (x) => x.mul(filled), /uses a tensor \(2, 3\) that is no/],
    ['a captured number', (x) => x.mul(zero), /uses a tensor \(\) that is no argument/],
    ['rows side by side', (x) => cat([x, x], 1), /uses cat, which is not elementwise/],
    ['a detached argument', (x) => x.mul(x.detach()), /uses detach/],
    [
      'a branch on numbers',
      (x) => ((x.toTypedArray()[0] as number) > 0.52 ? x.mul(2) : x),
      /uses toTypedArray, which is not elementwise/,
    ],
    ['a branch on shapes', (x) => x.mul(x.shape[1] as number), /computes something else for other/],
    ['another function at every call', (x) => x.mul(count++), /computes something else/],
    ['bool', (x) => x.gt(0), /returns bool, which has no derivative/],
    ['no argument in the result', () => zeros([2, 3]), /made of no argument/],
    ['no tensor', () => 3 as never, /a function that returns a Tensor, got/],
  ])('%s', (_, f, message) => {
    const fused = fuse(f)
    expect(() => fused(x)).toThrow(message)
    expect(() => fused(x)).toThrow(message)
  })

  test('an argument that plays no part', () => {
    expect(() => fuse((x: Tensor, _y: Tensor) => x.mul(2))(x, x)).toThrow(
      'fuse: expected a function of elementwise ops, got one that does not use argument 1',
    )
  })

  test('what f throws', () => {
    let fails = true
    const f = fuse((x: Tensor) => {
      if (fails) throw new Error('of its own')
      return x.mul(2)
    })
    expect(() => f(x)).toThrow('of its own')
    fails = false
    expect(numbersOf(f(x))).toEqual(numbersOf(x.mul(2)))
    expect(numbersOf(x.exp().log())).toHaveLength(6)
  })

  test('arguments; afterwards right ones are taken', () => {
    const f = fuse((x: Tensor, y: Tensor) => x.mul(y))
    const whole = tensor([1, 2, 3], { dtype: 'int32' })
    const flag = tensor([true, false, true])
    for (const [args, message] of [
      [[x, whole], /fuse: .*int32/],
      [[x, tensor([1, 2, 3])], /float64 and float32|float32 and float64|same dtype|float32/],
      [[flag, flag], 'fuse: expected at least one float argument, got none'],
      [[x, 3], /fuse: expected a Tensor/],
      [[x, d([1, 2])], /shape|broadcast/i],
      [[x, flag], /dtype|bool/],
    ] as const)
      expect(() => f(...(args as unknown as [Tensor, Tensor]))).toThrow(message)
    expect(numbersOf(f(x, d([1, 2, 3])))).toEqual([1, 4, 9, 4, 10, 18])
    expect(() => fuse(3 as never)).toThrow(/fuse: expected a function/)
  })
})
