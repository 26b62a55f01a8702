// The files in a zip archive, as NumPy writes it; it knows nothing of what they hold.
import { ValueError } from '../tensor/index.ts'
import { shown } from '../tensor/internal.ts'
import { inflate } from './inflate.ts'

const [LOCAL, CENTRAL, END, LOCATOR, END64] = [
  0x4034b50, 0x2014b50, 0x6054b50, 0x7064b50, 0x6064b50,
]
/** Where 32 bits do not suffice, a field is this, and an extra field has 64. */
const BEYOND = 0xffffffff
/** The id of that extra field. */
const WIDE = 1
/** Deflate packs no more bytes than this into one. */
const MOST_PACKED = 1032
/** The bit by which a name is in UTF-8. */
const UTF8 = 0x800

type Bytes = Uint8Array<ArrayBuffer>

/** The CRC-32 of the bytes. */
export function crc32(bytes: Uint8Array): number {
  const table = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
    return crc
  })
  let crc = -1
  for (let i = 0; i < bytes.length; i++) crc = table[(crc ^ bytes[i]) & 255] ^ (crc >>> 8)
  return ~crc >>> 0
}

/** Numbers at places of a file, little-endian. A place outside is refused. */
function fieldsOf(who: string, file: Bytes) {
  const view = new DataView(file.buffer, file.byteOffset, file.length)
  function within(at: number, length: number): number {
    if (!(at >= 0 && at + length <= file.length))
      throw new ValueError(
        `${who}: expected a zip archive, got one that names byte ${at + length} of ${file.length}`,
      )
    return at
  }
  return {
    part: (at: number, length: number) => file.subarray(within(at, length), at + length),
    u16: (at: number) => view.getUint16(within(at, 2), true),
    u32: (at: number) => view.getUint32(within(at, 4), true),
    u64: (at: number) => Number(view.getBigUint64(within(at, 8), true)),
  }
}

/**
 * The files of an archive by their names, in its order; those that are compressed as well. Throws a
 * ValueError where it is damaged, encrypted, names a file twice, or compresses by another method
 * than deflate.
 */
export function unzip(who: string, file: Bytes): Map<string, Bytes> {
  const fields = fieldsOf(who, file)
  const { u16, u32, part } = fields
  const { count, start } = directory(who, file, fields)
  const files = new Map<string, Bytes>()
  let at = start
  for (let k = 0; k < count; k++) {
    const nameLength = u16(at + 28)
    const extraLength = u16(at + 30)
    const name = new TextDecoder().decode(part(at + 46, nameLength).slice())
    const refuse = (got: string): never => {
      throw new ValueError(`${who}: expected whole files, got ${got} in ${shown(name)}`)
    }
    if (u32(at) !== CENTRAL) refuse('no entry of the directory')
    const [flags, method, crc] = [u16(at + 8), u16(at + 10), u32(at + 16)]
    const [size, packed, offset] = sizesOf(fields, at, at + 46 + nameLength, extraLength)
    if (flags & 1) refuse('encrypted data')
    if (u32(offset) !== LOCAL) refuse('no header')
    const data = part(offset + 30 + u16(offset + 26) + u16(offset + 28), packed)
    if (method !== 0 && method !== 8) refuse(`method ${method} of compression`)
    if (method === 0 ? size !== packed : size > packed * MOST_PACKED) refuse('another size')
    const content = method === 0 ? data : unpacked(data, size, refuse)
    if (crc32(content) !== crc) refuse('damaged data')
    if (files.has(name)) refuse('two files')
    files.set(name, content)
    at += 46 + nameLength + extraLength + u16(at + 32)
  }
  return files
}

function unpacked(data: Bytes, size: number, refuse: (got: string) => never): Bytes {
  try {
    return inflate(data, size)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    return refuse(error.message)
  }
}

type Fields = ReturnType<typeof fieldsOf>

/** How many entries the directory has, and where it begins. */
function directory(who: string, file: Bytes, fields: Fields): { count: number; start: number } {
  const { u16, u32, u64 } = fields
  let end = file.length - 22
  while (end >= 0 && !(u32(end) === END && end + 22 + u16(end + 20) === file.length)) end--
  if (end < 0) throw new ValueError(`${who}: expected a zip archive, got bytes without its end`)
  const [count, start] = [u16(end + 10), u32(end + 16)]
  if (count !== 0xffff && start !== BEYOND) return { count, start }
  if (end < 20 || u32(end - 20) !== LOCATOR) return { count, start }
  const wide = u64(end - 12)
  if (u32(wide) !== END64) throw new ValueError(`${who}: expected a zip archive, got half a zip64`)
  return { count: u64(wide + 32), start: u64(wide + 48) }
}

/** The size of a file, its size in the archive, and where it begins. */
function sizesOf({ u16, u32, u64 }: Fields, at: number, extra: number, length: number): number[] {
  const sizes = [u32(at + 24), u32(at + 20), u32(at + 42)]
  for (let k = extra; k + 4 <= extra + length; k += 4 + u16(k + 2)) {
    if (u16(k) !== WIDE) continue
    let wide = k + 4
    return sizes.map((size) => {
      if (size !== BEYOND) return size
      wide += 8
      return u64(wide - 8)
    })
  }
  return sizes
}

/** An archive of these files, uncompressed, to the byte as `numpy.savez` writes it. */
export function zip(who: string, files: ReadonlyMap<string, Bytes>): Bytes {
  const parts: Bytes[] = []
  const entries: Bytes[] = []
  let at = 0
  for (const [name, content] of files) {
    const label = new TextEncoder().encode(name)
    if (label.length > 0xffff || /\p{Surrogate}/u.test(name))
      throw new ValueError(
        `${who}: expected names of Unicode, up to 65,535 bytes, got ${shown(name)}`,
      )
    const flags = label.length === name.length ? 0 : UTF8
    const { length } = content
    // Version 4.5, for zip64; not compressed; at 1980-01-01.
    const shared = [45, flags, 0, 0, 0x21]
    const wide = [...u16s(WIDE, 16), ...u32s(length, 0, length, 0)]
    const crc = crc32(content)
    const local = [
      ...[...u32s(LOCAL), ...u16s(...shared), ...u32s(crc, BEYOND, BEYOND)],
      ...[...u16s(label.length, wide.length), ...label, ...wide],
    ]
    // Made by Unix, readable and writable by its owner.
    const entry = [
      ...[...u32s(CENTRAL), ...u16s(0x32d, ...shared), ...u32s(crc, length, length)],
      ...[...u16s(label.length, 0, 0, 0, 0), ...u32s(0o600 << 16, at), ...label],
    ]
    parts.push(Uint8Array.from(local), content)
    entries.push(Uint8Array.from(entry))
    at += local.length + length
  }
  const size = entries.reduce((sum, entry) => sum + entry.length, 0)
  if (files.size >= 0xffff || at + size >= BEYOND)
    throw new ValueError(
      `${who}: expected less than 4 GiB and 65,535 files, got ${at + size} bytes in ${files.size}`,
    )
  const end = [...u32s(END), ...u16s(0, 0, files.size, files.size), ...u32s(size, at), ...u16s(0)]
  const all = [...parts, ...entries, Uint8Array.from(end)]
  const archive = new Uint8Array(at + size + end.length)
  let to = 0
  for (const one of all) {
    archive.set(one, to)
    to += one.length
  }
  return archive
}

const u16s = (...numbers: number[]): number[] => numbers.flatMap((x) => [x & 255, x >>> 8])
const u32s = (...numbers: number[]): number[] => numbers.flatMap((x) => u16s(x & 0xffff, x >>> 16))
