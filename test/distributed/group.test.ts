// A group of one: the same calls, which change nothing, and refuse the same.

import { Adam, Linear, Module, manualSeed, ones, randn, type Tensor, tensor, zeros } from 'tapegrad'
import { assertSame, averageGradients, joinGroup, shard, synchronise } from 'tapegrad/distributed'
import { beforeEach, expect, it } from 'vitest'

type Group = Awaited<ReturnType<typeof joinGroup>>
let group: Group
beforeEach(async () => {
  group = await joinGroup()
})
const loose = (x: unknown): never => x as never

it('is rank 0 of 1', () => {
  expect(group).toMatchObject({ rank: 0, size: 1, backend: 'none', library: null })
  expect(String(group)).toBe('rank 0 of 1 (no launcher)')
})

it('sums, sends and gathers what it has', () => {
  const t = tensor([1, 2])
  expect(group.sum(t)).toBe(t)
  expect(group.broadcast(t)).toBe(t)
  expect(t.toArray()).toEqual([1, 2])
  const value = { a: [1, Number.NaN], b: new Map([[1, 'x']]) }
  expect(group.gather(value)).toEqual([value])
  expect(group.gather(value)[0]).not.toBe(value)
  expect(group.barrier()).toBeUndefined()
})

it('leaves gradients and modules as they are', () => {
  manualSeed(1)
  const model = new Linear(3, 2)
  model
    .forward(ones([4, 3]))
    .sum()
    .backward()
  const before = model.parameters().map((p) => p.grad?.toArray())
  averageGradients(model.parameters(), group, { weight: 4 })
  synchronise(model, group)
  assertSame(model, group)
  expect(model.parameters().map((p) => p.grad?.toArray())).toEqual(before)
  new Adam(model.parameters()).step()
})

it('shards to a permutation, the same for one seed', () => {
  const data = Array.from({ length: 50 }, (_, k) => k)
  const one = shard(data, group, { seed: 3 })
  expect([...one].sort((a, b) => a - b)).toEqual(data)
  expect(one).not.toEqual(data)
  expect(shard(data, group, { seed: 3 })).toEqual(one)
  expect(shard(data, group, { seed: 4 })).not.toEqual(one)
  expect(shard(data, group, { seed: 3, seen: 20 })).toEqual(one.slice(20))
  expect(shard(data, group, { seed: 3, seen: 50 })).toEqual([])
  const rows = shard(tensor(data.map((k) => [k, k])), group, { seed: 3 })
  expect(rows.select(1, 0).toArray()).toEqual(one)
})

it('has streams that depend on the seed', () => {
  const [a, b] = [1, 2].map((seed) => randn([3], { generator: group.generator(seed) }).toArray())
  expect(a).not.toEqual(b)
  expect(randn([3], { generator: group.generator(1) }).toArray()).toEqual(a)
})

it('after close() it refuses, and may be closed again', () => {
  group.close()
  group.close()
  const closed = 'expected an open group, got one that was closed: close it after the last call'
  expect(() => group.barrier()).toThrow(`GroupError: barrier: ${closed}`.slice(12))
  expect(() => averageGradients([], group)).toThrow(`averageGradients: ${closed}`)
})

class Broken extends Module {
  forward(): Tensor {
    return zeros([1])
  }
}

it.each<[string, () => unknown]>([
  ['sum: expected float32, float64 or int32, got bool', () => group.sum(tensor([true]))],
  ['sum: expected a leaf, got the result of mul', () => group.sum(leafTimes2())],
  ['sum: expected a tensor, got 3: use tensor(x)', () => group.sum(loose(3))],
  ['broadcast: expected root to be a whole number from 0 to 0', () => group.broadcast(ones([]), 1)],
  ['gather: expected a value that can be cloned, got a function', () => group.gather(() => 1)],
  ['gather: expected a value that can be cloned, got Tensor (2)', () => group.gather(ones([2]))],
  ['generator: expected seed to be a whole number', () => group.generator(-1)],
  ['abort: expected code to be a whole number', () => group.abort(0.5)],
  ['averageGradients: expected an array of tensors', () => averageGradients(loose(3), group)],
  [
    'averageGradients: expected a group, got {}: pass what joinGroup() gives, awaited',
    () => averageGradients([], loose({})),
  ],
  [
    'averageGradients: expected weight to be a number ≥ 0, got -1',
    () => averageGradients([], group, { weight: -1 }),
  ],
  ['averageGradients: expected weight to be', () => averageGradients([], group, { weight: NaN })],
  [
    'averageGradients: expected bucketBytes to be a whole number from 8',
    () => averageGradients([], group, { bucketBytes: 4 }),
  ],
  [
    'averageGradients: expected floats, got int32 (1)',
    () => averageGradients([tensor([1], { dtype: 'int32' })], group),
  ],
  ['synchronise: expected a module, got 3', () => synchronise(loose(3), group)],
  ['assertSame: expected a group', () => assertSame(new Broken(), loose(null))],
  ['shard: expected seed to be a whole number', () => shard([1], group, loose({}))],
  ['shard: expected an array or a tensor of rows', () => shard(loose('ab'), group, { seed: 1 })],
  ['shard: expected seen to be a whole', () => shard([1], group, { seed: 1, seen: 2 })],
  ['shard: expected at least 1 examples', () => shard([], group, { seed: 1 })],
])('%s …', (message, call) => {
  expect(call).toThrow(message)
})

const leafTimes2 = (): Tensor => ones([2], { requiresGrad: true }).mul(2)
