// Readable random calls of ops: shapes of a few short axes, reals on a grid of sixteenths, and how
// to make tensors of them.

import fc from 'fast-check'
import { type DType, type Tensor, tensor } from 'tapegrad'
import type { Methods } from '../../src/tensor/methods.ts'
import { sixteenths } from './numbers.ts'

export type Shape = readonly number[]
export interface Plain {
  readonly shape: Shape
  readonly values: readonly number[]
}

/** One call of an op on given numbers; prints itself in counterexamples. */
export class Case {
  readonly call: string
  readonly inputs: readonly Plain[]
  readonly #run: (...inputs: Tensor[]) => Tensor | Tensor[]

  constructor(
    call: string,
    inputs: readonly Plain[],
    run: (...inputs: Tensor[]) => Tensor | Tensor[],
  ) {
    this.call = call
    this.inputs = inputs
    this.#run = run
  }

  /** The results: most ops have one, chunk has several. */
  run(inputs: readonly Tensor[]): Tensor[] {
    return [this.#run(...inputs)].flat()
  }

  [fc.toStringMethod](): string {
    return (
      `${this.call} of ` +
      `${this.inputs.map(({ shape, values }) => `(${shape.join(', ')}) [${values.join(', ')}]`).join(' and ')}`
    )
  }
}

export const sizeOf = (shape: Shape): number => shape.reduce((a, b) => a * b, 1)

export const toTensor = (
  { shape, values }: Plain,
  dtype: DType = 'float64',
  requiresGrad = false,
): Tensor => tensor([...values], { shape: [...shape], dtype, requiresGrad })

/**
 * Up to three axes of up to three places, sometimes none, sometimes an empty one; at most 12
 * elements.
 */
export const anyShape: fc.Arbitrary<Shape> = fc
  .array(
    fc.oneof(
      { weight: 12, arbitrary: fc.integer({ min: 1, max: 3 }) },
      { weight: 1, arbitrary: fc.constant(0) },
    ),
    { maxLength: 3 },
  )
  .filter((shape) => sizeOf(shape) <= 12)
/** The shapes at the edge: 0-d, empty ones, and single elements. */
export const edgeShape: fc.Arbitrary<Shape> = fc.constantFrom<Shape[]>(
  [],
  [0],
  [1],
  [0, 3],
  [2, 0],
  [1, 1],
  [2, 0, 3],
)

export const reals = sixteenths(-2, 2)
export const positive = sixteenths(0.75, 3)
/** Away from 0, on either side. */
export const invertible = fc.tuple(positive, fc.boolean()).map(([x, below]) => (below ? -x : x))
export const nonZero = reals.filter((x) => x !== 0)
/** No whole numbers: whole bounds are never met. */
export const fractions = reals.filter((x) => !Number.isInteger(x))

export const plain = (shape: Shape, real = reals): fc.Arbitrary<Plain> =>
  fc
    .array(real, { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    .map((values) => ({ shape, values }))
/** All numbers different: nothing is tied. */
export const distinct = (shape: Shape): fc.Arbitrary<Plain> =>
  fc
    .uniqueArray(sixteenths(-4, 4), { minLength: sizeOf(shape), maxLength: sizeOf(shape) })
    .map((values) => ({ shape, values }))

export type Shapes = fc.Arbitrary<Shape>
export type Cases = (shapes: Shapes) => fc.Arbitrary<Case>

/** A method's call without its types: the registry's arguments are typed where they are drawn. */
const call = (x: Tensor, name: keyof Methods, args: readonly unknown[]): Tensor | Tensor[] =>
  (x[name] as unknown as (...args: unknown[]) => Tensor | Tensor[]).apply(x, [...args])

const written = (name: string, args: readonly unknown[]): string =>
  `${name}(${args.map((arg) => (arg === undefined ? '' : JSON.stringify(arg))).join(', ')})`

/** Calls of a method of one tensor, whose arguments depend on the tensor's shape. */
export const method =
  <K extends keyof Methods>(
    name: K,
    args: (shape: Shape) => fc.Arbitrary<Partial<Parameters<Methods[K]>>> = () =>
      fc.constant([] as unknown as Parameters<Methods[K]>),
    draw: (shape: Shape) => fc.Arbitrary<Plain> = plain,
  ): Cases =>
  (shapes) =>
    shapes
      .chain((shape) => fc.tuple(draw(shape), args(shape)))
      .map(([x, list]) => new Case(written(name, [...list]), [x], (t) => call(t, name, [...list])))

/** A shape that broadcasts to `shape`. */
export const narrowed = (shape: Shape): fc.Arbitrary<Shape> =>
  fc
    .tuple(
      fc.nat(shape.length),
      fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
    )
    .map(([dropped, ones]) => shape.map((n, i) => (ones[i] ? 1 : n)).slice(dropped))

/** Calls of a method of two tensors whose shapes broadcast. */
export const pair =
  (name: keyof Methods, left = reals, right = reals): Cases =>
  (shapes) =>
    shapes
      .chain((shape) =>
        fc.oneof(fc.constant([shape, shape] as const), fc.tuple(narrowed(shape), narrowed(shape))),
      )
      .chain(([a, b]) => fc.tuple(plain(a, left), plain(b, right)))
      .map(([a, b]) => new Case(name, [a, b], (x, y) => call(x, name, [y])))

/** The same shapes, but with at least `rank` axes. */
export const ranked = (shapes: Shapes, rank = 1): Shapes =>
  shapes.map((shape) =>
    shape.length >= rank
      ? shape
      : [...Array.from({ length: rank - shape.length }, () => 2), ...shape],
  )

/** Any axis of a shape, from the front or from the back. */
export const axisOf = (shape: Shape): fc.Arbitrary<number> =>
  fc.integer({ min: -shape.length, max: shape.length - 1 })

/** No axis, one, or several, each from the front or from the back. */
export const axesOf = (shape: Shape): fc.Arbitrary<number | number[] | undefined> =>
  shape.length === 0
    ? fc.constant(undefined)
    : fc.oneof(
        fc.constant(undefined),
        axisOf(shape),
        fc
          .tuple(
            fc.shuffledSubarray(shape.map((_, i) => i)),
            fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
          )
          .map(([axes, back]) => axes.map((axis, i) => (back[i] ? axis - shape.length : axis))),
      )

/** Every index of a shape, in row-major order. */
export const indices = (shape: Shape): number[][] =>
  shape.reduce<number[][]>(
    (all, n) => all.flatMap((at) => Array.from({ length: n }, (_, k) => [...at, k])),
    [[]],
  )

/** The axis counted from the front. */
export const front = (axis: number, shape: Shape): number => (axis < 0 ? axis + shape.length : axis)
