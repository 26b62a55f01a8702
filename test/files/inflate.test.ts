// Unpacked data, held to what zlib packed.

import { constants, deflateRawSync, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { inflate } from '../../src/files/inflate.ts'

const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 2000 }),
  fc.array(fc.constantFrom(0, 1, 2, 255), { maxLength: 5000 }).map((list) => Uint8Array.from(list)),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.integer({ min: 1, max: 300 }))
    .map(([part, times]) =>
      Uint8Array.from({ length: part.length * times }, (_, i) => part[i % part.length]),
    ),
)
/** Long repeats and noise by turns: blocks of each kind follow each other. */
const turns = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 300, maxLength: 600 }), fc.nat(255)), { maxLength: 6 })
  .map((parts) => Uint8Array.from(parts.flatMap(([noise, x]) => [...noise, ...noise.map(() => x)])))
const options = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  memLevel: fc.integer({ min: 1, max: 9 }),
  windowBits: fc.integer({ min: 9, max: 15 }),
  strategy: fc.constantFrom(
    ...[constants.Z_DEFAULT_STRATEGY, constants.Z_FILTERED, constants.Z_HUFFMAN_ONLY],
    ...[constants.Z_RLE, constants.Z_FIXED],
  ),
})

it('inflate gives back what zlib packed, whatever its options', () => {
  fc.assert(
    fc.property(fc.oneof(anyBytes, turns), options, (bytes, packing) => {
      const packed = deflateRawSync(bytes, packing)
      expect(Buffer.compare(inflate(packed, bytes.length), bytes)).toBe(0)
      expect(() => inflate(packed, bytes.length + 1)).toThrow(SyntaxError)
      if (bytes.length > 0) expect(() => inflate(packed, bytes.length - 1)).toThrow(SyntaxError)
      expect(() => inflate(packed.subarray(0, -1), bytes.length)).toThrow(SyntaxError)
    }),
    { numRuns: 300 },
  )
})

it('inflate ends for any bytes, with an error of its own', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(5000), (bytes, size) => {
      try {
        expect(inflate(bytes, size)).toHaveLength(size)
      } catch (error) {
        expect(error).toBeInstanceOf(SyntaxError)
      }
    }),
    { numRuns: 2000 },
  )
})

it('a stored block begins at the next byte, however many bits were looked at before', () => {
  const bits: number[] = []
  const number = (value: number, count: number): void => {
    for (let k = 0; k < count; k++) bits.push((value >> k) & 1)
  }
  /** One of sixteen lengths, each by a code of four bits. */
  const length = (value: number): void => {
    for (let k = 3; k >= 0; k--) bits.push((value >> k) & 1)
  }
  // A block of its own codes: the end by one bit, literals by up to fifteen. It holds the end only.
  for (const [value, count] of [
    [0, 1],
    [2, 2],
    [0, 5],
    [0, 5],
    [15, 4],
  ])
    number(value, count)
  for (let k = 0; k < 19; k++) number(k < 3 ? 0 : 4, 3)
  for (let literal = 0; literal < 256; literal++)
    length(literal < 14 ? literal + 2 : literal === 14 ? 15 : 0)
  for (const one of [1, 0]) length(one)
  number(0, 1)
  // The last block, stored.
  for (const [value, count] of [
    [1, 1],
    [0, 2],
  ])
    number(value, count)
  while (bits.length % 8 !== 0) bits.push(0)
  for (const [value, count] of [
    [3, 16],
    [3 ^ 0xffff, 16],
    [7, 8],
    [8, 8],
    [9, 8],
  ])
    number(value, count)
  const packed = Uint8Array.from({ length: bits.length / 8 }, (_, i) =>
    bits.slice(8 * i, 8 * i + 8).reduce((byte, bit, k) => byte | (bit << k), 0),
  )
  expect([...inflateRawSync(packed)]).toEqual([7, 8, 9])
  expect([...inflate(packed, 3)]).toEqual([7, 8, 9])
})
