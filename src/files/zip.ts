// Writes zip archives, as NumPy does: archive.ts reads them. It knows nothing of what they hold.
import { ValueError } from '../tensor/index.ts'
import { shown } from '../tensor/internal.ts'
import { BEYOND, type Bytes, RECORDS, WIDE } from './archive.ts'
import { crc32 } from './crc32.ts'

/** The bit by which a name is in UTF-8. */
const UTF8 = 0x800

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
      ...[...u32s(RECORDS.local), ...u16s(...shared), ...u32s(crc, BEYOND, BEYOND)],
      ...[...u16s(label.length, wide.length), ...label, ...wide],
    ]
    // Made by Unix, readable and writable by its owner.
    const entry = [
      ...[...u32s(RECORDS.central), ...u16s(0x32d, ...shared), ...u32s(crc, length, length)],
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
  const end = [
    ...u32s(RECORDS.end),
    ...u16s(0, 0, files.size, files.size),
    ...u32s(size, at),
    ...u16s(0),
  ]
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
