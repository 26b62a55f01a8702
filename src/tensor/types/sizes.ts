// Arithmetic on literal sizes as types, digit by digit, so that large ones cost no more than small
// ones. What is not literal gives `number`.
// biome-ignore-all format: conditional types read as tables.

declare const name: unique symbol
/**
 * A size known by its name only: it fits itself, `number`, and 1 where that broadcasts.
 * `type Batch = Dim<'batch'>`
 */
export type Dim<Name extends string> = number & { readonly [name]: Name }

type Digit = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9
type UpTo<U extends 0[] = [], Out extends 0[][] = []> =
  Out['length'] extends 10 ? Out : UpTo<[...U, 0], [...Out, U]>
/** As many zeros as the digit says. */
type Units<D extends Digit> = UpTo[D]
type Times<D extends Digit, N extends 0[], Sum extends 0[] = []> =
  N extends [0, ...infer R extends 0[]] ? Times<D, R, [...Sum, ...Units<D>]> : Sum
/** The digits from the last to the first. */
type Digits<N extends string, Out extends Digit[] = []> =
  N extends `${infer D extends Digit}${infer R}` ? Digits<R, [D, ...Out]> : Out
type Read<D extends Digit[], Text extends string = ''> =
  D extends [infer H extends Digit, ...infer R extends Digit[]] ? Read<R, `${H}${Text}`>
  : Parse<Text>
type Parse<Text extends string> =
  Text extends '' | '0' ? 0
  : Text extends `0${infer R}` ? Parse<R> : Text extends `${infer N extends number}` ? N : never
type Head<D extends Digit[]> = D extends [infer H extends Digit, ...Digit[]] ? H : 0
type Tail<D extends Digit[]> = D extends [Digit, ...infer R extends Digit[]] ? R : []
type Length<N extends readonly unknown[]> = `${N['length'] & number}`
/** A·d + B. */
type MulAdd<A extends Digit[], D extends Digit, B extends Digit[], Carry extends 0[] = [],
  Out extends Digit[] = []> =
  [A, B, Carry] extends [[], [], []] ? Out
  : Length<[...Times<Head<A>, Units<D>>, ...Units<Head<B>>, ...Carry]> extends infer Column
    ? Column extends `${infer T extends Digit}${infer U extends Digit}`
      ? MulAdd<Tail<A>, D, Tail<B>, Units<T>, [...Out, U]>
    : Column extends `${infer U extends Digit}` ? MulAdd<Tail<A>, D, Tail<B>, [], [...Out, U]>
    : never
  : never
type Product<A extends Digit[], B extends Digit[], Out extends Digit[] = []> =
  B extends [...infer R extends Digit[], infer D extends Digit]
    ? Product<A, R, MulAdd<A, D, [0, ...Out]>>
  : Out
type Rest<A extends 0[], B extends 0[]> = A extends [...B, ...infer Left] ? Left['length'] : 'less'
/** A − B, never when that is negative. */
type Minus<A extends Digit[], B extends Digit[], Borrow extends 0[] = [],
  Out extends Digit[] = []> =
  A extends [infer D extends Digit, ...infer R extends Digit[]]
    ? Rest<Units<D>, [...Units<Head<B>>, ...Borrow]> extends infer Left extends Digit
      ? Minus<R, Tail<B>, [], [...Out, Left]>
    : Minus<R, Tail<B>, [0],
      [...Out, Rest<[...Units<9>, 0, ...Units<D>], [...Units<Head<B>>, ...Borrow]> & Digit]>
  : [B, Borrow] extends [[], []] ? Out : never
/** How often B goes into A (at most 9 times), and what is left. */
type Take<A extends Digit[], B extends Digit[], Count extends 0[] = [],
  Left extends Digit[] = Minus<A, B>> =
  [Left] extends [never] ? [Count['length'], A]
  : Count['length'] extends 9 ? [9, Left] : Take<Left, B, [...Count, 0]>
type Quotient<A extends string, B extends Digit[], Left extends Digit[] = [],
  Out extends string = ''> =
  A extends `${infer D extends Digit}${infer R}`
    ? Take<[D, ...Left], B> extends [infer Q extends Digit, infer L extends Digit[]]
      ? Quotient<R, B, L, `${Out}${Q}`>
    : never
  : Parse<Out>

/** `Result` where all of N are literal. */
export type Literal<N extends number, Result> =
  number extends N ? number : [Extract<N, Dim<string>>] extends [never] ? Result : number
export type Add<A extends number, B extends number> =
  Literal<A | B, Read<MulAdd<Digits<`${A}`>, 1, Digits<`${B}`>>>>
/** A − B, never when that is negative. */
export type Sub<A extends number, B extends number> =
  Literal<A | B, ReadSome<Minus<Digits<`${A}`>, Digits<`${B}`>>>>
type ReadSome<D extends Digit[]> = [D] extends [never] ? never : Read<D>
export type Mul<A extends number, B extends number> =
  Literal<A | B, Read<Product<Digits<`${A}`>, Digits<`${B}`>>>>
/** A / B rounded down; `number` for B = 0. */
export type Div<A extends number, B extends number> =
  Literal<A | B, B extends 0 ? number : Quotient<`${A}`, Digits<`${B}`>>>
