// The state in a checkpoint comes back as it was, to the bit; what would not is refused by its
// path, before anything is written.

import { deepStrictEqual } from 'node:assert'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import {
  Adam,
  type DType,
  Generator,
  Linear,
  noGrad,
  ones,
  TapeError,
  Tensor,
  tensor,
} from 'tapegrad'
import { latestCheckpoint, saveCheckpoint } from 'tapegrad/node'
import { afterAll, expect, it, test } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'tapegrad-tree-'))
afterAll(() => rmSync(folder, { recursive: true }))

const back = (state: unknown): unknown => {
  saveCheckpoint(folder, 1, state, { keep: 1 })
  return latestCheckpoint(folder)?.state
}

/** The tree with the bits of its tensors: deepStrictEqual tells −0, holes and undefined members. */
function bitsOf(x: unknown): unknown {
  if (x instanceof Tensor) {
    const numbers = x.toTypedArray()
    const bytes = [...new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)]
    return { dtype: x.dtype, shape: [...x.shape], bytes }
  }
  if (Array.isArray(x)) return x.map(bitsOf)
  if (typeof x !== 'object' || x === null) return x
  return Object.fromEntries(Object.entries(x).map(([key, value]) => [key, bitsOf(value)]))
}

/** Any 16 bits, so lone halves of characters too. */
const anyText = fc
  .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0x22, 0x5c, 0xd800)))
  .map((codes) => String.fromCharCode(...codes))
const keys = fc
  .oneof(
    anyText,
    fc.constantFrom(
      '$tensor',
      '$number',
      '$undefined',
      '$',
      '$$tensor',
      '__metadata__',
      'a.b',
      '0',
    ),
    fc.constantFrom('a', 'b', 'constructor', 'toJSON', 'length', 'sha256'),
  )
  .filter((key) => key !== '__proto__')
const specials = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 5e-324]
const numbers = fc.oneof(fc.double(), fc.constantFrom(...specials, 2 ** 53, -1e300, 0.1))
const tensors = fc
  .tuple(
    fc.constantFrom<DType[]>('float32', 'float64', 'int32', 'bool'),
    fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
    fc.array(numbers, { minLength: 27, maxLength: 27 }),
  )
  .map(([dtype, shape, values]) => {
    const size = shape.reduce((a, b) => a * b, 1)
    const part = values.slice(0, size)
    const whole = dtype === 'int32' ? part.map((x) => x | 0) : part
    return tensor(dtype === 'bool' ? whole.map((x) => x > 0) : whole, { dtype, shape })
  })
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    numbers,
    anyText,
    fc.boolean(),
    fc.constantFrom(null, undefined),
    tensors,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(keys, tie('tree'), { maxKeys: 4, noNullPrototype: true }),
  ),
}))

it('comes back exactly, whatever is in it', () => {
  fc.assert(
    fc.property(tree, (state) => deepStrictEqual(bitsOf(back(state)), bitsOf(state))),
    { numRuns: 300 },
  )
})

it('keeps what JSON loses: by example', () => {
  const state = {
    numbers: [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 5e-324, 2 ** 53],
    missing: undefined,
    listed: [undefined, null],
    empty: [[], {}, ''],
    marks: { $tensor: 'a' },
    more: { $number: '1', $$: { $undefined: true } },
    texts: ['\ud800', '\u0000"\\', '𝄞'],
  }
  deepStrictEqual(back(state), state)
  expect(Object.keys(back({ b: undefined, a: 1 }) as object)).toEqual(['b', 'a'])
})

it('keeps tensors of every dtype, without elements, turned round, and of one name', () => {
  const state = {
    'a.b': tensor([1, Number.NaN, -0]),
    a: { b: tensor([3], { dtype: 'int32' }) },
    list: [tensor([true, false]), tensor([1 / 3], { dtype: 'float64' }), ones([0, 2])],
    transposed: tensor([[1, 2, 3]]).transpose(0, 1),
    __metadata__: tensor(7),
    '\ud800': tensor(8),
  }
  deepStrictEqual(bitsOf(back(state)), bitsOf(state))
  deepStrictEqual(bitsOf(back(tensor(5))), bitsOf(tensor(5)))
})

it('gives tensors that require no gradient, also of parameters and results on a tape', () => {
  const w = ones([2], { requiresGrad: true })
  const { x, y } = back({ x: w, y: w.mul(2) }) as { x: Tensor; y: Tensor }
  expect([x.requiresGrad, y.requiresGrad, y.isLeaf]).toEqual([false, false, true])
  expect(y.toArray()).toEqual([2, 2])
})

it('keeps state dicts of models and optimisers', () => {
  const layer = new Linear(2, 1)
  const adam = new Adam(layer.parameters(), { lr: 0.1 })
  layer
    .forward(ones([3, 2]))
    .sum()
    .backward()
  adam.step()
  const state = { layer: layer.stateDict(), adam: adam.stateDict() }
  const read = back(state) as typeof state
  deepStrictEqual(bitsOf(read), bitsOf(state))
  layer.loadStateDict(read.layer)
  adam.loadStateDict(read.adam)
})

it('takes objects of other realms and without a prototype as plain', () => {
  deepStrictEqual(back(runInNewContext('({ a: [1, { b: -0 }] })')), { a: [1, { b: -0 }] })
  deepStrictEqual(back(Object.assign(Object.create(null), { a: 1 })), { a: 1 })
})

it('takes one object at two places', () => {
  const shared = { a: 1 }
  deepStrictEqual(back([shared, shared]), [shared, shared])
})

const circle: { a: { list: unknown[] } } = { a: { list: [] } }
circle.a.list.push(1, circle.a)
let deep: unknown[] = []
for (let level = 0; level < 600; level++) deep = [deep]

test.each<[what: string, state: unknown, message: RegExp]>([
  ['a function', { a: { f: () => 1 } }, /got a function at state\.a\.f$/],
  ['a class instance', { a: [1, new Date(0)] }, /got Date at state\.a\[1\]$/],
  ['a Map', new Map(), /got Map at state$/],
  ['a BigInt', { 'a b': 1n }, /got 1n at state\["a b"\]$/],
  ['a symbol', [Symbol('s')], /got Symbol\(s\) at state\[0\]$/],
  ['a circle', circle, /got an object that contains itself at state\.a\.list\[1\]$/],
  ['__proto__', { a: JSON.parse('{ "__proto__": 1 }') }, /this key.* at state\.a\.__proto__$/],
  ['a key that is a symbol', { a: { [Symbol('s')]: 1 } }, /symbols as keys.* at state\.a$/],
  ['a hidden key', Object.defineProperty({}, 'a', { value: 1 }), /hidden ones at state$/],
  ['a hole', { a: new Array(2) }, /a list with holes.* at state\.a$/],
  ['a list with a key', { a: Object.assign([1], { b: 2 }) }, /keys of its own at state\.a$/],
  ['depth', { a: deep }, /got more than 500 levels at state\.a(\[0\])+$/],
  [
    'a typed array',
    { a: new Float32Array(2) },
    /Float32Array \(make a tensor of it\) at state\.a$/,
  ],
  ['a module', { m: new Linear(1, 1) }, /got Linear \(pass its stateDict\(\)\) at state\.m$/],
  ['a generator', { g: new Generator(1) }, /got Generator \(pass its state\(\)\) at state\.g$/],
  ['a Proxy of a tensor', { t: new Proxy(ones([1]), {}) }, /a Proxy of one.* at state\.t$/],
])('%s is refused by its path, and nothing is written', (_, state, message) => {
  const other = join(folder, 'refused')
  const save = () => saveCheckpoint(other, 1, state)
  expect(save).toThrow(message)
  expect(save).toThrow(/^saveCheckpoint: expected tensors, plain values, and lists and objects/)
  expect(existsSync(other)).toBe(false)
})

it('numbers that are gone are refused by their path', () => {
  let gone = ones([1])
  noGrad(() => {
    gone = ones([2]).mul(2)
  })
  expect(() => saveCheckpoint(folder, 1, { a: { gone } })).toThrow(TapeError)
  expect(() => saveCheckpoint(folder, 1, { a: { gone } })).toThrow(/numbers at state\.a\.gone, got/)
})
