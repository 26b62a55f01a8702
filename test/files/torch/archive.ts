// Zip archives of stored entries and pickles by their instructions, for files that torch.save would
// not write. It imports nothing of the package.

const bytesOf = (n: number, length: number): number[] =>
  Array.from({ length }, (_, i) => Math.floor(n / 256 ** i) % 256)

export const ascii = (text: string): number[] => [...text].map((c) => c.charCodeAt(0))

/** An archive as torch.save writes it, without checksums; `far` stores the sizes in zip64 fields. */
export function archiveOf(
  entries: Readonly<Record<string, readonly number[] | Uint8Array>>,
  { far = false } = {},
): Uint8Array {
  const file: number[] = []
  const directory: number[] = []
  for (const [name, data] of Object.entries(entries)) {
    const path = ascii(`archive/${name}`)
    const header = file.length
    const [size, place] = far ? [0xffffffff, 0xffffffff] : [data.length, header]
    const extra = far ? [...[1, 0, 24, 0], ...[data.length, data.length, header].flatMap(u64)] : []
    file.push(...ascii('PK\x03\x04'), ...Array(14).fill(0), ...u32(size), ...u32(size))
    file.push(...bytesOf(path.length, 2), 0, 0, ...path)
    for (const byte of data) file.push(byte)
    directory.push(...ascii('PK\x01\x02'), ...Array(16).fill(0), ...u32(size), ...u32(size))
    directory.push(...bytesOf(path.length, 2), ...bytesOf(extra.length, 2), ...Array(10).fill(0))
    directory.push(...u32(place), ...path, ...extra)
  }
  const [at, count] = [file.length, Object.keys(entries).length]
  file.push(...directory)
  if (far) {
    const record = file.length
    file.push(...ascii('PK\x06\x06'), ...u64(44), ...Array(12).fill(0))
    file.push(...[count, count, directory.length, at].flatMap(u64))
    file.push(...ascii('PK\x06\x07'), ...u32(0), ...u64(record), ...u32(1))
  }
  file.push(...ascii('PK\x05\x06'), ...Array(4).fill(0))
  const [counted, from] = far ? [0xffff, 0xffffffff] : [count, at]
  file.push(...bytesOf(counted, 2), ...bytesOf(counted, 2), ...u32(directory.length), ...u32(from))
  file.push(0, 0)
  return Uint8Array.from(file)
}

const u32 = (n: number): number[] => bytesOf(n, 4)
const u64 = (n: number): number[] => bytesOf(n, 8)

/** Instructions: text stands for its bytes. */
export type Code = string | number | readonly Code[]

export const pickleOf = (...code: Code[]): number[] => [0x80, 2, ...code.flatMap(flat), 0x2e]

const flat = (code: Code): number[] =>
  typeof code === 'string' ? ascii(code) : typeof code === 'number' ? [code] : code.flatMap(flat)

/** Instructions that push a value. */
export const push = {
  text: (text: string): Code => ['X', u32(text.length), text],
  whole: (n: number): Code => ['J', u32(n < 0 ? n + 2 ** 32 : n)],
  long: (n: bigint): Code => [
    0x8a,
    8,
    Array.from({ length: 8 }, (_, i) => Number((n >> BigInt(8 * i)) & 255n)),
  ],
  tuple: (...items: Code[]): Code => ['(', items, 't'],
  tensor: ({ offset = 0, shape, strides, count, key = '0', type = 'FloatStorage' }: View): Code => {
    const storage = push.tuple(
      push.text('storage'),
      `ctorch\n${type}\n`,
      push.text(key),
      push.text('cpu'),
      push.whole(count),
    )
    const sizes = (numbers: readonly (number | bigint)[]) =>
      push.tuple(...numbers.map((n) => push.long(BigInt(n))))
    return [
      'ctorch._utils\n_rebuild_tensor_v2\n',
      push.tuple([storage, 'Q'], push.whole(offset), sizes(shape), sizes(strides), 0x89, '}'),
      'R',
    ]
  },
}

export interface View {
  offset?: number
  shape: readonly (number | bigint)[]
  strides: readonly (number | bigint)[]
  /** How many numbers the storage claims. */
  count: number
  key?: string
  type?: string
}
