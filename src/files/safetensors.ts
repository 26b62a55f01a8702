// Reads and writes safetensors files: a header in JSON, and the numbers behind it. The header
// itself is checked in safetensorsHeader.ts.
import { type Tensor, ValueError } from '../tensor/index.ts'
import { BYTES, shown } from '../tensor/internal.ts'
import { givenBytes, requireNamed, requireTensor, tensorOfBytes, writeNumbers } from './bytes.ts'
import {
  type Entry,
  FORMAT_OF,
  HEADER_LIMIT,
  METADATA,
  parseHeader,
  SafetensorsError,
} from './safetensorsHeader.ts'

/** The contents of a safetensors file. */
export interface Safetensors {
  /** The tensors by their names, in the order of their numbers. */
  tensors: Record<string, Tensor>
  /** Texts by their names; empty where the file has none. */
  metadata: Record<string, string>
}

/**
 * The tensors of a safetensors file, and its metadata. Nothing in the file is trusted.
 *
 * f16 and bf16 become float32. Integers become int32: i64, u64 and u32 where it holds every value.
 * f32, f64, i32 and bool keep their type. Nothing is rounded. The tensors require no gradient.
 *
 * Throws a SafetensorsError, whose `kind` is that of the reference implementation, for a file that
 * it refuses or that names anything twice; of kind 'Unsupported' for one with numbers that no dtype
 * holds. Throws a MemoryError when there is no room, a ValueError unless it is given bytes.
 *
 * ```ts
 * const bytes = writeSafetensors({ weight: eye(2) }, { format: 'pt' })
 * const { tensors, metadata } = readSafetensors(bytes)
 * tensors.weight.toArray() // [[1, 0], [0, 1]]
 * metadata.format // 'pt'
 * ```
 */
export function readSafetensors(bytes: Uint8Array | ArrayBuffer): Safetensors {
  const file = givenBytes('readSafetensors', bytes)
  const { entries, metadata, start } = parseHeader(file)
  const tensors = entries.map((entry) => [entry.name, tensorAt(file, start, entry)])
  return { tensors: Object.fromEntries(tensors), metadata: Object.fromEntries(metadata) }
}

function tensorAt(file: Uint8Array<ArrayBuffer>, start: number, entry: Entry): Tensor {
  const { name, dtype, shape, begin, end } = entry
  const format = FORMAT_OF[dtype]
  const unsupported = (expected: string, got: string): SafetensorsError =>
    new SafetensorsError(
      'Unsupported',
      `readSafetensors: expected ${expected} in ${shown(name)}, got ${got}`,
    )
  if (format === undefined) throw unsupported(`one of ${Object.keys(FORMAT_OF).join(', ')}`, dtype)
  const large = shape.find((size) => size > Number.MAX_SAFE_INTEGER)
  if (large !== undefined) throw unsupported('sizes below 2^53', String(large))
  if (shape.length > 64) throw unsupported('at most 64 axes', String(shape.length))
  const numbers = file.subarray(start + Number(begin), start + Number(end))
  return tensorOfBytes('readSafetensors', numbers, format, shape.map(Number), (value) =>
    unsupported(`values that int32 holds`, `${value} (${dtype})`),
  )
}

/** The names of the dtypes in a file. */
const WRITTEN = { float64: 'F64', float32: 'F32', int32: 'I32', bool: 'BOOL' }
/** The order in which the reference writes them. */
const ORDER = Object.keys(WRITTEN)

/**
 * A safetensors file of these tensors, byte for byte as the reference implementation writes it:
 * larger dtypes first, then by name. The metadata, texts by their names, are sorted by name, where
 * the reference leaves their order to chance; empty ones are left out.
 *
 * Throws a DTypeError for what is no tensor, a ValueError for metadata that are no texts, a
 * SafetensorsError for names that no reader would take.
 *
 * ```ts
 * writeSafetensors({ x: zeros([2]) }).length // 72
 * ```
 */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  const who = 'writeSafetensors'
  requireNamed(who, 'tensors', tensors)
  requireNamed(who, 'metadata', metadata)
  const parts = sorted(Object.entries(tensors))
  for (const [name, t] of parts) {
    requireTensor(who, shown(name), t)
    if (name === METADATA)
      throw new SafetensorsError(
        'InvalidHeaderDeserialization',
        `${who}: expected another name than ${METADATA}, which is that of the metadata`,
      )
  }
  parts.sort(([, a], [, b]) => ORDER.indexOf(a.dtype) - ORDER.indexOf(b.dtype))
  const texts = sorted(Object.entries(metadata))
  for (const [name, text] of texts)
    if (typeof text !== 'string')
      throw new ValueError(
        `${who}: expected metadata ${shown(name)} to be text, got ${shown(text)}`,
      )
  const fields = texts.length === 0 ? [] : [`"${METADATA}":{${texts.map(field).join(',')}}`]
  let end = 0
  for (const [name, { shape, dtype, size }] of parts) {
    const begin = end
    end += size * BYTES[dtype]
    fields.push(field([name, { dtype: WRITTEN[dtype], shape, data_offsets: [begin, end] }]))
  }
  const header = new TextEncoder().encode(`{${fields.join(',')}}`)
  const padded = Math.ceil(header.length / 8) * 8
  if (padded > HEADER_LIMIT)
    throw new SafetensorsError(
      'HeaderTooLarge',
      `${who}: expected a header of at most ${HEADER_LIMIT} bytes, got ${padded}`,
    )
  const file = new Uint8Array(8 + padded + end)
  new DataView(file.buffer).setUint32(0, padded, true)
  file.fill(0x20, 8, 8 + padded).set(header, 8)
  let at = 8 + padded
  for (const [, t] of parts) {
    writeNumbers(who, t, file, at)
    at += t.size * BYTES[t.dtype]
  }
  return file
}

/** Throws a SafetensorsError for a lone surrogate, which UTF-8 cannot hold. */
function field([name, value]: [string, unknown]): string {
  for (const text of [name, value])
    if (typeof text === 'string' && /\p{Surrogate}/u.test(text))
      throw new SafetensorsError(
        'JsonError',
        `writeSafetensors: expected text of Unicode, got a lone surrogate in ${shown(text)}`,
      )
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`
}

/** By the bytes of their names in UTF-8, which is the order of their code points. */
function sorted<T>(fields: [string, T][]): [string, T][] {
  const points = new Map(fields.map(([name]) => [name, Array.from(name, (c) => c.codePointAt(0))]))
  return fields.sort(([a], [b]) => {
    const [from, to] = [points.get(a) as number[], points.get(b) as number[]]
    const k = from.findIndex((point, i) => point !== to[i])
    return k < 0 ? from.length - to.length : from[k] - (to[k] ?? -1)
  })
}
