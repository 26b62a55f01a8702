// As much of Protocol Buffers as an ONNX model takes. It writes, and does not read.

/** A field's value; a list of fields is a message. */
export type Value =
  | number
  | bigint
  | string
  | Uint8Array
  | readonly Field[]
  | { readonly packed: readonly number[] }

/** A field by its number. Numbers are varints, negative ones as 64 bits. */
export type Field = readonly [number: number, value: Value]

const LENGTH_DELIMITED = 2n

/** The bytes of a message. */
export function message(fields: readonly Field[]): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = []
  for (const [number, value] of fields) {
    const tag = BigInt(number) << 3n
    if (typeof value === 'number' || typeof value === 'bigint') {
      parts.push(varint(tag), varint(BigInt(value)))
      continue
    }
    const bytes = bytesOf(value)
    parts.push(varint(tag | LENGTH_DELIMITED), varint(BigInt(bytes.length)), bytes)
  }
  return joined(parts)
}

function bytesOf(value: Exclude<Value, number | bigint>): Uint8Array {
  if (value instanceof Uint8Array) return value
  if (typeof value === 'string') return new TextEncoder().encode(value)
  if ('packed' in value) return joined(value.packed.map((n) => varint(BigInt(n))))
  return message(value)
}

/** Seven bits a byte, the lowest first. The highest bit of a byte tells that more follow. */
function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  do {
    const more = rest > 127n ? 128 : 0
    bytes.push(Number(rest & 127n) | more)
    rest >>= 7n
  } while (rest > 0n)
  return Uint8Array.from(bytes)
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
