// The shapes of ops' results as types: for each op the shape of its result, or the text of its
// error. Ops only name these types.
// biome-ignore-all format: conditional types read as tables.

import type { Axes, Shape } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import type { Agree, AxesOf, AxisOf, IfAxis, RankOnly, ReplaceAxis, Same, Scalar, Show,
  Simplified, Size, Splice } from './shapes.ts'
import type { Add, Div, Literal, Mul, Sub } from './sizes.ts'

/** One size from two. 1 gives way to all others, an unknown one to a known one; else never. */
type BroadcastSize<A extends number, B extends number> =
  A extends 1 ? B : B extends 1 ? A : [A] extends [B] ? A : [B] extends [A] ? B : never
/** NumPy's rule, from the last axis to the first: the shape, or a text about the wrong axis. */
type BroadcastSizes<A extends Shape, B extends Shape, Out extends Shape = Scalar> =
  [A, B] extends [readonly [...infer AR extends Shape, infer M extends number],
    readonly [...infer BR extends Shape, infer N extends number]]
    ? [BroadcastSize<M, N>] extends [never]
      ? `axis -${[0, ...Out]['length'] & number} is ${Size<M>} and ${Size<N>}`
    : BroadcastSizes<AR, BR, readonly [BroadcastSize<M, N>, ...Out]>
  : readonly [...A, ...B, ...Out]
/** Elementwise ops of two tensors, and of three. */
export type Broadcast<Who extends string, A extends Shape, B extends Shape> =
  number extends A['length'] | B['length'] ? Shape
  : BroadcastSizes<A, B> extends infer Z
    ? Z extends string ? `${Who}: cannot broadcast ${Show<A>} with ${Show<B>}: ${Z}` : Z
  : never
export type Where<C extends Shape, A extends Shape, B extends Shape> =
  Broadcast<'where', A, B> extends infer Z
    ? Z extends Shape ? Broadcast<'where', C, Z> : Z
  : never
export type BroadcastTo<A extends Shape, W extends Shape> =
  number extends A['length'] | W['length'] ? Shape
  : BroadcastSizes<A, W> extends W ? W : `broadcastTo: cannot broadcast ${Show<A>} to ${Show<W>}`
/** The shape of a (…, M, K) @ b (…, K, N). The axis of a vector is removed. */
export type MatrixProduct<A extends Shape, B extends Shape> =
  number extends A['length'] | B['length'] ? Shape
  : Scalar extends A | B
    ? `matmul: expected at least one axis each, got ${Show<A>} @ ${Show<B>}: use mul`
  : [A, B] extends [readonly [...infer Rows extends Shape, infer K extends number],
    readonly [infer J extends number]]
    ? IfInnerEqual<A, B, K, J, readonly [...Rows]>
  : B extends readonly [...infer Stack extends Shape, infer J extends number,
    infer N extends number]
    ? A extends readonly [infer K extends number] ? IfInnerEqual<A, B, K, J, readonly [...Stack, N]>
    : A extends readonly [...infer Batch extends Shape, infer M extends number,
      infer K extends number]
      ? IfInnerEqual<A, B, K, J, StackedProduct<A, B, Batch, Stack, readonly [M, N]>>
    : never
  : never
type IfInnerEqual<A extends Shape, B extends Shape, K extends number, J extends number, Result> =
  Same<K, J> extends true ? Result : `matmul: inner sizes differ: ${Show<A>} @ ${Show<B>}`
type StackedProduct<A extends Shape, B extends Shape, Batch extends Shape, Stack extends Shape,
  Rest extends Shape> =
  Broadcast<`matmul of ${Show<A>} @ ${Show<B>}`, Batch, Stack> extends infer Z
    ? Z extends Shape ? readonly [...Z, ...Rest] : Z
  : never
export type Transposed<S extends Shape> =
  number extends S['length'] ? Shape
  : S extends readonly [infer M extends number, infer N extends number] ? readonly [N, M]
  : S extends Scalar | readonly [number] ? S
  : `t: expected at most 2 axes, got ${Show<S>}: use transpose(axis0, axis1)`
export type Swap<S extends Shape, X extends number, Y extends number,
  I = AxisOf<'transpose', S, X>, J = AxisOf<'transpose', S, Y>> =
  IfAxis<S, I, IfAxis<S, J, Swapped<S, I & number, J & number>>>
type Swapped<S extends Shape, I extends number, J extends number> =
  { [K in keyof S]: K extends `${I}` ? S[J] : K extends `${J}` ? S[I] : S[K] }
export type Permute<S extends Shape, P extends Shape,
  N extends readonly unknown[] = { [K in keyof P]: AxisOf<'permute', S, P[K]> }> =
  number extends P['length'] ? RankOnly<S>
  : [Extract<N[number], string>] extends [never] ? IfAxis<S, N[number], Permuted<S, P, N>>
  : Extract<N[number], string>
type Permuted<S extends Shape, P extends Shape, N extends readonly unknown[]> =
  [keyof S & `${number}`, P['length']] extends [`${N[number] & number}`, S['length']]
    ? { [K in keyof N]: S[N[K] & number] }
  : `permute: expected each of the ${S['length']} axes of ${Show<S>} once, got ${Show<P>}`
type SizeOf<S extends Shape, Out extends number = 1> =
  number extends S['length'] ? number
  : S extends readonly [infer N extends number, ...infer R extends Shape] ? SizeOf<R, Mul<Out, N>>
  : Out
type Fill<W extends Shape, N extends number> = { [K in keyof W]: W[K] extends -1 ? N : W[K] }
/** The union, if it has several members; never if it has one or none. */
type Several<Holes, All = Holes> =
  Holes extends All
    ? [All] extends [Holes] ? never : Holes
  : never
/** Shape W with its −1 computed. */
export type Reshape<S extends Shape, W extends Shape> =
  number extends S['length'] | W['length'] ? Shape
  : [Several<{ [K in keyof W]: W[K] extends -1 ? K : never }[number]>] extends [never]
    ? IfSameSize<S, W, Fill<W, Div<SizeOf<S>, SizeOf<Fill<W, 1>>>>>
  : `reshape: expected at most one −1, got ${Show<W>}`
type IfSameSize<S extends Shape, W extends Shape, Result extends Shape> =
  Same<SizeOf<S>, SizeOf<Result>> extends true ? Result
  : `reshape: cannot read ${Show<S>}, ${SizeOf<S>} elements, as ${Show<W>}`
/** Removes axes of size 1: those named, or all. */
export type Squeeze<S extends Shape, X extends Axes | undefined, At = AxesUnion<'squeeze', S, X>> =
  [X] extends [undefined] ? IfAxis<S, 0, Squeezed<S, number>>
  : number extends S['length'] | At ? Shape : [At] extends [number] ? Squeezed<S, At> : At
type Squeezed<S extends Shape, At extends number, Out extends Shape = Scalar> =
  S extends readonly [...infer R extends Shape, infer N extends number]
    ? [R['length'], number] extends [At, N] ? Shape
    : Squeezed<R, At, [R['length'], N] extends [At, 1] ? Out : readonly [N, ...Out]>
  : Out
/** S with a new axis of size N at axis X of the result. */
export type Insert<Who extends string, S extends Shape, X extends number, N extends number,
  At = AxisOf<Who, readonly [...S, N], X>> =
  IfAxis<S, At, InsertAt<S, At & number, N>>
type InsertAt<S extends Shape, At extends number, N extends number, Out extends Shape = Scalar> =
  S['length'] extends At ? readonly [...S, N, ...Out]
  : S extends readonly [...infer R extends Shape, infer L extends number]
    ? InsertAt<R, At, N, readonly [L, ...Out]>
  : Out
/** The sizes that stand in the place of a reduced axis. */
type Kept<Keep extends boolean> = Keep extends true ? readonly [1] : Scalar
/** Sums, means and extremes over one axis, several, or all. */
export type Reduce<Who extends string, S extends Shape, X extends Axes | undefined,
  Keep extends boolean, At = AxesUnion<Who, S, X>> =
  number extends S['length'] ? Shape
  : [X, Keep] extends [undefined, false] ? Scalar
  : [X] extends [undefined] ? IfAxis<S, 0, Splice<S, number, Kept<Keep>>>
  : [X] extends [number] ? ReplaceAxis<Who, S, X, Kept<Keep>>
  : number extends At ? Shape : IfAxis<S, At, Splice<S, At & number, Kept<Keep>>>
/** One axis or several as a union. */
type AxesUnion<Who extends string, S extends Shape, X> =
  [X] extends [number] ? AxisOf<Who, S, X>
  : [X] extends [Shape]
    ? number extends X['length'] ? number : AxesOf<Who, S, X>
  : number
type SliceBound<At extends number, N extends number> =
  `${At}` extends `-${infer Back extends number}` ? SubOrZero<N, Back>
  : [Sub<N, At>] extends [never] ? N : At
/** A − B, at least 0. */
type SubOrZero<A extends number, B extends number> = [Sub<A, B>] extends [never] ? 0 : Sub<A, B>
/** How many of N elements a slice takes. */
type SliceSize<N extends number, Start extends number, End extends number | undefined,
  Step extends number> =
  Literal<N | Start | Exclude<End, undefined> | Step,
    Div<Add<SubOrZero<End extends number ? SliceBound<End, N> : N, SliceBound<Start, N>>,
      Sub<Step, 1>>, Step>>
type SizeAt<Who extends string, S extends Shape, X extends number> =
  AxisOf<Who, S, X> extends infer At extends keyof S & number ? S[At] & number : number
export type Slice<S extends Shape, X extends number, Start extends number,
  End extends number | undefined, Step extends number> =
  ReplaceAxis<'slice', S, X, readonly [SliceSize<SizeAt<'slice', S, X>, Start, End, Step>]>
export type Chunk<S extends Shape, C extends number, X extends number> =
  ReplaceAxis<'chunk', S, X, readonly [ChunkSize<SizeAt<'chunk', S, X>, C>]>
/** The size of each of C chunks, where all are equal. */
type ChunkSize<N extends number, C extends number> =
  Mul<Div<N, C>, C> extends N ? Div<N, C> : number
/** How many elements stand after index I of N, or before it for a negative I; never outside. */
type Remaining<N extends number, I extends number> =
  `${I}` extends `-${infer Back extends number}` ? Sub<N, Back> : Sub<N, Add<I, 1>>
/** S without axis X, for index I on that axis. */
export type Select<S extends Shape, X extends number, I extends number,
  N extends number = SizeAt<'select', S, X>> =
  [Remaining<N, I>] extends [never]
    ? `select: index ${I} is outside ${N extends 0 ? 'an empty axis' : `-${N}..${Sub<N, 1>}`}`
  : ReplaceAxis<'select', S, X, Scalar>
export type Gather<S extends Shape, X extends number, B extends Shape,
  At = AxisOf<'gather', S, X>> =
  number extends S['length'] | B['length'] ? Simplified<B>
  : [At] extends [number]
    ? [B['length'], true] extends [S['length'], FitsExcept<S, B, At>] ? B
    : `gather: expected an index that fits into ${Show<S>} except along axis ${At}, got ${Show<B>}`
  : At
/** Whether no size of B exceeds that of S, except on axis `Except`. */
type FitsExcept<S extends Shape, B extends Shape, Except extends number> =
  true extends { [K in keyof B]: Exceeds<S[K & keyof S], B[K], K, Except> }[number] ? false : true
type Exceeds<N, I extends number, K, Except extends number> =
  K extends `${Except}` ? false : [Sub<N & number, I>] extends [never] ? true : false
/** Tensors joined along axis X: all other sizes must agree, those of the axis are summed. */
export type Cat<T extends readonly Tensor[], X extends number> =
  T extends readonly [Tensor<infer S>, ...infer R extends readonly Tensor[]]
    ? Joined<S, R, AxisOf<'cat', S, X>, T>
  : T[number] extends Tensor<infer S> ? ReplaceAxis<'cat', S, X, readonly [number]> : Shape
type Joined<S extends Shape, R extends readonly Tensor[], At, T extends readonly Tensor[]> =
  IfAxis<S, At,
    IfAlike<`cat: expected shapes that agree except along axis ${At & number}`, S, R, At & number,
    Splice<S, At & number, readonly [SumOfSizes<T, At & number>]>>>
type SumOfSizes<T extends readonly Tensor[], At extends number, Out extends number = 0> =
  T extends readonly [Tensor<infer B>, ...infer R extends readonly Tensor[]]
    ? SumOfSizes<R, At, Add<Out, number extends B['length'] ? number : B[At]>>
  : Out
/** Tensors of one shape joined along a new axis X. */
export type Stack<T extends readonly Tensor[], X extends number> =
  T extends readonly [Tensor<infer S>, ...infer R extends readonly Tensor[]]
    ? IfAlike<'stack: expected equal shapes', S, R, never, Insert<'stack', S, X, T['length']>>
  : T[number] extends Tensor<infer S> ? Insert<'stack', S, X, number> : Shape
/** `Result` if all of T have shape S, except along axis `Except`; else the text of the error. */
type IfAlike<Text extends string, S extends Shape, T extends readonly Tensor[],
  Except extends number, Result> =
  T extends readonly [Tensor<infer B>, ...infer R extends readonly Tensor[]]
    ? Agree<S, B, Except> extends true ? IfAlike<Text, S, R, Except, Result>
    : `${Text}, got ${Show<S>} and ${Show<B>}`
  : Result
export type Item<S extends Shape> =
  number extends S['length'] ? Scalar
  : Same<SizeOf<S>, 1> extends true ? Scalar
  : `item: expected one element, got shape ${Show<S>}: use toArray()`
/** The shape of nested arrays, if all their lengths are literal. */
export type Nested<D, Out extends Shape = Scalar> =
  [D] extends [readonly (infer E)[]]
    ? number extends D['length'] ? Shape
    : Nested<D extends readonly [infer First, ...unknown[]] ? First : E,
      readonly [...Out, D['length']]>
  : [D, Out] extends [number | boolean, readonly [number, ...Shape]] ? Out : Shape
