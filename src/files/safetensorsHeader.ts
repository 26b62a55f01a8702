// The header of a safetensors file, held to the rules of the reference implementation: it reads no
// numbers of tensors.

import { shown } from '../tensor/internal.ts'
import type { Format } from './bytes.ts'
import { type Json, type JsonObject, parseJson } from './json.ts'

/**
 * Why a safetensors file is refused, in the words of the reference implementation;
 * 'Unsupported' is a well-formed file with numbers that no dtype of this package holds.
 */
export type SafetensorsProblem =
  | 'HeaderTooSmall'
  | 'HeaderTooLarge'
  | 'InvalidHeaderLength'
  | 'InvalidHeader'
  | 'InvalidHeaderStart'
  | 'InvalidHeaderDeserialization'
  | 'InvalidOffset'
  | 'ValidationOverflow'
  | 'MisalignedSlice'
  | 'TensorInvalidInfo'
  | 'MetadataIncompleteBuffer'
  | 'JsonError'
  | 'Unsupported'

/**
 * A safetensors file that cannot be read, or written.
 * `readSafetensors(new Uint8Array(7)) // SafetensorsError: readSafetensors: expected at least 8…`
 */
export class SafetensorsError extends Error {
  override name = 'SafetensorsError'
  /** Which of the format's rules is broken. */
  readonly kind: SafetensorsProblem

  /** @internal */
  constructor(kind: SafetensorsProblem, message: string, options?: { cause: unknown }) {
    super(message, options)
    this.kind = kind
  }
}

export const HEADER_LIMIT = 100_000_000
/** The key of the texts; no tensor may have this name. */
export const METADATA = '__metadata__'

/** The formats that a tensor can hold. */
export const FORMAT_OF: Readonly<Record<string, Format | undefined>> = {
  BOOL: 'bool',
  U8: 'u8',
  I8: 'i8',
  I16: 'i16',
  U16: 'u16',
  F16: 'f16',
  BF16: 'bf16',
  I32: 'i32',
  U32: 'u32',
  F32: 'f32',
  F64: 'f64',
  I64: 'i64',
  U64: 'u64',
}

/** The bits of a number in each format that the reference knows. */
const BITS = new Map([
  ['BOOL', 8n],
  ['F4', 4n],
  ['F6_E2M3', 6n],
  ['F6_E3M2', 6n],
  ['U8', 8n],
  ['I8', 8n],
  ['F8_E5M2', 8n],
  ['F8_E4M3', 8n],
  ['F8_E8M0', 8n],
  ['F8_E4M3FNUZ', 8n],
  ['F8_E5M2FNUZ', 8n],
  ['I16', 16n],
  ['U16', 16n],
  ['F16', 16n],
  ['BF16', 16n],
  ['I32', 32n],
  ['U32', 32n],
  ['F32', 32n],
  ['C64', 64n],
  ['F64', 64n],
  ['I64', 64n],
  ['U64', 64n],
])

/** A tensor as the header describes it, with sizes as exact as they are written. */
export interface Entry {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly bigint[]
  readonly begin: bigint
  readonly end: bigint
}

interface Header {
  /** In the order of their numbers, without a gap. */
  readonly entries: readonly Entry[]
  readonly metadata: ReadonlyMap<string, string>
  /** Where the numbers begin. */
  readonly start: number
}

function refuse(kind: SafetensorsProblem, text: string, cause?: unknown): never {
  throw new SafetensorsError(kind, `readSafetensors: expected ${text}`, { cause })
}

/** The header of a file. Throws a SafetensorsError for a file that the reference refuses. */
export function parseHeader(file: Uint8Array<ArrayBuffer>): Header {
  if (file.length < 8) refuse('HeaderTooSmall', `at least 8 bytes, got ${file.length}`)
  const length = new DataView(file.buffer, file.byteOffset).getBigUint64(0, true)
  if (length > HEADER_LIMIT)
    refuse('HeaderTooLarge', `a header of at most ${HEADER_LIMIT} bytes, got ${length}`)
  const start = 8 + Number(length)
  if (start > file.length)
    refuse('InvalidHeaderLength', `a header of ${length} bytes, got ${file.length - 8}`)
  const { entries, metadata } = describe(textOf(file.slice(8, start)))
  const end = requireDense(entries)
  if (end !== BigInt(file.length - start))
    refuse('MetadataIncompleteBuffer', `${end} bytes of numbers, got ${file.length - start}`)
  return { entries, metadata, start }
}

function textOf(header: Uint8Array<ArrayBuffer>): string {
  let text = ''
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header)
  } catch (error) {
    refuse('InvalidHeader', 'a header in UTF-8, got other bytes', error)
  }
  if (!/^[ \t\r\n]*\{/.test(text))
    refuse('InvalidHeaderStart', `a header that begins with {, got ${shown(text.slice(0, 8))}`)
  return text
}

const wrong = (text: string): never => refuse('InvalidHeaderDeserialization', text)
const isObject = (json: Json | undefined): json is JsonObject => json instanceof Map
const isSize = (json: Json): json is bigint => typeof json === 'bigint' && json >= 0n

/** What the text of a header says, sorted by where the numbers lie. */
function describe(text: string): Omit<Header, 'start'> {
  let json: Json = null
  try {
    json = parseJson(text)
  } catch (error) {
    refuse('InvalidHeaderDeserialization', `a header in JSON: ${(error as Error).message}`, error)
  }
  const header = json as JsonObject
  const texts = header.get(METADATA) ?? new Map()
  const isText = ([, value]: [string, Json]): boolean => typeof value === 'string'
  if (!isObject(texts) || ![...texts].every(isText))
    return wrong(`${METADATA} to be texts by their names`)
  const entries = [...header].flatMap(([name, info]) =>
    name === METADATA ? [] : [entryOf(name, info)],
  )
  const order = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)
  entries.sort((a, b) => order(a.begin, b.begin) || order(a.end, b.end))
  return { entries, metadata: texts as ReadonlyMap<string, string> }
}

const FIELDS = ['dtype', 'shape', 'data_offsets']

/** The reference also takes a list of the three, and { "F32": null } for "F32". */
function entryOf(name: string, info: Json): Entry {
  const isList = Array.isArray(info) && info.length === FIELDS.length
  if (!isObject(info) && !isList) return wrong(`${shown(name)} to be { ${FIELDS.join(', ')} }`)
  const [type, shape, offsets] = isList ? info : FIELDS.map((key) => (info as JsonObject).get(key))
  const [variant, content] = isObject(type) && type.size === 1 ? [...type][0] : [type, null]
  const dtype = variant as string
  if (!BITS.has(dtype) || content !== null) wrong(`${shown(name)} to have a known dtype`)
  if (!Array.isArray(shape) || !shape.every(isSize))
    return wrong(`the shape of ${shown(name)} to be whole numbers`)
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isSize))
    return wrong(`data_offsets of ${shown(name)} to be two whole numbers`)
  return { name, dtype, shape, begin: offsets[0], end: offsets[1] }
}

const MOST = 2n ** 64n - 1n

/**
 * Where the numbers end. Throws a SafetensorsError unless each tensor begins where the last one
 * ended, and has as many bytes as its shape and dtype need.
 */
function requireDense(entries: readonly Entry[]): bigint {
  let at = 0n
  for (const { name, dtype, shape, begin, end } of entries) {
    const who = shown(name)
    if (begin !== at || end < begin)
      refuse('InvalidOffset', `${who} to begin at ${at}, got ${begin} to ${end}`)
    at = end
    const overflow = (): never =>
      refuse('ValidationOverflow', `${who} to have sizes below 2^64, got (${shape.join(', ')})`)
    let bits = 1n
    for (const size of [...shape, BITS.get(dtype) as bigint]) {
      bits *= size
      if (bits > MOST) overflow()
    }
    if (bits % 8n !== 0n) refuse('MisalignedSlice', `${who} to fill bytes, got ${bits} bits`)
    if (end - begin !== bits / 8n)
      refuse(
        'TensorInvalidInfo',
        `${who}, ${dtype} (${shape.join(', ')}), to have ${bits / 8n} bytes, got ${end - begin}`,
      )
  }
  return at
}
