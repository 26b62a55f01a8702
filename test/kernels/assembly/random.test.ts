// Philox against its published vectors; uniform, normal and randint in distribution, and for being
// the same every time.
import { expect, test } from 'vitest'
import { byteKernels, memory } from '../../../src/kernels/engine.ts'
import { place, types } from '../memory.ts'

/** Known answers distributed with Random123 (Salmon et al. 2011): counter, key, result. */
const known: [number[], number[], number[]][] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
]
const block = (counter: number[], key: number[]): number[] => {
  const [out] = place(new Int32Array(4)) as [number]
  byteKernels.philox(
    out,
    ...(counter as [number, number, number, number]),
    ...(key as [number, number]),
  )
  return [...new Uint32Array(memory.buffer, out, 4)]
}

test.each(known)('philox of counter %j under key %j', (counter, key, words) => {
  expect(block(counter, key)).toEqual(words)
})

const mean = (x: ArrayLike<number>, power = 1) =>
  Array.from(x).reduce((s, v) => s + v ** power, 0) / x.length

for (const { name, size, kernels, array, read } of types) {
  const draw = (
    kernel: 'uniform' | 'normal',
    n: number,
    key: [number, number],
    counter: number,
  ) => {
    const [out] = place(array(new Array(n + 1).fill(9))) as [number]
    kernels[kernel](out, n, ...key, counter)
    const all = read(out, n + 1)
    expect(all[n]).toBe(9)
    return all.subarray(0, n)
  }
  const perBlock = 16 / size

  test(`${name} uniform is the words of its blocks`, () => {
    const words = [...block([5, 3, 0, 0], [0xdeadbeef, 7]), ...block([6, 3, 0, 0], [0xdeadbeef, 7])]
    const expected =
      size === 4
        ? words.map((w) => (w >>> 8) / 2 ** 24)
        : [0, 2, 4, 6].map(
            (i) => ((words[i + 1] as number) * 2 ** 21 + ((words[i] as number) >>> 11)) / 2 ** 53,
          )
    expect([...draw('uniform', 2 * perBlock, [0xdeadbeef, 7], 3 * 2 ** 32 + 5)]).toEqual(expected)
  })

  test(`${name} uniform and normal have their moments`, () => {
    const n = 200_001
    const u = draw('uniform', n, [1, 2], 0)
    expect(u.every((x) => x >= 0 && x < 1)).toBe(true)
    expect(mean(u)).toBeCloseTo(1 / 2, 2)
    expect(mean(u, 2)).toBeCloseTo(1 / 3, 2)
    const z = draw('normal', n, [1, 2], 0)
    expect(z.every(Number.isFinite)).toBe(true)
    ;[0, 1, 0, 3].forEach((moment, i) => {
      expect(Math.abs(mean(z, i + 1) - moment)).toBeLessThan([0.01, 0.01, 0.03, 0.08][i] as number)
    })
    expect(mean(Array.from(z, (x) => Number(Math.abs(x) < 1)))).toBeCloseTo(0.6827, 2)
    expect(mean(Array.from(z.subarray(1), (x, i) => x * (z[i] as number)))).toBeCloseTo(0, 1)
  })

  // The third word of the second block is 0: the radius is that of 2⁻³², the smallest u, not of log
  // 0.
  test.each([
    [[9, 8], 4],
    [[7, 1], 126825074],
  ] as const)(
    `${name} normal is Box–Muller of the same blocks: key %j, block %i`,
    ([key0, key1], counter) => {
      const words = block([counter, 0, 0, 0], [key0, key1])
      const turns =
        size === 4
          ? [
              [0, 1],
              [2, 3],
            ]
          : [[0, 2]]
      const unit = (i: number) =>
        size === 4
          ? (words[i] as number) / 2 ** 32
          : ((words[i + 1] as number) * 2 ** 21 + ((words[i] as number) >>> 11)) / 2 ** 53
      const step = size === 4 ? 2 ** -32 : 2 ** -53
      const expected = turns.flatMap(([i, j]) => {
        const radius = Math.sqrt(-2 * Math.log(unit(i as number) + step))
        return [
          radius * Math.cos(2 * Math.PI * unit(j as number)),
          radius * Math.sin(2 * Math.PI * unit(j as number)),
        ]
      })
      draw('normal', perBlock, [key0, key1], counter).forEach((value, i) => {
        expect(value).toBeCloseTo(expected[i] as number, size === 4 ? 6 : 14)
      })
    },
  )

  test.each(['uniform', 'normal'] as const)(
    `${name} %s: the same again, and a block later it goes on`,
    (kernel) => {
      const all = draw(kernel, 10 * perBlock, [3, 4], 7)
      for (const n of [0, 1, 2, 3, 5, 9])
        expect(draw(kernel, n, [3, 4], 7)).toEqual(all.slice(0, n))
      expect(draw(kernel, 6 * perBlock, [3, 4], 11)).toEqual(all.slice(4 * perBlock))
      expect(draw(kernel, 10 * perBlock, [3, 5], 7)).not.toEqual(all)
    },
  )
}

test('randint covers its range evenly', () => {
  const n = 70_001
  const [out] = place(new Int32Array(n + 1)) as [number]
  byteKernels.randint(out, n, -3, 4, 5, 6, 2 ** 40)
  const drawn = new Int32Array(memory.buffer, out, n).slice()
  for (let value = -3; value < 4; value++)
    expect(drawn.filter((x) => x === value).length / n).toBeCloseTo(1 / 7, 2)
  const words = block([0, 2 ** 8, 0, 0], [5, 6])
  expect([...drawn.subarray(0, 4)]).toEqual(words.map((w) => Math.floor((w * 7) / 2 ** 32) - 3))
  byteKernels.randint(out, 1000, -(2 ** 31), 2 ** 31 - 1, 5, 6, 0)
  expect(new Set(new Int32Array(memory.buffer, out, 1000)).size).toBeGreaterThan(990)
})
