// Reads and writes npy files, NumPy's format for one array. Many arrays are in npz.ts.
import { DTypeError, type Shape, type Tensor, ValueError } from '../tensor/index.ts'
import { BYTES, shown, sizeOf } from '../tensor/internal.ts'
import {
  FORMATS,
  type Format,
  givenBytes,
  requireTensor,
  tensorOfBytes,
  writeNumbers,
} from './bytes.ts'

/** NumPy's names of types, behind the sign of their byte order. */
const FORMAT_OF: Readonly<Record<string, Format | undefined>> = {
  b1: 'bool',
  i1: 'i8',
  u1: 'u8',
  i2: 'i16',
  u2: 'u16',
  i4: 'i32',
  u4: 'u32',
  i8: 'i64',
  u8: 'u64',
  f2: 'f16',
  f4: 'f32',
  f8: 'f64',
}
const WRITTEN = { float32: '<f4', float64: '<f8', int32: '<i4', bool: '|b1' }

const MAGIC = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]
/** Numbers begin at a multiple of this. */
const LINE = 64
/** NumPy leaves room for so many digits of the first size. */
const DIGITS = 21

/**
 * The array of an npy file as a tensor. Nothing is rounded: float16 becomes float32, integers
 * become int32 where it holds every value; float32, float64 and bool keep their type. Fortran's
 * order and big-endian numbers are read, too.
 *
 * Throws a DTypeError for types and values that no dtype holds (complex, text, dates, objects,
 * structures, integers beyond int32), a ValueError for a file that is not well formed, and a
 * MemoryError.
 *
 * ```ts
 * readNpy(writeNpy(eye(2))).toArray() // [[1, 0], [0, 1]]
 * ```
 */
export const readNpy = (bytes: Uint8Array | ArrayBuffer): Tensor =>
  npyIn('readNpy', givenBytes('readNpy', bytes))

/** The same for `who`, of a part of a file. */
export function npyIn(who: string, file: Uint8Array<ArrayBuffer>): Tensor {
  const { descr, isFortran, shape, start } = headerOf(who, file)
  const [, order, type] = /^'([<>=|]?)([biuf][1248])'$/.exec(descr) ?? []
  const format = FORMAT_OF[type]
  if (format === undefined)
    throw new DTypeError(
      `${who}: expected numbers or bools (${Object.keys(FORMAT_OF).join(', ')}), got ` +
        `${descr.slice(0, 60)}: convert with astype() before it is saved`,
    )
  const { width } = FORMATS[format]
  const wanted = sizeOf(shape) * width
  if (file.length - start !== wanted)
    throw new ValueError(
      `${who}: expected ${wanted} bytes of numbers, (${shape.join(', ')}) of ${descr}, got ` +
        `${file.length - start}`,
    )
  let numbers = file.subarray(start)
  if (order === '>' && width > 1) numbers = swapped(numbers, width)
  if (isFortran && shape.length > 1) numbers = inRows(numbers, width, shape)
  return tensorOfBytes(
    who,
    numbers,
    format,
    shape,
    (value) => new DTypeError(`${who}: expected values that int32 holds, got ${value} (${descr})`),
  )
}

interface Header {
  /** The type as Python writes it: in quotes, or the list of a structure. */
  descr: string
  isFortran: boolean
  shape: Shape
  /** Where the numbers begin. */
  start: number
}

/** One key of the header and its value, as Python writes them. */
const ENTRY =
  /\s*'(descr|fortran_order|shape)'\s*:\s*('[^']*'|\[.*\]|\w+|\([\d ,L]*\))\s*(?:,|(?=\}))/sy
/** A tuple of one number has a comma, and Python 2 wrote long integers with an L. */
const TUPLE = /^\(\s*(?:(?:\d+L?\s*,\s*)+(?:\d+L?\s*)?)?\)$/

function headerOf(who: string, file: Uint8Array<ArrayBuffer>): Header {
  const refuse = (expected: string, got: string): never => {
    throw new ValueError(`${who}: expected ${expected}, got ${got}`)
  }
  if (file.length < 12 || MAGIC.some((byte, k) => file[k] !== byte))
    refuse('a file of NumPy, which begins with \\x93NUMPY', 'other bytes')
  const [major, minor] = file.subarray(6, 8)
  if (major < 1 || major > 3 || minor !== 0) refuse('version 1.0, 2.0 or 3.0', `${major}.${minor}`)
  const view = new DataView(file.buffer, file.byteOffset)
  const begin = major === 1 ? 10 : 12
  const start = begin + (major === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (start > file.length) refuse(`a header of ${start - begin} bytes`, `${file.length - begin}`)
  const text = new TextDecoder().decode(file.slice(begin, start)).trim()
  const values = new Map<string, string>()
  ENTRY.lastIndex = 1
  for (let one = ENTRY.exec(text); one !== null; one = ENTRY.exec(text)) {
    if (values.has(one[1])) refuse(`${one[1]} once`, 'it twice')
    values.set(one[1], one[2])
    if (/^\s*\}$/.test(text.slice(ENTRY.lastIndex))) break
  }
  const [descr, order, shape] = ['descr', 'fortran_order', 'shape'].map(
    (key) => values.get(key) ?? '',
  )
  const isWhole = text.startsWith('{') && /^\s*\}$/.test(text.slice(ENTRY.lastIndex))
  if (!isWhole || !/^['[]/.test(descr) || !/^(True|False)$/.test(order) || !TUPLE.test(shape))
    refuse('a header { descr, fortran_order, shape }', shown(text))
  return {
    descr,
    isFortran: order === 'True',
    shape: (shape.match(/\d+/g) ?? []).map(Number),
    start,
  }
}

/** The same numbers, each with its bytes the other way round. */
function swapped(numbers: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  const to = new Uint8Array(numbers.length)
  for (let i = 0; i < to.length; i++) to[i] = numbers[i - (i % width) + width - 1 - (i % width)]
  return to
}

const WORDS = { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array, 8: BigUint64Array }

/** The same numbers with the last axis the fastest, where it was the first. */
function inRows(
  numbers: Uint8Array<ArrayBuffer>,
  width: 1 | 2 | 4 | 8,
  shape: Shape,
): Uint8Array<ArrayBuffer> {
  const from = new WORDS[width](numbers.slice().buffer)
  const to = new WORDS[width](from.length)
  const strides = shape.map((_, axis) => sizeOf(shape.slice(0, axis)))
  const index = shape.map(() => 0)
  let at = 0
  for (let i = 0; i < to.length; i++) {
    to[i] = from[at]
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]
      if (++index[axis] < shape[axis]) break
      at -= strides[axis] * shape[axis]
      index[axis] = 0
    }
  }
  return new Uint8Array(to.buffer)
}

/**
 * An npy file of the tensor, byte for byte as `numpy.save` writes it. Throws a DTypeError for what
 * is no tensor.
 *
 * ```ts
 * writeNpy(zeros([2])).length // 136
 * ```
 */
export function writeNpy(t: Tensor): Uint8Array<ArrayBuffer> {
  requireTensor('writeNpy', 'its argument', t)
  return npyOf('writeNpy', t)
}

/** The same for `who`. */
export function npyOf(who: string, t: Tensor): Uint8Array<ArrayBuffer> {
  const { shape, dtype, size } = t
  const sizes = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const room = shape.length === 0 ? 0 : DIGITS - String(shape[0]).length
  const text =
    `{'descr': '${WRITTEN[dtype]}', 'fortran_order': False, 'shape': (${sizes}), }` +
    ' '.repeat(room)
  const start = (Math.floor((10 + text.length + 1) / LINE) + 1) * LINE
  const header = new TextEncoder().encode(`${text.padEnd(start - 11)}\n`)
  const file = new Uint8Array(start + size * BYTES[dtype])
  file.set([...MAGIC, 1, 0, header.length % 256, header.length >> 8])
  file.set(header, 10)
  writeNumbers(who, t, file, start)
  return file
}
