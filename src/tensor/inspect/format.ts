// Tensors as text and as nested arrays: pure functions of numbers and a shape.

import type { DType, TypedArray } from '../core/dtype.ts'
import { type Shape, show, stridesOf } from '../core/shape.ts'

/** A number, or numbers nested in arrays as deep as there are axes; for bool true and false. */
export type NestedArray = number | boolean | readonly NestedArray[]

/**
 * A tensor of more elements than this is shortened to the first and last `EDGE` places of every
 * longer axis.
 */
const FULL = 1000
const EDGE = 3
/** The largest number of digits behind the point. */
const DIGITS = 4
/** The longest line, unless a single number is longer. */
const LINE = 75

export function toNested(numbers: TypedArray, shape: Shape, asBooleans: boolean): NestedArray {
  const strides = stridesOf(shape)
  const level = (axis: number, offset: number): NestedArray => {
    if (axis === shape.length)
      return asBooleans ? numbers[offset] !== 0 : (numbers[offset] as number)
    return Array.from({ length: shape[axis] as number }, (_, i) =>
      level(axis + 1, offset + i * (strides[axis] as number)),
    )
  }
  return level(0, 0)
}

/**
 * The numbers as NumPy prints them with a precision of 4, but NaN and Infinity as in JavaScript;
 * then shape, dtype and origin. `numbers` is null when they were recycled.
 */
export function toText(
  numbers: TypedArray | null,
  shape: Shape,
  dtype: DType,
  origin: string,
): string {
  const facts = `${[`shape ${show(shape)}`, dtype, ...(origin === '' ? [] : [origin])].join(', ')})`
  const head = 'tensor('
  if (numbers === null) return `${head}recycled, ${facts}`
  const body = `${head}${grid(numbers, shape, dtype, head.length)},`
  const lastLine = body.length - (body.lastIndexOf('\n') + 1)
  return body + (lastLine + 1 + facts.length > LINE ? `\n${' '.repeat(head.length)}` : ' ') + facts
}

/** The numbers in nested brackets. The first bracket stands in column `indent`. */
function grid(numbers: TypedArray, shape: Shape, dtype: DType, indent: number): string {
  if (numbers.length === 0) return '[]'
  const strides = stridesOf(shape)
  const last = shape.length - 1
  /** The indices shown along each axis; −1 stands for the omitted ones. */
  const indices = shape.map((n) =>
    numbers.length > FULL && n > 2 * EDGE
      ? Array.from({ length: 2 * EDGE + 1 }, (_, i) =>
          i < EDGE ? i : i === EDGE ? -1 : n - 2 * EDGE - 1 + i,
        )
      : Array.from({ length: n }, (_, i) => i),
  )
  const seen: number[] = []
  const collect = (axis: number, offset: number): void => {
    if (axis > last) seen.push(numbers[offset])
    else for (const i of indices[axis]) if (i >= 0) collect(axis + 1, offset + i * strides[axis])
  }
  collect(0, 0)
  const write = writer(seen, dtype, shape.length)
  const level = (axis: number, offset: number): string => {
    if (axis > last) return write(numbers[offset])
    const parts = indices[axis].map((i) =>
      i < 0 ? '...' : level(axis + 1, offset + i * strides[axis]),
    )
    const margin = ' '.repeat(indent + axis + 1)
    if (axis === last) return `[${wrapped(parts, margin, LINE - 2 - axis)}]`
    return `[${parts.join(`,${'\n'.repeat(last - axis)}${margin}`)}]`
  }
  return level(0, 0)
}

/**
 * Words with commas between them, in lines that begin with `margin` and end before column `end`.
 * The first line is returned without its margin.
 */
function wrapped(words: readonly string[], margin: string, end: number): string {
  const lines: string[] = []
  let line = margin
  for (const [i, word] of words.entries()) {
    if (line.length + word.length > end && line.length > margin.length) {
      lines.push(line.trimEnd())
      line = margin
    }
    line += i < words.length - 1 ? `${word}, ` : word
  }
  return [...lines, line].join('\n').slice(margin.length)
}

/** Returns the function that writes each of the numbers, all in the same width. */
function writer(numbers: readonly number[], dtype: DType, rank: number): (x: number) => string {
  if (dtype === 'bool') return (x) => String(x !== 0).padStart(rank > 0 ? 5 : 0)
  const write = dtype === 'int32' ? String : floatWriter(numbers, dtype)
  const width = numbers.reduce((most, x) => Math.max(most, write(x).length), 0)
  return (x) => write(x).padStart(width)
}

/**
 * Writes plain digits if the magnitudes are close to each other, else exponents. Decimal points
 * stand below each other.
 */
function floatWriter(numbers: readonly number[], dtype: DType): (x: number) => string {
  const finite = numbers.filter(Number.isFinite)
  const round = dtype === 'float32' ? Math.fround : Number
  let [smallest, largest] = [Infinity, 0]
  for (const x of finite) {
    if (x !== 0) smallest = Math.min(smallest, Math.abs(x))
    largest = Math.max(largest, Math.abs(x))
  }
  const exponents =
    largest >= (dtype === 'float32' ? 1e6 : 1e8) ||
    smallest < round(1e-4) ||
    round(largest / smallest) > 1000
  let [fractions, powers] = [0, 2]
  for (const x of finite) {
    const { fraction, power } = digitsOf(x, dtype, exponents)
    fractions = Math.max(fractions, fraction.length)
    powers = Math.max(powers, power.length)
  }
  return (x) => {
    if (!Number.isFinite(x)) return String(x)
    const { whole, fraction, sign, power } = digitsOf(x, dtype, exponents)
    return exponents
      ? `${whole}.${fraction.padEnd(fractions, '0')}e${sign}${power.padStart(powers, '0')}`
      : `${whole}.${fraction.padEnd(fractions)}`
  }
}

/**
 * `-12.5` as { whole: '-12', fraction: '5' }, `5e-9` with the sign and power of its exponent as
 * well.
 */
interface Digits {
  whole: string
  fraction: string
  sign: string
  power: string
}

type Write = (x: number, digits?: number) => string

/**
 * The shortest digits that identify the number in its dtype, rounded if more than `DIGITS` of them
 * are behind the point.
 */
function digitsOf(x: number, dtype: DType, exponents: boolean): Digits {
  const size = Math.abs(x)
  const write: Write = exponents
    ? (y, n) => y.toExponential(n)
    : (y, n) => (n === undefined ? String(y) : y.toFixed(n))
  const all = parseDigits(write(dtype === 'float32' ? shortest(size) : size))
  const digits = all.fraction.length > DIGITS ? parseDigits(rounded(size, write, DIGITS)) : all
  return x < 0 || Object.is(x, -0) ? { ...digits, whole: `-${digits.whole}` } : digits
}

function parseDigits(text: string): Digits {
  const [, whole = '', fraction = '', sign = '', power = ''] =
    /^(\d+)(?:\.(\d*?)0*)?(?:e([+-])(\d+))?$/.exec(text) ?? []
  return { whole, fraction, sign, power }
}

/** The number with the fewest digits that rounds to the float32 x. */
function shortest(x: number): number {
  for (let digits = 5; digits < 9; digits++) {
    const y = Number(x.toExponential(digits))
    if (Math.fround(y) === x) return Number(rounded(x, (z, n) => z.toExponential(n), digits))
  }
  return x
}

/**
 * x with n digits behind the point. Halves are rounded to the even digit; JavaScript's own methods
 * round them up.
 */
function rounded(x: number, write: Write, n: number): string {
  const [up, exact] = [write(x, n), write(x, 60)]
  const end = up.search(/e|$/)
  return /[13579]$/.test(up.slice(0, end)) && /^50*(e|$)/.test(exact.slice(end))
    ? exact.slice(0, end) + up.slice(end)
    : up
}
