// New tensors from numbers and arrays; those of ranges are made in ranges.ts, random ones in
// random.ts.

import { creation } from '../core/blank.ts'
import { type DType, isFloat, requireDType, type TypedArray, tagOf } from '../core/dtype.ts'
import { DTypeError, MemoryError, ShapeError, shown, ValueError } from '../core/errors.ts'
import { requireFlag, requireOptions } from '../core/require.ts'
import { MOST_AXES, requireShape, type Shape, show, sizeOf } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import { fromPlain, isPlain, type TensorJSON } from '../inspect/json.ts'
import type { Nested } from '../types/results.ts'
import type { Simplified } from '../types/shapes.ts'

/**
 * Data for a tensor: a number, a typed array, or either nested in arrays; or what JSON.stringify
 * made of a tensor.
 */
export type TensorData = number | boolean | ArrayBufferView | readonly TensorData[] | TensorJSON

/** Options of a new tensor. */
export interface TensorOptions {
  /** Default 'float32'. */
  dtype?: DType | undefined
  /** Whether it is a leaf that requires a gradient. Default false. */
  requiresGrad?: boolean | undefined
}

/**
 * A tensor of this shape. `fill` writes its numbers, which are zeros before. Throws for a wrong
 * shape or dtype before it allocates anything.
 */
export function create(
  who: string,
  shape: Shape,
  options: TensorOptions,
  fill: (numbers: TypedArray) => void,
): Tensor {
  requireShape(who, shape)
  const { dtype = 'float32', requiresGrad = false } = options
  requireDType(who, dtype)
  requireFlag(who, 'requiresGrad', requiresGrad)
  if (requiresGrad && !isFloat(dtype))
    throw new DTypeError(`${who}: expected float32 or float64 with requiresGrad, got ${dtype}`)
  const result = creation([...shape], dtype, who)
  fill(result.elements().fill(0))
  if (requiresGrad) result.requiresGrad = true
  return result
}

/**
 * A tensor from a number, a typed array, or arrays of these to any depth. The shape follows from
 * the nesting unless it is given. Float64Array, Int32Array and booleans keep their dtype unless one
 * is given; all else becomes float32. Throws a ShapeError for ragged arrays and sizes that do not
 * fit, a DTypeError for elements that the dtype cannot hold.
 *
 * What JSON.stringify wrote of a tensor is taken back exactly, but for `requiresGrad`, which is not
 * written.
 *
 * ```ts
 * tensor([[1, 2], [3, 4]]) // (2, 2)
 * tensor(new Float64Array(6), { shape: [2, 3] }).dtype // 'float64'
 * tensor([new Float32Array(3), new Float32Array(3)]) // (2, 3)
 * tensor(JSON.parse(JSON.stringify(zeros([2, 0])))) // (2, 0)
 * ```
 */
export function tensor<D extends TensorData, S extends Shape = Nested<D>>(
  data: D,
  options?: TensorOptions & { shape?: S | undefined },
): Tensor<Simplified<S>>
export function tensor(
  data: TensorData,
  given: TensorOptions & { shape?: Shape | undefined } = {},
): Tensor {
  const options = requireOptions('tensor', given, ['shape', 'dtype', 'requiresGrad'])
  if (isPlain(data)) {
    const { shape, dtype } = data
    return tensor(fromPlain(data) as TensorData, { shape, dtype, ...options })
  }
  const isView = ArrayBuffer.isView(data)
  const flat: ArrayLike<unknown> = isView ? asNumbers(data) : []
  const nested = isView ? [flat.length] : flatten(data, flat as unknown[])
  const { shape = nested, dtype = naturalDType(data, flat) } = options
  requireShape('tensor', shape)
  if (sizeOf(shape) !== flat.length)
    throw new ShapeError(
      `tensor: expected ${sizeOf(shape)} elements for shape ${show(shape)}, got ${flat.length}`,
    )
  requireDType('tensor', dtype)
  for (let i = 0; i < flat.length; i++) requireElement('tensor', flat[i], i, dtype)
  return create('tensor', shape, { ...options, dtype }, (numbers) =>
    numbers.set(flat as ArrayLike<number>),
  )
}

/** What JSON.stringify made of a tensor as that tensor again; all else as it is. */
export const revived = (x: unknown): unknown => (isPlain(x) ? tensor(x) : x)

function asNumbers(view: ArrayBufferView): ArrayLike<number> {
  const kind = tagOf(view)
  if (['DataView', 'BigInt64Array', 'BigUint64Array'].includes(kind))
    throw new DTypeError(`tensor: expected an array of numbers, got ${kind}`)
  requireAttached(view as Uint8Array)
  return view as unknown as ArrayLike<number>
}

/** Throws a ValueError for an array whose buffer was transferred or has shrunk. */
function requireAttached(view: Uint8Array): void {
  try {
    view.values()
  } catch {
    throw new ValueError(
      'tensor: expected numbers, got an array whose buffer was transferred or has shrunk: copy ' +
        'it before',
    )
  }
}

/** The dtype of the data's first typed array or element. */
function naturalDType(data: TensorData, flat: ArrayLike<unknown>): DType {
  let part: unknown = data
  while (Array.isArray(part)) part = part[0]
  const kind = tagOf(Object(part))
  if (kind === 'Float64Array') return 'float64'
  if (kind === 'Int32Array') return 'int32'
  return flat.length > 0 && typeof flat[0] === 'boolean' ? 'bool' : 'float32'
}

const listOf = (part: unknown): ArrayLike<unknown> | null =>
  Array.isArray(part) ? part : ArrayBuffer.isView(part) ? asNumbers(part) : null

/** How many numbers nested arrays may hold: more do not fit into an array of the engine. */
const MOST_NESTED = 2 ** 26

/**
 * The shape of nested arrays, read from the first element of each level. Throws a ShapeError where
 * they are too deep, or contain themselves.
 */
function nestingOf(data: unknown): number[] {
  const shape: number[] = []
  for (let list = listOf(data); list !== null; list = listOf(list[0])) {
    if (shape.push(list.length) > MOST_AXES)
      throw new ShapeError(
        `tensor: expected arrays nested at most ${MOST_AXES} deep, got deeper ones: do they ` +
          'contain themselves?',
      )
  }
  return shape
}

/**
 * Appends the elements of nested arrays in row-major order and returns the shape. Throws a
 * ShapeError where neighbours differ in length or depth.
 */
function flatten(data: unknown, into: unknown[]): Shape {
  const shape = nestingOf(data)
  const size = sizeOf(shape)
  if (size > MOST_NESTED)
    throw new MemoryError(
      `tensor: expected at most ${MOST_NESTED} numbers in nested arrays, got ${size} in ` +
        `${show(shape)}: pass a typed array and a shape`,
    )
  const at: number[] = []
  const visit = (part: unknown, axis: number): void => {
    const list = listOf(part)
    if (list?.length !== shape[axis]) throw ragged(data, shape, at)
    if (list === null) into.push(part)
    else
      for (let i = 0; i < list.length; i++) {
        at[axis] = i
        at.length = axis + 1
        visit(list[i], axis + 1)
      }
  }
  visit(data, 0)
  return shape
}

/**
 * The error for the array at indices `at`, whose shape differs from that of the first array on the
 * same axis: the innermost axis on which its index is not 0.
 */
function ragged(data: unknown, shape: Shape, at: readonly number[]): ShapeError {
  const axis = at.findLastIndex((i) => i > 0)
  if (axis < 0)
    return new ShapeError(
      'tensor: expected arrays of one shape, got ones that change while they are read',
    )
  const place = at.slice(0, axis + 1)
  const other = nestingOf(place.reduce<unknown>((part, i) => (part as readonly unknown[])[i], data))
  return new ShapeError(
    `tensor: expected arrays of one shape, got ${show(shape.slice(axis + 1))} at ` +
      `[${place.with(axis, 0).join(', ')}] and ${show(other)} at [${place.join(', ')}]`,
  )
}

/** Throws a DTypeError for an element that the dtype cannot hold. */
export function requireElement(who: string, x: unknown, i: number, dtype: DType): void {
  if (!canHold(dtype, x))
    throw new DTypeError(`${who}: expected ${dtype} elements, got ${shown(x)} as element ${i}`)
}

function canHold(dtype: DType, x: unknown): boolean {
  if (dtype === 'bool') return typeof x === 'boolean' || x === 0 || x === 1
  if (typeof x === 'number') return dtype !== 'int32' || (x | 0) === x
  return dtype === 'int32' && typeof x === 'boolean'
}

/**
 * All zeros. Throws a ShapeError for sizes that are no whole numbers, a DTypeError for an unknown
 * dtype, as do all below. `zeros([2]) // [0, 0]`
 */
export function zeros<S extends Shape>(shape: S, options?: TensorOptions): Tensor<Simplified<S>>
export function zeros(shape: Shape, given: TensorOptions = {}): Tensor {
  const options = requireOptions('zeros', given, ['dtype', 'requiresGrad'])
  return create('zeros', shape, options, () => {})
}

/** All ones. `ones([2], { dtype: 'int32' }) // [1, 1]` */
export function ones<S extends Shape>(shape: S, options?: TensorOptions): Tensor<Simplified<S>>
export function ones(shape: Shape, given: TensorOptions = {}): Tensor {
  const options = requireOptions('ones', given, ['dtype', 'requiresGrad'])
  return create('ones', shape, options, (numbers) => numbers.fill(1))
}

/**
 * One value everywhere. Throws a DTypeError for a value that the dtype cannot hold.
 * `full([2], 0.5) // [0.5, 0.5]`
 */
export function full<S extends Shape>(
  shape: S,
  value: number,
  options?: TensorOptions,
): Tensor<Simplified<S>>
export function full(shape: Shape, value: number, given: TensorOptions = {}): Tensor {
  const options = requireOptions('full', given, ['dtype', 'requiresGrad'])
  const { dtype = 'float32' } = options
  requireDType('full', dtype)
  requireElement('full', value, 0, dtype)
  return create('full', shape, options, (numbers) => numbers.fill(value))
}

/** The identity matrix (n, n). `eye(2) // [[1, 0], [0, 1]]` */
export function eye(n: number, given: TensorOptions = {}): Tensor {
  const options = requireOptions('eye', given, ['dtype', 'requiresGrad'])
  return create('eye', [n, n], options, (numbers) => {
    for (let i = 0; i < n; i++) numbers[i * (n + 1)] = 1
  })
}
