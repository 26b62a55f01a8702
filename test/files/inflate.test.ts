// Unpacked data, held to what zlib packed.

import { constants, deflateRawSync } from 'node:zlib'
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
    fc.property(anyBytes, options, (bytes, packing) => {
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
