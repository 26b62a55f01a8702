// Random tensors: the stream is pinned, against a transcription of Philox in plain integers;
// moments and ranges are what they should be.

import { Generator, manualSeed, rand, randint, randn } from 'tapegrad'
import { describe, expect, it } from 'vitest'
import { numbersOf } from '../../support/tensors.ts'

/**
 * One block of Philox 4×32-10 (Salmon et al. 2011, section 4.3), in arbitrary precision. Try 0 of a
 * block is the block, the others are spares.
 */
function philox(counter: bigint, key: bigint, attempt = 0): number[] {
  const word = (x: bigint): bigint => x & 0xffffffffn
  let [a, b, c, d] = [word(counter), word(counter >> 32n), BigInt(attempt), 0n]
  let [k, l] = [word(key), word(key >> 32n)]
  for (let round = 0; round < 10; round++) {
    const [p, q] = [a * 0xd2511f53n, c * 0xcd9e8d57n]
    ;[a, b, c, d] = [(q >> 32n) ^ b ^ k, word(q), (p >> 32n) ^ d ^ l, word(p)]
    ;[k, l] = [word(k + 0x9e3779b9n), word(l + 0xbb67ae85n)]
  }
  return [a, b, c, d].map(Number)
}

/**
 * Number i of a draw: words are cut into as many lots of ⌊2³² / range⌋ as there are numbers; one
 * beyond the lots is drawn again.
 */
function whole(
  i: number,
  low: number,
  high: number,
  key: bigint,
): [drawn: number, attempts: number] {
  const [range, all] = [BigInt(high - low), 1n << 32n]
  for (let attempt = 0; ; attempt++) {
    const product = BigInt(philox(BigInt(Math.floor(i / 4)), key, attempt)[i % 4] as number) * range
    if (product % all >= all % range) return [low + Number(product / all), attempt]
  }
}
const words = (n: number, seed: number): number[] =>
  Array.from({ length: Math.ceil(n / 4) }, (_, k) => philox(BigInt(k), BigInt(seed)))
    .flat()
    .slice(0, n)
const seeded = (seed: number) => ({ generator: new Generator(seed) })

it('the transcription gives the numbers published with Philox', () => {
  expect(philox(0n, 0n)).toEqual([0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8])
})

describe('the stream never changes', () => {
  it('rand is the upper bits of Philox', () => {
    for (const seed of [0, 7, 2 ** 40 + 3]) {
      expect(numbersOf(rand([9], seeded(seed)))).toEqual(
        words(9, seed).map((w) => (w >>> 8) / 2 ** 24),
      )
      const pairs = words(10, seed)
      const wide = [0, 2, 4, 6, 8].map(
        (k) => ((pairs[k + 1] as number) * 2 ** 21 + ((pairs[k] as number) >>> 11)) / 2 ** 53,
      )
      expect(numbersOf(rand([5], { ...seeded(seed), dtype: 'float64' }))).toEqual(wide)
    }
  })

  it('randint is the upper half of word · range', () => {
    const expected = words(9, 7).map((w) => -5 + Math.floor((w * 1005) / 2 ** 32))
    expect(numbersOf(randint(-5, 1000, [9], seeded(7)))).toEqual(expected)
    expect(expected.slice(0, 4)).toEqual([954, 748, 109, 81])
  })

  it('randint draws a word again where its lot is too small, from the same blocks', () => {
    const tries = new Set<number>()
    for (const [low, high] of [
      [-(2 ** 31), 2 ** 30],
      [-(2 ** 31), 2 ** 31 - 1],
      [-1, 2 ** 31 - 1],
      [-5, 2 ** 31 - 1],
      [0, 3 * 2 ** 29],
      [0, 1],
    ] as const) {
      const expected = Array.from({ length: 203 }, (_, i) => whole(i, low, high, 2n ** 33n + 7n))
      for (const [, attempt] of expected) tries.add(attempt)
      const generator = new Generator(2 ** 33 + 7)
      expect(numbersOf(randint(low, high, [203], { generator }))).toEqual(
        expected.map(([drawn]) => drawn),
      )
      const next = new Generator(2 ** 33 + 7)
      rand([204], { generator: next })
      expect(numbersOf(rand([4], { generator }))).toEqual(numbersOf(rand([4], { generator: next })))
    }
    expect([...tries].sort()).toEqual(expect.arrayContaining([0, 1, 2, 3]))
  })

  it('randn is Box and Muller’s', () => {
    const w = words(8, 7)
    const expected = [0, 2, 4, 6].flatMap((k) => {
      const radius = Math.sqrt(-2 * Math.log(((w[k] as number) + 1) / 2 ** 32))
      const angle = (2 * Math.PI * (w[k + 1] as number)) / 2 ** 32
      return [radius * Math.cos(angle), radius * Math.sin(angle)]
    })
    numbersOf(randn([8], seeded(7))).forEach((x, k) => {
      expect(x).toBeCloseTo(expected[k] as number, 6)
    })
  })

  it('the first numbers of seed 7 are these, to the last bit', () => {
    expect(numbersOf(rand([4], seeded(7)))).toEqual([
      0.9545971155166626, 0.7501521706581116, 0.11417734622955322, 0.08565783500671387,
    ])
    expect(numbersOf(randn([4], seeded(7)))).toEqual([
      0.00029156741220504045, -0.30484697222709656, 1.78875732421875, 1.0678725242614746,
    ])
    expect(numbersOf(randn([4], { ...seeded(7), dtype: 'float64' }))).toEqual([
      0.6510652288674289, 0.3886802390698433, 0.6532465416483483, -0.1771464161423004,
    ])
  })
})

describe('generators', () => {
  it('equal seeds give equal streams, different ones different', () => {
    expect(numbersOf(randn([100], seeded(1)))).toEqual(numbersOf(randn([100], seeded(1))))
    expect(numbersOf(randn([100], seeded(1)))).not.toEqual(numbersOf(randn([100], seeded(2))))
    expect(numbersOf(randn([4], seeded(2 ** 32)))).not.toEqual(numbersOf(randn([4], seeded(0))))
  })

  it('draws go on where the last one ended, in whole blocks of four words', () => {
    const generator = new Generator(3)
    const parts = [
      rand([4], { generator }),
      rand([8], { generator }),
      rand([3], { generator }),
      rand([1], { generator }),
    ].flatMap(numbersOf)
    const whole = numbersOf(rand([20], seeded(3)))
    expect(parts).toEqual([...whole.slice(0, 15), whole[16]])
  })

  it('an empty draw takes nothing', () => {
    const generator = new Generator(3)
    expect(rand([0, 2], { generator }).shape).toEqual([0, 2])
    expect(numbersOf(rand([2], { generator }))).toEqual(numbersOf(rand([2], seeded(3))))
  })

  it('manualSeed begins the default stream anew', () => {
    manualSeed(11)
    const first = [numbersOf(rand([3])), numbersOf(randn([3])), numbersOf(randint(0, 9, [3]))]
    manualSeed(11)
    expect([numbersOf(rand([3])), numbersOf(randn([3])), numbersOf(randint(0, 9, [3]))]).toEqual(
      first,
    )
    manualSeed(11)
    expect(numbersOf(rand([3]))).toEqual(numbersOf(rand([3], seeded(11))))
  })

  it('a draw that is refused takes nothing from the stream', () => {
    const generator = new Generator(5)
    expect(() => rand([-1], { generator })).toThrow()
    expect(() => rand([2], { generator, dtype: 'int32' })).toThrow()
    expect(() => randint(3, 3, [2], { generator })).toThrow()
    expect(numbersOf(rand([2], { generator }))).toEqual(numbersOf(rand([2], seeded(5))))
  })

  it('draws can require a gradient', () => {
    expect([
      rand([2], { requiresGrad: true }).requiresGrad,
      randn([2], { requiresGrad: true }).requiresGrad,
      rand([2]).requiresGrad,
    ]).toEqual([true, true, false])
  })
})

describe.each(['float32', 'float64'] as const)('distributions in %s', (dtype) => {
  const n = 1 << 17
  const moments = (x: number[]) => {
    const mean = x.reduce((a, b) => a + b) / x.length
    const central = (p: number) => x.reduce((a, b) => a + (b - mean) ** p, 0) / x.length
    return {
      mean,
      variance: central(2),
      skew: central(3) / central(2) ** 1.5,
      kurtosis: central(4) / central(2) ** 2,
    }
  }

  it('rand is uniform in [0, 1)', () => {
    const x = numbersOf(rand([n], { ...seeded(1), dtype }))
    expect(x.every((u) => u >= 0 && u < 1)).toBe(true)
    const { mean, variance } = moments(x)
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n))
    expect(Math.abs(variance - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n))
    const bins = new Array<number>(64).fill(0)
    for (const u of x) bins[Math.floor(u * 64)]++
    const chi2 = bins.reduce((sum, count) => sum + (count - n / 64) ** 2 / (n / 64), 0)
    expect(chi2).toBeLessThan(63 + 5 * Math.sqrt(126))
  })

  it('randn is normal, neighbours independent', () => {
    const x = numbersOf(randn([n], { ...seeded(1), dtype }))
    const { mean, variance, skew, kurtosis } = moments(x)
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n))
    expect(Math.abs(variance - 1)).toBeLessThan(5 * Math.sqrt(2 / n))
    expect(Math.abs(skew)).toBeLessThan(5 * Math.sqrt(6 / n))
    expect(Math.abs(kurtosis - 3)).toBeLessThan(5 * Math.sqrt(24 / n))
    expect(Math.abs(x.reduce((sum, u, k) => sum + u * (x[k ^ 1] as number), 0) / n)).toBeLessThan(
      10 / Math.sqrt(n),
    )
    expect(x.filter((u) => Math.abs(u) > 3).length / n).toBeCloseTo(0.0027, 3)
  })
})

it('randint covers its range evenly, negative bounds and the widest one included', () => {
  const x = numbersOf(randint(-3, 4, [70_000], seeded(2)))
  const counts = [-3, -2, -1, 0, 1, 2, 3].map((k) => x.filter((u) => u === k).length)
  expect(counts.reduce((a, b) => a + b)).toBe(70_000)
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  const wide = numbersOf(randint(-(2 ** 31), 2 ** 31 - 1, [1000], seeded(2)))
  expect([Math.min(...wide) < -2e9, Math.max(...wide) > 2e9]).toEqual([true, true])
})

/**
 * Σ (count − expected)² / expected over equal classes: below this in all but one of two million
 * tries.
 */
const bound = (classes: number): number => classes - 1 + 5 * Math.sqrt(2 * (classes - 1))

describe.each([
  [0, 7],
  [-(2 ** 31), 2 ** 30],
  [-(2 ** 31), 2 ** 31 - 1],
  [-(2 ** 30) - 12345, 2 ** 30 + 54321],
  [0, 2 ** 31 - 1],
  [5, 3 * 2 ** 29],
])('randint from %i to %i is uniform', (low, high) => {
  const n = 120_000
  const range = high - low
  const drawn = numbersOf(randint(low, high, [n], seeded(3)))

  it('stays within its bounds', () => {
    expect(drawn.every((x) => Number.isInteger(x) && x >= low && x < high)).toBe(true)
  })

  it.each([2, 3, 5, 7])('modulo %i', (m) => {
    // How many numbers of the range leave each remainder.
    const shares = Array.from(
      { length: m },
      (_, r) => (Math.floor((range - 1 - r) / m) + 1) / range,
    )
    const counts = new Array<number>(m).fill(0)
    for (const x of drawn) counts[(x - low) % m]++
    const chi2 = counts.reduce(
      (sum, count, r) =>
        sum +
        (shares[r] === 0
          ? 0
          : (count - n * (shares[r] as number)) ** 2 / (n * (shares[r] as number))),
      0,
    )
    expect(chi2).toBeLessThan(bound(m))
  })

  it('in intervals', () => {
    const bins = Math.min(range, 64)
    const counts = new Array<number>(bins).fill(0)
    for (const x of drawn) counts[Math.floor(((x - low) / range) * bins)]++
    const chi2 = counts.reduce((sum, count) => sum + (count - n / bins) ** 2 / (n / bins), 0)
    expect(chi2).toBeLessThan(bound(bins))
  })
})
