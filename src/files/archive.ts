// Zip archives, read by their directory: which entries they have, and the bytes of each. It knows
// nothing of what they hold; zip.ts writes archives.
import { shown } from '../tensor/internal.ts'
import { crc32 } from './crc32.ts'
import { inflate } from './inflate.ts'

export type Bytes = Uint8Array<ArrayBuffer>

/** Throws the error of the format whose archive it is. */
export type Refuse = (expected: string, got: string) => never

/** The first bytes of the records. */
export const RECORDS = {
  local: 0x4034b50,
  central: 0x2014b50,
  end: 0x6054b50,
  locator: 0x7064b50,
  wideEnd: 0x6064b50,
} as const
/** Where 32 bits do not suffice, a field is this, and an extra field has 64. */
export const BEYOND = 0xffffffff
/** The id of that extra field. */
export const WIDE = 1
/** Deflate packs no more bytes than this into one. */
const MOST_PACKED = 1032
const LONGEST_COMMENT = 0xffff

/** Where an entry stands in the archive, and how. */
export interface Entry {
  readonly name: string
  /** 0 where it is stored as it is, 8 where it is deflated. */
  readonly method: number
  readonly size: number
  readonly packed: number
  readonly header: number
  readonly isEncrypted: boolean
  readonly checksum: number
}

/** Numbers at places of a file, little-endian; those outside of it are refused. */
class Fields {
  readonly file: Bytes
  readonly #view: DataView
  readonly #refuse: Refuse

  constructor(file: Bytes, refuse: Refuse) {
    this.file = file
    this.#view = new DataView(file.buffer, file.byteOffset, file.length)
    this.#refuse = refuse
  }

  #within(at: number, length: number): number {
    const { length: all } = this.file
    return at >= 0 && at + length <= all
      ? at
      : this.#refuse('a zip archive', `one that names byte ${at + length} of ${all}`)
  }
  part(at: number, length: number): Bytes {
    return this.file.subarray(this.#within(at, length), at + length)
  }
  u16(at: number): number {
    return this.#view.getUint16(this.#within(at, 2), true)
  }
  u32(at: number): number {
    return this.#view.getUint32(this.#within(at, 4), true)
  }
  u64(at: number): number {
    return Number(this.#view.getBigUint64(this.#within(at, 8), true))
  }
}

/** Throws what `refuse` throws for a damaged archive, and for overlapping or equal entries. */
export class Archive {
  readonly entries: ReadonlyMap<string, Entry>
  readonly #fields: Fields
  readonly #refuse: Refuse
  readonly #mayLackChecksums: boolean

  /** Some writers leave checksums out, and write 0. */
  constructor(file: Bytes, refuse: Refuse, { mayLackChecksums = false } = {}) {
    this.#fields = new Fields(file, refuse)
    this.#refuse = refuse
    this.#mayLackChecksums = mayLackChecksums
    this.entries = this.#read()
  }

  #read(): Map<string, Entry> {
    const fields = this.#fields
    const entries = new Map<string, Entry>()
    let { count, at } = this.#directory()
    let total = 0
    for (; count > 0; count--) {
      const nameLength = fields.u16(at + 28)
      const extra = fields.u16(at + 30)
      const name = new TextDecoder().decode(fields.part(at + 46, nameLength).slice())
      if (fields.u32(at) !== RECORDS.central) this.#refuseIn(name, 'no entry of the directory')
      const [size, packed, header] = sizesOf(fields, at, at + 46 + nameLength, extra)
      if (entries.has(name)) this.#refuseIn(name, 'two files')
      // Entries that lie over each other let a small file take any time.
      total += packed
      if (total > fields.file.length) this.#refuse('files one behind the other', 'overlapping ones')
      entries.set(name, {
        name,
        method: fields.u16(at + 10),
        size,
        packed,
        header,
        isEncrypted: (fields.u16(at + 8) & 1) !== 0,
        checksum: fields.u32(at + 16),
      })
      at += 46 + nameLength + extra + fields.u16(at + 32)
    }
    return entries
  }

  /** How many entries there are, and where the first stands in the directory. */
  #directory(): { count: number; at: number } {
    const { file } = this.#fields
    const end = this.#end()
    const [count, at] = [this.#fields.u16(end + 10), this.#fields.u32(end + 16)]
    if (end < 20 || this.#fields.u32(end - 20) !== RECORDS.locator) return { count, at }
    const wide = this.#fields.u64(end - 12)
    if (this.#fields.u32(wide) !== RECORDS.wideEnd)
      this.#refuse('a zip archive', `half a zip64 of ${file.length} bytes`)
    return { count: this.#fields.u64(wide + 32), at: this.#fields.u64(wide + 48) }
  }

  /** The place of the record at the end, which only a comment may follow. */
  #end(): number {
    const fields = this.#fields
    const { file } = fields
    const last = file.length - 22
    for (let at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--)
      if (fields.u32(at) === RECORDS.end && fields.u16(at + 20) === last - at) return at
    const isBegun = file[0] === 0x50 && file[1] === 0x4b
    return this.#refuse(
      'a zip archive',
      isBegun ? 'one that is cut off' : `${file.length} bytes without its end`,
    )
  }

  #refuseIn(name: string, got: string): never {
    return this.#refuse('whole files', `${got} in ${shown(name)}`)
  }

  /** The bytes of an entry; a view of the file's where they are stored as they are. */
  read({ name, method, size, packed, header, isEncrypted, checksum }: Entry): Bytes {
    const fields = this.#fields
    if (isEncrypted) this.#refuseIn(name, 'encrypted data')
    if (fields.u32(header) !== RECORDS.local) this.#refuseIn(name, 'no header')
    const start = header + 30 + fields.u16(header + 26) + fields.u16(header + 28)
    const data = fields.part(start, packed)
    if (method !== 0 && method !== 8) this.#refuseIn(name, `method ${method} of compression`)
    if (method === 0 ? size !== packed : size > packed * MOST_PACKED)
      this.#refuseIn(name, 'another size')
    const content = method === 0 ? data : this.#inflated(name, data, size)
    if (!(checksum === 0 && this.#mayLackChecksums) && crc32(content) !== checksum)
      this.#refuseIn(name, 'data of another checksum')
    return content
  }

  #inflated(name: string, data: Bytes, size: number): Bytes {
    try {
      return inflate(data, size)
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      return this.#refuseIn(name, error.message)
    }
  }
}

/** The size of an entry, its size in the archive, and the place of its header. */
function sizesOf(fields: Fields, at: number, extra: number, length: number): number[] {
  const sizes = [fields.u32(at + 24), fields.u32(at + 20), fields.u32(at + 42)]
  for (let k = extra; k + 4 <= extra + length; k += 4 + fields.u16(k + 2)) {
    if (fields.u16(k) !== WIDE) continue
    let wide = k + 4
    return sizes.map((size) => {
      if (size !== BEYOND) return size
      wide += 8
      return fields.u64(wide - 8)
    })
  }
  return sizes
}
