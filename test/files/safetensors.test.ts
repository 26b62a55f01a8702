// Safetensors files, held to what the reference implementation writes, reads and refuses
// (test/reference/files_safetensors.py).

import {
  type DType,
  DTypeError,
  eye,
  Linear,
  noGrad,
  ones,
  TapeError,
  type Tensor,
  tensor,
  ValueError,
  zeros,
} from 'tapegrad'
import { readSafetensors, SafetensorsError, writeSafetensors } from 'tapegrad/files'
import { describe, expect, it } from 'vitest'
import { mutate } from './mutations.ts'
import json from './safetensors.json' with { type: 'json' }
import { decoded, latin, numbersOf, type Word } from './words.ts'

interface File {
  what: string
  file: string
  metadata: Record<string, string>
  tensors: { name: string; dtype: string; shape: number[]; data: Word[] }[]
}
interface Goldens {
  written: File[]
  read: File[]
  headers: [header: string, size: number, answer: string][]
  raw: [file: string, answer: string][]
  letters: Record<string, string>
  answers: string[]
}
const goldens = json as unknown as Goldens
const { written, read } = goldens

function withHeader(header: Uint8Array | string, size = 0): Uint8Array {
  const bytes = typeof header === 'string' ? new TextEncoder().encode(header) : header
  const file = new Uint8Array(8 + bytes.length + size)
  new DataView(file.buffer).setUint32(0, bytes.length, true)
  file.set(bytes, 8)
  return file
}

/** 'accepted', or why not. A file that is right but has no dtype here was accepted. */
function answer(file: Uint8Array): string {
  try {
    readSafetensors(file)
  } catch (error) {
    if (!(error instanceof SafetensorsError)) throw error
    return error.kind === 'Unsupported' ? 'accepted' : error.kind
  }
  return 'accepted'
}

/**
 * The reference's answer as it is given here: a header that begins with something else than { has
 * an error of its own, and no name is accepted twice.
 */
function expected(reference: string, got: string): string {
  if (reference === 'refused') return got === 'accepted' ? 'refused' : got
  if (reference === 'twice') return 'InvalidHeaderDeserialization'
  const isStart = reference === 'InvalidHeaderDeserialization' && got === 'InvalidHeaderStart'
  return isStart ? got : reference
}

describe.each([...written, ...read])('$what', ({ file, metadata, tensors }) => {
  it('is read', () => {
    const all = readSafetensors(decoded(file))
    expect(all.metadata).toEqual(metadata)
    expect(Object.keys(all.tensors).sort()).toEqual(tensors.map(({ name }) => name).sort())
    for (const { name, shape, data } of tensors) {
      const t = all.tensors[name]
      expect(t.shape, name).toEqual(shape)
      expect([...t.toTypedArray()], name).toEqual(numbersOf(data))
      expect(t.requiresGrad).toBe(false)
    }
  })
})

describe.each(written)('$what', ({ file, metadata, tensors }) => {
  it('is written to the byte', () => {
    const given = tensors.map(({ name, dtype, shape, data }) => [
      name,
      tensor(Float64Array.from(numbersOf(data)), { shape, dtype: dtype as DType }),
    ])
    const bytes = writeSafetensors(Object.fromEntries(given.reverse()), metadata)
    expect(latin(bytes)).toBe(atob(file))
  })
})

it('widens formats to the dtype that holds them', () => {
  const [halves, integers] = read.map(({ file }) => readSafetensors(decoded(file)).tensors)
  expect(halves.f16.dtype).toBe('float32')
  for (const t of Object.values(integers)) expect(t.dtype).toBe('int32')
})

it('widens each of the 65536 halves, of either kind', () => {
  const bits = Uint16Array.from({ length: 65536 }, (_, i) => i)
  const float16 = (x: number): number => {
    const [sign, exponent, fraction] = [x >> 15 ? -1 : 1, (x >> 10) & 31, x & 1023]
    if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
    return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25))
  }
  const bfloat16 = (x: number): number => {
    const [sign, exponent, fraction] = [x >> 15 ? -1 : 1, (x >> 7) & 255, x & 127]
    if (exponent === 255) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
    return sign * (exponent === 0 ? fraction * 2 ** -133 : (128 + fraction) * 2 ** (exponent - 134))
  }
  for (const [dtype, value] of Object.entries({ F16: float16, BF16: bfloat16 })) {
    const header = `{"x":{"dtype":"${dtype}","shape":[65536],"data_offsets":[0,131072]}}`
    const file = withHeader(header, 131072)
    file.set(new Uint8Array(bits.buffer), file.length - 131072)
    const got = readSafetensors(file).tensors.x.toTypedArray()
    expect(got.findIndex((x, i) => !Object.is(x, value(i)))).toBe(-1)
  }
})

it('answers hand-written headers and files as the reference does', () => {
  expect(goldens.headers.length).toBeGreaterThan(100)
  const cases = [
    ...goldens.headers.map(([header, size, wanted]) => [withHeader(decoded(header), size), wanted]),
    ...goldens.raw.map(([file, wanted]) => [decoded(file), wanted]),
  ] as [Uint8Array, string][]
  for (const [file, wanted] of cases) {
    const got = answer(file)
    expect(got, latin(file)).toBe(expected(wanted, got))
  }
})

it('answers 20,000 random mistakes as the reference does', () => {
  const files = [...written, ...read].map(({ file }) => decoded(file))
  const answers = goldens.answers.join('')
  expect(answers).toHaveLength(20_000)
  const wrong: string[] = []
  for (let seed = 0; seed < answers.length; seed++) {
    const got = answer(mutate(files, seed))
    const wanted = expected(goldens.letters[answers[seed]], got)
    if (got !== wanted) wrong.push(`seed ${seed}: expected ${wanted}, got ${got}`)
  }
  expect(wrong).toEqual([])
})

const unsupported = (dtype: string, shape: string, numbers: number[]): string => {
  const header = `{"w":{"dtype":"${dtype}","shape":${shape},"data_offsets":[0,${numbers.length}]}}`
  const file = withHeader(header, numbers.length)
  file.set(numbers, file.length - numbers.length)
  try {
    return readSafetensors(file).tensors.w.toString()
  } catch (error) {
    return `${(error as SafetensorsError).kind}: ${(error as Error).message}`
  }
}

it('refuses numbers that no dtype holds', () => {
  const [no, yes] = [0, 255]
  expect(unsupported('F8_E4M3', '[1]', [0])).toMatchInlineSnapshot(
    `"Unsupported: readSafetensors: expected one of BOOL, U8, I8, I16, U16, F16, BF16, I32, U32, F32, F64, I64, U64 in "w", got F8_E4M3"`,
  )
  expect(unsupported('I64', '[1]', [0, 0, 0, 128, no, no, no, no])).toMatchInlineSnapshot(
    `"Unsupported: readSafetensors: expected values that int32 holds in "w", got 2147483648 (I64)"`,
  )
  expect(unsupported('I64', '[1]', [yes, yes, yes, 127, yes, yes, yes, yes])).toMatchInlineSnapshot(
    `"Unsupported: readSafetensors: expected values that int32 holds in "w", got -2147483649 (I64)"`,
  )
  expect(
    unsupported('U64', '[2]', [1, 0, 0, 0, 0, 0, 0, 0, yes, yes, yes, yes, yes, yes, yes, yes]),
  ).toMatchInlineSnapshot(
    `"Unsupported: readSafetensors: expected values that int32 holds in "w", got 18446744073709551615 (U64)"`,
  )
  expect(unsupported('U64', '[1]', [0, 0, 0, 128, no, no, no, no])).toMatchInlineSnapshot(
    `"Unsupported: readSafetensors: expected values that int32 holds in "w", got 2147483648 (U64)"`,
  )
  expect(unsupported('U32', '[2]', [0, 0, 0, 127, 0, 0, 0, 128])).toMatchInlineSnapshot(
    `"Unsupported: readSafetensors: expected values that int32 holds in "w", got 2147483648 (U32)"`,
  )
  expect(unsupported('F32', '[9007199254740993,0]', [])).toMatchInlineSnapshot(
    `"Unsupported: readSafetensors: expected sizes below 2^53 in "w", got 9007199254740993"`,
  )
  expect(unsupported('F32', `[${new Array(65).fill(1)}]`, [0, 0, 0, 0])).toMatchInlineSnapshot(
    `"Unsupported: readSafetensors: expected at most 64 axes in "w", got 65"`,
  )
})

it('reads every byte of a bool but 0 as true', () => {
  const file = withHeader('{"w":{"dtype":"BOOL","shape":[4],"data_offsets":[0,4]}}', 4)
  file.set([0, 1, 2, 255], file.length - 4)
  expect([...readSafetensors(file).tensors.w.toTypedArray()]).toEqual([0, 1, 1, 1])
})

it('says what to give for a model and for a tensor', () => {
  const given = (x: unknown) => () => writeSafetensors(x as Record<string, Tensor>)
  expect(given(new Linear(2, 1))).toThrow('got Linear: give its stateDict()')
  expect(given(tensor([1]))).toThrow(/by their names, got .*: give it a name, as \{ x \}/)
})

it('reads any bytes: an ArrayBuffer, a part of another one, shared memory', () => {
  const file = writeSafetensors({ x: tensor([1, 2]) })
  const within = Uint8Array.from([1, 2, 3, ...file])
  const bytes = [file.buffer, within.subarray(3)]
  // A page has shared memory only where it is isolated, Node alone has Buffers.
  if (typeof SharedArrayBuffer !== 'undefined') {
    const shared = new Uint8Array(new SharedArrayBuffer(file.length) as unknown as ArrayBuffer)
    shared.set(file)
    bytes.push(shared, shared.buffer)
  }
  if (typeof Buffer !== 'undefined') bytes.push(Buffer.from(within).subarray(3))
  for (const one of bytes) expect(readSafetensors(one).tensors.x.toArray()).toEqual([1, 2])
})

it('copies: neither file nor tensors change with the other', () => {
  const x = tensor([1, 2])
  const file = writeSafetensors({ x })
  x.assign_(tensor([3, 4]))
  const { tensors } = readSafetensors(file)
  file.fill(0)
  expect(tensors.x.toArray()).toEqual([1, 2])
})

it('carries a model over, transposes and views as well', () => {
  const [from, to] = [new Linear(3, 2), new Linear(3, 2)]
  to.loadStateDict(readSafetensors(writeSafetensors(from.stateDict())).tensors)
  expect(to.weight.toArray()).toEqual(from.weight.toArray())
  const t = tensor([
    [1, 2, 3],
    [4, 5, 6],
  ])
  const { tensors } = readSafetensors(writeSafetensors({ t: t.t(), row: t.select(0, 1) }))
  expect(tensors.t.toArray()).toEqual([
    [1, 4],
    [2, 5],
    [3, 6],
  ])
  expect(tensors.row.toArray()).toEqual([4, 5, 6])
})

it('refuses to write what no reader would take, and what is gone', () => {
  const x = ones([2])
  const write = (tensors: unknown, metadata?: unknown) => () =>
    writeSafetensors(tensors as { x: typeof x }, metadata as { x: string })
  expect(write({ x: [1] })).toThrow(DTypeError)
  expect(write({ x: [1] })).toThrowErrorMatchingInlineSnapshot(
    `[DTypeError: writeSafetensors: expected "x" to be a Tensor, got [1]]`,
  )
  expect(write([x])).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: writeSafetensors: expected tensors by their names, got [Tensor (2)]]`,
  )
  expect(write(null)).toThrow(ValueError)
  expect(write({ x }, 'pt')).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: writeSafetensors: expected metadata by their names, got "pt"]`,
  )
  expect(write({ x }, { a: 1 })).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: writeSafetensors: expected metadata "a" to be text, got 1]`,
  )
  expect(write({ '\ud800': x })).toThrowErrorMatchingInlineSnapshot(
    `[SafetensorsError: writeSafetensors: expected text of Unicode, got a lone surrogate in "\\ud800"]`,
  )
  expect(write({ x }, { a: '\udc00' })).toThrow(SafetensorsError)
  expect(write({ __metadata__: x })).toThrowErrorMatchingInlineSnapshot(
    `[SafetensorsError: writeSafetensors: expected another name than __metadata__, which is that of the metadata]`,
  )
  let gone = x
  noGrad(() => {
    gone = x.add(1)
  })
  expect(write({ gone })).toThrow(TapeError)
})

it('refuses what is no file', () => {
  for (const given of [null, undefined, 'file', [1], new Float32Array(8), eye(2)])
    expect(() => readSafetensors(given as unknown as Uint8Array)).toThrow(ValueError)
  expect(() => readSafetensors('file' as unknown as Uint8Array)).toThrowErrorMatchingInlineSnapshot(
    `[ValueError: readSafetensors: expected the bytes of a file, a Uint8Array or an ArrayBuffer, got "file"]`,
  )
})

it('leaves the order of keys to the names: those like indices and __proto__ too', () => {
  const names = ['2', '10', '__proto__', 'constructor']
  const file = writeSafetensors(
    Object.fromEntries(names.map((name, k) => [name, zeros([k])])) as Record<string, never>,
  )
  const { tensors } = readSafetensors(file)
  for (const [k, name] of names.entries())
    expect(Object.getOwnPropertyDescriptor(tensors, name)?.value.shape).toEqual([k])
})
