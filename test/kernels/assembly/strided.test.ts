// Copies and additions through strides and indices against plain loops.
import { expect, test } from 'vitest'
import { byteKernels, memory } from '../../../src/kernels/engine.ts'
import { place, randomIntegers, types } from '../memory.ts'

type Four = [number, number, number, number]
const order = (sizes: Four, axes: number[]): Four => {
  const strides: Four = [0, 0, 0, 0]
  let step = 1
  for (const axis of [...axes].reverse()) {
    strides[axis] = step
    step *= sizes[axis] as number
  }
  return strides
}
const permutations = [
  [0, 1, 2, 3],
  [0, 1, 3, 2],
  [3, 2, 1, 0],
  [2, 0, 3, 1],
  [0, 2, 1, 3],
  [1, 3, 0, 2],
]

/** Every (offset in dst, offset in src) of a four-dimensional walk. */
function* walk(sizes: Four, d: Four, s: Four): Generator<[number, number]> {
  for (let i = 0; i < sizes[0]; i++)
    for (let j = 0; j < sizes[1]; j++)
      for (let k = 0; k < sizes[2]; k++)
        for (let l = 0; l < sizes[3]; l++)
          yield [
            i * d[0] + j * d[1] + k * d[2] + l * d[3],
            i * s[0] + j * s[1] + k * s[2] + l * s[3],
          ]
}

/**
 * Random layouts: dst a permutation (so every element once), src any strides within `room` around
 * `middle`.
 */
function layouts(): { sizes: Four; d: Four; s: Four; count: number }[] {
  const integers = randomIntegers(21)
  return Array.from({ length: 200 }, (_, i) => {
    const largest = i % 2 ? 5 : 9
    const sizes: Four = [integers(0, 3), integers(1, 3), integers(1, largest), integers(1, largest)]
    const d = order(sizes, permutations[integers(0, 5)] as number[])
    const s: Four =
      i % 3
        ? order(sizes, permutations[integers(0, 5)] as number[])
        : [integers(-4, 9), integers(-4, 9), integers(-4, 9), integers(0, 2)]
    if (i % 5 === 0) s[integers(0, 3)] = 0
    return { sizes, d, s, count: sizes[0] * sizes[1] * sizes[2] * sizes[3] }
  })
}
const room = 1024
const middle = 256

test.each([1, 4, 8] as const)('copyStrided of items of %i bytes', (itemSize) => {
  const Items = { 1: Uint8Array, 4: Int32Array, 8: Float64Array }[itemSize]
  const src = new Items(room).map((_: number, i: number) => i % 251)
  for (const { sizes, d, s, count } of layouts()) {
    const expected = new Items(count + 1).fill(99)
    for (const [to, from] of walk(sizes, d, s)) expected[to] = src[middle + from] as number
    const [pd, ps] = place(new Items(count + 1).fill(99), src) as [number, number]
    byteKernels.copyStrided(itemSize, pd, ps + middle * itemSize, ...sizes, ...d, ...s)
    expect(new Items(memory.buffer, pd, count + 1), `${sizes} | ${d} | ${s}`).toEqual(expected)
  }
})

test('copyStrided moves long runs and large transposes', () => {
  const [rows, cols] = [37, 301]
  const src = Float64Array.from({ length: rows * cols }, (_, i) => i)
  const [pd, ps] = place(new Float64Array(rows * cols), src) as [number, number]
  byteKernels.copyStrided(8, pd, ps, 1, 1, rows, cols, 0, 0, cols, 1, 0, 0, cols, 1)
  expect(new Float64Array(memory.buffer, pd, rows * cols)).toEqual(src)
  byteKernels.copyStrided(8, pd, ps, 1, 1, cols, rows, 0, 0, rows, 1, 0, 0, 1, cols)
  expect([...new Float64Array(memory.buffer, pd, rows * cols)]).toEqual(
    Array.from({ length: rows * cols }, (_, i) => (i % rows) * cols + Math.floor(i / rows)),
  )
})

test('copyRows', () => {
  for (const rowBytes of [1, 4, 20, 64, 700]) {
    const table = Uint8Array.from({ length: 5 * rowBytes }, (_, i) => i % 253)
    const index = Int32Array.from([3, 0, 3, 4])
    const [out, pt, pi] = place(new Uint8Array(4 * rowBytes + 1), table, index) as [
      number,
      number,
      number,
    ]
    byteKernels.copyRows(out, pt, pi, 4, rowBytes)
    const expected = [...index].flatMap((row) => [
      ...table.subarray(row * rowBytes, (row + 1) * rowBytes),
    ])
    expect([...new Uint8Array(memory.buffer, out, 4 * rowBytes + 1)]).toEqual([...expected, 0])
  }
})

for (const { name, size, kernels, array, read } of types) {
  test(`${name} addStrided`, () => {
    const src = array(Array.from({ length: room }, (_, i) => i))
    for (const { sizes, d, s, count } of layouts()) {
      const start = array(Array.from({ length: count + 1 }, (_, i) => -2 * i))
      const expected = start.slice()
      for (const [to, from] of walk(sizes, d, s))
        expected[to] = (expected[to] as number) + (src[middle + from] as number)
      const [pd, ps] = place(start, src) as [number, number]
      kernels.addStrided(pd, ps + middle * size, ...sizes, ...d, ...s)
      expect(read(pd, count + 1), `${sizes} | ${d} | ${s}`).toEqual(expected)
    }
  })

  test(`${name} scatterAddRows adds repeated rows`, () => {
    for (const rowLength of [1, 2, 3, 4, 7, 16]) {
      const index = Int32Array.from([2, 0, 2, 2, 4])
      const src = array(Array.from({ length: 5 * rowLength }, (_, i) => i + 1))
      const expected = new Array(5 * rowLength).fill(100)
      index.forEach((row, i) => {
        for (let j = 0; j < rowLength; j++) expected[row * rowLength + j] += src[i * rowLength + j]
      })
      const [dst, ps, pi] = place(array(new Array(5 * rowLength).fill(100)), src, index) as [
        number,
        number,
        number,
      ]
      kernels.scatterAddRows(dst, ps, pi, 5, rowLength)
      expect([...read(dst, 5 * rowLength)]).toEqual(expected)
    }
  })

  test(`${name} gather and gatherAdd, indices repeated`, () => {
    const integers = randomIntegers(8)
    for (let round = 0; round < 40; round++) {
      const [outer, nOut, nIn, inner] = [
        integers(1, 3),
        integers(0, 5),
        integers(1, 4),
        integers(1, 5),
      ]
      const a = array(Array.from({ length: outer * nIn * inner }, () => integers(-9, 9)))
      const index = Int32Array.from({ length: outer * nOut * inner }, () => integers(0, nIn - 1))
      const place3 = (e: number) =>
        (Math.floor(e / (nOut * inner)) * nIn + (index[e] as number)) * inner + (e % inner)
      const [out, pa, pi] = place(array(new Array(index.length).fill(0)), a, index) as [
        number,
        number,
        number,
      ]
      kernels.gather(out, pa, pi, outer, nOut, nIn, inner)
      const gathered = read(out, index.length)
      expect([...gathered]).toEqual(Array.from(index, (_, e) => a[place3(e)]))
      const expected = a.slice()
      index.forEach((_, e) => {
        expected[place3(e)] = (expected[place3(e)] as number) + (gathered[e] as number)
      })
      kernels.gatherAdd(pa, out, pi, outer, nOut, nIn, inner)
      expect(read(pa, a.length)).toEqual(expected)
    }
  })
}
