// checkExactly on wrong arguments: ops that are not what f computes, that are not there, and results
// that are no tensors.

import { type Tensor, tensor, unary } from 'tapegrad'
import { checkExactly } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { d } from '../../support/tensors.ts'
import { cube, errorOf, isCube } from './errorOf.ts'

const x = [d([1, 2])] as const
const square = (x: Tensor): Tensor => x.square()

describe('ops', () => {
  test('that compute other numbers than the op', () => {
    const cubed = unary('cubed', { f: (x) => x ** 3, vjp: (g, _, x) => g.mul(x).mul(2) })
    const error = errorOf(() => checkExactly(cubed, x, { ops: { cubed: square } }))
    expect(error).toMatchObject({ check: 'ops', op: 'cubed' })
    expect(error.message).toMatch(
      /^checkExactly: expected ops.cubed to compute the numbers of the op cubed, got .* for .* as element 0 of \(2\): one of both is wrong, or rounds too much: /,
    )
    const narrow = tensor([1, 2])
    expect(errorOf(() => checkExactly(cubed, [narrow], { ops: { cubed: square } }))).toMatchObject({
      check: 'ops',
    })
    checkExactly(cube, [narrow], { ops: isCube })
  })

  test.each<[string, (x: Tensor) => Tensor, string]>([
    ['that fn does not run', (x) => cube(x), 'got other; it runs cube: leave it out'],
    ['where all are built in', square, 'it runs built-in ones alone, which are known'],
  ])('%s', (_, fn, message) => {
    const ops = fn === square ? { other: square } : { ...isCube, other: square }
    expect(() => checkExactly(fn, x, { ops })).toThrow(message)
  })

  test.each<[unknown, string]>([
    [3, 'expected ops.cube to be a function of tensors, or { slope }, got 3'],
    [{ slope: 3 }, 'expected ops.cube to be a function of tensors, or { slope }, got 3'],
    [() => 3, 'expected ops.cube to return a tensor (2), got 3'],
    [() => d([1]), 'expected ops.cube to return a tensor (2), got one (1)'],
    [{ slope: () => 3 }, 'expected ops.cube.slope to return a tensor (2), got 3'],
  ])('%o', (op, message) => {
    const check = () => checkExactly(cube, x, { ops: { cube: op } as typeof isCube })
    expect(check).toThrow(message)
  })
})

test('gradients that are a tensor', () => {
  const gradients = (([x]: readonly Tensor[]) => x) as unknown as () => Tensor[]
  expect(() => checkExactly(square, x, { gradients })).toThrow(
    'expected gradients to give an array of 1, a tensor or null for each input, got a tensor: ' +
      'return [it]',
  )
})

test('empty tensors', () => {
  for (const [fn, at] of [
    [square, []],
    [(x: Tensor) => x.slice(0, 0, 0), [1]],
  ] as const)
    expect(errorOf(() => checkExactly(fn, [d([...at])]))).toMatchObject({ check: 'nothing' })
})
