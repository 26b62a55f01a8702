// Files of safetensors with random mistakes, the same ones by seed that
// test/reference/files_safetensors.py makes, call by call; it judges none.

const bytes = (text: string): number[] => Array.from(text, (c) => c.charCodeAt(0))
const BYTES = bytes('{}[]":,0123456789-.eE \\uFI_n\n\x00\x01\x7f\x80\xc3\xff')
const TOKENS = [
  ...[' ', '\n', ',', ':', '{}', '[]', '""', 'null', '"x":1,', '"x":"y",', '"dtype":"F32",'],
  ...['"__metadata__":{},', '\\u0061', '\\ud800', '\\n', '1', '0', ',0', '1,', '.0', 'e0', '-'],
].map(bytes)
const NUMBERS = [
  ...['0', '1', '2', '3', '4', '8', '16', '24', '-0', '-1', '1.0', '1e0', '01'],
  ...['9007199254740993', '18446744073709551615', '18446744073709551616', '9223372036854775808'],
].map(bytes)
const PLACES = new Set(bytes('{}[],:'))

/** Marsaglia's xorshift of 32 bits. */
function random(seed: number): (n: number) => number {
  let x = (Math.imul(seed, 2654435761) + 1) >>> 0 || 1
  const below = (n: number): number => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % n
  }
  for (let k = 0; k < 8; k++) below(1)
  return below
}

type Span = readonly [start: number, end: number]

function digits(header: readonly number[]): Span[] {
  const found: Span[] = []
  let start = -1
  for (const [at, byte] of [...header, 0].entries()) {
    const isDigit = byte >= 48 && byte <= 57
    if (isDigit && start < 0) start = at
    if (!isDigit && start >= 0) {
      found.push([start, at])
      start = -1
    }
  }
  return found
}

/** Where pairs of quotation marks stand, whatever they mean. */
function quoted(header: readonly number[]): Span[] {
  const marks = header.flatMap((byte, at) => (byte === 0x22 ? [at] : []))
  return Array.from({ length: Math.floor(marks.length / 2) }, (_, k) => [
    marks[2 * k],
    marks[2 * k + 1] + 1,
  ])
}

/** One of the files, with one to three mistakes. */
export function mutate(files: readonly Uint8Array[], seed: number): Uint8Array {
  const below = random(seed)
  const one = <T>(list: readonly T[]): T => list[below(list.length)]
  const content = one(files)
  const length = Number(new DataView(content.buffer, content.byteOffset).getBigUint64(0, true))
  const header = [...content.subarray(8, 8 + length)]
  const data = [...content.subarray(8 + length)]
  let prefix: readonly [at: number, byte: number] | null = null
  for (let edits = 1 + below(3); edits > 0; edits--) {
    const edit = below(12)
    const at = below(header.length + 1)
    if (edit === 0) header.splice(at, 1, one(BYTES))
    else if (edit === 1) header.splice(at, 0, one(BYTES))
    else if (edit === 2) header.splice(at, 1)
    else if (edit === 3) header.splice(at, 0, ...one(TOKENS))
    else if (edit <= 5) {
      const spans = edit === 4 ? digits(header) : quoted(header)
      const number = one(NUMBERS)
      if (spans.length === 0) continue
      const [start, end] = one(spans)
      const other = header.slice(...one(spans))
      header.splice(start, end - start, ...(edit === 4 ? number : other))
    } else if (edit === 6) {
      const from = below(header.length + 1)
      header.splice(at, 0, ...header.slice(from, from + below(60)))
    } else if (edit === 7) {
      const spots = header.flatMap((byte, k) => (PLACES.has(byte) ? [k] : []))
      if (spots.length > 0) header.splice(one(spots), 0, 0x20)
    } else if (edit === 8) data.length = below(data.length + 1)
    else if (edit === 9) data.push(...new Array<number>(below(9)).fill(0))
    else if (edit === 10) {
      const place = below(data.length + 1)
      data.splice(place, 1, below(256))
    } else prefix = [below(8), below(256)]
  }
  const file = Uint8Array.from([...new Array<number>(8).fill(0), ...header, ...data])
  new DataView(file.buffer).setUint32(0, header.length, true)
  if (prefix !== null) file[prefix[0]] = prefix[1]
  return file
}
