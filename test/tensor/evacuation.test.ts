// An allocation that fails, wherever it fails, loses no tensor: all are read as before, the caller
// is told by a MemoryError, and afterwards everything goes on.

import fc from 'fast-check'
import { MemoryError, setThreads, type Tensor, tensor } from 'tapegrad'
import { afterEach, expect, test, vi } from 'vitest'
import { memory } from '../../src/kernels/engine.ts'
import { bytesOf, census, evacuate } from '../../src/kernels/memory/heap.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const refuse = (): never => {
  throw new RangeError('Array buffer allocation failed')
}

/**
 * Counts what allocates outside the heap's own blocks, and lets call number `fatal` of it fail, and
 * only that one, or all from it on.
 */
function failing(fatal: number, forGood = false): { calls: number } {
  const counter = { calls: 0 }
  const count = (): void => {
    const at = counter.calls++
    if (at === fatal || (forGood && at > fatal)) refuse()
  }
  const { slice, subarray } = Uint8Array.prototype
  vi.spyOn(Uint8Array.prototype, 'slice').mockImplementation(function (this: Uint8Array, ...range) {
    count()
    return slice.apply(this, range) as Uint8Array<ArrayBuffer>
  })
  vi.spyOn(Uint8Array.prototype, 'subarray').mockImplementation(function (
    this: Uint8Array,
    ...range
  ) {
    count()
    return subarray.apply(this, range) as Uint8Array<ArrayBuffer>
  })
  vi.stubGlobal(
    'Uint8Array',
    new Proxy(Uint8Array, {
      construct(...all) {
        count()
        return Reflect.construct(...all)
      },
    }),
  )
  return counter
}

function healed(): void {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
}

/**
 * Tensors of many sizes, below and above what is moved out a page at a time, and what is in them.
 */
function several(seed: number): { tensors: Tensor[]; numbers: Float32Array[] } {
  const numbers = [1, 3, 16, 17, 100, 128, 129, 500, 3000, 20000].map((n) =>
    Float32Array.from({ length: n }, (_, i) => i + seed / 64),
  )
  return { tensors: numbers.map((x) => tensor(x)), numbers }
}

const read = (tensors: readonly Tensor[]): number[][] => tensors.map((t) => [...t.toTypedArray()])
const sums = (tensors: readonly Tensor[]): Tensor[] => tensors.map((t) => t.add(1))

test('an evacuation that fails at any allocation moves nothing, and the next one moves all', () => {
  let tried = 0
  for (let fatal = 0; ; fatal++) {
    evacuate()
    const { tensors, numbers } = several(fatal)
    const expected = numbers.map((x) => [...x])
    const held = census()
    const counter = failing(fatal)
    const moved = evacuate()
    healed()
    if (moved) {
      expect(counter.calls).toBe(fatal)
      break
    }
    tried++
    expect(census()).toEqual(held)
    expect(read(tensors)).toEqual(expected)
    // What is placed now lies beside them, not on them.
    const others = several(fatal + 1)
    expect(read(sums(tensors))).toEqual(expected.map((x) => x.map((v) => Math.fround(v + 1))))
    expect(read([...tensors, ...others.tensors])).toEqual([
      ...expected,
      ...others.numbers.map((x) => [...x]),
    ])
    for (const [i, t] of tensors.entries()) {
      t.assign_(t.mul(-1))
      expected[i] = expected[i].map((v) => -v)
    }
    expect(read(tensors)).toEqual(expected)
    expect(evacuate()).toBe(true)
    expect(read(tensors)).toEqual(expected)
    expect(read(sums(tensors))).toEqual(expected.map((x) => x.map((v) => Math.fround(v + 1))))
  }
  expect(tried).toBeGreaterThan(5)
})

test('a tensor that cannot be moved in stays where it is', () => {
  for (let fatal = 0; fatal < 6; fatal++) {
    evacuate()
    const { tensors, numbers } = several(fatal)
    const [x, y] = tensors.slice(-2)
    evacuate()
    failing(fatal)
    let sum: Tensor | null = null
    try {
      sum = x.sum().add(y.sum())
    } catch (error) {
      expect(error).toBeInstanceOf(MemoryError)
      expect(String(error)).toMatch(
        /^MemoryError: tensor: expected room for \(\d+\) float32, .* got none: the heap \(at most \d+ MiB\) holds /,
      )
    }
    healed()
    if (fatal < 2) expect(sum).toBe(null)
    expect(read(tensors)).toEqual(numbers.map((v) => [...v]))
    expect(x.sum().item()).toBeCloseTo(
      numbers[8].reduce((a, b) => a + b),
      -2,
    )
    expect(read(tensors)).toEqual(numbers.map((v) => [...v]))
  }
})

/** The memory as it is and no more, none of it to be emptied, filled up to the last 128 KiB. */
function filled(): Tensor[] {
  vi.spyOn(memory, 'grow').mockImplementation(refuse)
  vi.spyOn(Uint8Array.prototype, 'slice').mockImplementation(refuse)
  const held: Tensor[] = []
  for (let size = 2 ** 24; size >= 2 ** 15; ) {
    try {
      held.push(tensor(new Float32Array(size).fill(held.length)))
    } catch {
      size /= 2
    }
  }
  return held
}

test(
  'where the memory is full and cannot be emptied, an op throws a MemoryError and no tensor ' +
    'changes',
  () => {
    evacuate()
    const { tensors, numbers } = several(5)
    const expected = numbers.map((x) => [...x])
    const held = filled()
    const large = held[0]
    for (const op of [
      () => large.add(1),
      () => large.mul(large),
      () => large.sum(0).add(large),
      () => tensor(new Float32Array(large.size)),
    ]) {
      expect(op).toThrow(MemoryError)
      expect(read(tensors)).toEqual(expected)
    }
    expect(() => large.exp()).toThrow(
      /^exp: expected room for \(\d+\) float32, [\d.]+ MiB, got none: the heap \(at most \d+ MiB\) holds [\d.]+ MiB \([\d.]+ MiB in \d+ × tensor/,
    )
    for (const [i, each] of held.entries())
      expect(each.toTypedArray().every((v) => v === i)).toBe(true)
    healed()
    expect(
      large
        .add(1)
        .toTypedArray()
        .every((v) => v === 1),
    ).toBe(true)
    expect(read(tensors)).toEqual(expected)
  },
)

test('what was moved out can be read while there is no room to move it in', () => {
  evacuate()
  const { tensors, numbers } = several(6)
  const late = tensor(new Float32Array(2 ** 16).fill(7))
  evacuate()
  const held = filled()
  expect(() => late.add(tensors[0])).toThrow(MemoryError)
  expect(late.toTypedArray().every((v) => v === 7)).toBe(true)
  expect(late.size).toBe(2 ** 16)
  expect(String(late)).toMatch(/^tensor\(\[7\., 7\., .*7\.\], shape \(65536\), float32\)$/)
  expect(read(tensors)).toEqual(numbers.map((x) => [...x]))
  expect(held.length).toBeGreaterThan(0)
})

test('a copy for which there is no room is refused', () => {
  const x = tensor([1, 2])
  vi.spyOn(Float32Array.prototype, 'slice').mockImplementation(refuse)
  expect(() => x.toTypedArray()).toThrow(MemoryError)
  expect(() => x.toTypedArray()).toThrow(
    /^toTypedArray: expected room for \(2\) float32, 0\.000 MiB, got none/,
  )
  healed()
  expect(x.toTypedArray()).toEqual(Float32Array.of(1, 2))
})

test('a heap that cannot be emptied grows beyond its budget', () => {
  evacuate()
  vi.spyOn(Uint8Array.prototype, 'slice').mockImplementation(refuse)
  const many = Array.from({ length: 10_000 }, (_, i) => tensor([i + 1, ~i]))
  healed()
  for (const t of [...many.slice(0, 50), ...many.slice(-50)])
    expect(t.add(0).toArray()).toEqual(t.toArray())
  expect(many.every((t, i) => t.toTypedArray()[1] === ~i)).toBe(true)
  expect(evacuate()).toBe(true)
  expect(many.every((t, i) => t.toTypedArray()[0] === i + 1)).toBe(true)
})

test('room for threads is refused whole', async () => {
  evacuate()
  const { tensors, numbers } = several(8)
  const expected = numbers.map((x) => [...x])
  const warnings: string[] = []
  vi.spyOn(process, 'emitWarning').mockImplementation(
    (message) => void warnings.push(String(message)),
  )
  vi.spyOn(Uint8Array.prototype, 'slice').mockImplementation(refuse)
  expect(await setThreads(2)).toBe(1)
  expect(warnings).toEqual([
    expect.stringMatching(
      /^setThreads: expected 1 more threads, got none \(expected room for \d+ bytes, got none\): going on with one$/,
    ),
  ])
  expect(read(tensors)).toEqual(expected)
  expect(read(sums(tensors)).map((x) => x[0])).toEqual(expected.map((x) => Math.fround(x[0] + 1)))
})

test('programs go on as if nothing had been, whichever allocation fails', () => {
  const steps = fc.array(
    fc.tuple(fc.constantFrom('make', 'add', 'assign', 'drop', 'evacuate'), fc.nat(9), fc.nat(9)),
    { maxLength: 30 },
  )
  const property = fc.property(steps, fc.nat(60), fc.boolean(), (program, fatal, forGood) => {
    evacuate()
    const { tensors, numbers } = several(1)
    const mirror = numbers.map((x) => [...x])
    failing(fatal, forGood)
    for (const [what, i, j] of program) {
      try {
        if (what === 'make') {
          tensors[i] = tensor(Float32Array.from({ length: 40 * j + 1 }, (_, at) => at - j))
          mirror[i] = Array.from({ length: 40 * j + 1 }, (_, at) => at - j)
        } else if (what === 'add') {
          tensors[i] = tensors[j].add(1)
          mirror[i] = mirror[j].map((v) => Math.fround(v + 1))
        } else if (what === 'assign') {
          tensors[i].assign_(tensors[i].mul(-2))
          // Shared with every name of the same tensor.
          for (const at of mirror[i].keys()) mirror[i][at] *= -2
        } else if (what === 'drop') {
          tensors[i] = tensors[j]
          mirror[i] = mirror[j]
        } else evacuate()
      } catch (error) {
        // assign_ makes a view and no copy: that this one fails is played, and nothing has changed
        // by then.
        if (!(error instanceof MemoryError || what === 'assign')) throw error
      }
    }
    healed()
    expect(read(tensors)).toEqual(mirror)
    expect(tensors.map((t) => bytesOf(t.storage).byteLength)).toEqual(
      mirror.map((x) => 4 * x.length),
    )
  })
  fc.assert(property, { numRuns: 60 })
})
