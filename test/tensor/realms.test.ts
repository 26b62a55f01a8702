// Data made in another realm, as in a frame, a vm context or some test runners: every class of
// theirs is another one, and nothing may depend on that.

import { createContext, runInContext } from 'node:vm'
import {
  Adam,
  cat,
  DTypeError,
  Linear,
  LSTM,
  noGrad,
  ones,
  type Tensor,
  tensor,
  zeros,
} from 'tapegrad'
import { expect, it } from 'vitest'
import { isShared, memory } from '../../src/kernels/engine.ts'
import { placesIn, tensorsWithPaths } from '../../src/testing/modules/nested.ts'
import { refusal } from '../support/refusal.ts'

const realm = createContext({})
const there = <T>(source: string): T => runInContext(source, realm)

it('classes there are others', () => {
  expect(there('new Int32Array(1)')).not.toBeInstanceOf(Int32Array)
  expect(there('[]')).not.toBeInstanceOf(Array)
})

it.each([
  ['Float64Array', 'float64', [0.1, -2]],
  ['Float32Array', 'float32', [0.5, -2]],
  ['Int32Array', 'int32', [16777217, -5]],
  ['Uint8Array', 'float32', [200, 3]],
  ['Uint32Array', 'float32', [65536, 3]],
] as const)('a %s keeps its dtype and its digits', (kind, dtype, numbers) => {
  const x = tensor(there<Float64Array>(`new ${kind}([${numbers}])`))
  expect(x.dtype).toBe(dtype)
  expect(x.toArray()).toEqual(numbers)
  const shaped = tensor(
    there<Float64Array>(`new ${kind}([${numbers}])`),
    there('({ shape: [2, 1], dtype: "float64" })'),
  )
  expect(shaped.toArray()).toEqual(numbers.map((n) => [n]))
})

it('a class of its own that extends one, too', () => {
  const x = tensor(there<Float64Array>('class Numbers extends Float64Array {}; new Numbers([0.1])'))
  expect([x.dtype, x.item()]).toEqual(['float64', 0.1])
})

it.each(['DataView', 'BigInt64Array', 'BigUint64Array'])('a %s is refused by its name', (kind) => {
  const data = there<DataView>(`new ${kind}(new ArrayBuffer(8))`)
  expect(refusal(DTypeError, () => tensor(data))).toBe(
    `tensor: expected an array of numbers, got ${kind}`,
  )
})

it('nested arrays, shapes, axes and options', () => {
  const x = tensor(there<number[][]>('[[1, 2, 3], [4, 5, 6]]'), there('({ dtype: "int32" })'))
  expect([x.shape, x.dtype]).toEqual([[2, 3], 'int32'])
  expect(x.sum(there<number[]>('[0, 1]')).item()).toBe(21)
  expect(x.reshape(there<number[]>('[3, -1]')).shape).toEqual([3, 2])
  expect(x.permute(there<number[]>('[1, 0]')).shape).toEqual([3, 2])
  expect(zeros(there<number[]>('[2]'), there('({ dtype: "float64" })')).dtype).toBe('float64')
  expect(cat(there<(x: Tensor) => Tensor[]>('(x) => [x, x]')(x)).shape).toEqual([4, 3])
})

it('options, state dicts and lengths of layers and optimisers', () => {
  const layer = new Linear(2, 3, there('({ bias: false })'))
  expect(layer.parameters().length).toBe(1)
  const state = there<(state: object) => ReturnType<Linear['stateDict']>>(
    '(state) => ({ ...state })',
  )({ weight: ones([3, 2]) })
  layer.loadStateDict(state)
  expect(layer.weight.toArray()).toEqual(ones([3, 2]).toArray())
  expect(
    new LSTM(2, 3).forward(ones([2, 4, 2]), undefined, there('({ lengths: [4, 1] })')).output.shape,
  ).toEqual([2, 4, 3])
  const [p, q] = [1, 1].map((x) => tensor(x, { requiresGrad: true })) as [Tensor, Tensor]
  const [adam, other] = [
    new Adam([p], there('({ lr: 0.5, betas: [0.5, 0.5] })')),
    new Adam([q], { lr: 0.5, betas: [0.5, 0.5] }),
  ]
  adam.loadStateDict(
    there<(state: object) => ReturnType<Adam['stateDict']>>(
      '(state) => ({ ...state, options: { ...state.options } })',
    )(other.stateDict()),
  )
  for (const x of [p, q]) x.grad = tensor(1)
  for (const optimizer of [adam, other]) optimizer.step()
  expect(p.item()).toBe(q.item())
})

it('collections in which noGrad() hands on its results', () => {
  for (const source of [
    '(x) => new Map([[1, x]])',
    '(x) => new Set([x])',
    '(x) => ({ x })',
    '(x) => [x]',
  ]) {
    const wrap = there<(x: Tensor) => unknown>(source)
    let inside: Tensor | null = null
    noGrad(() => {
      inside = ones([40]).mul(2)
      return wrap(inside)
    })
    expect((inside as Tensor | null)?.sum().item()).toBe(80)
  }
})

it('collections that the checkers look into', () => {
  const x = ones([1])
  const holder = there<(x: Tensor) => object>(
    '(x) => ({ map: new Map([["a", x]]), set: new Set([x]), list: [{ x }] })',
  )(x)
  const found = placesIn(holder, () => false).flatMap(({ path, value }) =>
    value === x ? [path] : [],
  )
  expect(found).toEqual(['map.a', 'set.0', 'list.0.x'])
  expect(tensorsWithPaths(there<(x: Tensor) => unknown>('(x) => ({ y: [x] })')(x))).toEqual([
    ['y.0', x],
  ])
})

it('the memory is known to be shared by what it is, not by its class', () => {
  expect(isShared).toBe(
    Object.prototype.toString.call(memory.buffer) === '[object SharedArrayBuffer]',
  )
  expect(isShared).toBe(true)
})
