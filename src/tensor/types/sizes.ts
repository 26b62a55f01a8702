// Arithmetic on literal sizes as types, digit by digit, so that large sizes cost no more than small
// ones. The result for a size that is not literal is `number`.
// biome-ignore-all format: conditional types read as tables.

declare const name: unique symbol
/**
 * A size of which only the name is known. It fits itself, `number`, and 1 where that broadcasts.
 * `type Batch = Dim<'batch'>`
 */
export type Dim<Name extends string> = number & { readonly [name]: Name }

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9
type UpTo<U extends 0[] = [], Out extends 0[][] = []> =
  Out['length'] extends 10 ? Out : UpTo<[...U, 0], [...Out, U]>
/** A list of D zeros. */
type Units<D extends Digit> = UpTo[D]
/** A list of D·N zeros. */
type Times<D extends Digit, N extends 0[], Sum extends 0[] = []> =
  N extends [0, ...infer R extends 0[]] ? Times<D, R, [...Sum, ...Units<D>]> : Sum
/** The digits of a number, from the last to the first. */
type Digits<N extends string, Out extends Digit[] = []> =
  N extends `${infer D extends Digit}${infer R}` ? Digits<R, [D, ...Out]> : Out
/** The number that has these digits. */
type FromDigits<D extends Digit[], Text extends string = ''> =
  D extends [infer H extends Digit, ...infer R extends Digit[]] ? FromDigits<R, `${H}${Text}`>
  : ParseNumber<Text>
type ParseNumber<Text extends string> =
  Text extends '' | '0' ? 0
  : Text extends `0${infer R}` ? ParseNumber<R>
  : Text extends `${infer N extends number}` ? N : never
type Head<D extends Digit[]> = D extends [infer H extends Digit, ...Digit[]] ? H : 0
type Tail<D extends Digit[]> = D extends [Digit, ...infer R extends Digit[]] ? R : []
type Length<N extends readonly unknown[]> = `${N['length'] & number}`
/** A·D + B. */
type MulAdd<A extends Digit[], D extends Digit, B extends Digit[], Carry extends 0[] = [],
  Out extends Digit[] = []> =
  [A, B, Carry] extends [[], [], []] ? Out
  : Length<[...Times<Head<A>, Units<D>>, ...Units<Head<B>>, ...Carry]> extends infer Column
    ? Column extends `${infer T extends Digit}${infer U extends Digit}`
      ? MulAdd<Tail<A>, D, Tail<B>, Units<T>, [...Out, U]>
    : Column extends `${infer U extends Digit}` ? MulAdd<Tail<A>, D, Tail<B>, [], [...Out, U]>
    : never
  : never
type MulDigits<A extends Digit[], B extends Digit[], Out extends Digit[] = []> =
  B extends [...infer R extends Digit[], infer D extends Digit]
    ? MulDigits<A, R, MulAdd<A, D, [0, ...Out]>>
  : Out
/** A − B for lists of zeros, 'less' when that is negative. */
type SubZeros<A extends 0[], B extends 0[]> =
  A extends [...B, ...infer Left] ? Left['length'] : 'less'
/** A − B, never when that is negative. */
type SubDigits<A extends Digit[], B extends Digit[], Borrow extends 0[] = [],
  Out extends Digit[] = []> =
  A extends [infer D extends Digit, ...infer R extends Digit[]]
    ? SubZeros<Units<D>, [...Units<Head<B>>, ...Borrow]> extends infer Left extends Digit
      ? SubDigits<R, Tail<B>, [], [...Out, Left]>
    : SubDigits<R, Tail<B>, [0],
      [...Out, SubZeros<[...Units<9>, 0, ...Units<D>], [...Units<Head<B>>, ...Borrow]> & Digit]>
  : [B, Borrow] extends [[], []] ? Out : never
/** The quotient A / B (at most 9) and the remainder. */
type DivOnce<A extends Digit[], B extends Digit[], Count extends 0[] = [],
  Left extends Digit[] = SubDigits<A, B>> =
  [Left] extends [never] ? [Count['length'], A]
  : Count['length'] extends 9 ? [9, Left] : DivOnce<Left, B, [...Count, 0]>
type DivDigits<A extends string, B extends Digit[], Left extends Digit[] = [],
  Out extends string = ''> =
  A extends `${infer D extends Digit}${infer R}`
    ? DivOnce<[D, ...Left], B> extends [infer Q extends Digit, infer L extends Digit[]]
      ? DivDigits<R, B, L, `${Out}${Q}`>
    : never
  : ParseNumber<Out>

/** `Result`, if all of N are literal; else `number`. */
export type Literal<N extends number, Result> =
  number extends N ? number : [Extract<N, Dim<string>>] extends [never] ? Result : number
export type Add<A extends number, B extends number> =
  Literal<A | B, FromDigits<MulAdd<Digits<`${A}`>, 1, Digits<`${B}`>>>>
/** A − B, never when that is negative. */
export type Sub<A extends number, B extends number> =
  Literal<A | B, FromDigitsOrNever<SubDigits<Digits<`${A}`>, Digits<`${B}`>>>>
type FromDigitsOrNever<D extends Digit[]> = [D] extends [never] ? never : FromDigits<D>
export type Mul<A extends number, B extends number> =
  Literal<A | B, FromDigits<MulDigits<Digits<`${A}`>, Digits<`${B}`>>>>
/** A / B rounded down; `number` for B = 0. */
export type Div<A extends number, B extends number> =
  Literal<A | B, B extends 0 ? number : DivDigits<`${A}`, Digits<`${B}`>>>
