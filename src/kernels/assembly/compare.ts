// Comparisons of two vectors, one byte (0 or 1) per element: every class is a kernel with
// broadcasting strides. The build names the kernel after its class.
import { repeat } from './pairs'
import { LEFT, RIGHT, scratch } from './scratch'
import { lanes, loadNext, zero } from './vector'

@unmanaged export class Eq<T> { @inline at(x: v128, y: v128): v128 { return v128.eq<T>(x, y) } }
@unmanaged export class Ne<T> { @inline at(x: v128, y: v128): v128 { return v128.ne<T>(x, y) } }
@unmanaged export class Lt<T> { @inline at(x: v128, y: v128): v128 { return v128.lt<T>(x, y) } }
@unmanaged export class Le<T> { @inline at(x: v128, y: v128): v128 { return v128.le<T>(x, y) } }
@unmanaged export class Gt<T> { @inline at(x: v128, y: v128): v128 { return v128.gt<T>(x, y) } }
@unmanaged export class Ge<T> { @inline at(x: v128, y: v128): v128 { return v128.ge<T>(x, y) } }

// @ts-ignore: decorator
@inline function bits<T, Op>(a: usize, b: usize, rest: i32): i32 {
  const mask = changetype<Op>(0).at(loadNext<T>(a, rest, zero()), loadNext<T>(b, rest, zero()))
  return sizeof<T>() == 4 ? v128.bitmask<i32>(mask) : v128.bitmask<i64>(mask)
}

// @ts-ignore: decorator
@inline function row<T, Op>(
  out: usize, a: usize, b: usize, n: i32, aInner: i32, bInner: i32,
): void {
  const aStep: usize = aInner ? 16 : 0, bStep: usize = bInner ? 16 : 0
  if (!aInner) a = repeat<T>(scratch + LEFT, a)
  if (!bInner) b = repeat<T>(scratch + RIGHT, b)
  let rest = n
  for (; rest >= lanes<T>(); rest -= lanes<T>()) {
    const mask = bits<T, Op>(a, b, lanes<T>())
    // Spreads the bits to one byte each: ×(1 + 2^7 + 2^14 + 2^21), and the lowest bit of every
    // byte.
    if (sizeof<T>() == 4) store<u32>(out, (mask * 0x204081) & 0x01010101)
    else store<u16>(out, <u16>((mask * 0x81) & 0x0101))
    a += aStep
    b += bStep
    out += lanes<T>()
  }
  if (rest > 0) {
    const mask = bits<T, Op>(a, b, rest)
    for (let l = 0; l < rest; l++) store<u8>(out + l, <u8>((mask >> l) & 1))
  }
}

export function run<T, Op>(
  out: usize, a: usize, b: usize, outer: i32, inner: i32, aOuter: i32, aInner: i32, bOuter: i32,
  bInner: i32,
): void {
  for (let i = 0; i < outer; i++) {
    row<T, Op>(out, a, b, inner, aInner, bInner)
    out += inner
    a += aOuter * sizeof<T>()
    b += bOuter * sizeof<T>()
  }
}
