// Tensors and state dicts through JSON and back, against the bits of their numbers.

import fc from 'fast-check'
import {
  Adam,
  AdamW,
  DTypeError,
  Embedding,
  Linear,
  LSTM,
  Module,
  noGrad,
  ones,
  SGD,
  ShapeError,
  TapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../support/cases.ts'

const again = (t: Tensor): Tensor => tensor(JSON.parse(JSON.stringify(t)))
const bits = (t: Tensor): number[] => [...new Uint8Array(t.toTypedArray().buffer)]

function expectSame(got: Tensor, wanted: Tensor): void {
  expect(got.shape).toEqual(wanted.shape)
  expect(got.dtype).toBe(wanted.dtype)
  const [a, b] = [got.toTypedArray(), wanted.toTypedArray()]
  // NaN is one value, whatever its bits are.
  expect(a.findIndex((x, i) => !Object.is(x, b[i]))).toBe(-1)
}

const shape = fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 4 })
const elements = {
  float32: fc.float({ noDefaultInfinity: false }),
  float64: fc.double(),
  int32: fc.integer(),
  bool: fc.boolean(),
} as const

describe.each(Object.entries(elements))('%s', (dtype, element) => {
  it('is taken back exactly', () => {
    const cases = shape.chain((shape) =>
      fc.record({
        shape: fc.constant(shape),
        values: fc.array(element as fc.Arbitrary<number | boolean>, {
          minLength: sizeOf(shape),
          maxLength: sizeOf(shape),
        }),
      }),
    )
    fc.assert(
      fc.property(cases, ({ shape, values }) => {
        const t = tensor(values, { shape, dtype: dtype as 'float32' })
        expectSame(again(t), t)
      }),
    )
  })
})

it('float32 of every magnitude keeps each bit', () => {
  // The neighbours of powers of two and of ten, where nine digits are nearest to too few.
  const around = (x: number): number[] => {
    const [float, word] = [new Float32Array([x]), new Int32Array(1)]
    word[0] = new Int32Array(float.buffer)[0]
    return [-2, -1, 0, 1, 2].map((by) => new Float32Array(Int32Array.of(word[0] + by).buffer)[0])
  }
  const powers = [
    ...Array.from({ length: 275 }, (_, k) => 2 ** (k - 148)),
    ...Array.from({ length: 76 }, (_, k) => Number(`1e${k - 38}`)),
  ]
  const t = tensor(powers.flatMap(around))
  expect(bits(again(t))).toEqual(bits(t))
})

it('numbers that JSON lacks are words', () => {
  const t = tensor([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 0, 0.1])
  expect(JSON.stringify(t)).toBe(
    '{"dtype":"float32","shape":[6],"data":["NaN","Infinity","-Infinity","-0",0,0.100000001]}',
  )
  expectSame(again(t), t)
  expect(JSON.stringify(tensor([true, false]))).toBe(
    '{"dtype":"bool","shape":[2],"data":[true,false]}',
  )
  expect(JSON.stringify({ x: [tensor(7, { dtype: 'int32' })] })).toBe(
    '{"x":[{"dtype":"int32","shape":[],"data":[7]}]}',
  )
})

it('views and transposes are written in the order of their shape', () => {
  const t = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ])
  expect(again(t.t()).toArray()).toEqual([
    [1, 4],
    [2, 5],
    [3, 6],
  ])
  expect(again(t.select(0, 1)).toArray()).toEqual([4, 5, 6])
})

it('requiresGrad is not written: it is an option, as the other ones are', () => {
  const t = tensor([1, 2], { requiresGrad: true })
  const json = JSON.parse(JSON.stringify(t))
  expect(tensor(json).requiresGrad).toBe(false)
  expect(tensor(json, { requiresGrad: true }).requiresGrad).toBe(true)
  expect(tensor(json, { dtype: 'float64', shape: [2, 1] }).toArray()).toEqual([[1], [2]])
})

it('refuses what is no such data, as any other data', () => {
  const read = (json: unknown) => () => tensor(json as number)
  const good = { dtype: 'float32', shape: [2], data: [1, 2] }
  expect(read({ ...good, data: [1] })).toThrow(ShapeError)
  expect(read({ ...good, data: [1, 'one'] })).toThrowErrorMatchingInlineSnapshot(
    `[DTypeError: tensor: expected float32 elements, got "one" as element 1]`,
  )
  expect(read({ ...good, data: [1, 'toString'] })).toThrow(DTypeError)
  expect(read({ ...good, data: [1, null] })).toThrow(DTypeError)
  expect(read({ ...good, data: 'NaN' })).toThrow(ShapeError)
  expect(read({ ...good, dtype: 'int32', data: [1, 'NaN'] })).toThrow(DTypeError)
  expect(read({ ...good, dtype: 'float16' })).toThrow(DTypeError)
  expect(read({ ...good, shape: '2' })).toThrow(ShapeError)
  expect(read({ shape: [2], data: [1, 2] })).toThrow(DTypeError)
})

it('numbers that are gone are an error, and no empty list', () => {
  let gone = zeros([2])
  noGrad(() => {
    gone = ones([2]).add(1)
  })
  expect(() => JSON.stringify({ gone })).toThrow(TapeError)
})

class Tagger extends Module {
  embedding = new Embedding(5, 4)
  lstm = new LSTM(4, 3)
  readOut = new Linear(3, 2)
  forward(words: Tensor): Tensor {
    return this.readOut.forward(this.lstm.forward(this.embedding.forward(words)).output)
  }
}
const words = tensor(
  [
    [0, 1, 2],
    [3, 4, 0],
  ],
  { dtype: 'int32' },
)

it.each([
  ['a state dict', (model: Module) => model.stateDict()],
  ['a model, which writes its state dict', (model: Module) => model],
])('%s read back loads', (_, written) => {
  const [from, to] = [new Tagger(), new Tagger()]
  to.loadStateDict(JSON.parse(JSON.stringify(written(from))))
  expect(bits(to.forward(words))).toEqual(bits(from.forward(words)))
})

it.each([
  ['SGD', (p: Tensor[]) => new SGD(p, { lr: 0.1, momentum: 0.9 })],
  ['Adam', (p: Tensor[]) => new Adam(p, { betas: [0.8, 0.9], weightDecay: 0.1 })],
  ['AdamW', (p: Tensor[]) => new AdamW(p)],
])('%s goes on bit for bit from JSON', (_, make) => {
  const [from, to] = [new Tagger(), new Tagger()]
  const step = (model: Tagger, optimiser: { step(): void; zeroGrad(): void }): void => {
    optimiser.zeroGrad()
    model.forward(words).square().sum().backward()
    optimiser.step()
  }
  const one = make(from.parameters())
  step(from, one)
  to.loadStateDict(JSON.parse(JSON.stringify(from)))
  const other = make(to.parameters())
  for (const written of [one, one.stateDict()])
    (other as Adam).loadStateDict(JSON.parse(JSON.stringify(written)))
  for (let k = 0; k < 3; k++) {
    step(from, one)
    step(to, other)
  }
  expect(bits(to.forward(words))).toEqual(bits(from.forward(words)))
})

it('a state that does not fit changes nothing', () => {
  const model = new Linear(2, 2)
  const before = bits(model.weight)
  const json = JSON.parse(JSON.stringify(model))
  json.weight.data.fill(7)
  json.bias.shape = [3]
  expect(() => model.loadStateDict(json)).toThrow(ShapeError)
  json.bias = { dtype: 'float32', shape: [3], data: [1, 2, 3] }
  expect(() => model.loadStateDict(json)).toThrow(ValueError)
  expect(bits(model.weight)).toEqual(before)
})
