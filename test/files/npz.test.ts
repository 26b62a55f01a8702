// Files of several arrays, held to those that NumPy wrote (test/reference/files_numpy.py).

import fc from 'fast-check'
import { DTypeError, Linear, type Tensor, tensor, ValueError, zeros } from 'tapegrad'
import { readNpz, writeNpy, writeNpz } from 'tapegrad/files'
import { describe, expect, it } from 'vitest'
import { zip } from '../../src/files/zip.ts'
import json from './npz.json' with { type: 'json' }
import { decoded, latin, numbersOf, type Word } from './words.ts'

interface Held {
  name: string
  shape: number[]
  data: Word[]
}
const goldens = json as unknown as Record<
  'small' | 'smallPacked' | 'largePacked' | 'empty',
  string
> &
  Record<'smallHolds' | 'largeHolds', Held[]>

describe.each([
  ['savez', goldens.small, goldens.smallHolds],
  ['savez_compressed', goldens.smallPacked, goldens.smallHolds],
  ['savez_compressed of more', goldens.largePacked, goldens.largeHolds],
  ['savez of nothing', goldens.empty, []],
])('%s', (_, file, holds) => {
  it('is read', () => {
    const tensors = readNpz(decoded(file))
    expect(Object.keys(tensors)).toEqual(holds.map(({ name }) => name))
    for (const { name, shape, data } of holds) {
      expect(tensors[name].shape, name).toEqual(shape)
      expect([...tensors[name].toTypedArray()], name).toEqual(numbersOf(data))
    }
  })
})

it('is written to the byte as by savez', () => {
  for (const file of [goldens.small, goldens.empty])
    expect(latin(writeNpz(readNpz(decoded(file))))).toBe(atob(file))
})

it('carries a model over', () => {
  const [from, to] = [new Linear(3, 2), new Linear(3, 2)]
  to.loadStateDict(readNpz(writeNpz(from.stateDict())))
  expect(to.weight.toArray()).toEqual(from.weight.toArray())
})

/** The same archive with a number of so many bits changed at a place. */
function changed(file: Uint8Array, at: number, value: number, bits: 8 | 16 | 32): Uint8Array {
  const copy = file.slice()
  const view = new DataView(copy.buffer)
  if (bits === 8) view.setUint8(at, value)
  else if (bits === 16) view.setUint16(at, value, true)
  else view.setUint32(at, value, true)
  return copy
}

it('refuses damaged and other archives by what is wrong with them', () => {
  const good = writeNpz({ x: tensor([1, 2]), y: zeros([3]) })
  const text = latin(good)
  const central = text.indexOf('PK\x01\x02')
  const second = text.indexOf('PK\x01\x02', central + 1)
  const end = text.indexOf('PK\x05\x06')
  const said = (file: Uint8Array): string => {
    try {
      return Object.keys(readNpz(file)).join(', ')
    } catch (error) {
      expect(error).toBeInstanceOf(ValueError)
      return (error as Error).message
    }
  }
  const extra = (name: string): Uint8Array =>
    zip(
      'zip',
      new Map([
        ['x.npy', writeNpy(zeros([1]))],
        [name, new Uint8Array(1)],
      ]),
    )
  expect(said(good)).toBe('x, y')
  expect([
    said(new Uint8Array(0)),
    said(good.subarray(0, -1)),
    said(good.subarray(1)),
    said(changed(good, central, 0, 8)),
    said(changed(good, central + 8, 1, 16)),
    said(changed(good, central + 10, 8, 16)),
    said(changed(good, central + 10, 12, 16)),
    said(changed(good, central + 16, 0, 32)),
    said(changed(good, central + 20, 5, 32)),
    said(changed(good, central + 24, 5, 32)),
    said(changed(good, central + 42, 5, 32)),
    said(changed(good, central + 42, 0xfffffff, 32)),
    said(changed(good, second + 46, 'x'.charCodeAt(0), 8)),
    said(changed(good, end + 10, 3, 16)),
    said(changed(good, end + 10, 0xffff, 16)),
    said(changed(good, end + 16, 0xffffffff, 32)),
    said(extra('notes.txt')),
    said(extra('y.npy')),
  ]).toMatchInlineSnapshot(`
    [
      "readNpz: expected a zip archive, got 0 bytes without its end",
      "readNpz: expected a zip archive, got one that is cut off",
      "readNpz: expected whole files, got no entry of the directory in """,
      "readNpz: expected whole files, got no entry of the directory in "x.npy"",
      "readNpz: expected whole files, got encrypted data in "x.npy"",
      "readNpz: expected whole files, got 6 bytes instead of 136 in "x.npy"",
      "readNpz: expected whole files, got method 12 of compression in "x.npy"",
      "readNpz: expected whole files, got data of another checksum in "x.npy"",
      "readNpz: expected whole files, got another size in "x.npy"",
      "readNpz: expected whole files, got another size in "x.npy"",
      "readNpz: expected whole files, got no header in "x.npy"",
      "readNpz: expected a zip archive, got one that names byte 268435459 of 510",
      "readNpz: expected whole files, got two files in "x.npy"",
      "readNpz: expected a zip archive, got one that names byte 518 of 510",
      "readNpz: expected a zip archive, got one that names byte 518 of 510",
      "readNpz: expected a zip archive, got one that names byte 4294967325 of 510",
      "readNpz: expected arrays (.npy), got the file "notes.txt"",
      "readNpz (y): expected a file of NumPy, which begins with \\x93NUMPY, got other bytes",
    ]
  `)
})

it('reads an archive with a comment, and one of zip64', () => {
  const good = writeNpz({ x: tensor([1, 2]) })
  const end = good.length - 22
  const view = new DataView(good.buffer)
  const [count, size, start] = [
    view.getUint16(end + 10, true),
    view.getUint32(end + 12, true),
    view.getUint32(end + 16, true),
  ]
  const comment = changed(good, end + 20, 3, 16)
  expect(readNpz(Uint8Array.from([...comment, 1, 2, 3])).x.toArray()).toEqual([1, 2])
  // The same directory with its numbers in the records of zip64, sizes and offset of the entry too.
  const wide = new DataView(new ArrayBuffer(28 + 56 + 20 + 22))
  const u64 = (at: number, value: number): void => wide.setBigUint64(at, BigInt(value), true)
  wide.setUint16(0, 1, true)
  wide.setUint16(2, 24, true)
  u64(4, view.getUint32(start + 24, true))
  u64(12, view.getUint32(start + 20, true))
  u64(20, 0)
  wide.setUint32(28, 0x6064b50, true)
  u64(28 + 4, 44)
  u64(28 + 24, count)
  u64(28 + 32, count)
  u64(28 + 40, size + 28)
  u64(28 + 48, start)
  wide.setUint32(84, 0x7064b50, true)
  u64(84 + 8, end + 28)
  wide.setUint32(84 + 16, 1, true)
  wide.setUint32(104, 0x6054b50, true)
  for (const [at, value] of [
    [104 + 8, 0xffff],
    [104 + 10, 0xffff],
  ])
    wide.setUint16(at, value, true)
  for (const at of [104 + 12, 104 + 16]) wide.setUint32(at, 0xffffffff, true)
  let file: Uint8Array = Uint8Array.from([...good.subarray(0, end), ...new Uint8Array(wide.buffer)])
  for (const at of [20, 24, 42]) file = changed(file, start + at, 0xffffffff, 32)
  file = changed(file, start + 30, 28, 16)
  expect(readNpz(file).x.toArray()).toEqual([1, 2])
})

it('refuses to write what is no tensor, and names that are no text', () => {
  expect(() => writeNpz({ x: [1] as unknown as Tensor })).toThrow(DTypeError)
  expect(() => writeNpz(null as unknown as Record<string, Tensor>)).toThrow(ValueError)
  expect(() => writeNpz({ '\ud800': zeros([1]) })).toThrow(ValueError)
  expect(() => writeNpz({ [`x${'y'.repeat(70_000)}`]: zeros([1]) })).toThrow(ValueError)
})

it('any mistake in an archive is an error of this package, or no mistake', () => {
  const good = decoded(goldens.smallPacked)
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), (at, byte) => {
      try {
        readNpz(changed(good, at, byte, 8))
      } catch (error) {
        expect(String(error)).toMatch(/^(Value|DType|Shape)Error: readNpz.*: expected /)
      }
    }),
    { numRuns: 2000 },
  )
})
