// The bytes of a file as tensors, and tensors as bytes: which of its formats widen to which dtype
// without loss. It knows no format of files.
import { type DType, DTypeError, type Shape, Tensor, ValueError } from '../tensor/index.ts'
import { create, noTensor, noteRead, shown, tagOf } from '../tensor/internal.ts'

/** How a file may hold numbers, little-endian: each format widens to one of the four dtypes. */
export type Format = keyof typeof FORMATS

/** The numbers' bits as they will lie in a tensor, and the bytes of a file. */
type Widen = (to: Int32Array<ArrayBufferLike>, from: ArrayBuffer) => void

interface Row {
  /** The bytes of a number. */
  readonly width: number
  readonly dtype: DType
  /** Null where the tensor's bytes are the file's. */
  readonly widen: Widen | null
}

/** The formats; those of a tensor's own bytes have no `widen`. */
export const FORMATS = {
  bool: { width: 1, dtype: 'bool', widen: null },
  i8: { width: 1, dtype: 'int32', widen: (to, from) => to.set(new Int8Array(from)) },
  u8: { width: 1, dtype: 'int32', widen: (to, from) => to.set(new Uint8Array(from)) },
  i16: { width: 2, dtype: 'int32', widen: (to, from) => to.set(new Int16Array(from)) },
  u16: { width: 2, dtype: 'int32', widen: (to, from) => to.set(new Uint16Array(from)) },
  i32: { width: 4, dtype: 'int32', widen: null },
  u32: { width: 4, dtype: 'int32', widen: null },
  i64: { width: 8, dtype: 'int32', widen: lowHalves },
  u64: { width: 8, dtype: 'int32', widen: lowHalves },
  f16: { width: 2, dtype: 'float32', widen: (to, from) => halves(to, new Uint16Array(from)) },
  bf16: { width: 2, dtype: 'float32', widen: (to, from) => brainHalves(to, new Uint16Array(from)) },
  f32: { width: 4, dtype: 'float32', widen: null },
  f64: { width: 8, dtype: 'float64', widen: null },
} as const satisfies Record<string, Row>

function lowHalves(to: Int32Array, from: ArrayBuffer): void {
  const words = new Int32Array(from)
  for (let i = 0; i < to.length; i++) to[i] = words[2 * i]
}

/** bfloat16 is the upper half of a float32. */
export function brainHalves(to: Int32Array, bits: ArrayLike<number>): void {
  for (let i = 0; i < to.length; i++) to[i] = bits[i] << 16
}

/** float16 has 5 bits of exponent and 10 of fraction, a float32 8 and 23. */
export function halves(to: Int32Array, bits: ArrayLike<number>): void {
  for (let i = 0; i < to.length; i++) {
    const sign = (bits[i] & 0x8000) << 16
    const exponent = (bits[i] >> 10) & 31
    const fraction = bits[i] & 1023
    if (exponent === 31) to[i] = sign | 0x7f800000 | (fraction << 13)
    else if (exponent > 0) to[i] = sign | ((exponent + 112) << 23) | (fraction << 13)
    else if (fraction === 0) to[i] = sign
    else {
      // Subnormal: fraction · 2⁻²⁴, which a float32 holds with its leading bit left out.
      const shift = Math.clz32(fraction) - 8
      to[i] = sign | ((126 - shift) << 23) | ((fraction << shift) & 0x7fffff)
    }
  }
}

/** The index of the first number that int32 does not hold; −1 where it holds all. */
function firstBeyond(format: Format, from: ArrayBuffer): number {
  if (!['u32', 'i64', 'u64'].includes(format)) return -1
  const words = new Int32Array(from)
  if (format === 'u32') return words.findIndex((word) => word < 0)
  for (let i = 0; 2 * i < words.length; i++) {
    const low = words[2 * i]
    if (words[2 * i + 1] !== low >> 31 || (format === 'u64' && low < 0)) return i
  }
  return -1
}

/**
 * The bytes that a caller gives as a file, without a copy. Throws a ValueError unless it is a
 * Uint8Array or an ArrayBuffer.
 */
export function givenBytes(who: string, given: unknown): Uint8Array<ArrayBuffer> {
  const kind = tagOf(Object(given))
  if (kind === 'ArrayBuffer' || kind === 'SharedArrayBuffer')
    return new Uint8Array(given as ArrayBuffer)
  if (kind !== 'Uint8Array')
    throw new ValueError(
      `${who}: expected the bytes of a file, a Uint8Array or an ArrayBuffer, got ${shown(given)}`,
    )
  // A Buffer of Node has a slice() that does not copy: this is a plain array on the same bytes.
  const { buffer, byteOffset, byteLength } = given as Uint8Array<ArrayBuffer>
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/** Throws a DTypeError unless this is a tensor. */
export function requireTensor(who: string, what: string, t: unknown): asserts t is Tensor {
  if (!(t instanceof Tensor))
    throw new DTypeError(`${who}: expected ${what} to be a Tensor, got ${noTensor(t)}`)
}

/** Throws a ValueError for what is no object of values by their names. */
export function requireNamed(who: string, what: string, given: unknown): void {
  const isObject = typeof given === 'object' && given !== null && !Array.isArray(given)
  const remedy =
    given instanceof Tensor
      ? ': give it a name, as { x }'
      : isObject && 'stateDict' in given
        ? ': give its stateDict()'
        : ''
  if (!isObject || remedy !== '')
    throw new ValueError(`${who}: expected ${what} by their names, got ${shown(given)}${remedy}`)
}

/** Copies the numbers of a tensor into a file. Throws a TapeError where they are gone. */
export function writeNumbers(who: string, t: Tensor, file: Uint8Array, at: number): void {
  noteRead(who, t)
  const { buffer, byteOffset, byteLength } = t.elements()
  file.set(new Uint8Array(buffer, byteOffset, byteLength), at)
}

/**
 * A tensor of these bytes, whose number fits the shape. A bool whose byte is not 0 is true, as in
 * NumPy. Where int32 does not hold a number, it throws what `beyond` makes of it.
 */
export function tensorOfBytes(
  who: string,
  bytes: Uint8Array<ArrayBuffer>,
  format: Format,
  shape: Shape,
  beyond: (value: bigint) => Error,
): Tensor {
  const { width, dtype, widen }: Row = FORMATS[format]
  // The formats whose numbers may lie anywhere in the file are copied once, without a look at them.
  const aligned = widen === null && format !== 'u32' ? bytes : bytes.slice()
  const at = aligned === bytes ? -1 : firstBeyond(format, aligned.buffer)
  if (at >= 0) {
    const view = new DataView(aligned.buffer, at * width)
    throw beyond(
      format === 'u32'
        ? BigInt(view.getUint32(0, true))
        : format === 'u64'
          ? view.getBigUint64(0, true)
          : view.getBigInt64(0, true),
    )
  }
  return create(who, shape, { dtype }, ({ buffer, byteOffset, byteLength, length }) => {
    if (widen !== null) widen(new Int32Array(buffer, byteOffset, length), aligned.buffer)
    else {
      const to = new Uint8Array(buffer, byteOffset, byteLength)
      to.set(aligned)
      if (format === 'bool') for (let i = 0; i < to.length; i++) if (to[i] > 1) to[i] = 1
    }
  })
}
