// Unpacks data that were compressed by deflate (RFC 1951), at once: what browsers and Node have in
// common for it is asynchronous. It compresses nothing.

/** The first length, or distance, of each code, and how many bits behind the code add to it. */
const LENGTHS = [
  ...[3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115],
  ...[131, 163, 195, 227, 258],
]
const LENGTH_BITS = [
  ...[0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0],
]
const DISTANCES = [
  ...[1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537],
  ...[2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577],
]
const DISTANCE_BITS = DISTANCES.map((_, code) => Math.max((code >> 1) - 1, 0))
/** The order in which the lengths of the codes for lengths are written. */
const ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

/** For the next bits of the data: 16 · symbol + the length of its code; 0 where none has them. */
interface Codes {
  readonly bits: number
  readonly symbols: Uint16Array
}

function refuse(text: string): never {
  throw new SyntaxError(text)
}

/** The Huffman code whose symbols have codes of these lengths; 0 for those that have none. */
function codesOf(lengths: readonly number[]): Codes {
  const bits = Math.max(1, ...lengths)
  const symbols = new Uint16Array(1 << bits)
  let code = 0
  for (let length = 1; length <= bits; length++) {
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue
      if (code >= 1 << length) refuse('a code with more symbols than it has room for')
      let reversed = 0
      for (let k = 0; k < length; k++) reversed |= ((code >> k) & 1) << (length - 1 - k)
      for (let k = reversed; k < symbols.length; k += 1 << length)
        symbols[k] = (symbol << 4) | length
      code++
    }
    code <<= 1
  }
  return { bits, symbols }
}

const fixedCodes = (): [Codes, Codes] => [
  codesOf(Array.from({ length: 288 }, (_, k) => (k < 144 ? 8 : k < 256 ? 9 : k < 280 ? 7 : 8))),
  codesOf(new Array<number>(30).fill(5)),
]

/** The data: `size` bytes. Throws a SyntaxError where they are not well formed. */
export function inflate(from: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const to = new Uint8Array(size)
  let [at, end, hold, held] = [0, 0, 0, 0]

  /** Holds so many bits of the data; behind its end they are 0. */
  function need(bits: number): void {
    while (held < bits) {
      if (at > from.length + 4) refuse('an end in the middle')
      hold |= (from[at++] ?? 0) << held
      held += 8
    }
  }

  function take(bits: number): number {
    need(bits)
    const value = hold & ((1 << bits) - 1)
    hold >>>= bits
    held -= bits
    return value
  }

  function symbol({ bits, symbols }: Codes): number {
    need(bits)
    const entry = symbols[hold & (symbols.length - 1)]
    if (entry === 0) refuse('bits that are no code')
    hold >>>= entry & 15
    held -= entry & 15
    return entry >> 4
  }

  function stored(): void {
    // What is left of this byte is not used; whole bytes go back.
    at -= held >> 3
    hold = held = 0
    const length = take(16)
    if (take(16) !== (length ^ 0xffff)) refuse('a stored block with two lengths')
    if (at + length > from.length || end + length > size) refuse('a stored block that is too long')
    to.set(from.subarray(at, at + length), end)
    at += length
    end += length
  }

  function writtenCodes(): [Codes, Codes] {
    const [literals, distances, count] = [take(5) + 257, take(5) + 1, take(4) + 4]
    const first = new Array<number>(19).fill(0)
    for (let k = 0; k < count; k++) first[ORDER[k]] = take(3)
    const codes = codesOf(first)
    const lengths: number[] = []
    while (lengths.length < literals + distances) {
      const one = symbol(codes)
      if (one < 16) {
        lengths.push(one)
        continue
      }
      if (one === 16 && lengths.length === 0) refuse('a length repeated before the first')
      const value = one === 16 ? (lengths.at(-1) as number) : 0
      const times = one === 16 ? 3 + take(2) : one === 17 ? 3 + take(3) : 11 + take(7)
      for (let k = 0; k < times; k++) lengths.push(value)
    }
    if (lengths.length > literals + distances) refuse('more lengths than codes')
    return [codesOf(lengths.slice(0, literals)), codesOf(lengths.slice(literals))]
  }

  function block([literals, distances]: [Codes, Codes]): void {
    for (let one = symbol(literals); one !== 256; one = symbol(literals)) {
      if (one < 256) {
        if (end === size) refuse('more data than there should be')
        to[end++] = one
        continue
      }
      if (one > 285) refuse('a length that does not exist')
      const length = LENGTHS[one - 257] + take(LENGTH_BITS[one - 257])
      const code = symbol(distances)
      if (code > 29) refuse('a distance that does not exist')
      const start = end - DISTANCES[code] - take(DISTANCE_BITS[code])
      if (start < 0) refuse('a copy of what lies before the beginning')
      if (end + length > size) refuse('more data than there should be')
      // One by one: the copy may reach into what it writes.
      for (let k = 0; k < length; k++) to[end + k] = to[start + k]
      end += length
    }
  }

  let isLast = false
  while (!isLast) {
    isLast = take(1) === 1
    const kind = take(2)
    if (kind === 3) refuse('a block of a kind that does not exist')
    if (kind === 0) stored()
    else block(kind === 1 ? fixedCodes() : writtenCodes())
  }
  if (at - (held >> 3) > from.length) refuse('an end in the middle')
  if (end < size) refuse(`${end} bytes instead of ${size}`)
  return to
}
