// Shapes as types: how they are shown, how a wrong one is refused, and the operations on axes that
// results.ts is built from.
// biome-ignore-all format: conditional types read as tables.

import type { Shape } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import type { Dim, Sub } from './sizes.ts'

export type Scalar = readonly []

declare const text: unique symbol
/** A type that no argument has. The compiler quotes its text where a parameter is of this type. */
export interface ShapeError<Text extends string> { readonly [text]: Text }
/**
 * The type of a checked parameter. `Result` is a shape, or the text of the error that the op would
 * throw: the parameter takes anything for a shape, and nothing for a text.
 */
export type Refusal<Result> =
  [Result] extends [infer Text extends string] ? ShapeError<Text> : unknown
/** The second operand of an elementwise op: a number, or a tensor whose shape is not refused. */
export type Other<Result, B extends Shape> =
  [Result] extends [string] ? number | (ShapeError<Result> & Tensor<B>) : number | Tensor<B>
/**
 * The result, if it is a shape. `infer`, here and above, prevents that TypeScript infers the call's
 * type parameters from the type that the context expects.
 */
export type Ok<Result> = Result extends infer S extends Shape ? Simplified<S> : never
/** The methods as their implementations are typed: without type parameters, for any shape. */
export type Implemented<Methods> =
  { [K in keyof Methods]: ImplementedMethod<Methods[K]> }
type ImplementedMethod<F> =
  F extends (...args: infer Args) => infer Result ? (...args: Args) => Result : F
/** The shape itself, if its rank is known; else `Shape`. */
export type Simplified<S extends Shape> = number extends S['length'] ? Shape : S
/** A shape of the same rank with unknown sizes. */
export type RankOnly<S extends Shape> = { [K in keyof S]: number }
/** A size as text: its digits, the name of a `Dim`, or `number`. */
export type Size<N extends number> =
  number extends N ? 'number' : N extends Dim<infer Name> ? Name : `${N}`
type List<S extends Shape, Comma extends string> =
  S extends readonly [infer N extends number] ? Size<N>
  : S extends readonly [infer N extends number, ...infer R extends Shape]
    ? `${Size<N>}${Comma}${List<R, Comma>}`
  : ''
/** `(32, 27)`, as in messages. */
export type Show<S extends Shape> =
  `(${number extends S['length'] ? ShowLast<S> : List<S, ', '>})`
type ShowLast<S extends Shape> =
  S extends readonly [...Shape, infer N extends number] ? `…, ${Size<N>}` : '…'
/** Whether two sizes may be equal. */
export type Same<A extends number, B extends number> =
  [A] extends [B] ? true : [B] extends [A] ? true : false
/** Whether two shapes may be equal, except along axis `Except`. */
export type Agree<A extends Shape, B extends Shape, Except extends number = never> =
  number extends A['length'] | B['length'] ? true
  : A['length'] extends B['length']
    ? false extends { [K in keyof A]: AgreeAt<A, B, Except, K> }[number] ? false : true
  : false
type AgreeAt<A extends Shape, B extends Shape, Except extends number, K extends keyof A> =
  K extends `${Except}` ? true : K extends keyof B ? Same<A[K] & number, B[K] & number> : false

/** The axis X of S as 0…rank−1, or the text of an error. Negative axes count from the end. */
export type AxisOf<Who extends string, S extends Shape, X extends number> =
  number extends S['length'] | X ? number
  : S extends Scalar ? `${Who}: expected a tensor with at least one axis, got shape ()`
  : [NormalAxis<S, X>] extends [never]
    ? `${Who}: expected an axis in -${S['length']}..${Sub<S['length'], 1>}, got ${X}`
  : NormalAxis<S, X>
type NormalAxis<S extends Shape, X extends number> =
  `${X}` extends `-${infer N extends number}` ? Sub<S['length'], N>
  : `${X}` extends keyof S ? X : never
/** The axes X of S as a union, or the text of an error. */
export type AxesOf<Who extends string, S extends Shape, X extends Shape, All extends Shape = X,
  Out extends number = never> =
  X extends readonly [infer H extends number, ...infer R extends Shape]
    ? AxisOf<Who, S, H> extends infer At extends number
      ? number extends At ? number
      : At extends Out ? `${Who}: axes (${List<All, ','>}) name one axis twice`
      : AxesOf<Who, S, R, All, Out | At>
    : AxisOf<Who, S, H>
  : Out
/**
 * `Result`, if `At` is an axis; else `At`, the text of an error. Without a known axis the sizes are
 * unknown; without a known rank of S the whole shape is.
 */
export type IfAxis<S extends Shape, At, Result> =
  [At] extends [number]
    ? number extends S['length'] ? Shape
    : number extends At
      ? Result extends Shape ? RankOnly<Result> : Result
    : Result
  : At
/** The shape S with the sizes `New` in the place of each axis in `At`. */
export type Splice<S extends Shape, At extends number, New extends Shape,
  Out extends Shape = Scalar> =
  S extends readonly [...infer R extends Shape, infer N extends number]
    ? Splice<R, At, New, R['length'] extends At ? readonly [...New, ...Out] : readonly [N, ...Out]>
  : Out
/** The shape S with the sizes `New` in the place of axis X, which may be negative. */
export type ReplaceAxis<Who extends string, S extends Shape, X extends number, New extends Shape,
  At = AxisOf<Who, S, X>> =
  IfAxis<S, At, Simplified<Splice<S, number extends At ? 0 : At & number, New>>>
