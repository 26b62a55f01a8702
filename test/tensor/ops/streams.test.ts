// Seeds and positions of streams, kept and restored, inside checkpoint() too. Other processes and
// threads are in streams.workers.test.ts.

import fc from 'fast-check'
import {
  checkpoint,
  Generator,
  type GeneratorState,
  grad,
  manualSeed,
  rand,
  randint,
  randn,
  randomSeed,
  randomState,
  setRandomState,
  type Tensor,
  tensor,
  ValueError,
} from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { refusal, untyped } from '../../support/refusal.ts'
import { numbersOf } from '../../support/tensors.ts'

it('randomSeed() takes the upper 53 bits of a block, and one block', () => {
  // What Philox gives for key 0 and counter 0, as published with it.
  const [low, high] = [0x6627e8d5, 0xe169c58d]
  const generator = new Generator(0)
  expect(randomSeed({ generator })).toBe(high * 2 ** 21 + (low >>> 11))
  expect(generator.state().blocks).toBe(1)
  const seeds = Array.from({ length: 1000 }, () => randomSeed({ generator }))
  expect(new Set(seeds).size).toBe(1000)
  expect(seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0)).toBe(true)
  expect(() => randomSeed({ generator: untyped(7) })).toThrow(
    'randomSeed: expected a Generator, got 7',
  )
  expect(() => randomSeed(untyped({ seed: 7 }))).toThrow("randomSeed: unknown option 'seed'")
})

it('manualSeed() wants a seed, and changes nothing without one', () => {
  manualSeed(9)
  expect(refusal(ValueError, () => (manualSeed as () => void)())).toMatchInlineSnapshot(
    `"manualSeed: expected a seed that is a whole number from 0 to 2^53 − 1, got undefined"`,
  )
  for (const seed of [null, Number.NaN, 1.5, -1, '7', 2 ** 53, Number.POSITIVE_INFINITY, 7n, [7]])
    expect(refusal(ValueError, () => manualSeed(untyped(seed)))).toMatch(
      /^manualSeed: expected a seed that is a whole number from 0 to 2\^53 − 1, got /,
    )
  const generator = new Generator(9)
  expect(rand([3]).toArray()).toEqual(rand([3], { generator }).toArray())
})

type Draw = (generator?: Generator) => Tensor

/** Every drawing function, in sizes that end inside a block and at its end. */
const draws: Draw[] = [1, 2, 3, 4, 5, 7, 8].flatMap((n): Draw[] => [
  (generator) => rand([n], { generator }),
  (generator) => rand([n], { generator, dtype: 'float64' }),
  (generator) => randn([n], { generator }),
  (generator) => randn([n], { generator, dtype: 'float64' }),
  (generator) => randint(-5, 1000, [n], { generator }),
  (generator) => randint(-(2 ** 31), 2 ** 30, [n], { generator }),
])
const all = (some: Draw[], generator?: Generator) => some.map((draw) => numbersOf(draw(generator)))
const json = <T>(value: T): T => JSON.parse(JSON.stringify(value))

describe('a position of a stream', () => {
  const some = fc.array(fc.constantFrom(...draws), { maxLength: 12 })
  const seeds = fc.oneof(fc.maxSafeNat(), fc.constantFrom(0, 2 ** 32, Number.MAX_SAFE_INTEGER))

  it('goes on bit for bit, in this generator and in another, through JSON', () => {
    fc.assert(
      fc.property(seeds, some, some, (seed, before, after) => {
        const generator = new Generator(seed)
        all(before, generator)
        const state = json(generator.state())
        const expected = all(after, generator)
        generator.restore(state)
        expect(all(after, generator)).toEqual(expected)
        const other = new Generator(3)
        rand([5], { generator: other })
        other.restore(state)
        expect(all(after, other)).toEqual(expected)
        expect(other.state()).toEqual(generator.state())
      }),
    )
  })

  it('of the default stream goes on bit for bit, after manualSeed() too', () => {
    fc.assert(
      fc.property(seeds, some, some, (seed, before, after) => {
        manualSeed(seed)
        all(before)
        const state = json(randomState())
        const expected = all(after)
        setRandomState(state)
        expect(all(after)).toEqual(expected)
        manualSeed(1)
        setRandomState(state)
        expect(all(after)).toEqual(expected)
        const generator = new Generator()
        generator.restore(state)
        expect(all(after, generator)).toEqual(expected)
      }),
    )
  })

  it('is a copy, and plain data', () => {
    const generator = new Generator(2 ** 40 + 3)
    const state = generator.state()
    rand([9], { generator })
    expect(state).toEqual({ algorithm: 'philox4x32-10', seed: 2 ** 40 + 3, blocks: 0 })
    expect(generator.state().blocks).toBe(3)
    expect(structuredClone(state)).toEqual(json(state))
  })

  it.each([
    [undefined, 'expected a state { algorithm, seed, blocks }, got undefined'],
    [7, 'expected a state { algorithm, seed, blocks }, got 7'],
    [[1], 'expected a state { algorithm, seed, blocks }, got [1]'],
    [new Generator(1), 'expected a state { algorithm, seed, blocks }, got Generator'],
    [{}, "expected algorithm 'philox4x32-10', got undefined"],
    [
      (good: GeneratorState) => ({ ...good, algorithm: 'mt19937' }),
      `expected algorithm 'philox4x32-10', got "mt19937"`,
    ],
    [
      (good: GeneratorState) => ({ ...good, seed: -1 }),
      'expected seed to be a whole number from 0 to 2^53 − 1, got -1',
    ],
    [
      (good: GeneratorState) => ({ ...good, seed: '7' }),
      'expected seed to be a whole number from 0 to 2^53 − 1, got "7"',
    ],
    [
      (good: GeneratorState) => ({ ...good, blocks: 0.5 }),
      'expected blocks to be a whole number from 0 to 2^53 − 1, got 0.5',
    ],
    [
      (good: GeneratorState) => ({ ...good, blocks: undefined }),
      'expected blocks to be a whole number from 0 to 2^53 − 1, got undef',
    ],
    [
      (good: GeneratorState) => ({ ...good, blocks: Number.NaN }),
      'expected blocks to be a whole number from 0 to 2^53 − 1, got NaN',
    ],
    [
      (good: GeneratorState) => ({ ...good, drawn: 3 }),
      'expected a state { algorithm, seed, blocks }, got { algorithm, seed, blocks,',
    ],
  ])('is not %s, and nothing changes', (wrong, said) => {
    const generator = new Generator(7)
    rand([5], { generator })
    const good = generator.state()
    const given = typeof wrong === 'function' ? wrong(good) : wrong
    expect(refusal(ValueError, () => generator.restore(untyped(given)))).toContain(
      `Generator.restore: ${said}`,
    )
    expect(generator.state()).toEqual(good)
    manualSeed(9)
    rand([5])
    const before = randomState()
    const message = refusal(ValueError, () => setRandomState(untyped(given)))
    expect(message).toContain(`setRandomState: ${said}`)
    expect(message).toMatch(/: pass what randomState\(\) gave$/)
    expect(randomState()).toEqual(before)
  })

  it('is read once', () => {
    let reads = 0
    const state = {
      algorithm: 'philox4x32-10',
      get seed() {
        return reads++ === 0 ? 7 : -1
      },
      blocks: 2,
    } as GeneratorState
    const generator = new Generator()
    generator.restore(state)
    expect(generator.state()).toEqual({ algorithm: 'philox4x32-10', seed: 7, blocks: 2 })
  })

  it('does not go beyond the last block: a draw is refused, and takes nothing', () => {
    const generator = new Generator(7)
    const last = { ...generator.state(), blocks: Number.MAX_SAFE_INTEGER - 1 }
    generator.restore(last)
    expect(() => rand([5], { generator })).toThrow(
      'Generator: expected a draw within 2^53 − 1 blocks, got 2 after 9007199254740990: begin ' +
        'another stream',
    )
    expect(generator.state()).toEqual(last)
    rand([4], { generator })
  })
})

describe('inside checkpoint', () => {
  it('a restored stream draws the same numbers again, and goes on as before', () => {
    const generator = new Generator(5)
    const elsewhere = new Generator(6).state()
    const w = tensor([1, 2, 3], { requiresGrad: true })
    const y = checkpoint((x: Tensor) => {
      const first = x.mul(rand([3], { generator }))
      generator.restore({ ...elsewhere, blocks: 9 })
      setRandomState({ ...elsewhere, blocks: 4 })
      return first.mul(rand([3], { generator })).mul(rand([3]))
    })(w)
    const after = [generator.state(), randomState()]
    expect(after).toEqual([10, 5].map((blocks) => ({ ...elsewhere, blocks })))
    const plain = (blocks: number, seed = 6) => {
      const one = new Generator(seed)
      one.restore({ ...one.state(), blocks })
      return rand([3], { generator: one })
    }
    const expected = plain(0, 5).mul(plain(9)).mul(plain(4))
    expect(grad(y.sum(), w).toArray()).toEqual(expected.toArray())
    expect([generator.state(), randomState()]).toEqual(after)
  })

  it('a replay leaves the default stream where it is by then', () => {
    manualSeed(5)
    const w = tensor([1, 2, 3], { requiresGrad: true })
    const y = checkpoint((x: Tensor) => x.mul(rand([3])))(w)
    manualSeed(6)
    rand([9])
    const before = randomState()
    expect(grad(y.sum(), w).toArray()).toEqual(rand([3], { generator: new Generator(5) }).toArray())
    expect(randomState()).toEqual(before)
  })

  it('a stream that is drawn from before another checkpoint and in it begins anew', () => {
    const generator = new Generator(5)
    const w = tensor([1, 2, 3], { requiresGrad: true })
    const inner = checkpoint((x: Tensor) => x.mul(rand([3], { generator })))
    const y = checkpoint((x: Tensor) => inner(x.mul(rand([3], { generator }))))(w)
    const twin = new Generator(5)
    const expected = rand([3], { generator: twin }).mul(rand([3], { generator: twin }))
    expect(grad(y.sum(), w).toArray()).toEqual(expected.toArray())
    expect(generator.state()).toEqual(twin.state())
  })

  it('another checkpoint may be replayed, and the draws after it are those of the first call', () => {
    const generator = new Generator(5)
    const w = tensor([1, 2, 3], { requiresGrad: true })
    const inner = checkpoint((x: Tensor) => x.mul(rand([3], { generator })))
    const before = inner(w).sum()
    rand([3], { generator })
    const start = generator.state()
    const y = checkpoint((x: Tensor) => {
      grad(before, w, { retainGraph: true })
      return x.mul(rand([3], { generator }))
    })(w)
    const twin = new Generator(5)
    twin.restore(start)
    expect(grad(y.sum(), w).toArray()).toEqual(rand([3], { generator: twin }).toArray())
    expect(generator.state()).toEqual(twin.state())
  })
})
