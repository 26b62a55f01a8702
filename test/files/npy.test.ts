// Files of one array, held to those that NumPy wrote (test/reference/files_numpy.py).

import { type DType, DTypeError, eye, type Tensor, tensor, ValueError } from 'tapegrad'
import { readNpy, writeNpy } from 'tapegrad/files'
import { describe, expect, it } from 'vitest'
import json from './npy.json' with { type: 'json' }
import { decoded, latin, numbersOf, type Word } from './words.ts'

interface Case {
  what: string
  file: string
  shape: number[]
  data: Word[]
}
interface Goldens {
  written: (Case & { dtype: string })[]
  read: Case[]
  refused: [what: string, file: string][]
}
const goldens = json as unknown as Goldens

describe.each([...goldens.written, ...goldens.read])('$what', ({ file, shape, data }) => {
  it('is read', () => {
    const t = readNpy(decoded(file))
    expect(t.shape).toEqual(shape)
    expect([...t.toTypedArray()]).toEqual(numbersOf(data))
  })
})

describe.each(goldens.written)('$what', ({ file, shape, data, dtype }) => {
  it('keeps its type', () => {
    expect(readNpy(decoded(file)).dtype).toBe(dtype)
  })

  it('is written to the byte', () => {
    const t = tensor(Float64Array.from(numbersOf(data)), { shape, dtype: dtype as DType })
    expect(latin(writeNpy(t))).toBe(atob(file))
  })
})

it.each(goldens.refused)('%s: refused by what it is', (_, file) => {
  expect(() => readNpy(decoded(file))).toThrow(DTypeError)
  expect(() => readNpy(decoded(file))).toThrow(/^readNpy: expected /)
})

it('says what it refuses', () => {
  const said = (what: string): string => {
    const [, file] = goldens.refused.find(([name]) => name === what) ?? []
    try {
      return String(readNpy(decoded(file as string)))
    } catch (error) {
      return String(error)
    }
  }
  expect(said('complex')).toMatchInlineSnapshot(
    `"DTypeError: readNpy: expected numbers or bools (b1, i1, u1, i2, u2, i4, u4, i8, u8, f2, f4, f8), got '<c8': convert with astype() before it is saved"`,
  )
  expect(said('a structure')).toMatchInlineSnapshot(
    `"DTypeError: readNpy: expected numbers or bools (b1, i1, u1, i2, u2, i4, u4, i8, u8, f2, f4, f8), got [('x', '<f4'), ('y', '<i4', (2,))]: convert with astype() before it is saved"`,
  )
  expect(said('int64 beyond int32')).toMatchInlineSnapshot(
    `"DTypeError: readNpy: expected values that int32 holds, got 2147483648 ('<i8')"`,
  )
  expect(said('big-endian int64 below int32')).toMatchInlineSnapshot(
    `"DTypeError: readNpy: expected values that int32 holds, got -2147483649 ('>i8')"`,
  )
})

/** A file with this header, and so many bytes behind it. */
function file(header: string, size: number, [major, minor] = [1, 0]): Uint8Array {
  const text = Array.from(header, (c) => c.charCodeAt(0))
  const length = major === 1 ? [text.length & 255, text.length >> 8] : [text.length, 0, 0, 0]
  return Uint8Array.from([
    ...[0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, major, minor, ...length, ...text],
    ...new Array<number>(size).fill(0),
  ])
}
const header = (descr = "'<f4'", order = 'False', shape = '(2,)'): string =>
  `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }`

it('reads what other writers write', () => {
  const shapes: [string, number[]][] = [
    [header(), [2]],
    [header("'<f4'", 'False', '(2L,)'), [2]],
    [header("'<f4'", 'False', '( 2 , )'), [2]],
    [header("'<f4'", 'False', '(1, 2)'), [1, 2]],
    [header("'=f4'", 'True', '(2, 1,)'), [2, 1]],
    [header("'f4'"), [2]],
    ["{'shape':(2,),'fortran_order':False,'descr':'<f4'}", [2]],
    [`${header()}   \n`, [2]],
  ]
  for (const [text, shape] of shapes) expect(readNpy(file(text, 8)).shape, text).toEqual(shape)
})

it('refuses files that are not well formed', () => {
  const good = file(header(), 8)
  const wrong = [
    file(header(), 7),
    file(header(), 9),
    good.subarray(0, 11),
    good.subarray(0, 40),
    new Uint8Array(0),
    Uint8Array.from(good, (byte, k) => (k === 1 ? 0x4f : byte)),
    file(header(), 8, [4, 0]),
    file(header(), 8, [1, 1]),
    ...[
      header("'<f4'", 'false'),
      header("'<f4'", 'False', '(2)'),
      header("'<f4'", 'False', '(-2,)'),
      header("'<f4'", 'False', '(2.,)'),
      header("'<f4'", 'False', '(,)'),
      header("'<f4'", 'False', '[2]'),
      header("'<f4'", 'False', "'2'"),
      header('True'),
      header('(2,)'),
      "{'descr': '<f4', 'shape': (2,), }",
      `{'descr': '<f4', ${header().slice(1)}`,
      `${header()}}`,
      `${header()} 1`,
      header().slice(0, -1),
      header().slice(1),
      `{'x': 1, ${header().slice(1)}`,
      `x${header()}`,
      '{}',
      '',
      header("'<f4'", 'False', '(4611686018427387904, 4)'),
      header("'<f4'", 'False', '(18446744073709551616,)'),
    ].map((text) => file(text, 8)),
  ]
  for (const one of wrong) expect(() => readNpy(one), latin(one)).toThrow(ValueError)
  for (const given of ['x', null, [1], eye(2)])
    expect(() => readNpy(given as unknown as Uint8Array)).toThrow(ValueError)
})

it('answers mistakes of one byte with an error of its own, or numbers', () => {
  const good = file(header("'<i8'", 'True', '(1, 2)'), 16)
  for (let at = 0; at < good.length; at++)
    for (const byte of [0, 0x20, 0x27, 0x30, 0x39, 0x7d, 0xff]) {
      const one = Uint8Array.from(good, (old, k) => (k === at ? byte : old))
      try {
        expect(readNpy(one).size).toBeLessThanOrEqual(2)
      } catch (error) {
        expect(String(error)).toMatch(/^(Value|DType|Shape)Error: readNpy: expected /)
      }
    }
})

it('writes a transpose in the order of its shape, and nothing but tensors', () => {
  const t = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ]).t()
  expect(readNpy(writeNpy(t)).toArray()).toEqual(t.toArray())
  expect(() => writeNpy([1] as unknown as Tensor)).toThrowErrorMatchingInlineSnapshot(
    `[DTypeError: writeNpy: expected its argument to be a Tensor, got [1]]`,
  )
})
