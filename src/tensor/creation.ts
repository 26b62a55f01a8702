// New tensors from numbers, arrays and ranges; random ones are made in random.ts.

import { checkDType, type DType, isFloat, type TypedArray } from './dtype.ts'
import { DTypeError, ShapeError, shown, ValueError } from './errors.ts'
import { checkOptions } from './options.ts'
import { checkShape, type Shape, sameShape, show, sizeOf } from './shape.ts'
import { blank, type NestedArray, type Tensor } from './tensor.ts'

export interface TensorOptions {
  /** Default 'float32'. */
  dtype?: DType
  /** Whether a gradient will be asked for; default false. */
  requiresGrad?: boolean
}

/** A tensor of the shape whose numbers `fill` writes (they are zeros before). Throws for a wrong shape or dtype before anything is made. */
export function create(who: string, shape: Shape, options: TensorOptions, fill: (numbers: TypedArray) => void): Tensor {
  checkShape(who, shape)
  const { dtype = 'float32', requiresGrad = false } = options
  checkDType(who, dtype)
  if (requiresGrad && !isFloat(dtype)) throw new DTypeError(`${who}: expected float32 or float64 with requiresGrad, got ${dtype}`)
  const result = blank([...shape], dtype, who, true)
  fill(result.data.fill(0))
  if (requiresGrad) result.requiresGrad = true
  return result
}

/**
 * A tensor from a number, nested arrays or any typed array; the shape follows from the nesting, or is given.
 * Float64Array, Int32Array and booleans keep their dtype unless one is given; everything else becomes float32.
 * Throws a ShapeError for ragged arrays and sizes that do not fit, a DTypeError for elements that are no numbers of the dtype.
 *
 * ```ts
 * tensor([[1, 2], [3, 4]]).shape // [2, 2]
 * tensor(new Float64Array(6), { shape: [2, 3] }).dtype // 'float64'
 * ```
 */
export function tensor(data: NestedArray | ArrayBufferView, options: TensorOptions & { shape?: Shape } = {}): Tensor {
  checkOptions('tensor', options, ['shape', 'dtype', 'requiresGrad'])
  const flat: ArrayLike<number> | unknown[] = ArrayBuffer.isView(data) ? asNumbers(data) : []
  const nested = ArrayBuffer.isView(data) ? [flat.length] : flatten(data, flat as unknown[])
  const shape = options.shape ?? nested
  checkShape('tensor', shape)
  if (sizeOf(shape) !== flat.length) throw new ShapeError(`tensor: expected ${sizeOf(shape)} elements for shape ${show(shape)}, got ${flat.length}`)
  const dtype = options.dtype ?? naturalDType(data, flat)
  checkDType('tensor', dtype)
  requireElements('tensor', flat, dtype)
  return create('tensor', shape, { ...options, dtype }, (numbers) => numbers.set(flat as ArrayLike<number>))
}

function asNumbers(view: ArrayBufferView): ArrayLike<number> {
  if (view instanceof DataView || view instanceof BigInt64Array || view instanceof BigUint64Array)
    throw new DTypeError(`tensor: expected an array of numbers, got ${view.constructor.name}`)
  return view as unknown as ArrayLike<number>
}

function naturalDType(data: NestedArray | ArrayBufferView, flat: ArrayLike<unknown>): DType {
  if (data instanceof Float64Array) return 'float64'
  if (data instanceof Int32Array) return 'int32'
  return flat.length > 0 && typeof flat[0] === 'boolean' ? 'bool' : 'float32'
}

const SCALAR: Shape = []

/** Appends the elements in row-major order and returns the shape; `at` is the place of `data`. Throws a ShapeError where neighbours differ in length or depth. */
function flatten(data: unknown, into: unknown[], at: number[] = []): Shape {
  if (!Array.isArray(data)) {
    into.push(data)
    return SCALAR
  }
  let first: Shape | null = null
  const axis = at.push(0) - 1
  for (let i = 0; i < data.length; i++) {
    at[axis] = i
    const shape = flatten(data[i], into, at)
    first ??= shape
    if (!sameShape(first, shape))
      throw new ShapeError(
        `tensor: expected arrays of one shape, got ${show(first)} at [${at.with(axis, 0).join(', ')}] and ${show(shape)} at [${at.join(', ')}]`,
      )
  }
  at.pop()
  return [data.length, ...(first ?? [])]
}

function requireElements(who: string, flat: ArrayLike<unknown>, dtype: DType): void {
  for (let i = 0; i < flat.length; i++) {
    const x = flat[i]
    const fits =
      dtype === 'bool'
        ? typeof x === 'boolean' || x === 0 || x === 1
        : typeof x === 'number'
          ? dtype !== 'int32' || (x | 0) === x
          : dtype === 'int32' && typeof x === 'boolean'
    if (!fits) throw new DTypeError(`${who}: expected ${dtype} elements, got ${shown(x)} as element ${i}`)
  }
}

/** All zeros. `zeros([2, 3])` */
export function zeros(shape: Shape, options: TensorOptions = {}): Tensor {
  checkOptions('zeros', options, ['dtype', 'requiresGrad'])
  return create('zeros', shape, options, () => {})
}

/** All ones. `ones([2, 3], { dtype: 'int32' })` */
export function ones(shape: Shape, options: TensorOptions = {}): Tensor {
  checkOptions('ones', options, ['dtype', 'requiresGrad'])
  return create('ones', shape, options, (numbers) => numbers.fill(1))
}

/** One value everywhere. `full([2, 3], 0.5)` Throws a DTypeError for a value that the dtype cannot hold. */
export function full(shape: Shape, value: number, options: TensorOptions = {}): Tensor {
  checkOptions('full', options, ['dtype', 'requiresGrad'])
  const { dtype = 'float32' } = options
  checkDType('full', dtype)
  requireElements('full', [value], dtype)
  return create('full', shape, options, (numbers) => numbers.fill(value))
}

/** The identity matrix (n, n). `eye(3)` */
export function eye(n: number, options: TensorOptions = {}): Tensor {
  checkOptions('eye', options, ['dtype', 'requiresGrad'])
  return create('eye', [n, n], options, (numbers) => {
    for (let i = 0; i < n; i++) numbers[i * (n + 1)] = 1
  })
}

/** start, start + step, … up to but without `end`; with one number, 0 to it. `arange(0, 1, 0.25)` Throws a ValueError when step does not lead to `end`. */
export function arange(start: number, end?: number, step = 1, options: TensorOptions = {}): Tensor {
  checkOptions('arange', options, ['dtype', 'requiresGrad'])
  const [from, to] = end === undefined ? [0, start] : [start, end]
  const n = Math.ceil((to - from) / step)
  if (!Number.isFinite(n) || n < 0) throw new ValueError(`arange: expected a step that leads from ${from} to ${to}, got ${step}`)
  const numbers = Array.from({ length: n }, (_, i) => from + i * step)
  const { dtype = 'float32' } = options
  checkDType('arange', dtype)
  requireElements('arange', numbers, dtype)
  return create('arange', [n], options, (out) => out.set(numbers))
}

/** `steps` numbers at equal distances, both ends included. `linspace(0, 1, 5)` Throws a ValueError unless steps is a whole number ≥ 0. */
export function linspace(start: number, end: number, steps: number, options: TensorOptions = {}): Tensor {
  checkOptions('linspace', options, ['dtype', 'requiresGrad'])
  if (!Number.isInteger(steps) || steps < 0) throw new ValueError(`linspace: expected a whole number of steps, got ${steps}`)
  const last = Math.max(steps - 1, 1)
  const numbers = Array.from({ length: steps }, (_, i) => start * ((last - i) / last) + end * (i / last))
  const { dtype = 'float32' } = options
  checkDType('linspace', dtype)
  requireElements('linspace', numbers, dtype)
  return create('linspace', [steps], options, (out) => out.set(numbers))
}
