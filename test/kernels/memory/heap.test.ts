// The heap without tensors: blocks and their reuse, evacuation, the limits of the memory, the
// census. Allocations that fail are in test/tensor/evacuation.test.ts.

import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Storage } from '../../../src/kernels/memory/storage.ts'

type Heap = typeof import('../../../src/kernels/memory/heap.ts')
type Engine = typeof import('../../../src/kernels/engine.ts')

const MIB = 2 ** 20
let heap: Heap
let engine: Engine

/** Each test has a heap and a memory of its own. */
beforeEach(async () => {
  vi.resetModules()
  engine = await import('../../../src/kernels/engine.ts')
  heap = await import('../../../src/kernels/memory/heap.ts')
  engine.start()
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** The sizes of blocks: each multiple of 64 bytes up to 512, then four to the octave. */
const sizes = Array.from({ length: 8 }, (_, i) => 64 * (i + 1))
for (let octave = 512; octave < 2 ** 32; octave *= 2)
  for (const quarter of [1, 2, 3, 4]) sizes.push(octave + (octave / 4) * quarter)
const sizeFor = (bytes: number): number => sizes.find((size) => size >= bytes) as number

const full = (): Error => new Error('full')
const take = (bytes: number, maker = 'test'): Storage => heap.allocate(bytes, maker, full)
const refuseToGrow = () =>
  vi.spyOn(engine.memory, 'grow').mockImplementation(() => {
    throw new RangeError('no')
  })

let seed = 0
/** Writes bytes that no other call has written, and returns a copy. */
function written(storage: Storage): number[] {
  const bytes = Array.from({ length: storage.bytes }, (_, i) => (i * 7 + seed * 31) % 251)
  seed++
  heap.bytesOf(storage).set(bytes)
  return bytes
}
const read = (storage: Storage): number[] => [...heap.bytesOf(storage)]

test('blocks have the size of the smallest class that is large enough', () => {
  const around = sizes.flatMap((size) => [size - 1, size, size + 1])
  for (const bytes of [...Array(5000).keys(), ...around.filter((n) => n <= 2 ** 32)])
    expect(heap.blockBytes(bytes), `${bytes} bytes`).toBe(sizeFor(bytes))
})

test('a freed block is given again, the last one first, and only for its size class', () => {
  const [a, b] = [take(200), take(256)]
  const after = take(64)
  const [aStart, bStart] = [a.start, b.start]
  heap.free(a, 'not needed')
  heap.free(b, 'not needed')
  expect([a.block, a.freed, b.block]).toEqual([0, 'not needed', 0])
  expect(take(192).start).toBe(after.start + 64)
  expect(take(193).start).toBe(bStart)
  expect(take(250).start).toBe(aStart)
  expect(take(250).start).toBeGreaterThan(after.start)
})

test('programs: blocks never overlap, and every storage has the bytes that were written', () => {
  const small = fc.nat(600)
  const bytes = fc.oneof(small, small, fc.nat(20_000))
  const step = fc.oneof(
    fc.record({ what: fc.constantFrom('allocate', 'allocateBeside'), n: bytes }),
    fc.record({ what: fc.constantFrom('free', 'free', 'write', 'moveIn'), n: fc.nat() }),
    fc.record({ what: fc.constant('evacuate'), n: fc.nat() }),
  )
  const property = fc.property(fc.array(step, { maxLength: 60 }), (program) => {
    heap.evacuate()
    let live: { storage: Storage; bytes: number[] }[] = []
    /** Free blocks by their size, and the end of all blocks there have been. */
    let free: { size: number; start: number }[] = []
    let end = engine.heapBase
    const place = ({ bytes, start }: Storage): void => {
      const size = sizeFor(bytes)
      const at = free.findIndex((block) => block.size === size && block.start === start)
      if (free.some((block) => block.size === size)) expect(at).toBeGreaterThanOrEqual(0)
      else expect(start).toBe(end)
      if (at >= 0) free.splice(at, 1)
      else end += size
    }
    for (const { what, n } of program) {
      const entry = live[n % live.length]
      if (what === 'allocate' || what === 'allocateBeside') {
        const storage = what === 'allocate' ? take(n) : heap.allocateBeside(n, 'test')
        if (storage === null) throw full()
        place(storage)
        live.push({ storage, bytes: written(storage) })
      } else if (what === 'evacuate') {
        expect(heap.evacuate()).toBe(true)
        expect(live.every(({ storage }) => storage.block === 0)).toBe(true)
        ;[free, end] = [[], engine.heapBase]
      } else if (entry === undefined) continue
      else if (what === 'write') entry.bytes = written(entry.storage)
      else if (what === 'moveIn') {
        const evacuated = entry.storage.block === 0
        expect(heap.moveIn(entry.storage)).toBe(evacuated)
        if (evacuated) place(entry.storage)
      } else {
        const { block, start, bytes } = entry.storage
        heap.free(entry.storage, 'not needed')
        if (block !== 0) free.push({ size: sizeFor(bytes), start })
        live = live.filter((other) => other !== entry)
      }
      const residents = live.filter(({ storage }) => storage.block !== 0)
      const ranges = residents
        .map(({ storage: { start, bytes } }) => [start, start + sizeFor(bytes)])
        .sort(([a], [b]) => a - b)
      ranges.forEach(([start, to], i) => {
        expect(start % 64).toBe(0)
        expect(start).toBeGreaterThanOrEqual(i === 0 ? engine.heapBase : ranges[i - 1][1])
        expect(to).toBeLessThanOrEqual(engine.memory.buffer.byteLength)
      })
      for (const { storage, bytes } of live) expect(read(storage)).toEqual(bytes)
      expect(heap.census().bytes).toBe(residents.reduce((sum, { bytes }) => sum + bytes.length, 0))
    }
    for (const { storage } of live) heap.free(storage, 'the end')
  })
  fc.assert(property, { numRuns: 150 })
})

describe('evacuation', () => {
  test('moves all storages out and in again, with their bytes; the arena begins anew', () => {
    // Small ones move a chunk of 4096 bytes at a time: some of 448 lie across its end.
    const lengths = [1, 64, 511, 512, 513, 100_000, ...Array(20).fill(448)]
    const storages = lengths.map((bytes) => take(bytes))
    const bytes = storages.map(written)
    const first = storages[0].start
    expect(heap.evacuate()).toBe(true)
    expect(storages.map(read)).toEqual(bytes)
    expect(heap.census()).toMatchObject({ bytes: 0, makers: [] })
    expect(take(64).start).toBe(first)
    for (const storage of [...storages].reverse()) expect(heap.moveIn(storage)).toBe(true)
    expect(storages.map(({ evacuated }) => evacuated)).toEqual(storages.map(() => null))
    expect(storages.map(read)).toEqual(bytes)
  })

  test('locationOf finds the bytes before and after it', () => {
    const storages = [40, 40, 5000].map((bytes) => take(bytes))
    const bytes = storages.map(written)
    const located = () =>
      storages.map((storage) => [...new Uint8Array(...heap.locationOf(storage), storage.bytes)])
    expect(located()).toEqual(bytes)
    heap.evacuate()
    expect(located()).toEqual(bytes)
  })

  test('a storage that was freed, evacuated or not, does not move in', () => {
    const [inside, outside] = [take(100), take(100)]
    heap.free(inside, 'one')
    heap.evacuate()
    heap.free(outside, 'other')
    expect([inside.freed, outside.freed, outside.evacuated]).toEqual(['one', 'other', null])
    expect([heap.moveIn(inside), heap.moveIn(outside)]).toEqual([false, false])
  })

  const several = (n: number) => Array.from({ length: n }, () => take(8))
  const isOut = ({ block }: Storage): boolean => block === 0

  test('comes with the allocation after 4097 blocks, and not in the middle of an op', () => {
    const many = several(4097)
    const beside = [heap.allocateBeside(8, 'test'), heap.allocateBeside(8, 'test')]
    expect([...many, ...beside].some((storage) => storage === null || isOut(storage))).toBe(false)
    take(8)
    expect(many.every(isOut)).toBe(true)
  })

  test('comes after more than 128 MiB, and after they moved in again, 256 MiB', () => {
    const many = () => [64, 48, 32].map((mib) => take(mib * MIB))
    const first = many()
    expect(first.some(isOut)).toBe(false)
    take(8)
    expect(first.every(isOut)).toBe(true)
    expect(first.every((storage) => heap.moveIn(storage))).toBe(true)
    take(8)
    expect(first.every(isOut)).toBe(true)
    const second = many()
    take(8)
    expect(second.some(isOut)).toBe(false)
  })

  test.each([
    ['twice as late where most storages moved in again', 1, false],
    ['as late as before where a third did', 3, true],
  ])('comes %s', (_, each, out) => {
    const many = several(4098)
    for (const storage of many.filter((_, i) => i % each === 0)) heap.moveIn(storage)
    several(4098)
    heap.evacuate()
    expect(isOut(several(4098)[0])).toBe(out)
  })
})

describe('the end of the memory', () => {
  test('more than all of it is refused, and nothing moves', () => {
    const kept = take(100, 'kept')
    const held: unknown[] = []
    expect(() =>
      heap.allocate(2 ** 32, 'test', (census) => {
        held.push(census)
        return full()
      }),
    ).toThrow('full')
    expect(held).toEqual([
      { bytes: 100, limit: 2 ** 32, makers: [{ maker: 'kept', bytes: 100, count: 1 }] },
    ])
    expect(kept.block).not.toBe(0)
  })

  test('where it cannot grow, its length is the limit, at least 128 MiB; later no longer', () => {
    const kept = take(100)
    const bytes = written(kept)
    const grow = refuseToGrow()
    expect(heap.allocateBeside(200 * MIB, 'test')).toBe(null)
    expect(kept.block).not.toBe(0)
    expect(heap.census().limit).toBe(128 * MIB)
    expect(() => take(200 * MIB)).toThrow('full')
    expect(read(kept)).toEqual(bytes)
    grow.mockRestore()
    take(200 * MIB)
    expect(heap.census().limit).toBe(2 ** 32)
    refuseToGrow()
    expect(() => take(2 ** 31)).toThrow('full')
    expect(heap.census().limit).toBe(engine.memory.buffer.byteLength)
    expect(read(kept)).toEqual(bytes)
  })

  test('once it could not grow, half of the limit is the budget', () => {
    take(8)
    const grow = refuseToGrow()
    heap.allocateBeside(200 * MIB, 'test')
    grow.mockRestore()
    const [a, b] = [take(48 * MIB), take(48 * MIB)]
    expect([a.block, b.block]).not.toContain(0)
    take(8)
    expect([a.block, b.block]).toEqual([0, 0])
  })
})

test('the census counts what is in blocks by its maker, the largest first', () => {
  for (const [bytes, maker] of [
    [10, 'add'],
    [300, 'zeros'],
    [20, 'add'],
    [5, 'mul'],
  ] as const)
    take(bytes, maker)
  heap.free(take(1000, 'sum'), 'not needed')
  expect(heap.census()).toEqual({
    bytes: 335,
    limit: 2 ** 32,
    makers: [
      { maker: 'zeros', bytes: 300, count: 1 },
      { maker: 'add', bytes: 30, count: 2 },
      { maker: 'mul', bytes: 5, count: 1 },
    ],
  })
})

describe('the scratch of other threads', () => {
  test('lies before the arena and stays there; storages move out for it', () => {
    const kept = take(100)
    const bytes = written(kept)
    const at = heap.reserve(1000)
    expect(at).toBe(engine.heapBase)
    expect(kept.block).toBe(0)
    expect(take(8).start).toBe(at + 1024)
    expect(heap.moveIn(kept)).toBe(true)
    expect(heap.reserve(1024)).toBe(at)
    expect(kept.block).not.toBe(0)
    expect(heap.reserve(5000)).toBe(at)
    expect(take(8).start).toBe(at + 5056)
    expect(read(kept)).toEqual(bytes)
  })

  test('is refused where the memory cannot hold it', () => {
    const kept = take(100)
    const bytes = written(kept)
    refuseToGrow()
    expect(() => heap.reserve(200 * MIB)).toThrow(
      new RangeError(`expected room for ${200 * MIB} bytes, got none`),
    )
    expect(read(kept)).toEqual(bytes)
    expect(take(8).start).toBe(engine.heapBase)
  })
})

describe('abandon', () => {
  test('frees storages with the reason, and their blocks are never used again', () => {
    const [a, b, c] = [take(500), take(500), take(500)]
    const bytes = written(b)
    const [start, end] = [c.start, c.start + 512]
    heap.abandon([a.start + 499, c.start], 'was being written')
    expect([a.freed, b.freed, c.freed]).toEqual(['was being written', null, 'was being written'])
    expect([a.block, c.block]).toEqual([0, 0])
    expect(take(500).start).toBe(end)
    expect(read(b)).toEqual(bytes)
    heap.evacuate()
    expect(take(500).start).toBe(end)
    expect(start).toBeLessThan(end)
    expect(read(b)).toEqual(bytes)
  })

  test('gives up the scratch of other threads, whatever the addresses', () => {
    const at = heap.reserve(1000)
    heap.abandon([], 'was being written')
    const next = heap.reserve(1000)
    expect(next).toBeGreaterThanOrEqual(at + 1000)
    expect(take(8).start).toBeGreaterThanOrEqual(next + 1000)
  })
})
