// What layers make of shapes: for each the shape of its result, or the text of its error. Layers
// know nothing of it but the name.
// biome-ignore-all format: conditional types read as tables.

import type { Shape, Tensor } from '../tensor/index.ts'
import type { Agree, Mul, Same, Scalar, Show, Size } from '../tensor/internal.ts'

type Wrong<Who extends string, What extends string, Wanted extends string, S extends Shape> =
  `${Who}: expected ${What} of shape ${Wanted}, got ${Show<S>}`
/** How a layer names itself: `LSTM(27 → 64)`. */
export type Who<Name extends string, I extends number, O extends number> =
  `${Name}(${Size<I>} → ${Size<O>})`
/** x (…, I) → (…, O). */
export type Affine<S extends Shape, I extends number, O extends number> =
  S extends Scalar ? Wrong<Who<'Linear', I, O>, 'x', `(…, ${Size<I>})`, S>
  : S extends readonly [...infer R extends Shape, infer N extends number]
    ? Same<N, I> extends true ? readonly [...R, O]
    : Wrong<Who<'Linear', I, O>, 'x', `(…, ${Size<I>})`, S>
  : readonly [...Shape, O]
/** x (N, D) → (N, H). */
export type Step<Name extends string, S extends Shape, D extends number, H extends number> =
  Agree<S, readonly [number, D]> extends true
    ? number extends S['length'] ? Shape : readonly [S[0], H]
  : Wrong<Who<Name, D, H>, 'x', `(N, ${Size<D>})`, S>
/**
 * What a recurrence is told: D inputs, H hidden units; over sequences L layers, in both directions
 * or not, of x (N, T, D) or (T, N, D).
 */
export type Sizes<D extends number, H extends number> =
  { readonly inputSize: D; readonly hiddenSize: H }
export type Passes<D extends number, H extends number, L extends number, Both extends boolean,
  First extends boolean> =
  Sizes<D, H> & { readonly numLayers: L; readonly bidirectional: Both; readonly batchFirst: First }
/** An option as it was given, or its default. */
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
/** x (N, T, D) → output (N, T, H·directions). */
export type Sequence<Name extends string, S extends Shape, D extends number, H extends number,
  Both extends boolean, First extends boolean> =
  Agree<S, readonly [number, number, D]> extends true
    ? number extends S['length'] ? Shape : readonly [S[0], S[1], Mul<H, Directions<Both>>]
  : Wrong<Who<Name, D, H>, 'x', `(${Order<First>}, ${Size<D>})`, S>
/** The state wanted with x (N, T, D), and the one after it: (layers·directions, N, H). */
export type Initials<S extends Shape, H extends number, L extends number, Both extends boolean,
  First extends boolean> =
  Mul<L, Directions<Both>> extends infer P extends number
    ? readonly [P, boolean extends First ? number : First extends true ? S[0] : S[1], H]
  : never
export type Finals<S extends Shape, H extends number, L extends number, Both extends boolean,
  First extends boolean> =
  number extends S['length'] ? Shape : Initials<S, H, L, Both, First>
/** The shape wanted of each of a state's tensors, where they have it. */
export type Given<Who extends string, State, Wanted extends Shape,
  Texts = Misfits<Who, State, Wanted>[keyof State]> =
  [Texts] extends [never] ? Wanted : Texts
type Misfits<Who extends string, State, Wanted extends Shape> =
  { [K in keyof State]: Misfit<Who, `state.${K & string}`, State[K], Wanted> }
type Misfit<Who extends string, What extends string, T, Wanted extends Shape> =
  T extends Tensor<infer B>
    ? Agree<B, Wanted> extends true ? never : Wrong<Who, What, Show<Wanted>, B>
  : never
/** A state whose tensors have this shape. */
export type States<State, S extends Shape> = { [K in keyof State]: Tensor<S> }
/** A tensor through layers one after the other. */
export type Through<Layers extends readonly unknown[], S> =
  S extends Shape
    ? Layers extends readonly [infer L, ...infer R] ? Through<R, Passed<L, S>>
    : Layers extends readonly [] ? S : Shape
  : S
/**
 * A tensor through one layer. What a layer does to shapes stands in its `maps`; any other module's
 * forward says what comes out.
 */
export type Passed<L, S extends Shape> =
  L extends { readonly maps: infer M }
    ? M extends readonly ['linear', infer I extends number, infer O extends number]
      ? Affine<S, I, O>
    : M extends readonly ['embedding', infer D extends number] ? readonly [...S, D]
    : M extends readonly ['layers', infer Layers extends readonly unknown[]] ? Through<Layers, S>
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
