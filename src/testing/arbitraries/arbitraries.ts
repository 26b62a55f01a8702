// Arbitraries of fast-check: shapes, shapes that broadcast, and tensors of simple numbers. Random
// programs are drawn in programs.ts.

import fc from 'fast-check'
import { type DType, type Shape, type Tensor, tensor, ValueError } from '../../tensor/index.ts'
import {
  isFloat,
  isOptions,
  MOST_AXES,
  requireDType,
  requireFlag,
  requireOptions,
  requireShape,
  requireWhole,
  shown,
  sizeOf,
} from '../../tensor/internal.ts'
import { Choice, requireArbitrary, simplestFirst } from './choice.ts'

/** The limits of shapes. */
export interface ShapesOptions {
  /** Fewest axes; default 0. */
  minRank?: number | undefined
  /** Most axes; default 3, or minRank if that is more. */
  maxRank?: number | undefined
  /** Longest axis; default 4. */
  maxSide?: number | undefined
  /** Most elements; default 12. */
  maxSize?: number | undefined
  /** Whether an axis may be of size 0; default false. */
  empty?: boolean | undefined
}

/** The number of shapes, and the limits of the one that they broadcast to. */
export interface BroadcastableOptions extends ShapesOptions {
  /** How many shapes; default 2. */
  count?: number | undefined
}

/**
 * The numbers to draw from: 'any' from −2 to 2, 'nonZero' the same without 0, 'positive' from 3/4
 * to 3, 'distinct' from −4 to 4 and none twice, or a range. int32 takes whole numbers in four times
 * those ranges (positive from 1), bool only 'any'.
 */
export type Values = 'any' | 'positive' | 'nonZero' | 'distinct' | { min: number; max: number }

/** The tensors to draw. */
export interface TensorOfOptions {
  /** One shape, or an arbitrary of shapes; default `shapes()`. */
  shape?: Shape | fc.Arbitrary<Shape> | undefined
  /** Default 'float64', in which gradients are checked. */
  dtype?: DType | undefined
  /** Default 'any'. */
  values?: Values | undefined
  /** Default false. */
  requiresGrad?: boolean | undefined
}

/** A tensor's shape and its numbers in row-major order. */
export interface TensorData {
  readonly shape: Shape
  readonly values: readonly number[]
}

type ShapesOption = keyof ShapesOptions
const shapesOptions: ShapesOption[] = ['minRank', 'maxRank', 'maxSide', 'maxSize', 'empty']

/** Numbers are drawn one by one: more of them are taken for a mistake. */
const MOST_NUMBERS = 2 ** 24

const sizeOfAll = (shapes: readonly Shape[]): number =>
  shapes.reduce((size, shape) => size + sizeOf(shape), 0)

/**
 * Shapes of a few short axes. They shrink to fewer and shorter ones. Throws a ValueError for limits
 * that no shape keeps.
 *
 * ```ts
 * fc.sample(shapes({ minRank: 2, maxRank: 2 }), 3) // (1, 4), (3, 2), (2, 2), say
 * ```
 */
export function shapes(given: ShapesOptions = {}): fc.Arbitrary<Shape> {
  const options = requireOptions('shapes', given, shapesOptions)
  for (const [name, least, most] of [
    ['minRank', 0, MOST_AXES],
    ['maxRank', 0, MOST_AXES],
    ['maxSide', 1, MOST_NUMBERS],
    ['maxSize', 1, MOST_NUMBERS],
  ] as const)
    requireWhole('shapes', name, options[name], least, most)
  requireFlag('shapes', 'empty', options.empty)
  const {
    minRank = 0,
    maxRank = Math.max(3, minRank),
    maxSide = 4,
    maxSize = 12,
    empty = false,
  } = options
  if (minRank > maxRank)
    throw new ValueError(`shapes: expected minRank ≤ maxRank, got ${minRank} and ${maxRank}`)
  const side = fc.integer({ min: 1, max: maxSide })
  const axis = empty
    ? fc.oneof({ weight: 12, arbitrary: side }, { weight: 1, arbitrary: fc.constant(0) })
    : side
  return fc.array(axis, { minLength: minRank, maxLength: maxRank }).map((wish) => {
    const shape: number[] = []
    for (const n of wish) shape.push(Math.min(n, Math.floor(maxSize / Math.max(1, sizeOf(shape)))))
    return shape
  })
}

/** At least `least` and at most `most` shapes that broadcast with each other. */
export function narrowedShapes(
  least: number,
  most: number,
  options: ShapesOptions = {},
): fc.Arbitrary<Shape[]> {
  const { minRank = 0, maxRank = Math.max(3, minRank) } = options
  const narrowing = fc.record({
    dropped: fc.oneof(
      { weight: 2, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.nat(maxRank) },
    ),
    ones: fc.array(
      fc.nat(2).map((n) => n === 2),
      { minLength: maxRank, maxLength: maxRank },
    ),
  })
  return fc
    .tuple(shapes(options), fc.array(narrowing, { minLength: least, maxLength: most }))
    .map(([whole, list]) =>
      list.map(({ dropped, ones }) =>
        whole
          .map((n, axis) => (ones[axis] ? 1 : n))
          .slice(Math.min(dropped, Math.max(0, whole.length - minRank))),
      ),
    )
}

/**
 * Lists of shapes that broadcast with each other: one shape, with leading axes left out and others
 * of size 1 here and there. They shrink to equal shapes. Takes the options of `shapes` for the
 * shape they broadcast to.
 *
 * ```ts
 * fc.sample(broadcastableShapes(), 1) // [(3, 1), (2, 1, 4)], say
 * ```
 */
export function broadcastableShapes(options: BroadcastableOptions = {}): fc.Arbitrary<Shape[]> {
  const { count = 2, ...rest } = requireOptions('broadcastableShapes', options, [
    ...shapesOptions,
    'count',
  ])
  requireWhole('broadcastableShapes', 'count', count, 0, 1000)
  return narrowedShapes(count, count, rest)
}

function choices(dtype: DType, values: Values): number[] {
  if (dtype === 'bool') {
    if (values !== 'any')
      throw new ValueError(`tensorOf: expected values 'any' for bool, got ${shown(values)}`)
    return [0, 1]
  }
  const [step, wide] = isFloat(dtype) ? [1 / 16, 1] : [1, 4]
  if (isOptions(values)) return simplestFirst(values.min, values.max, step)
  switch (values) {
    case 'any':
      return simplestFirst(-2 * wide, 2 * wide, step)
    case 'nonZero':
      return simplestFirst(-2 * wide, 2 * wide, step).filter((x) => x !== 0)
    case 'positive':
      return simplestFirst(0.75, 3 * wide, step)
    case 'distinct':
      return simplestFirst(-4 * wide, 4 * wide, step)
  }
  throw new ValueError(
    `tensorOf: expected values 'any', 'positive', 'nonZero', 'distinct' or { min, max }, got ` +
      `${shown(values)}`,
  )
}

interface Contexts {
  readonly shapes: unknown
  readonly values: unknown
}

const dataFrom = (
  shapes: readonly Shape[],
  values: readonly number[],
  contexts: Contexts,
): fc.Value<TensorData[]> => {
  let at = 0
  const data = shapes.map((shape) => {
    const from = at
    at += sizeOf(shape)
    return { shape, values: values.slice(from, at) }
  })
  return new fc.Value(data, contexts)
}

/**
 * Shapes, then numbers for them. While shapes shrink, the first numbers or the last stay: chain()
 * would draw new ones and often lose the failure.
 */
class TensorDataArbitrary extends fc.Arbitrary<TensorData[]> {
  readonly #shapes: fc.Arbitrary<Shape[]>
  readonly #values: (size: number) => fc.Arbitrary<number[]>

  constructor(shapes: fc.Arbitrary<Shape[]>, values: (size: number) => fc.Arbitrary<number[]>) {
    super()
    this.#shapes = shapes
    this.#values = values
  }

  override generate(random: fc.Random, bias: number | undefined): fc.Value<TensorData[]> {
    const shapes = this.#shapes.generate(random, bias)
    const values = this.#values(sizeOfAll(shapes.value)).generate(random, bias)
    return dataFrom(shapes.value, values.value, { shapes: shapes.context, values: values.context })
  }

  override canShrinkWithoutContext(_value: unknown): _value is TensorData[] {
    return false
  }

  override shrink(data: TensorData[], context: unknown): fc.Stream<fc.Value<TensorData[]>> {
    const contexts = context as Contexts
    const shapes = data.map(({ shape }) => shape)
    const values = data.flatMap((one) => one.values)
    const smaller = this.#shapes
      .shrink(shapes, contexts.shapes)
      .filter((to) => sizeOfAll(to.value) <= values.length)
      .flatMap((to) => {
        const from = [0, values.length - sizeOfAll(to.value)]
        return fc.Stream.of(...new Set(from)).map((at) =>
          dataFrom(to.value, values.slice(at), { shapes: to.context, values: undefined }),
        )
      })
    const simpler = this.#values(values.length)
      .shrink(values, contexts.values)
      .map((to) => dataFrom(shapes, to.value, { shapes: contexts.shapes, values: to.context }))
    return smaller.join(simpler)
  }
}

/** Shapes and numbers, for the tensors of `tensorOf` and `programs`. */
export function tensorData(
  shapes: fc.Arbitrary<Shape[]>,
  dtype: DType,
  values: Values,
): fc.Arbitrary<TensorData[]> {
  const list = choices(dtype, values)
  const element = new Choice(list)
  const arrays = (size: number): fc.Arbitrary<number[]> => {
    if (size > MOST_NUMBERS)
      throw new ValueError(
        `tensorOf: expected at most ${MOST_NUMBERS} numbers, which are drawn one by one, got a ` +
          `shape of ${size}`,
      )
    if (values !== 'distinct') return fc.array(element, { minLength: size, maxLength: size })
    if (size > list.length)
      throw new ValueError(
        `tensorOf: expected at most ${list.length} distinct values, got a shape of ${size}`,
      )
    return fc.uniqueArray(element, { minLength: size, maxLength: size })
  }
  return new TensorDataArbitrary(shapes, arrays)
}

/**
 * Tensors whose numbers lie on a grid of sixteenths (int32: whole numbers), so that counterexamples
 * print exactly. They shrink to small shapes and simple numbers. Throws a ValueError for values
 * that the dtype does not have.
 *
 * ```ts
 * const positive = tensorOf({ shape: [2, 3], values: 'positive' })
 * fc.assert(fc.property(positive, (x) => x.log().exp().sub(x).abs().max().item() < 1e-14))
 * ```
 */
export function tensorOf(options: TensorOfOptions = {}): fc.Arbitrary<Tensor> {
  const {
    shape = shapes(),
    dtype = 'float64',
    values = 'any',
    requiresGrad = false,
  } = requireOptions('tensorOf', options, ['shape', 'dtype', 'values', 'requiresGrad'])
  requireDType('tensorOf', dtype)
  requireFlag('tensorOf', 'requiresGrad', requiresGrad)
  if (Array.isArray(shape)) requireShape('tensorOf', shape)
  else requireArbitrary('tensorOf', 'shape, unless an array of sizes,', shape)
  const drawn: fc.Arbitrary<Shape[]> =
    'generate' in shape ? shape.map((one) => [one]) : fc.constant([[...shape]])
  return tensorData(drawn, dtype, values).map(([x]) =>
    tensor([...x.values], { shape: x.shape, dtype, requiresGrad }),
  )
}
