// Checksums, held to those of zlib. Archives are held to NumPy's in npz.test.ts.

import { crc32 as zlibCrc32 } from 'node:zlib'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { crc32, unzip, zip } from '../../src/files/zip.ts'

it('crc32 is that of zlib', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(crc32(bytes)).toBe(zlibCrc32(bytes))
    }),
  )
  expect(unzip('unzip', zip('zip', new Map([['a', Uint8Array.of(1)]]))).get('a')).toEqual(
    Uint8Array.of(1),
  )
})
