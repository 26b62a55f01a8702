// Layers as types: from the shape of the input to the shape of the result, or to the text of the
// error that the layer throws. They exist for the compiler alone.
// biome-ignore-all format: conditional types read as tables.

import type { Shape, Tensor } from '../tensor/index.ts'
import type { Agree, Mul, Same, Scalar, Show, Size } from '../tensor/internal.ts'

type Wrong<Who extends string, What extends string, Expected extends string, S extends Shape> =
  `${Who}: expected ${What} of shape ${Expected}, got ${Show<S>}`
/** H of all of a recurrence's layers, or a list of every layer's. */
export type Widths = number | readonly number[]
/** A layer's name in messages: `LSTM(27 → 64)`, or `LSTM(27 → [64, 32])`. */
export type Who<Name extends string, I extends number, O extends Widths> =
  `${Name}(${Size<I>} → ${O extends number ? Size<O> : O extends Shape ? List<O> : never})`
type List<O extends Shape> = Show<O> extends `(${infer Sizes})` ? `[${Sizes}]` : never
/** x (…, I) → (…, O). */
export type LinearOutput<S extends Shape, I extends number, O extends number> =
  S extends Scalar ? Wrong<Who<'Linear', I, O>, 'x', `(…, ${Size<I>})`, S>
  : S extends readonly [...infer R extends Shape, infer N extends number]
    ? Same<N, I> extends true ? readonly [...R, O]
    : Wrong<Who<'Linear', I, O>, 'x', `(…, ${Size<I>})`, S>
  : readonly [...Shape, O]
/** x (N, D) → (N, H). */
export type CellOutput<Name extends string, S extends Shape, D extends number, H extends number> =
  Agree<S, readonly [number, D]> extends true
    ? number extends S['length'] ? Shape : readonly [S[0], H]
  : Wrong<Who<Name, D, H>, 'x', `(N, ${Size<D>})`, S>
/** The sizes of a cell: x (N, D), h (N, H). */
export type CellSizes<D extends number, H extends number> =
  { readonly inputSize: D; readonly hiddenSize: H }
/** The sizes of L layers, in both directions or not, over x (N, T, D) or (T, N, D). */
export type StackSizes<D extends number, H extends Widths, L extends number, Both extends boolean,
  First extends boolean> =
  { readonly inputSize: D; readonly hiddenSize: H; readonly numLayers: L
    readonly bidirectional: Both; readonly batchFirst: First }
/** How many layers there are: as many as widths, or else as the option says. */
export type LayerCount<Options extends readonly unknown[], H extends Widths> =
  H extends readonly number[] ? H['length'] : Option<Options, 'numLayers', 1, number>
/** The type of an option: as given, its default where it is left out, Any where that is unknown. */
export type Option<Options extends readonly unknown[], Name extends string, Default, Any> =
  Options extends readonly [] ? Default
  : Options extends readonly [infer O]
    ? Name extends keyof O
      ? O[Name] extends Any ? O[Name] : O[Name] extends undefined ? Default : Any
    : Default
  : Any
type Directions<Both extends boolean> = boolean extends Both ? number : Both extends true ? 2 : 1
type Order<First extends boolean> =
  boolean extends First ? '…' : First extends true ? 'N, T' : 'T, N'
type Last<H extends Widths> =
  H extends number ? H : H extends readonly [...Shape, infer N extends number] ? N : number
/** x (N, T, D) → output (N, T, H·directions), H of the last layer. */
export type SequenceOutput<Name extends string, S extends Shape, D extends number, H extends Widths,
  Both extends boolean, First extends boolean> =
  Agree<S, readonly [number, number, D]> extends true
    ? number extends S['length'] ? Shape : readonly [S[0], S[1], Mul<Last<H>, Directions<Both>>]
  : Wrong<Who<Name, D, H>, 'x', `(${Order<First>}, ${Size<D>})`, S>
/** A shape for all layers, or a list of one for each. */
export type Layered<H extends Widths, S extends Shape> =
  H extends readonly number[] ? { readonly [L in keyof H]: S } : S
type Batch<S extends Shape, First extends boolean> =
  boolean extends First ? number : First extends true ? S[0] : S[1]
/**
 * The shape of the state's tensors before and after x (N, T, D): (layers·directions, N, H), or a
 * list of (directions, N, H), H of each layer.
 */
export type StateBefore<S extends Shape, H extends Widths, L extends number, Both extends boolean,
  First extends boolean> =
  H extends readonly number[]
    ? { readonly [K in keyof H]: readonly [Directions<Both>, Batch<S, First>, H[K]] }
  : Mul<L, Directions<Both>> extends infer P extends number
    ? readonly [P, Batch<S, First>, H]
  : never
export type StateAfter<S extends Shape, H extends Widths, L extends number, Both extends boolean,
  First extends boolean> =
  number extends S['length'] ? Layered<H, Shape> : StateBefore<S, H, L, Both, First>
/** The expected shapes, where each of a state's tensors has them. */
export type FittingState<Who extends string, State, Expected,
  Texts = Misfits<Who, State, Expected>[keyof State]> =
  [Texts] extends [never] ? Expected : Texts
type Misfits<Who extends string, State, Expected> =
  { [K in keyof State]: Misfit<Who, `state.${K & string}`, State[K], Expected> }
type Misfit<Who extends string, What extends string, T, Expected> =
  T extends Tensor<infer B>
    ? Expected extends Shape
      ? Agree<B, Expected> extends true ? never : Wrong<Who, What, Show<Expected>, B>
      : never
  : T extends readonly unknown[]
    ? Expected extends readonly Shape[] ? MisfitList<Who, What, T, Expected> : never
  : never
type MisfitList<Who extends string, What extends string, T extends readonly unknown[],
  Expected extends readonly Shape[]> =
  number extends T['length'] | Expected['length'] ? never
  : T['length'] extends Expected['length']
    ? { [L in keyof T]: L extends keyof Expected
        ? Misfit<Who, `${What}[${L & string}]`, T[L], Expected[L]> : never }[number]
  : `${Who}: expected ${What} to be ${ListText<Expected['length']>}, got ${T['length']}`
type ListText<N extends number> = `a list of ${N} tensors, one for each layer`
/** A state whose tensors have this shape, or lists of these shapes. */
export type ShapedState<State, S> = { [K in keyof State]: Shaped<S> }
type Shaped<S> =
  S extends Shape ? Tensor<S>
  : { readonly [L in keyof S]: S[L] extends Shape ? Tensor<S[L]> : never }
/** The result of layers one after the other. */
export type LayersOutput<Layers extends readonly unknown[], S> =
  S extends Shape
    ? Layers extends readonly [infer L, ...infer R] ? LayersOutput<R, LayerOutput<L, S>>
    : Layers extends readonly [] ? S : Shape
  : S
/** The result of one layer: by its `maps`, or else by the type of its `forward`. */
export type LayerOutput<L, S extends Shape> =
  L extends { readonly maps: infer M }
    ? M extends readonly ['linear', infer I extends number, infer O extends number]
      ? LinearOutput<S, I, O>
    : M extends readonly ['embedding', infer D extends number] ? readonly [...S, D]
    : M extends readonly ['layers', infer Layers extends readonly unknown[]]
      ? LayersOutput<Layers, S>
    : S
  : L extends { forward(x: never): Tensor<infer Q> } ? Q : Shape
export type Reduction<S extends Shape, R> =
  number extends S['length'] ? Shape : 'none' extends R ? (R extends 'none' ? S : Shape) : Scalar
/** logits (…, V) and targets (…). */
export type CrossEntropy<A extends Shape, B extends Shape, R> =
  A extends readonly [...infer Rows extends Shape, number]
    ? Agree<Rows, B> extends true ? Reduction<readonly [...Rows], R>
    : Wrong<'crossEntropy', 'targets', Show<Rows>, B>
  : number extends A['length'] ? Reduction<B, R> : Wrong<'crossEntropy', 'logits', '(…, V)', A>
export type SquaredError<A extends Shape, B extends Shape, R> =
  Agree<A, B> extends true ? Reduction<A, R> : Wrong<'mseLoss', 'target', Show<A>, B>
