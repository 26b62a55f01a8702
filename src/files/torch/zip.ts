// Zip archives whose entries are stored as they are, read by their directory; it inflates nothing,
// and copies nothing.
import { DAMAGED, refuse, textOf } from './error.ts'

/** Numbers of a file, little-endian; those outside of it are refused. */
class Fields {
  readonly #view: DataView
  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }
  /** `at` itself, where as many bytes follow. */
  inside(at: number, length: number): number {
    return at >= 0 && at + length <= this.#view.byteLength
      ? at
      : refuse(`expected ${length} bytes at ${at}, got ${this.#view.byteLength} in all: ${DAMAGED}`)
  }
  u16(at: number): number {
    return this.#view.getUint16(this.inside(at, 2), true)
  }
  u32(at: number): number {
    return this.#view.getUint32(this.inside(at, 4), true)
  }
  u64(at: number): number {
    return Number(this.#view.getBigUint64(this.inside(at, 8), true))
  }
}

/** The first bytes of a zip's records. */
const ENTRY = 0x02014b50
const HEADER = 0x04034b50
const END = 0x06054b50
const FAR_END = 0x06064b50
const LOCATOR = 0x07064b50
/** What stands for a size or offset that a zip64 field holds. */
const FAR = 0xffffffff
const LONGEST_COMMENT = 0xffff

/** The place of the record at the end, which only a comment may follow. */
function endOf(bytes: Uint8Array, fields: Fields): number {
  const last = bytes.length - 22
  for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--)
    if (fields.u32(at) === END && fields.u16(at + 20) === last - at) return at
  return refuse(
    `expected a zip archive, as torch.save writes since version 1.6, got ${kindOf(bytes)}: load ` +
      'it with torch and save it anew: torch.save(model.state_dict(), path)',
  )
}

function kindOf(bytes: Uint8Array): string {
  if (bytes[0] === 0x80) return 'the older format'
  return bytes[0] === 0x50 && bytes[1] === 0x4b ? 'one that is cut off' : `${bytes.length} bytes`
}

/** How many entries there are, and where the first stands in the directory. */
function directoryOf(bytes: Uint8Array, fields: Fields): { count: number; at: number } {
  const end = endOf(bytes, fields)
  if (end < 20 || fields.u32(end - 20) !== LOCATOR)
    return { count: fields.u16(end + 10), at: fields.u32(end + 16) }
  const far = fields.u64(end - 12)
  requireRecord(fields, far, FAR_END, 'the end of a zip64 archive')
  return { count: fields.u64(far + 32), at: fields.u64(far + 48) }
}

function requireRecord(fields: Fields, at: number, record: number, what: string): void {
  if (fields.u32(at) !== record)
    refuse(`expected ${what} at byte ${at}, got something else: ${DAMAGED}`)
}

/** Where an entry stands in the file, and how. */
interface Entry {
  readonly size: number
  readonly packed: number
  readonly header: number
  readonly method: number
  readonly isEncrypted: boolean
  readonly checksum: number
}

/**
 * The entries of a zip archive by name. Throws a TorchFileError for bytes that are none, and where
 * entries lie outside the file or over each other.
 */
export class Archive {
  readonly #bytes: Uint8Array
  readonly #fields: Fields
  readonly #entries = new Map<string, Entry>()

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#fields = new Fields(bytes)
    const fields = this.#fields
    let { count, at } = directoryOf(bytes, fields)
    let total = 0
    for (; count > 0; count--) {
      requireRecord(fields, at, ENTRY, 'an entry of the zip directory')
      const nameAt = at + 46
      const extraAt = nameAt + fields.u16(at + 28)
      const next = extraAt + fields.u16(at + 30)
      const name = textOf(bytes.subarray(nameAt, fields.inside(extraAt, 0)))
      if (this.#entries.has(name)) refuse(`expected one entry ${name}, got two: ${DAMAGED}`)
      const place = placeOf(fields, at, extraAt, next)
      // Entries that lie over each other let a small file take any time.
      total += place.packed
      if (total > bytes.length)
        refuse(`expected entries one behind the other, got overlapping ones: ${DAMAGED}`)
      this.#entries.set(name, {
        ...place,
        method: fields.u16(at + 10),
        isEncrypted: (fields.u16(at + 8) & 1) !== 0,
        checksum: fields.u32(at + 16),
      })
      at = next + fields.u16(at + 32)
    }
  }

  names(): Iterable<string> {
    return this.#entries.keys()
  }

  has(name: string): boolean {
    return this.#entries.has(name)
  }

  /**
   * The bytes of an entry, as a view of the file's; null where there is none. Throws a
   * TorchFileError where they are compressed or encrypted, or have another checksum.
   */
  read(name: string): Uint8Array | null {
    const entry = this.#entries.get(name)
    if (entry === undefined) return null
    const { method, size, packed, header } = entry
    if (method !== 0 || packed !== size)
      refuse(
        `expected ${name} to be stored as it is, got compression method ${method}: load the ` +
          'file with torch and save it anew: torch.save(model.state_dict(), path)',
      )
    if (entry.isEncrypted)
      refuse(`expected ${name} to be readable, got it encrypted: decrypt it before`)
    const fields = this.#fields
    requireRecord(fields, header, HEADER, `the header of ${name}`)
    const start = header + 30 + fields.u16(header + 26) + fields.u16(header + 28)
    const data = this.#bytes.subarray(fields.inside(start, size), start + size)
    requireChecksum(name, data, entry.checksum)
    return data
  }
}

/** Sizes and offset of an entry, which are among its extra fields where they exceed 32 bits. */
function placeOf(fields: Fields, at: number, extraAt: number, end: number) {
  const place = {
    size: fields.u32(at + 24),
    packed: fields.u32(at + 20),
    header: fields.u32(at + 42),
  }
  for (let x = extraAt; x < end; x += 4 + fields.u16(x + 2)) {
    if (fields.u16(x) !== 1) continue
    let field = x + 4
    for (const name of ['size', 'packed', 'header'] as const) {
      if (place[name] !== FAR) continue
      place[name] = fields.u64(field)
      field += 8
    }
  }
  return place
}

// @__NO_SIDE_EFFECTS__
function remainders(): Uint32Array {
  return Uint32Array.from({ length: 256 }, (_, n) => {
    for (let k = 0; k < 8; k++) n = (n & 1) !== 0 ? 0xedb88320 ^ (n >>> 1) : n >>> 1
    return n
  })
}
const REMAINDERS = remainders()

function requireChecksum(name: string, data: Uint8Array, expected: number): void {
  // torch writes 0 when it is told not to compute checksums.
  if (expected === 0) return
  let c = 0xffffffff
  for (let i = 0; i < data.length; i++) c = REMAINDERS[(c ^ data[i]) & 255] ^ (c >>> 8)
  if (~c >>> 0 !== expected)
    refuse(`expected ${name} to have its checksum, got another: ${DAMAGED}`)
}
