// Tensors as text and as nested arrays: pure functions of numbers and a shape.

import type { DType, TypedArray } from './dtype.ts'
import { type Shape, show, sizeOf, stridesOf } from './shape.ts'
import type { NestedArray } from './tensor.ts'

/** More elements than this along an axis are shortened to the first and last `EDGE` when the whole has more than `FULL`. */
const FULL = 1000
const EDGE = 3

export function toNested(numbers: TypedArray, shape: Shape, asBooleans: boolean): NestedArray {
  const strides = stridesOf(shape)
  const level = (axis: number, offset: number): NestedArray => {
    if (axis === shape.length) return asBooleans ? numbers[offset] !== 0 : (numbers[offset] as number)
    return Array.from({ length: shape[axis] as number }, (_, i) => level(axis + 1, offset + i * (strides[axis] as number)))
  }
  return level(0, 0)
}

/** As NumPy prints: rounded to four decimals (exponents where the range asks for them), columns aligned, long axes elided. `numbers` is null when they are gone. */
export function toText(numbers: TypedArray | null, shape: Shape, dtype: DType, origin: string): string {
  const facts = [`shape ${show(shape)}`, dtype, ...(origin === '' ? [] : [origin])].join(', ')
  if (numbers === null) return `tensor(recycled, ${facts})`
  const strides = stridesOf(shape)
  const elide = sizeOf(shape) > FULL
  const positions = (n: number): number[] => {
    const all = Array.from({ length: n }, (_, i) => i)
    return elide && n > 2 * EDGE ? [...all.slice(0, EDGE), -1, ...all.slice(-EDGE)] : all
  }
  const shown: number[] = []
  const collect = (axis: number, offset: number): void => {
    if (axis === shape.length) shown.push(numbers[offset] as number)
    else for (const i of positions(shape[axis] as number)) if (i >= 0) collect(axis + 1, offset + i * (strides[axis] as number))
  }
  collect(0, 0)
  const write = writer(shown, dtype)
  const width = Math.max(0, ...shown.map((x) => write(x).length))
  const level = (axis: number, offset: number): string => {
    if (axis === shape.length) return write(numbers[offset] as number).padStart(width)
    const parts = positions(shape[axis] as number).map((i) => (i < 0 ? '…' : level(axis + 1, offset + i * (strides[axis] as number))))
    const depth = shape.length - axis - 1
    return `[${parts.join(depth === 0 ? ', ' : `,${'\n'.repeat(depth)}${' '.repeat('tensor('.length + axis + 1)}`)}]`
  }
  return `tensor(${level(0, 0)}, ${facts})`
}

/** How one number is written next to the others: whole numbers plainly, a wide range with exponents, anything else with four decimals. */
function writer(numbers: readonly number[], dtype: DType): (x: number) => string {
  if (dtype === 'bool') return (x) => String(x !== 0)
  if (dtype === 'int32') return String
  const sizes = numbers.filter((x) => Number.isFinite(x) && x !== 0).map(Math.abs)
  const largest = Math.max(0, ...sizes)
  const smallest = Math.min(Infinity, ...sizes)
  const plain = (digits: (x: number) => string) => (x: number) => (Number.isFinite(x) ? digits(x) : String(x))
  if (numbers.every((x) => !Number.isFinite(x) || Number.isInteger(x)) && largest < 1e7) return plain((x) => `${Object.is(x, -0) ? '-0' : x}.`)
  return largest >= 1e5 || smallest < 1e-4 ? plain((x) => x.toExponential(4)) : plain((x) => x.toFixed(4))
}
