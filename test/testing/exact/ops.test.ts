// Every differentiable op by checkExactly: its derivatives of all orders, and its kernels on whole
// numbers.

import fc from 'fast-check'
import { cat, crossEntropy, defineOp, full, grad, type Tensor, tensor, where } from 'tapegrad'
import { checkExactly } from 'tapegrad/testing'
import { describe, expect, test } from 'vitest'
import { anyShape, toTensor } from '../../support/cases.ts'
import { d, float64 } from '../../support/tensors.ts'
import { rows } from '../../tensor/ops/registry.ts'
import { errorOf } from './errorOf.ts'

const whole = (list: number[]): Tensor => tensor(list, { dtype: 'int32' })

describe('every op of the registry', () => {
  for (const [name, { cases, orders }] of rows) {
    if (orders === 0) continue
    test(`${name}: orders 1 to ${orders}, and its kernels`, () => {
      const drawn = fc.sample(cases(anyShape), { seed: 7, numRuns: 12 })
      for (const one of drawn) {
        const inputs = one.inputs.map((x) => toTensor(x))
        const check = () =>
          checkExactly((...xs) => one.run(xs), inputs, { order: orders, kernels: true })
        const floats = inputs.filter(({ dtype }) => dtype.startsWith('float'))
        const isEmpty = [one.run(inputs), floats].some((list) =>
          [list].flat().every(({ size }) => size === 0),
        )
        if (isEmpty) expect(errorOf(check)).toMatchObject({ check: 'nothing' })
        else check()
      }
    })
  }
})

describe('a branch that is not taken gives exactly 0, also where its numbers are infinite or NaN', () => {
  const isTaken = tensor([true, false])
  test('where', () => {
    const fn = (x: Tensor) =>
      where(isTaken, where(isTaken, x, 1).mul(where(isTaken, full([2], 1, float64), Infinity)), 0)
    checkExactly(fn, [d([1, 2])], { equals: (x) => x.mul(d([1, 0])), order: 2 })
  })
  test('relu', () => {
    const fn = (x: Tensor) => {
      const isAbove = x.gt(0)
      return where(isAbove, x.relu().mul(where(isAbove, full([2], 1, float64), Infinity)), 0)
    }
    checkExactly(fn, [d([1, -2])], { equals: (x) => x.relu(), order: 2 })
  })
  test('crossEntropy of a row that does not count', () => {
    const [targets, mask] = [whole([1, 0]), d([1, 0])]
    const fn = (x: Tensor) =>
      crossEntropy(cat([x, full([1, 3], NaN, float64)]), targets, { mask, reduction: 'sum' })
    checkExactly(fn, [d([[1, 2, 0.5]])], {
      equals: (x) => x.logSoftmax().select(1, 1).sum().neg(),
      order: 3,
    })
  })
})

test('an op whose derivative is a pass of its own, of one tensor in three places', () => {
  const f = (a: Tensor, b: Tensor, c: Tensor): Tensor => a.mul(b.tanh()).add(c.exp())
  const three = defineOp({
    name: 'three',
    forward: (out, inputs) => {
      const [a, b, c] = inputs.map(({ data }) => data) as [Float64Array, Float64Array, Float64Array]
      for (let i = 0; i < a.length; i++)
        out.data[i] = (a[i] as number) * Math.tanh(b[i] as number) + Math.exp(c[i] as number)
    },
    vjp: (g, { inputs }) => {
      const [a, b, c] = inputs as [Tensor, Tensor, Tensor]
      return grad(f(a, b, c), [a, b, c], { gradOutputs: g, createGraph: true })
    },
  })
  checkExactly((x) => three([x, x, x]), [d([1, 2])], { ops: { three: f }, order: 2 })
})
