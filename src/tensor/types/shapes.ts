// Shapes as types: how they are shown, how a wrong one is refused, and the walk over axes that
// every result is made of.
// biome-ignore-all format: conditional types read as tables.

import type { Shape } from '../core/shape.ts'
import type { Tensor } from '../core/tensor.ts'
import type { Dim, Sub } from './sizes.ts'

export type Scalar = readonly []

declare const text: unique symbol
/** What no argument is: where a parameter's type becomes this, the compiler quotes the text. */
export interface ShapeError<Text extends string> { readonly [text]: Text }
/**
 * Every result below is a shape, or the text of the error that the op would throw. A parameter
 * takes anything in the one case and nothing in the other.
 */
export type Refusal<Result> =
  [Result] extends [infer Text extends string] ? ShapeError<Text> : unknown
/** The other operand of two: a tensor, unless that is refused, or a number. */
export type Other<Result, B extends Shape> =
  [Result] extends [string] ? number | (ShapeError<Result> & Tensor<B>) : number | Tensor<B>
/**
 * The result, where it is a shape. `infer`, here and above, keeps what surrounds a call from
 * deciding its type parameters.
 */
export type Ok<Result> = Result extends infer S extends Shape ? Known<S> : never
/** The methods as they are implemented: for tensors of any shape. */
export type Plain<Methods> =
  { [K in keyof Methods]: PlainMethod<Methods[K]> }
type PlainMethod<F> =
  F extends (...args: infer Args) => infer Result ? (...args: Args) => Result : F
/** A shape whose rank is not known is just a shape. */
export type Known<S extends Shape> = number extends S['length'] ? Shape : S
/** Of the same rank, with sizes that are not known. */
export type Blur<S extends Shape> = { [K in keyof S]: number }
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
/** Whether two shapes may be equal, except along axis `But`. */
export type Agree<A extends Shape, B extends Shape, But extends number = never> =
  number extends A['length'] | B['length'] ? true
  : A['length'] extends B['length']
    ? false extends { [K in keyof A]: AgreeAt<A, B, But, K> }[number] ? false : true
  : false
type AgreeAt<A extends Shape, B extends Shape, But extends number, K extends keyof A> =
  K extends `${But}` ? true : K extends keyof B ? Same<A[K] & number, B[K] & number> : false

/** An axis, negative ones counted from the end, as 0…rank−1. */
export type AxisOf<Who extends string, S extends Shape, X extends number> =
  number extends S['length'] | X ? number
  : S extends Scalar ? `${Who}: expected a tensor with at least one axis, got shape ()`
  : [Place<S, X>] extends [never]
    ? `${Who}: expected an axis in -${S['length']}..${Sub<S['length'], 1>}, got ${X}`
  : Place<S, X>
type Place<S extends Shape, X extends number> =
  `${X}` extends `-${infer N extends number}` ? Sub<S['length'], N>
  : `${X}` extends keyof S ? X : never
/** Several axes as a union. */
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
 * `Result` where `At` is an axis: its sizes are not known where the axis is not, and nothing is
 * where the rank of S is not.
 */
export type Try<S extends Shape, At, Result> =
  [At] extends [number]
    ? number extends S['length'] ? Shape
    : number extends At
      ? Result extends Shape ? Blur<Result> : Result
    : Result
  : At
/** The shape with `New` in place of each axis in `At`. */
export type Splice<S extends Shape, At extends number, New extends Shape,
  Out extends Shape = Scalar> =
  S extends readonly [...infer R extends Shape, infer N extends number]
    ? Splice<R, At, New, R['length'] extends At ? readonly [...New, ...Out] : readonly [N, ...Out]>
  : Out
/** The same for one axis as it was given. */
export type AtAxis<Who extends string, S extends Shape, X extends number, New extends Shape,
  At = AxisOf<Who, S, X>> =
  Try<S, At, Known<Splice<S, number extends At ? 0 : At & number, New>>>
